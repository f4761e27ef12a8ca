/**
 * What a reading says of the residual. The feed shows whole °C made of the sensor's whole °F: a reading is an interval,
 * and a temperature that stands still says the same interval again, not a new draw. So the law is cut to the interval
 * (and not averaged, as over independent noise), and kept as the Gaussian of the same mean and variance.
 */
import { normalCdf, normalDensity } from "../../stats/normal.ts";
import type { ResidualLaw } from "./day-table.ts";

/**
 * Between the reading and the temperature of its step, °F: reports are stamped up to two and a half minutes beside the
 * step, in which the residual moves by about so much.
 */
const TIMING_SD = 0.2;
/** Beyond so many standard deviations the mean and variance of a tail are those of its leading terms, to 1 %. */
const FAR_SD = 6;

/** Mean and variance of a standard normal between two points. */
function between(low: number, high: number): { mean: number; variance: number } {
  if (low + high < 0) {
    const { mean, variance } = between(-high, -low);
    return { mean: -mean, variance };
  }
  if (low >= FAR_SD) return { mean: low + 1 / low, variance: 1 / (low * low) };
  // The upper side holds the longer tail: its probabilities keep their digits when taken from below zero.
  const mass = normalCdf(-low) - normalCdf(-high);
  const [atLow, atHigh] = [normalDensity(low), normalDensity(high)];
  const mean = (atLow - atHigh) / mass;
  return { mean, variance: Math.max(0, 1 + (low * atLow - high * atHigh) / mass - mean * mean) };
}

/**
 * The law of the residual, given that the sensor showed a whole °F from `leastF` to `mostF` where the baseline is
 * `baselineF`.
 */
export function conditioned(
  law: ResidualLaw,
  baselineF: number,
  { leastF, mostF }: { leastF: number; mostF: number },
): ResidualLaw {
  const variance = law.sd ** 2 + TIMING_SD ** 2;
  const sd = Math.sqrt(variance);
  const centre = baselineF + law.mean;
  const shown = between((leastF - 0.5 - centre) / sd, (mostF + 0.5 - centre) / sd);
  const gain = law.sd ** 2 / variance;
  return {
    step: law.step,
    mean: law.mean + gain * sd * shown.mean,
    sd: Math.sqrt(law.sd ** 2 * (1 - gain) + gain ** 2 * variance * shown.variance),
  };
}
