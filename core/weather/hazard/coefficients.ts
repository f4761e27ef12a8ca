/**
 * The residual's law through the day: r_{t+1} = phi_t·r_t + sigma_t·ε, ε standard normal, in steps of five minutes from
 * local standard midnight.
 */

export const stepsPerDay = 288;
export const stepMinutes = 5;

export interface Coefficients {
  /** From step t to t + 1, `stepsPerDay` values in [0, 1). */
  phi: Float64Array;
  /** °F, `stepsPerDay` values above 0. */
  sigma: Float64Array;
  /** Standard deviation of the residual when the day begins and nothing of it is known, °F. */
  startSd: number;
}

/** @throws naming the step at which a coefficient is none. */
export function checkCoefficients({ phi, sigma, startSd }: Coefficients): void {
  if (phi.length !== stepsPerDay || sigma.length !== stepsPerDay) {
    throw new RangeError(`coefficients: ${phi.length} phi and ${sigma.length} sigma; expected ${stepsPerDay} of each`);
  }
  for (let step = 0; step < stepsPerDay; step++) {
    const [p, s] = [phi[step] ?? Number.NaN, sigma[step] ?? Number.NaN];
    if (!(p >= 0 && p < 1)) throw new RangeError(`coefficients: phi is ${p} at step ${step}; it must lie in [0, 1)`);
    if (!(s > 0 && s < Infinity))
      throw new RangeError(`coefficients: sigma is ${s} at step ${step}; it must be above 0`);
  }
  if (!(startSd > 0 && startSd < Infinity))
    throw new RangeError(`coefficients: startSd is ${startSd}; it must be above 0`);
}

/** The smallest innovation of the day, °F: it decides how fine a grid must be. */
export function smallestSigma({ sigma, startSd }: Coefficients): number {
  return Math.min(startSd, ...sigma);
}

/** The residual's largest standard deviation through the day, seen from its beginning, °F. */
export function largestSpread({ phi, sigma, startSd }: Coefficients): number {
  let variance = startSd ** 2;
  let largest = variance;
  for (let step = 0; step < stepsPerDay - 1; step++) {
    variance = (phi[step] ?? 0) ** 2 * variance + (sigma[step] ?? 0) ** 2;
    largest = Math.max(largest, variance);
  }
  return Math.sqrt(largest);
}

/** The residual some steps on, seen from one that is N(mean, sd²) at `step`: again Gaussian. */
export function ahead(
  { phi, sigma }: Coefficients,
  from: { step: number; mean: number; sd: number },
  step: number,
): { step: number; mean: number; sd: number } {
  let { mean } = from;
  let variance = from.sd ** 2;
  for (let at = from.step; at < step; at++) {
    mean *= phi[at] ?? 0;
    variance = (phi[at] ?? 0) ** 2 * variance + (sigma[at] ?? 0) ** 2;
  }
  return { step, mean, sd: Math.sqrt(variance) };
}
