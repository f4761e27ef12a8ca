/**
 * Calibration of distributions on whole numbers. The probability integral transform of such a distribution is no point
 * but an interval, F(value − 1) to F(value); taken as uniform within it, a calibrated forecast gives a uniform PIT, and
 * nothing has to be drawn at random (Czado, Gneiting & Held 2009, Biometrics 65, 1254-1261).
 */

export interface PitInterval {
  /** F(value − 1). */
  from: number;
  /** F(value). */
  to: number;
}

/** Where a value fell in P(X = low + i) = pmf[i]. */
export function pitInterval(low: number, pmf: readonly number[], value: number): PitInterval {
  if (!Number.isInteger(value)) throw new RangeError(`value is ${value}; it must be a whole number`);
  let from = 0;
  const index = value - low;
  for (let below = 0; below < Math.min(index, pmf.length); below++) from += pmf[below] ?? 0;
  return { from: Math.min(1, from), to: Math.min(1, from + (pmf[index] ?? 0)) };
}

/** The share of the interval that lies in [from, to); a point lies in it or not. */
function shareWithin(pit: PitInterval, from: number, to: number): number {
  const width = pit.to - pit.from;
  if (width <= 0) return pit.from >= from && (pit.from < to || to === 1) ? 1 : 0;
  return Math.max(0, Math.min(to, pit.to) - Math.max(from, pit.from)) / width;
}

/**
 * How much of the outcome the central interval of a level (0.8: from the 10th to the 90th percentile) covers: the
 * expectation of the randomised interval, exact. A closed interval of whole numbers would hold more than its level by
 * construction, the more so the sharper the forecast.
 */
export function centralCoverage(pit: PitInterval, level: number): number {
  if (!(level > 0 && level < 1)) throw new RangeError(`level is ${level}; it must lie between 0 and 1`);
  return shareWithin(pit, (1 - level) / 2, (1 + level) / 2);
}

/** Mean share of each of `bins` equal bins over [0, 1], times `bins`: 1 everywhere when calibrated. Empty without intervals. */
export function pitHistogram(pits: readonly PitInterval[], bins = 10): number[] {
  if (pits.length === 0) return [];
  return Array.from({ length: bins }, (_, bin) => {
    const sum = pits.reduce((total, pit) => total + shareWithin(pit, bin / bins, (bin + 1) / bins), 0);
    return (sum * bins) / pits.length;
  });
}
