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

/** One print of the index. */
export interface IndexPrint {
  /** The instant it stands for, epoch ms; its whole second is what counts. */
  at: number;
  /** $. */
  value: number;
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
 * The average as seen from one observation of the price. Prints of the window up to then that are missing are drawn between
 * their neighbours; those after it are to come.
 *
 * @param prints Index prints, any order; outside the window they only serve as neighbours. Those after the observation are
 * not looked at.
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
  const now = observed.at / secondMs;
  const values = new Map<number, number>();
  // Of several prints in one second the first one stands at its beginning.
  for (const { at, value } of input.prints.toSorted((a, b) => b.at - a.at)) {
    if (at <= observed.at) values.set(Math.floor(at / secondMs), value);
  }
  const nextToCome = Math.max(start, Math.floor(now) + 1);
  const passed = Math.min(nextToCome, end);
  let sum = 0;
  let known = 0;
  let variance = 0;
  for (let second = start; second < passed;) {
    const value = values.get(second);
    if (value === undefined) {
      let until = second + 1;
      while (until < passed && !values.has(until)) until += 1;
      const after = values.get(until);
      const hole = fillHole({
        from: second,
        until,
        before: neighbourBefore(values, second),
        after:
          after === undefined || until >= end
            ? { second: now, value: observed.value }
            : { second: until, value: after },
      });
      sum += hole.sum;
      variance += hole.variance;
      second = until;
    } else {
      sum += value;
      known += 1;
      second += 1;
    }
  }
  const toCome = end - Math.max(passed, start);
  sum += toCome * observed.value;
  variance += averageVariance({ prints: toCome, secondsToFirst: Math.max(0, nextToCome - now) });
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
