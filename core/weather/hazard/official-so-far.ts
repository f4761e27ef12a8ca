/**
 * The official maximum of the part of the day that has passed. Where another source is certain of a span (a six-hour
 * group, a summary) its interval decides; elsewhere the feed's highest value plus the peak offset, not below the least
 * whole °F that it stands for. The maximum is the largest of these pieces, taken as independent.
 */
import { normalCdf } from "../../stats/normal.ts";
import type { PeakOffset } from "./peak-offset.ts";
import type { FeedReading } from "./readings.ts";

/** What another source is certain of about the official maximum of a span. */
export interface Bound {
  /** Minutes of the day, (from, until]. */
  fromMinute: number;
  untilMinute: number;
  /** Whole °F. */
  leastF: number;
  /** Infinity of a source that may not have seen all. */
  mostF: number;
  /** As it is named in a reason. */
  name: string;
}

interface Piece {
  feedMaxF: number;
  leastF: number;
  mostF: number;
}

export interface OfficialSoFar {
  /** Certain; -Infinity when nothing is known. */
  leastF: number;
  /** The highest that what was seen can stand for; a peak between readings may lie above. */
  mostF: number;
  pieces: readonly Piece[];
}

const holds = ({ fromMinute, untilMinute }: Bound, minute: number) => minute > fromMinute && minute <= untilMinute;
const closed = ({ mostF }: Bound) => mostF < Infinity;

/** The bound that says of a reading that it cannot be. */
export function contradicting(bounds: readonly Bound[], { minute, leastF }: FeedReading): Bound | undefined {
  return bounds.find((bound) => holds(bound, minute) && leastF > bound.mostF);
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

const highest = (values: readonly number[]) => values.reduce((max, value) => Math.max(max, value), -Infinity);

export function officialSoFar(readings: readonly FeedReading[], bounds: readonly Bound[]): OfficialSoFar {
  const spans = bounds.filter(closed);
  const piece = (own: readonly FeedReading[], { leastF, mostF }: { leastF: number; mostF: number }): Piece => ({
    feedMaxF: own.length === 0 ? (leastF + mostF) / 2 : highest(own.map(({ temperatureF }) => temperatureF)),
    leastF,
    mostF,
  });
  const outside = readings.filter(({ minute }) => !spans.some((span) => holds(span, minute)));
  const pieces = spans.map((span) =>
    piece(
      readings.filter(({ minute }) => holds(span, minute)),
      span,
    ),
  );
  const leastOutside = highest(outside.map(({ leastF }) => leastF));
  if (outside.length > 0) pieces.push(piece(outside, { leastF: leastOutside, mostF: Infinity }));
  const leastF = highest([leastOutside, ...bounds.map((bound) => bound.leastF)]);
  const mostF = highest([leastF, ...outside.map((reading) => reading.mostF), ...spans.map((span) => span.mostF)]);
  return { leastF, mostF, pieces };
}

/** An interval that the offset all but excludes. */
const EXCLUDED = 1e-9;

/** P(the official maximum so far <= k). */
export function officialCdf({ leastF, pieces }: OfficialSoFar, { meanF, sdF }: PeakOffset, k: number): number {
  if (k < leastF) return 0;
  let cdf = 1;
  for (const piece of pieces) {
    if (k >= piece.mostF) continue;
    const below = (value: number) => normalCdf((value + 0.5 - piece.feedMaxF - meanF) / sdF);
    const [from, to] = [below(piece.leastF - 1), piece.mostF === Infinity ? 1 : below(piece.mostF)];
    // Excluded, it is the interval's end nearest to the feed.
    const within = to - from < EXCLUDED ? (below(piece.leastF) > 0.5 ? 1 : 0) : (below(k) - from) / (to - from);
    cdf *= Math.max(0, Math.min(1, within));
  }
  return cdf;
}
