/**
 * Means and least-squares slopes over a sliding window of an evenly spaced series, each step in O(1): nothing is summed
 * again. With k values y_0 … y_{k-1} in the window, s = Σ y_j and m = Σ j·y_j are kept:
 *
 *   the oldest goes:  s −= y_0, m −= s, k −= 1   (every other value moves down by one place)
 *   one comes:        m += k·y, s += y, k += 1
 *   slope = (m − (k − 1)/2 · s) / (k (k² − 1)/12)
 *
 * The values are centred on the first of their run, so that the sums stay small and their rounding does, too.
 */

export interface RollingInto {
  /** Mean of the window; NaN where the series is NaN. */
  means: Float64Array;
  /** Change per step; NaN with fewer than two values. */
  slopes: Float64Array;
}

/**
 * Over the last `size` values at each place of `values`; fewer at the beginning of a run. NaN is a hole: it ends the
 * run, and the next value begins another, because a slope over values that are not evenly spaced is none.
 * @throws when the arrays are not of one length or the window holds less than two values.
 */
export function rollMeansAndSlopes(values: Float64Array, size: number, into: RollingInto): void {
  const { means, slopes } = into;
  if (!Number.isInteger(size) || size < 2)
    throw new RangeError(`window is ${size}; it must be a whole number from 2 up`);
  if (means.length !== values.length || slopes.length !== values.length)
    throw new RangeError(`rolling over ${values.length} values into ${means.length} means and ${slopes.length} slopes`);
  let count = 0;
  let centre = 0;
  let sum = 0;
  let moment = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (Number.isNaN(value)) {
      count = 0;
      means[index] = Number.NaN;
      slopes[index] = Number.NaN;
      continue;
    }
    if (count === 0) {
      centre = value;
      sum = 0;
      moment = 0;
    }
    if (count === size) {
      sum -= (values[index - size] as number) - centre;
      moment -= sum;
      count--;
    }
    const centred = value - centre;
    moment += count * centred;
    sum += centred;
    count++;
    means[index] = centre + sum / count;
    slopes[index] = count < 2 ? Number.NaN : (moment - ((count - 1) / 2) * sum) / ((count * (count * count - 1)) / 12);
  }
}
