/**
 * Proper scoring rules. All are losses: smaller is better, and in expectation smallest for the true distribution
 * (Gneiting & Raftery 2007, JASA 102, 359-378).
 */
import { normalCdf, normalDensity } from "./normal.ts";

/** What was given to the outcome counts as at least this: one missed certainty must not drown a season. */
export const logLossClip = 1e-6;
/**
 * The same for one of many outcomes. It is the floor of a market's normalised probabilities (`impliedFloor`): what is asked
 * of a model and of the market in one comparison is cut at one place.
 */
const LOG_SCORE_FLOOR = 1e-4;

function checkProbability(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} is ${value}; it must lie in [0, 1]`);
}

/** (p − outcome)², one side of the score of Brier 1950, Mon. Wea. Rev. 78. `outcome` is what Yes paid: 0, 1 or between. */
export function brierScore(probability: number, outcome: number): number {
  checkProbability("probability", probability);
  checkProbability("outcome", outcome);
  return (probability - outcome) ** 2;
}

/**
 * −ln of the probability given to the outcome (Good 1952), in nats, clipped at `logLossClip`. An outcome between 0
 * and 1 weighs the two sides: the cross entropy.
 */
export function logLoss(probability: number, outcome: number): number {
  checkProbability("probability", probability);
  checkProbability("outcome", outcome);
  const loss = (given: number) => -Math.log(Math.max(given, logLossClip));
  const yes = outcome === 0 ? 0 : outcome * loss(probability);
  const no = outcome === 1 ? 0 : (1 - outcome) * loss(1 - probability);
  return yes + no;
}

/** Whether `logLoss` clips: to be counted beside every mean of it. */
export const isClipped = (probability: number, outcome: number): boolean =>
  (outcome > 0 && probability < logLossClip) || (outcome < 1 && 1 - probability < logLossClip);

/** −ln of what a distribution gave to the one of many outcomes that came, nats, floored at `LOG_SCORE_FLOOR`. */
export function logScore(probability: number): number {
  checkProbability("probability", probability);
  return -Math.log(Math.max(probability, LOG_SCORE_FLOOR));
}

/**
 * Continuous ranked probability score of a distribution on whole numbers, P(X = low + i) = pmf[i], in the unit of X:
 * Σ (F(k) − 1{k ≥ value})² over all whole k. Source: Matheson & Winkler 1976; Hersbach 2000, Wea. Forecasting 15.
 */
export function crps(low: number, pmf: readonly number[], value: number): number {
  if (!Number.isInteger(value)) throw new RangeError(`value is ${value}; it must be a whole number`);
  const high = low + pmf.length - 1;
  let score = 0;
  let cumulative = 0;
  for (const [index, p] of pmf.entries()) {
    cumulative += p;
    score += (cumulative - (low + index >= value ? 1 : 0)) ** 2;
  }
  // Outside the support F is 0 or 1: each whole number between it and the value counts one.
  return score + Math.max(0, low - value) + Math.max(0, value - 1 - high);
}

/**
 * CRPS of a Gaussian, in the unit of the value: σ[z(2Φ(z) − 1) + 2φ(z) − 1/√π] with z = (value − mean)/σ
 * (Gneiting, Raftery, Westveld & Goldman 2005, MWR 133, eq. 5).
 */
export function gaussianCrps(mean: number, sd: number, value: number): number {
  if (!(sd > 0)) throw new RangeError(`sd is ${sd}; it must be above 0`);
  const z = (value - mean) / sd;
  return sd * (z * (2 * normalCdf(z) - 1) + 2 * normalDensity(z) - 1 / Math.sqrt(Math.PI));
}

/**
 * Ranked probability score over ordered categories, unnormalised: Σ (cumulative forecast − cumulative outcome)².
 * Source: Epstein 1969, J. Appl. Meteor. 8; Murphy 1971, ibid. 10.
 */
export function rankedProbabilityScore(probabilities: readonly number[], category: number): number {
  if (!Number.isInteger(category) || category < 0 || category >= probabilities.length) {
    throw new RangeError(`category is ${category}; it must be a whole number from 0 to ${probabilities.length - 1}`);
  }
  let cumulative = 0;
  let score = 0;
  for (const [index, p] of probabilities.entries()) {
    cumulative += p;
    score += (cumulative - (index >= category ? 1 : 0)) ** 2;
  }
  return score;
}
