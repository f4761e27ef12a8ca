/**
 * Dressing: a single forecast becomes a distribution by adding the errors that such forecasts made before (Roulston &
 * Smith 2003, Tellus 55A). The errors are smoothed by a Gaussian kernel whose width is a rule, not a fit: heavy tails and
 * skewness stay, which a Gaussian would round off.
 */
import { type HighPmf, mixturePmf } from "../day-ahead.ts";

export interface PastError {
  /** `YYYY-MM-DD` of the day. */
  date: string;
  /** Observed minus forecast, °F. */
  errorF: number;
}

/** The errors to come, as a mixture of Gaussians of one width. */
export interface ErrorLaw {
  centres: readonly { centre: number; weight: number }[];
  /** °F. */
  sd: number;
}

/** Fewer errors than this (counted by their weights) are no distribution. */
const MIN_ERRORS = 20;
/**
 * Errors of the other half of the year count a quarter: spread and bias differ by season, a half-year alone is few days.
 * docs/evaluation.md shows what other weights give.
 */
const OTHER_SEASON_WEIGHT = 0.25;
/** Half a degree: errors in whole degrees have nothing finer to tell. */
const MIN_KERNEL_F = 0.5;

export type Season = "November to April" | "May to October";

export function seasonOf(date: string): Season {
  const month = Number(date.slice(5, 7));
  return month >= 5 && month <= 10 ? "May to October" : "November to April";
}

interface Weighted {
  value: number;
  weight: number;
}

/** The value below which a share of the weight lies. `sorted` by value, not empty. */
function quantile(sorted: readonly Weighted[], share: number): number {
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  for (const { value, weight } of sorted) {
    below += weight;
    if (below >= share * total) return value;
  }
  return sorted.at(-1)?.value ?? Number.NaN;
}

/**
 * Kernel width by the rule of thumb 0.9 min(sd, IQR/1.34) n^(−1/5) (Silverman 1986, eq. 3.31). The values are drawn
 * towards their mean so that the smoothed distribution keeps their variance. Equal values become one centre.
 */
function smoothed(values: readonly Weighted[]): ErrorLaw | undefined {
  const merged = new Map<number, number>();
  for (const { value, weight } of values) merged.set(value, (merged.get(value) ?? 0) + weight);
  const total = values.reduce((sum, { weight }) => sum + weight, 0);
  const squares = values.reduce((sum, { weight }) => sum + weight ** 2, 0);
  const n = total ** 2 / squares;
  if (!(n >= MIN_ERRORS)) return undefined;
  const sorted = [...merged].map(([value, weight]) => ({ value, weight })).sort((a, b) => a.value - b.value);
  const mean = sorted.reduce((sum, { value, weight }) => sum + (value * weight) / total, 0);
  const variance =
    (sorted.reduce((sum, { value, weight }) => sum + ((value - mean) ** 2 * weight) / total, 0) * n) / (n - 1);
  const iqr = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const sd = Math.max(MIN_KERNEL_F, 0.9 * Math.min(Math.sqrt(variance), iqr / 1.34) * n ** -0.2);
  const shrink = variance > sd ** 2 ? Math.sqrt(1 - sd ** 2 / variance) : 0;
  return {
    centres: sorted.map(({ value, weight }) => ({ centre: mean + shrink * (value - mean), weight: weight / total })),
    sd,
  };
}

/** The law of errors for a season from past ones of the same city and lead; undefined when they are too few. */
export function errorLaw(errors: readonly PastError[], season: Season): ErrorLaw | undefined {
  return smoothed(
    errors.map(({ date, errorF }) => ({
      value: errorF,
      weight: seasonOf(date) === season ? 1 : OTHER_SEASON_WEIGHT,
    })),
  );
}

/** The law of values that count alike, such as the highs of past years; undefined when they are too few. */
export function valueLaw(values: readonly number[]): ErrorLaw | undefined {
  return smoothed(values.map((value) => ({ value, weight: 1 })));
}

/** The distribution of the high: `forecastF` plus an error. */
export function dress({ centres, sd }: ErrorLaw, forecastF: number): HighPmf {
  return mixturePmf(
    centres.map(({ centre, weight }) => ({ centre: forecastF + centre, weight })),
    sd,
  );
}
