/**
 * Dressing: a single forecast becomes a distribution by adding the errors that such forecasts made before (Roulston &
 * Smith 2003, Tellus 55A). The errors are smoothed by a Gaussian kernel whose width is a rule, not a fit: heavy tails and
 * skewness stay, which a Gaussian would round off.
 */
import { type HighPmf, mixturePmf } from "../high-pmf.ts";

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

/** Fewer errors than this are no distribution. */
const MIN_ERRORS = 20;
/**
 * Mean and spread of a season's errors are drawn towards those of the whole year as if so many of its errors were among
 * them: seven months are few to know a season by. docs/evaluation.md shows what other numbers give.
 */
const YEAR_ERRORS = 10;
/** Half a degree: errors in whole degrees have nothing finer to tell. */
const MIN_KERNEL_F = 0.5;

export type Season = "November to April" | "May to October";

export function seasonOf(date: string): Season {
  const month = Number(date.slice(5, 7));
  return month >= 5 && month <= 10 ? "May to October" : "November to April";
}

/** The value below which a share of the values lies. `sorted`, not empty. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)] ?? Number.NaN;
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const squaresAbout = (values: readonly number[], centre: number) =>
  values.reduce((sum, value) => sum + (value - centre) ** 2, 0);

/**
 * The law of values that count alike, such as the highs of past years; undefined when they are too few. Kernel width by the
 * rule of thumb 0.9 min(sd, IQR/1.34) n^(−1/5) (Silverman 1986, eq. 3.31). The values are drawn
 * towards their mean so that the smoothed distribution keeps their variance. Equal values become one centre.
 */
export function valueLaw(values: readonly number[]): ErrorLaw | undefined {
  const n = values.length;
  if (n < MIN_ERRORS) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const mean = meanOf(sorted);
  const variance = squaresAbout(sorted, mean) / (n - 1);
  const iqr = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const sd = Math.max(MIN_KERNEL_F, 0.9 * Math.min(Math.sqrt(variance), iqr / 1.34) * n ** -0.2);
  const shrink = variance > sd ** 2 ? Math.sqrt(1 - sd ** 2 / variance) : 0;
  const counts = new Map<number, number>();
  for (const value of sorted) counts.set(value, (counts.get(value) ?? 0) + 1);
  return {
    centres: [...counts].map(([value, count]) => ({ centre: mean + shrink * (value - mean), weight: count / n })),
    sd,
  };
}

/**
 * The law of errors for a season from past ones of the same city and lead; undefined when they are too few. Seasons differ
 * in how far and to which side forecasts err; the shape of the errors is taken from all of them, moved and stretched.
 */
export function errorLaw(errors: readonly PastError[], season: Season): ErrorLaw | undefined {
  if (errors.length < MIN_ERRORS) return undefined;
  const momentsOf = (values: readonly number[], weight: number, about: { mean: number; variance: number }) => {
    const n = values.length + weight;
    const mean = (values.reduce((sum, value) => sum + value, 0) + weight * about.mean) / n;
    return { mean, variance: (squaresAbout(values, mean) + weight * about.variance) / n };
  };
  const all = errors.map(({ errorF }) => errorF);
  const year = momentsOf(all, 0, { mean: 0, variance: 0 });
  const bySeason = Map.groupBy(errors, ({ date }) => seasonOf(date));
  const own = (bySeason.get(season) ?? []).map(({ errorF }) => errorF);
  const here = momentsOf(own, YEAR_ERRORS, year);
  return valueLaw(
    [...bySeason.values()].flatMap((group) => {
      const values = group.map(({ errorF }) => errorF);
      const there = momentsOf(values, 0, year);
      // Errors that are all the same have nothing to stretch.
      const stretch = there.variance > 0 ? Math.sqrt(here.variance / there.variance) : 0;
      return values.map((value) => here.mean + stretch * (value - there.mean));
    }),
  );
}

/** The distribution of the high: `forecastF` plus an error. */
export function dress({ centres, sd }: ErrorLaw, forecastF: number): HighPmf {
  return mixturePmf(
    centres.map(({ centre, weight }) => ({ centre: forecastF + centre, weight })),
    sd,
  );
}
