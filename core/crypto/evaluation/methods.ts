/** The forecasts that are compared: the desk's, and what it must beat. */
import { logLoss } from "../../stats/scoring.ts";
import { normalCdf } from "../../stats/normal.ts";
import { momentumShift } from "../momentum.ts";
import {
  type DistributionParameters,
  distributionParameters,
  type MomentumParameters,
  momentumParameters,
} from "../parameters.ts";
import { settlementDistribution, survival } from "../pricing.ts";
import type { Case } from "./cases.ts";

export interface ModelParameters {
  distribution: DistributionParameters;
  momentum: MomentumParameters;
}

/** Those in force. */
export const inForce: ModelParameters = { distribution: distributionParameters, momentum: momentumParameters };

/** P(average ≥ target) by the desk's distribution. Bars are the price itself: there is no basis. */
export function deskProbability(one: Case, parameters: ModelParameters): number {
  const { outlook, sigma, logReturn, secondsToClose, target } = one;
  const shift = momentumShift({ logReturn, sigma, secondsToClose }, parameters.momentum);
  const input = { outlook, sigma, noiseBps: 0, shift, secondsToClose };
  return survival(settlementDistribution(input, parameters.distribution), target);
}

/**
 * The momentum formula that knows neither target nor time (yodering/kalshi @461a90e): 0.5 + return in bps / 800, cut to
 * ±0.35, of five minutes.
 */
export function momentumOnly({ logReturn }: Pick<Case, "logReturn">): number {
  const bps = (Math.exp(logReturn ?? 0) - 1) * 1e4;
  return 0.5 + Math.max(-0.35, Math.min(0.35, bps / 800));
}

/** The settlement taken for the price at the close: the variance of an average is left out of account. */
export function withoutWindow({ price, target, sigma, secondsToClose }: Case): number {
  return normalCdf(Math.log(price / target) / (sigma * Math.sqrt(secondsToClose)));
}

const meanLogLoss = (cases: readonly Case[], parameters: ModelParameters) =>
  cases.reduce((sum, one) => sum + logLoss(deskProbability(one, parameters), one.outcome), 0) / cases.length;

/** What the fit may choose from, one parameter after the other. */
const choices: readonly ((parameters: ModelParameters) => ModelParameters[])[] = [
  ({ distribution, momentum }) =>
    [0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3].map((varianceScale) => ({
      distribution: { ...distribution, varianceScale },
      momentum,
    })),
  ({ distribution, momentum }) =>
    [0, 60, 120, 180, 300, 600].flatMap((studentWithinSeconds) =>
      [4, 6, 8].map((degreesOfFreedom) => ({
        distribution: { ...distribution, studentWithinSeconds, degreesOfFreedom },
        momentum,
      })),
    ),
  ({ distribution, momentum }) =>
    [0, 0.0025, 0.005, 0.01, 0.02].map((wideShare) => ({ distribution: { ...distribution, wideShare }, momentum })),
  ...[0, 1, 2].map(
    (knot) =>
      ({ distribution, momentum }: ModelParameters): ModelParameters[] =>
        [-0.2, -0.15, -0.1, -0.05, 0, 0.05, 0.1, 0.15, 0.2].map((weight) => ({
          distribution,
          momentum: {
            ...momentum,
            weights: momentum.weights.map((one, index) => (index === knot ? { ...one, weight } : one)),
          },
        })),
  ),
];

/** The momentum's weights may differ between these times. */
const knots = [120, 300, 900];
/** So much of a fitted weight is kept: the rest is what noise fits. */
const momentumKept = 0.5;

/**
 * The choice of least log loss on the cases, one parameter at a time in two rounds (coordinate descent over a grid: few
 * values, and all of them plausible). The momentum's weights are halved afterwards.
 */
export function fitParameters(cases: readonly Case[], note: (line: string) => void): ModelParameters {
  let best: ModelParameters = {
    distribution: distributionParameters,
    momentum: { ...momentumParameters, weights: knots.map((seconds) => ({ seconds, weight: 0 })) },
  };
  let least = meanLogLoss(cases, best);
  for (const round of [1, 2]) {
    for (const [index, candidates] of choices.entries()) {
      note(`fitting: round ${round} of 2, parameter ${index + 1} of ${choices.length}`);
      for (const candidate of candidates(best)) {
        const loss = meanLogLoss(cases, candidate);
        // Only what is better by more than rounding: of equals the first stands, whatever the order of sums.
        if (loss < least - 1e-9) [best, least] = [candidate, loss];
      }
    }
  }
  const weights = best.momentum.weights.map(({ seconds, weight }) => ({ seconds, weight: weight * momentumKept }));
  return { ...best, momentum: { ...best.momentum, weights } };
}
