/** The standard normal distribution. */
import cdf from "@stdlib/stats-base-dists-normal-cdf";

const standard = cdf.factory(0, 1);

/** Φ(z), to 2e-13 of its value in the lower tail (compared with scipy). Take Φ(−z) for upper tails. */
export function normalCdf(z: number): number {
  return standard(z);
}

/** φ(z). */
export function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
}
