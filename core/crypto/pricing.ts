/**
 * The one distribution that prices every market of an event: ranges, thresholds and tails are differences of the same
 * survival function, so that ranges sum to 1 and thresholds fall with the strike whatever its parameters are.
 */
import { intervalOf, type Strike, type StrikeInterval } from "../market/strikes.ts";
import { quarters } from "../market/payouts.ts";
import { normalCdf } from "../stats/normal.ts";
import { unitStudentCdf } from "../stats/student-t.ts";
import { type DistributionParameters, distributionParameters } from "./parameters.ts";
import type { AverageOutlook } from "./settlement-average.ts";

/** Of the settlement value before it is rounded to cents. */
export interface SettlementDistribution {
  /** Expected value, $. */
  mean: number;
  /** Standard deviation of its logarithm. */
  logSd: number;
  /** Degrees of freedom of Student's t; null for a Gaussian. */
  degreesOfFreedom: number | null;
  /** This share is of the same shape but of the standard deviation `wideLogSd`: what the model does not know of. */
  wideShare: number;
  wideLogSd: number;
}

/**
 * @param input.sigma Volatility of log price per √second.
 * @param input.noiseBps What the observed price may differ from the index by, standard deviation in basis points: basis and
 * disagreement. It touches the part of the average that no index print tells.
 * @param input.shift Expected change of log price until the close.
 */
export function settlementDistribution(
  input: { outlook: AverageOutlook; sigma: number; noiseBps: number; shift: number; secondsToClose: number },
  parameters: DistributionParameters = distributionParameters,
): SettlementDistribution {
  const { outlook, sigma, noiseBps, shift, secondsToClose } = input;
  if (!(sigma > 0) || !(noiseBps >= 0) || !Number.isFinite(shift) || !(outlook.mean > 0)) {
    throw new RangeError(
      `sigma ${sigma}, noiseBps ${noiseBps}, shift ${shift}, mean ${outlook.mean} make no distribution`,
    );
  }
  const { openShare, variance } = outlook;
  const logVariance = parameters.varianceScale * sigma ** 2 * variance + (openShare * noiseBps * 1e-4) ** 2;
  const logSd = Math.max(Math.sqrt(logVariance), parameters.minSdBps * 1e-4);
  return {
    mean: outlook.mean * Math.exp(openShare * shift),
    logSd,
    degreesOfFreedom:
      secondsToClose <= parameters.studentWithinSeconds || secondsToClose >= parameters.studentBeyondSeconds
        ? parameters.degreesOfFreedom
        : null,
    wideShare: parameters.wideShare,
    wideLogSd: Math.max(parameters.wideFactor * logSd, parameters.wideBps * 1e-4),
  };
}

/** P(A ≥ value), value in $. */
export function survival(distribution: SettlementDistribution, value: number): number {
  if (value <= 0) return 1;
  const { mean, logSd, degreesOfFreedom, wideShare, wideLogSd } = distribution;
  const above = (sd: number) => {
    // The mean of the value, not its median, is what a price without drift keeps.
    const z = (Math.log(mean / value) - sd ** 2 / 2) / sd;
    return degreesOfFreedom === null ? normalCdf(z) : unitStudentCdf(z, degreesOfFreedom);
  };
  return (1 - wideShare) * above(logSd) + (wideShare === 0 ? 0 : wideShare * above(wideLogSd));
}

/** What each series asks. `rules_primary` of captured markets says so. */
const settlementRules: Readonly<Record<string, { strikeTypes: readonly string[] }>> = {
  KXBTC: { strikeTypes: ["between", "less", "greater"] },
  KXBTCD: { strikeTypes: ["greater"] },
  KXBTC15M: { strikeTypes: ["greater_or_equal"] },
};

/**
 * The values that make Yes win, in steps of the grid, for a value that is on it.
 * @param perDollar Steps in a dollar: 100 or a multiple of it.
 * @returns why the market has no such values (yet).
 */
function stepsOf(series: string, strike: Strike, perDollar: number): StrikeInterval | { unpriceable: string } {
  const rule = Object.hasOwn(settlementRules, series) ? settlementRules[series] : undefined;
  if (rule === undefined) return { unpriceable: `series ${series} has no settlement rule in core/crypto/pricing.ts` };
  const { strike_type, floor_strike, cap_strike } = strike;
  // A quarter-hour market gets its target a second or so after it opens: the average of the minute before.
  const isQuarter = series === "KXBTC15M" && (strike_type === null || strike_type === "greater_or_equal");
  if (isQuarter && (floor_strike ?? 0) === 0) {
    return { unpriceable: "not priceable yet: the target price is not set" };
  }
  if (strike_type === null || !rule.strikeTypes.includes(strike_type)) {
    return {
      unpriceable: `strike_type ${strike_type ?? "(none)"} is none of ${series}: ${rule.strikeTypes.join(", ")}`,
    };
  }
  const inSteps = (value: number | null) => (value === null ? null : Math.round(value * 100) * (perDollar / 100));
  for (const value of [floor_strike, cap_strike]) {
    if (value !== null && !(Math.abs(value * 100 - Math.round(value * 100)) < 1e-4 && value > 0)) {
      return { unpriceable: `strike ${value}: expected dollars above 0 with at most two decimals` };
    }
  }
  try {
    const steps = intervalOf({ strike_type, floor_strike: inSteps(floor_strike), cap_strike: inSteps(cap_strike) });
    return steps ?? { unpriceable: `strike_type ${strike_type} is no interval` };
  } catch (error) {
    return { unpriceable: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The values that make Yes win, in whole cents, for a settlement value that is rounded to cents: …99.99 with `greater`
 * begins where the range below it ends, and a tie under `greater_or_equal` is a Yes. Only the fine print of KXBTC15M states
 * the rounding. Of KXBTC and KXBTCD it is assumed: settled values are given with two decimals.
 * @returns why the market has no such values (yet).
 */
export const centsOf = (series: string, strike: Strike) => stepsOf(series, strike, 100);

/**
 * The same word for word, for a value that nobody rounds, in quarters of a cent (`quarters` in core/market/payouts.ts).
 * Between two ranges lies a gap, …99.99 to …00, in which none of them wins.
 */
export const unroundedOf = (series: string, strike: Strike) => stepsOf(series, strike, 100 * quarters);

/**
 * P(Yes) of an interval of whole cents, ends included. Half a cent on each side belongs to it: if nobody rounds, what lies in
 * the gap between two ranges is given to them although it is nobody's, some 0.01 / 100 of a range's width.
 */
export function probabilityOf(distribution: SettlementDistribution, { lowest, highest }: StrikeInterval): number {
  // Rounding to the nearest cent: the cent k stands for [k − 0.5, k + 0.5).
  const from = lowest === null ? 1 : survival(distribution, (lowest - 0.5) / 100);
  const beyond = highest === null ? 0 : survival(distribution, (highest + 0.5) / 100);
  return Math.max(0, from - beyond);
}
