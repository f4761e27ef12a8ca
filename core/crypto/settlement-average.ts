/**
 * What is known, and how uncertain the rest is, of the value that Kalshi's Bitcoin markets settle on: the simple average
 * of the sixty one-second prints of [close − 60 s, close). Which prints belong to it: captured official values are
 * reproduced by those sixty and by no other window (KalshiBot @a900ebf).
 *
 * An average of a random walk varies less than its last point. With r prints to come, one second apart, the first δ
 * seconds ahead, its variance is σ²/60² · (δr² + r(r − 1)(2r − 1)/6).
 */

export const windowPrints = 60;
const secondMs = 1_000;

/** One print of the index, of one a second. */
export interface IndexPrint {
  /** The instant it stands for, epoch ms. Its milliseconds are the administrator's; its second is what counts. */
  at: number;
  /** $. */
  value: number;
}

/** Prints by their second. */
export interface PrintsBySecond {
  /** $ by epoch second. */
  values: ReadonlyMap<number, number>;
  /** How long after the beginning of its second a print is made, seconds; 0 without any. */
  phase: number;
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Numbered as if every print were made within half a second of `phaseMs` after its second. Of several the first counts. */
function numbered(prints: readonly IndexPrint[], phaseMs: number) {
  const first = new Map<number, IndexPrint>();
  let strays = 0;
  let squares = 0;
  for (const print of prints) {
    const second = Math.round((print.at - phaseMs) / secondMs);
    if (second !== Math.floor(print.at / secondMs)) strays += 1;
    squares += (print.at - phaseMs - second * secondMs) ** 2;
    if (!first.has(second)) first.set(second, print);
  }
  return { first, strays, squares };
}

/**
 * The second that each print counts for. Times come with milliseconds, and a little early or late a print must not fall
 * into its neighbour's second: where two share one, the prints are numbered by the phase that loses the fewest, of these
 * by the one that leaves most in their own second, then by the nearest.
 *
 * @param prints Any order.
 */
export function printsBySecond(prints: readonly IndexPrint[]): PrintsBySecond {
  const rising = prints.toSorted((a, b) => a.at - b.at);
  let best = numbered(rising, secondMs / 2);
  const span = (rising.at(-1)?.at ?? 0) - (rising[0]?.at ?? 0);
  // More of them than seconds are not one a second: no phase tells them apart.
  if (best.first.size < rising.length && rising.length <= Math.ceil(span / secondMs) + 1) {
    for (let phaseMs = -secondMs / 2; phaseMs < secondMs; phaseMs += 50) {
      const other = numbered(rising, phaseMs);
      const better = other.first.size - best.first.size || best.strays - other.strays || best.squares - other.squares;
      if (better > 0) best = other;
    }
  }
  const kept = [...best.first];
  return {
    values: new Map(kept.map(([second, { value }]) => [second, value])),
    phase: kept.length === 0 ? 0 : meanOf(kept.map(([second, { at }]) => at / secondMs - second)),
  };
}

/** Variance of the average per unit of variance a second, in seconds: multiply by (σ · price)². */
export function averageVariance(unknown: { prints: number; secondsToFirst: number }): number {
  const { prints: r, secondsToFirst } = unknown;
  if (!Number.isInteger(r) || r < 0 || r > windowPrints) {
    throw new RangeError(`prints is ${r}; it must be a whole number from 0 to ${windowPrints}`);
  }
  if (!(secondsToFirst >= 0)) throw new RangeError(`secondsToFirst is ${secondsToFirst}; it must not be negative`);
  return (secondsToFirst * r ** 2 + (r * (r - 1) * (2 * r - 1)) / 6) / windowPrints ** 2;
}

export interface AverageOutlook {
  /** Expected average if the price has no drift, $. */
  mean: number;
  /** Variance of the average per unit of variance a second, seconds. */
  variance: number;
  /** Part of the average that no print tells, in [0, 1]: what a shift of the price moves, and what basis noise touches. */
  openShare: number;
  /** Prints of the window that are known. */
  known: number;
}

/**
 * The average as seen from one observation of the price. Every print of the window counts as known, whatever the
 * observation is; those that are missing before the last of them, or before the observation, are drawn between their
 * neighbours; the rest is to come, and goes on from the observation.
 *
 * @param prints Index prints that are known, any order; outside the window they only serve as neighbours.
 */
export function averageOutlook(input: {
  /** Epoch ms. */
  closeTime: number;
  /** The newest price: of the index, or a proxy. */
  observed: IndexPrint;
  prints: readonly IndexPrint[];
}): AverageOutlook {
  const { closeTime, observed } = input;
  if (closeTime % secondMs !== 0) throw new RangeError(`closeTime ${closeTime} is not a whole second`);
  const start = closeTime / secondMs - windowPrints;
  const end = closeTime / secondMs;
  const { values, phase } = printsBySecond(input.prints.filter(({ at }) => at / secondMs >= start - windowPrints));
  const seen: Neighbour = { second: observed.at / secondMs - phase, value: observed.value };
  let sum = 0;
  let known = 0;
  let variance = 0;
  for (let second = start; second < end;) {
    const value = values.get(second);
    if (value !== undefined) {
      sum += value;
      known += 1;
      second += 1;
      continue;
    }
    let until = second + 1;
    while (until < end && !values.has(until)) until += 1;
    const after = values.get(until);
    // After the last known print of the window what has passed is told from the observation, too.
    const last = until === end;
    const passed = last ? Math.max(second, Math.min(end, Math.floor(seen.second) + 1)) : until;
    if (passed > second) {
      const before = neighbourBefore(values, second);
      const next = last || after === undefined ? seen : { second: until, value: after };
      const hole = fillHole({ from: second, until: passed, before, after: next });
      sum += hole.sum;
      variance += hole.variance;
    }
    const toCome = until - passed;
    sum += toCome * observed.value;
    variance += averageVariance({ prints: toCome, secondsToFirst: Math.max(0, passed - seen.second) });
    second = until;
  }
  return { mean: sum / windowPrints, variance, openShare: (windowPrints - known) / windowPrints, known };
}

interface Neighbour {
  /** Epoch seconds; the observation's may be a fraction. */
  second: number;
  value: number;
}

/** The newest known second before one, within a window's length. */
function neighbourBefore(values: ReadonlyMap<number, number>, second: number): Neighbour | undefined {
  for (let at = second - 1; at >= second - windowPrints; at--) {
    const value = values.get(at);
    if (value !== undefined) return { second: at, value };
  }
  return undefined;
}

/** Expected sum of the missing prints of [from, until) and their part of the variance of the average. */
function fillHole(hole: { from: number; until: number; before: Neighbour | undefined; after: Neighbour }) {
  const { from, until, before, after } = hole;
  // Without a neighbour before, the walk is told backwards from the one after.
  if (before === undefined) {
    const prints = until - from;
    const variance = averageVariance({ prints, secondsToFirst: Math.max(0, after.second - until + 1) });
    return { sum: prints * after.value, variance };
  }
  // A Brownian bridge from one neighbour to the other: covariance s (T − t) / T for s ≤ t.
  const length = after.second - before.second;
  let sum = 0;
  let variance = 0;
  for (let second = from; second < until; second++) {
    const passed = second - before.second;
    sum += before.value + (passed / length) * (after.value - before.value);
    for (let later = second; later < until; later++) {
      const left = Math.max(0, after.second - later);
      variance += ((later === second ? 1 : 2) * passed * left) / length;
    }
  }
  return { sum, variance: variance / windowPrints ** 2 };
}
