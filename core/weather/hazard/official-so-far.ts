/**
 * The official maximum of the part of the day that has passed. Where another source is certain of a span (a six-hour
 * group, a summary) its interval decides; elsewhere it lies anywhere in what the warmest readings stand for, plus the
 * peaks between them, and not below the least whole °F that was read. The maximum is the largest of these pieces, taken as independent.
 */
import { normalCdf, normalDensity } from "../../stats/normal.ts";
import { type Bound, closed, holds } from "./bounds.ts";
import { betweenReadingsSd, type PeakOffset } from "./peak-offset.ts";
import type { FeedReading } from "./readings.ts";

interface Piece {
  /** What the readings' highest stands for, whole °F. */
  readLeastF: number;
  readMostF: number;
  /** What is certain. */
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

const highest = (values: readonly number[]) => values.reduce((max, value) => Math.max(max, value), -Infinity);

export function officialSoFar(readings: readonly FeedReading[], bounds: readonly Bound[]): OfficialSoFar {
  const spans = bounds.filter(closed);
  const piece = (own: readonly FeedReading[], certain: { leastF: number; mostF: number }): Piece => {
    const { leastF, mostF } = certain;
    if (own.length === 0) return { readLeastF: leastF, readMostF: mostF, leastF, mostF };
    const readLeastF = highest(own.map((reading) => reading.leastF));
    return { readLeastF, readMostF: highest(own.map((reading) => reading.mostF)), leastF, mostF };
  };
  const outside = readings.filter(({ minute }) => !spans.some((span) => holds(span, minute)));
  const pieces = spans.map((span) =>
    piece(
      readings.filter(({ minute }) => holds(span, minute)),
      span,
    ),
  );
  const leastOutside = highest(outside.map((reading) => reading.leastF));
  if (outside.length > 0) pieces.push(piece(outside, { leastF: leastOutside, mostF: Infinity }));
  const leastF = highest([leastOutside, ...bounds.map((bound) => bound.leastF)]);
  const mostF = highest([leastF, ...outside.map((reading) => reading.mostF), ...spans.map((span) => span.mostF)]);
  return { leastF, mostF, pieces };
}

/** An interval that the offset all but excludes. */
const EXCLUDED = 1e-9;

/** So far beyond, the Gaussian is over: to 1e-12. */
const FAR_SD = 7;

/** ∫ Φ from −∞. */
const integratedCdf = (z: number) => z * normalCdf(z) + normalDensity(z);

/** P(the official maximum so far <= k). */
export function officialCdf({ leastF, pieces }: OfficialSoFar, offset: PeakOffset, k: number): number {
  if (k < leastF) return 0;
  const sd = betweenReadingsSd(offset);
  let cdf = 1;
  for (const piece of pieces) {
    if (k >= piece.mostF) continue;
    const [low, high] = [piece.readLeastF - 0.5, piece.readMostF + 0.5];
    // Evenly from low to high, plus a Gaussian.
    const below = (value: number) => {
      const above = value + 0.5 - offset.meanF;
      if (above - high > FAR_SD * sd) return 1;
      return (sd / (high - low)) * (integratedCdf((above - low) / sd) - integratedCdf((above - high) / sd));
    };
    const [from, to] = [below(piece.leastF - 1), piece.mostF === Infinity ? 1 : below(piece.mostF)];
    // Excluded, it is the interval's end nearest to the feed.
    const within = to - from < EXCLUDED ? (below(piece.leastF) > 0.5 ? 1 : 0) : (below(k) - from) / (to - from);
    cdf *= Math.max(0, Math.min(1, within));
  }
  return cdf;
}
