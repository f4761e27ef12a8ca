/** Distributions of a daily high over whole °F. */
import type { StrikeInterval } from "../market/strikes.ts";
import { normalCdf } from "../stats/normal.ts";

/** Beyond so many kernel widths lies less than 1e-12 of a Gaussian, both sides together. */
const REACH_SD = 7.2;
/** Probabilities are whole multiples of this: their sums are exact in binary, in any order. */
const GRAIN = 2 ** -52;

/** P(high = pmfLow + i) = pmf[i]. */
export interface HighPmf {
  /** Whole °F. */
  pmfLow: number;
  /** Sums to exactly 1 in any order of addition. */
  pmf: number[];
}

export type HighForecast = HighPmf & {
  /** °F. */
  mean: number;
  /** °F. */
  sd: number;
};

/** One Gaussian of a mixture, °F. */
export interface Kernel {
  centre: number;
  sd: number;
  /** Those of a mixture sum to 1. */
  weight: number;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Rounds masses to the grain and gives the largest what is left over, so that the whole is exactly 1. */
export function exactPmf(masses: readonly number[]): number[] {
  const total = sum(masses);
  const pmf = masses.map((mass) => Math.round(mass / total / GRAIN) * GRAIN);
  const mode = pmf.indexOf(Math.max(...pmf));
  // Multiples of the grain below 2 are all numbers of double precision: sum and difference are exact.
  pmf[mode] = (pmf[mode] ?? 0) + (1 - sum(pmf));
  return pmf;
}

/**
 * The mixture of Gaussians in whole numbers: P(k) = F(k + ½) − F(k − ½), renormalised over a range that leaves out less
 * than 1e-12. Upper tails are taken from the upper side, where the cdf would have lost their digits.
 */
export function kernelPmf(kernels: readonly Kernel[]): HighPmf {
  const pmfLow = Math.min(...kernels.map(({ centre, sd }) => Math.round(centre - REACH_SD * sd)));
  const pmfHigh = Math.max(...kernels.map(({ centre, sd }) => Math.round(centre + REACH_SD * sd)));
  const masses = Array.from({ length: pmfHigh - pmfLow + 1 }, () => 0);
  for (const { centre, sd, weight } of kernels) {
    const first = Math.round(centre - REACH_SD * sd) - pmfLow;
    const last = Math.round(centre + REACH_SD * sd) - pmfLow;
    // As the edge rises from below the centre to above it, from the lower tail to the upper one.
    let edge = (pmfLow + first - 0.5 - centre) / sd;
    let tail = edge < 0 ? normalCdf(edge) : normalCdf(-edge);
    for (let index = first; index <= last; index++) {
      const nextEdge = (pmfLow + index + 0.5 - centre) / sd;
      const nextTail = nextEdge < 0 ? normalCdf(nextEdge) : normalCdf(-nextEdge);
      const mass = edge >= 0 ? tail - nextTail : nextEdge < 0 ? nextTail - tail : 1 - nextTail - tail;
      masses[index] = (masses[index] ?? 0) + weight * mass;
      edge = nextEdge;
      tail = nextTail;
    }
  }
  return { pmfLow, pmf: exactPmf(masses) };
}

/** The same for kernels of one width. */
export function mixturePmf(centres: readonly { centre: number; weight: number }[], sd: number): HighPmf {
  return kernelPmf(centres.map((one) => ({ ...one, sd })));
}

/** With its mean and standard deviation. */
export function withMoments({ pmfLow, pmf }: HighPmf): HighForecast {
  const mean = pmf.reduce((total, p, index) => total + p * (pmfLow + index), 0);
  const variance = pmf.reduce((total, p, index) => total + p * (pmfLow + index - mean) ** 2, 0);
  return { pmfLow, pmf, mean, sd: Math.sqrt(variance) };
}

/**
 * P(Yes) of each interval: the sum of the pmf over it. For a pmf of exact grains the probabilities of a partition sum to
 * exactly 1, in any order: each is a sum of multiples of 2^-52. For any other pmf they do so to rounding.
 */
export function bracketProbabilities({ pmfLow, pmf }: HighPmf, intervals: readonly StrikeInterval[]): number[] {
  return intervals.map(({ lowest, highest }) => {
    const from = lowest === null ? 0 : Math.max(0, lowest - pmfLow);
    const to = highest === null ? pmf.length : Math.max(0, highest - pmfLow + 1);
    return sum(pmf.slice(from, to));
  });
}

/** What one forecast holds for less likely than this is pooled as this: none can veto the others. */
const POOL_FLOOR = 1e-6;

/**
 * Log-linear pool of forecasts, P(k) ∝ Π P_j(k)^w_j (Genest 1984); weights sum to 1. A forecast of weight 0 plays no part.
 * @throws when there is none.
 */
export function poolHighs(forecasts: readonly { high: HighPmf; weight: number }[]): HighPmf {
  const heard = forecasts.filter(({ weight }) => weight > 0);
  const [only] = heard;
  if (only === undefined) throw new RangeError("pool of highs: no forecast has a weight");
  if (heard.length === 1) return only.high;
  const pmfLow = Math.min(...heard.map(({ high }) => high.pmfLow));
  const pmfEnd = Math.max(...heard.map(({ high }) => high.pmfLow + high.pmf.length));
  const masses = Array.from({ length: pmfEnd - pmfLow }, (_, index) =>
    heard.reduce(
      (mass, { high, weight }) => mass * Math.max(POOL_FLOOR, high.pmf[pmfLow + index - high.pmfLow] ?? 0) ** weight,
      1,
    ),
  );
  return { pmfLow, pmf: exactPmf(masses) };
}
