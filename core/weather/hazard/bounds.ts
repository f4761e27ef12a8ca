/**
 * What six-hour groups, summary messages and reports are certain of, held against the readings: one garbled number must
 * not rule a day. Two readings that lie above a source outvote it; one that the air cannot have reached between the
 * readings waits for a second source.
 */
import type { PeakOffset } from "./peak-offset.ts";
import type { FeedReading } from "./readings.ts";
import { movableF, type Screened } from "./screening.ts";

/** What another source is certain of about the official maximum of a span. */
export interface Bound {
  /** Minutes of the day, (from, until]. */
  fromMinute: number;
  untilMinute: number;
  /** When it was said, minute of the day: a message saw nothing after. */
  saidAtMinute: number;
  /** Whole °F. */
  leastF: number;
  /** Infinity of a source that may not have seen all. */
  mostF: number;
  /** As it is named in a reason. */
  name: string;
}

export interface Weighed {
  believed: Bound[];
  setAside: { bound: Bound; reason: string }[];
}

/** So near to a number, °F, another source says the same: what the air may move between two readings. */
const SAME_F = movableF(0);

export const holds = ({ fromMinute, untilMinute }: Bound, minute: number): boolean =>
  minute > fromMinute && minute <= untilMinute;
export const closed = ({ mostF }: Bound): boolean => mostF < Infinity;

/** The readings of the day that a source which saw its whole span says cannot be. */
const above = (bound: Bound, readings: readonly FeedReading[]) =>
  readings.filter((one) => one.minute >= 0 && holds(bound, one.minute) && one.leastF > bound.mostF);

/** The highest that the temperature can have been from one minute to another, by the readings beside, °F. */
function reachableF(readings: readonly FeedReading[], from: number, until: number): number {
  if (readings.length === 0) return Infinity;
  let highest = -Infinity;
  for (let index = 0; index <= readings.length; index++) {
    const [before, after] = [readings[index - 1], readings[index]];
    const [since, to] = [before?.minute ?? from, after?.minute ?? until];
    if (since > until || to < from) continue;
    const warmest = Math.max(before?.mostF ?? -Infinity, after?.mostF ?? -Infinity);
    highest = Math.max(highest, warmest + movableF(to - since));
  }
  return highest;
}

/** @param screened the readings in order of time, those of the evening before included */
export function weigh(bounds: readonly Bound[], screened: Screened, { meanF }: PeakOffset): Weighed {
  const setAside: Weighed["setAside"] = [];
  const { taken } = screened;
  const standing = bounds.filter((bound) => {
    const against = above(bound, taken);
    if (new Set(against.map(({ minute }) => minute)).size < 2) return true;
    const warmest = Math.max(...against.map(({ leastF }) => leastF));
    const reason = `at most ${bound.mostF} °F by ${bound.name}, but ${against.length} readings show more, up to ${warmest} °F at least`;
    setAside.push({ bound, reason });
    return false;
  });
  const doubted = [...screened.unconfirmed, ...screened.isolated];
  const believed = standing.filter((bound) => {
    const { fromMinute, untilMinute, saidAtMinute, leastF, name } = bound;
    const reached = reachableF(taken, Math.max(0, fromMinute), Math.min(untilMinute, saidAtMinute));
    if (leastF <= reached + Math.max(0, meanF)) return true;
    // A report is no witness of itself.
    const shown =
      standing.some((other) => other.saidAtMinute !== saidAtMinute && other.leastF + SAME_F >= leastF) ||
      doubted.some((one) => holds(bound, one.minute) && one.minute !== saidAtMinute && one.mostF + SAME_F >= leastF);
    if (shown) return true;
    const reason = `at least ${leastF} °F by ${name}, but the readings leave room for ${Math.floor(reached)} °F: waits for a second source`;
    setAside.push({ bound, reason });
    return false;
  });
  return { believed, setAside };
}

/** The bound that says of a reading that it cannot be. */
export function contradicting(bounds: readonly Bound[], reading: FeedReading): Bound | undefined {
  return bounds.find((bound) => above(bound, [reading]).length > 0);
}

/** Whether a source that saw all of a span leaves nothing unseen in it. */
export function covers(bounds: readonly Bound[], fromMinute: number, untilMinute: number): boolean {
  return bounds.some((bound) => closed(bound) && bound.fromMinute <= fromMinute && bound.untilMinute >= untilMinute);
}

/** Two sources that cannot both be right, as a sentence: one is certain of more within a span than the other allows. */
export function contradiction(bounds: readonly Bound[]): string | undefined {
  for (const most of bounds) {
    const least = bounds.find(
      ({ leastF, fromMinute, untilMinute }) =>
        leastF > most.mostF && fromMinute >= most.fromMinute && untilMinute <= most.untilMinute,
    );
    if (least !== undefined)
      return `the official maximum so far is at least ${least.leastF} °F by ${least.name}, and at most ${most.mostF} °F by ${most.name}`;
  }
  return undefined;
}
