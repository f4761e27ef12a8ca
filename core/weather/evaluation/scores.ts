/** How good forecasts were: scores and calibration with intervals, and what tells two methods apart. */
import { type Block, blockBootstrap, type Interval } from "../../stats/bootstrap.ts";
import { centralCoverage, pitHistogram, type PitInterval, pitInterval } from "../../stats/calibration.ts";
import { reliability, type ReliabilityBin } from "../../stats/reliability.ts";
import { crps, logScore } from "../../stats/scoring.ts";
import { type Season, seasonOf } from "./dressing.ts";
import type { LeadId } from "./forecast-history.ts";
import { blocksBy } from "./figures.ts";
import type { DayForecast, Method } from "./forecasts.ts";

export const levels = [0.5, 0.8, 0.9] as const;

const REPLICATES = 1000;
const SEED = 20_211_120;

/** One forecast with what it earned. */
export interface ScoredDay {
  method: Method;
  city: string;
  date: string;
  lead: LeadId;
  season: Season;
  highF: number;
  /** °F. */
  crps: number;
  /** −ln of the probability of the degree that came, nats; a probability below 1e-4 counts as that. */
  logScore: number;
  pit: PitInterval;
  /** Expected share of the outcome inside the central interval of each of `levels`. */
  covered: readonly number[];
}

/** A mean with two intervals: whole city-days are drawn, or whole calendar months. */
export interface Figure {
  mean: number;
  byDay: Interval;
  byMonth: Interval;
  /** How many months there are: with few, their interval says little. */
  months: number;
}

export interface Summary {
  n: number;
  /** City-days: the leads of one share its weather. */
  days: number;
  crps: Figure;
  logScore: Figure;
  /** In the order of `levels`. */
  coverage: readonly Figure[];
  /** Ten bins; 1 everywhere when calibrated. */
  pit: readonly number[];
}

export function scoreDay(forecast: DayForecast): ScoredDay {
  const { method, city, date, lead, highF, pmfLow, pmf } = forecast;
  const pit = pitInterval(pmfLow, pmf, highF);
  return {
    method,
    city,
    date,
    lead,
    season: seasonOf(date),
    highF,
    crps: crps(pmfLow, pmf, highF),
    logScore: logScore(pmf[highF - pmfLow] ?? 0),
    pit,
    covered: levels.map((level) => centralCoverage(pit, level)),
  };
}

type Day = Pick<ScoredDay, "city" | "date">;

/** @throws without rows. */
function figureOf<T extends Day>(rows: readonly T[], valueOf: (row: T) => number): Figure {
  const months = blocksBy(rows, ({ date }) => date.slice(0, 7), valueOf);
  const drawn = (blocks: Block[]) => blockBootstrap({ blocks, replicates: REPLICATES, seed: SEED });
  const byDay = drawn(blocksBy(rows, ({ city, date }) => `${city} ${date}`, valueOf));
  const byMonth = drawn(months);
  if (byDay === undefined || byMonth === undefined) throw new Error("no forecasts to take a figure of");
  return { mean: byDay.mean, byDay, byMonth, months: months.length };
}

/** @returns undefined without rows. */
export function summarise(rows: readonly ScoredDay[]): Summary | undefined {
  if (rows.length === 0) return undefined;
  return {
    n: rows.length,
    days: new Set(rows.map(({ city, date }) => `${city} ${date}`)).size,
    crps: figureOf(rows, (row) => row.crps),
    logScore: figureOf(rows, (row) => row.logScore),
    coverage: levels.map((_, index) => figureOf(rows, ({ covered }) => covered[index] ?? Number.NaN)),
    pit: pitHistogram(rows.map(({ pit }) => pit)),
  };
}

export interface Comparison {
  n: number;
  /** CRPS of the first method minus that of the second, °F: below 0 the first is better. */
  crps: Figure;
  /** The same of the log score, nats. */
  logScore: Figure;
}

/** Two methods on the days and leads that both have; undefined when there are none. */
export function compare(rows: readonly ScoredDay[], first: Method, second: Method): Comparison | undefined {
  const keyOf = ({ city, date, lead }: ScoredDay) => `${city} ${date} ${lead}`;
  const other = new Map(rows.filter(({ method }) => method === second).map((row) => [keyOf(row), row]));
  const pairs = rows
    .filter(({ method }) => method === first)
    .flatMap((row) => {
      const against = other.get(keyOf(row));
      return against === undefined
        ? []
        : [
            {
              city: row.city,
              date: row.date,
              crps: row.crps - against.crps,
              logScore: row.logScore - against.logScore,
            },
          ];
    });
  if (pairs.length === 0) return undefined;
  return {
    n: pairs.length,
    crps: figureOf(pairs, (pair) => pair.crps),
    logScore: figureOf(pairs, (pair) => pair.logScore),
  };
}

/** Where Kalshi's brackets would lie: four of two degrees about the middle, two open ends. Upper edges, from the middle. */
const BRACKET_TOPS = [-5, -3, -1, 1, 3];

/** Six brackets about the forecast's median, and which of them came: events such as the exchange lists. */
export function bracketOutcomes(forecast: DayForecast): { probability: number; outcome: number }[] {
  const { pmfLow, pmf, highF } = forecast;
  const cumulative = (upTo: number) =>
    pmf.slice(0, Math.max(0, upTo - pmfLow + 1)).reduce((sum, share) => sum + share, 0);
  let median = pmfLow;
  while (cumulative(median) < 0.5) median++;
  const tops = [-Infinity, ...BRACKET_TOPS.map((top) => median + top), Infinity];
  return tops.slice(1).map((top, index) => {
    const below = tops[index] ?? -Infinity;
    const share = (top === Infinity ? 1 : cumulative(top)) - (below === -Infinity ? 0 : cumulative(below));
    return { probability: Math.min(1, Math.max(0, share)), outcome: highF > below && highF <= top ? 1 : 0 };
  });
}

export interface ReliabilityPoint extends ReliabilityBin {
  /** Of the observed share, whole city-days drawn; null in an empty bin. */
  interval: Interval | null;
}

/** Reliability of the brackets' probabilities, in ten bins with intervals. */
export function bracketReliability(forecasts: readonly DayForecast[]): ReliabilityPoint[] {
  const rows = forecasts.flatMap((forecast) =>
    bracketOutcomes(forecast).map((bracket) => ({ ...bracket, city: forecast.city, date: forecast.date })),
  );
  return reliability(rows).map((bin) => {
    const inside = rows.filter(({ probability }) => probability >= bin.from && (probability < bin.to || bin.to === 1));
    const blocks = blocksBy(
      inside,
      ({ city, date }) => `${city} ${date}`,
      ({ outcome }) => outcome,
    );
    return { ...bin, interval: blockBootstrap({ blocks, replicates: REPLICATES, seed: SEED }) ?? null };
  });
}
