/**
 * Student's t with an even number of degrees of freedom: a finite sum, no special function (Abramowitz & Stegun 1964,
 * 26.7.4). Scaled to unit variance, so that it can stand where a standard normal stands.
 */

/** P(T ≤ t) for T with `df` degrees of freedom, even and at least 4 (below, there is no variance to scale to 1). */
export function studentCdf(t: number, df: number): number {
  if (!Number.isInteger(df) || df < 4 || df % 2 !== 0) {
    throw new RangeError(`df is ${df}; it must be an even whole number of at least 4`);
  }
  // At infinity the quotient below would be NaN.
  if (!Number.isFinite(t)) return t > 0 ? 1 : 0;
  const cosSquared = df / (df + t * t);
  let term = 1;
  let sum = 1;
  for (let k = 1; k < df / 2; k++) {
    term *= ((2 * k - 1) / (2 * k)) * cosSquared;
    sum += term;
  }
  return Math.min(1, Math.max(0, 0.5 + 0.5 * (t / Math.sqrt(df + t * t)) * sum));
}

/** The same, of T divided by its standard deviation √(df / (df − 2)). */
export function unitStudentCdf(z: number, df: number): number {
  return studentCdf(z * Math.sqrt(df / (df - 2)), df);
}
