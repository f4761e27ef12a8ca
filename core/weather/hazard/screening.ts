/**
 * Readings that the ones beside them do not show. A sensor that fails jumps up and back, now and then for some readings;
 * the air keeps what it has won for longer. So a jump counts once it has lasted, or once a report of another kind shows
 * it, and until then it is neither in the filter nor a floor under the day's high.
 */
import type { FeedReading } from "./readings.ts";

/**
 * The jump between two readings five minutes apart that needs no witness, °F beyond what their rounding leaves open, and
 * what each further minute allows. Air over an airport warms by 10 °F an hour on a clear morning and by some 4 °F in five
 * minutes in a heat burst (Wichita, 9 June 2011: 17 °F in 20 minutes); the captured feeds never moved by more than 3.6
 * between neighbours, rounding included.
 */
const jump = { atOnceF: 6, perMinuteF: 0.25, minutes: 5 };
/**
 * A jump that is back within this was none. So long a real one is late where the feed is its only witness: rather that
 * than a bracket locked by two readings of a fault. Against readings that have not lasted so long themselves, those that
 * last longer count.
 */
const LASTING_MINUTES = 20;

export interface Screened {
  /** In order of time. */
  taken: FeedReading[];
  /** Newest readings that jump away from the others: they may be the first of many. */
  unconfirmed: FeedReading[];
  isolated: FeedReading[];
}

/** °F between what two readings can stand for. */
const apart = (a: FeedReading, b: FeedReading) => Math.max(0, a.leastF - b.mostF, b.leastF - a.mostF);

/** How far the air may move between two readings so many minutes apart, °F beyond what their rounding leaves open. */
export const movableF = (minutes: number): number =>
  jump.atOnceF + jump.perMinuteF * Math.max(0, minutes - jump.minutes);

const agree = (a: FeedReading, b: FeedReading) => apart(a, b) <= movableF(b.minute - a.minute);

const lasts = (run: readonly FeedReading[]) => (run.at(-1)?.minute ?? 0) - (run[0]?.minute ?? 0);

/** Whether two kinds of report show it, at two moments: at one instant they tell one measurement. */
const twoKinds = (run: readonly FeedReading[]) => lasts(run) > 0 && run.some(({ kind }) => kind !== run[0]?.kind);

/** @param readings in order of time */
export function screen(readings: readonly FeedReading[]): Screened {
  let taken: FeedReading[] = [];
  let pending: FeedReading[] = [];
  const isolated: FeedReading[] = [];
  for (const reading of readings) {
    const [before, jumped] = [taken.at(-1), pending.at(-1)];
    const returns = before === undefined || agree(before, reading);
    if (jumped === undefined) {
      if (returns) taken.push(reading);
      else pending.push(reading);
      continue;
    }
    const nearer = before === undefined || !returns || apart(jumped, reading) <= apart(before, reading);
    const stays = agree(jumped, reading) && nearer;
    if (!stays) {
      isolated.push(...pending);
      pending = [];
      if (returns) taken.push(reading);
      else pending.push(reading);
      continue;
    }
    pending.push(reading);
    // The readings before the jump may have been the false ones, if they did not last either.
    const settled = lasts(taken) >= LASTING_MINUTES || twoKinds(taken);
    if (!twoKinds(pending) && lasts(pending) < LASTING_MINUTES && (settled || lasts(pending) <= lasts(taken))) continue;
    if (settled) taken.push(...pending);
    else {
      isolated.push(...taken);
      taken = pending;
    }
    pending = [];
  }
  return { taken, unconfirmed: pending, isolated };
}
