/** How far our proxy of the settlement index is from the index itself, while both can be seen. */
import { type BasisParameters, basisParameters } from "./parameters.ts";

export interface BasisPair {
  /** When the index print was made, epoch ms. */
  at: number;
  /** How much earlier or later the proxy was seen, seconds. */
  apartSeconds: number;
  /** $. */
  index: number;
  proxy: number;
}

export interface BasisReport {
  /** `unmeasured`: too few pairs to say anything. */
  state: "unmeasured" | "quiet" | "alarm";
  pairs: number;
  /** Mean of proxy over index with outliers cut, basis points; null when unmeasured. */
  meanBps: number | null;
  /** Robust standard deviation around it, basis points; null when unmeasured. */
  spreadBps: number | null;
  /** What the alarm is about; null without one. */
  reason: string | null;
}

/** The mean of the two in the middle where the number is even; NaN of none. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Mean and spread of the basis over the last minutes. Deviations are cut at three robust standard deviations of the median
 * (1.4826 × the median absolute deviation, Huber 1981), so that one bad print is no alarm and many are.
 * @param what The pairs' other side, as the reason names it.
 */
export function basisReport(
  pairs: readonly BasisPair[],
  now: number,
  parameters: BasisParameters = basisParameters,
  what = "the proxy",
): BasisReport {
  const { windowSeconds, maxPairSeconds, minPairs, alarmMeanBps, alarmSpreadBps } = parameters;
  const basis = pairs
    .filter(
      ({ at, apartSeconds }) =>
        at <= now && at > now - windowSeconds * 1000 && Math.abs(apartSeconds) <= maxPairSeconds,
    )
    .map(({ index, proxy }) => {
      if (!(index > 0 && proxy > 0)) throw new RangeError(`index ${index} and proxy ${proxy} must be positive`);
      return Math.log(proxy / index) * 1e4;
    });
  if (basis.length < minPairs) {
    return { state: "unmeasured", pairs: basis.length, meanBps: null, spreadBps: null, reason: null };
  }
  const median = medianOf(basis);
  const spreadBps = 1.4826 * medianOf(basis.map((value) => Math.abs(value - median)));
  const cut = (value: number) => Math.max(-3 * spreadBps, Math.min(3 * spreadBps, value - median));
  const meanBps = median + basis.reduce((sum, value) => sum + cut(value), 0) / basis.length;
  const reason =
    Math.abs(meanBps) > alarmMeanBps
      ? `${what} is ${meanBps.toFixed(1)} bps off the index, at most ${alarmMeanBps} are expected`
      : spreadBps > alarmSpreadBps
        ? `${what} scatters by ${spreadBps.toFixed(1)} bps around the index, at most ${alarmSpreadBps} are expected`
        : null;
  return { state: reason === null ? "quiet" : "alarm", pairs: basis.length, meanBps, spreadBps, reason };
}

/** Standard deviation to take for the difference of a proxy and the index, basis points; it grows with disagreement. */
export function basisNoiseBps(
  report: BasisReport,
  disagreementBps: number,
  parameters: BasisParameters = basisParameters,
): number {
  // A mean that is off counts as noise, too: the proxy is not moved by it, because it comes and goes with a venue.
  const measured =
    report.meanBps === null || report.spreadBps === null
      ? parameters.unmeasuredNoiseBps
      : Math.max(parameters.minNoiseBps, Math.hypot(report.meanBps, report.spreadBps));
  return Math.hypot(measured, parameters.disagreementShare * disagreementBps);
}
