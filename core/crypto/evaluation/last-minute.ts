/**
 * Inside the minute that is averaged: captured one-second trades of one day, the last trade standing for the print of each
 * second. What the known prints are worth, and whether the variance of the rest is right.
 */
import { blockBootstrap, type Interval } from "../../stats/bootstrap.ts";
import { normalCdf } from "../../stats/normal.ts";
import { brierScore, isClipped, logLoss } from "../../stats/scoring.ts";
import { settlementDistribution, survival } from "../pricing.ts";
import { averageOutlook, type IndexPrint } from "../settlement-average.ts";
import { realisedVolatility } from "../volatility.ts";

const secondMs = 1_000;
const quarterSeconds = 900;
const windowSeconds = 60;
const daySeconds = 86_400;
const lastSeconds = [60, 45, 30, 15, 5] as const;

export const lastMinuteMethods = {
  spot: "Gaussian of the price at the close, variance σ²τ: neither average nor known prints",
  locked: "the average so far and the newest price for the rest, taken for certain: .995 or .005",
  desk: "the desk's distribution, parameters in force",
} as const;
export type LastMinuteMethod = keyof typeof lastMinuteMethods;
const methodNames = Object.keys(lastMinuteMethods) as LastMinuteMethod[];

export interface LastMinuteReport {
  seconds: number;
  n: number;
  scores: Record<LastMinuteMethod, LastMinuteScore>;
}

/** By hour of the day: whole hours are drawn. */
interface LastMinuteScore {
  brier: Interval;
  logLoss: Interval;
  /** Forecasts that gave the outcome less than `logLossClip`, and were scored as that. */
  clipped: number;
}

/**
 * Price of every second of a day from rows of `ms since midnight,open,high,low,close,volume` (seconds without a trade are
 * absent). NaN before the first trade. @throws naming the line that is no trade.
 */
export function secondPrices(csv: string): Float64Array {
  const prices = new Float64Array(daySeconds).fill(Number.NaN);
  for (const [index, line] of csv.trim().split(/\r?\n/).entries()) {
    const [ms = Number.NaN, , , , close = Number.NaN] = line.split(",").map(Number);
    const second = ms / secondMs;
    if (!Number.isInteger(second) || second < 0 || second >= daySeconds || !(close > 0)) {
      throw new Error(`line ${index + 1} is no one-second bar of a day: ${line}`);
    }
    prices[second] = close;
  }
  for (let second = 1; second < daySeconds; second++) {
    if (Number.isNaN(prices[second])) prices[second] = prices[second - 1] ?? Number.NaN;
  }
  return prices;
}

/** Average of [from, until) to the cent, as it is settled. */
function settledAverage(prices: Float64Array, from: number, until: number): number {
  const sum = prices.subarray(from, until).reduce((total, price) => total + price, 0);
  return Math.round((sum / (until - from)) * 100) / 100;
}

interface Forecast {
  hour: string;
  outcome: 0 | 1;
  said: Record<LastMinuteMethod, number>;
}

/** @param day Start of the day, epoch ms: only whole minutes matter. */
function forecastsAt(prices: Float64Array, day: number, secondsToClose: number): Forecast[] {
  const minutes = Array.from({ length: daySeconds / 60 }, (_, minute) => ({
    at: day + (minute + 1) * 60 * secondMs,
    price: prices[minute * 60 + 59] ?? Number.NaN,
  })).filter(({ price }) => price > 0);
  const forecasts: Forecast[] = [];
  for (let open = quarterSeconds; open + quarterSeconds <= daySeconds; open += quarterSeconds) {
    const close = open + quarterSeconds;
    const target = settledAverage(prices, open - windowSeconds, open);
    const settled = settledAverage(prices, close - windowSeconds, close);
    // The newest print is of the second before: that of `close − τ` is still to come.
    const newest = close - secondsToClose - 1;
    const price = prices[newest] ?? Number.NaN;
    const now = day + newest * secondMs;
    const volatility = realisedVolatility(minutes, now);
    if (Number.isNaN(target) || "none" in volatility) continue;
    const { sigma } = volatility;
    const prints: IndexPrint[] = [];
    for (let second = close - windowSeconds; second <= newest; second++) {
      prints.push({ at: day + second * secondMs, value: prices[second] ?? Number.NaN });
    }
    const observed = { at: now, value: price };
    const outlook = averageOutlook({ closeTime: day + close * secondMs, observed, prints });
    const distribution = settlementDistribution({ outlook, sigma, noiseBps: 0, shift: 0, secondsToClose });
    forecasts.push({
      hour: String(Math.floor(close / 3_600)).padStart(2, "0"),
      outcome: settled >= target ? 1 : 0,
      said: {
        spot: normalCdf(Math.log(price / target) / (sigma * Math.sqrt(secondsToClose))),
        locked: Math.abs(outlook.mean - target) < 0.005 ? 0.5 : outlook.mean > target ? 0.995 : 0.005,
        desk: survival(distribution, target - 0.005),
      },
    });
  }
  return forecasts;
}

function byHour(forecasts: readonly Forecast[], value: (forecast: Forecast) => number): Interval {
  const blocks = [...Map.groupBy(forecasts, ({ hour }) => hour)].map(([id, of]) => ({
    id,
    sum: of.reduce((sum, one) => sum + value(one), 0),
    n: of.length,
  }));
  const interval = blockBootstrap({ blocks, replicates: 2_000, seed: 20_161_007 });
  if (interval === undefined) throw new Error("no quarter-hour of the day can be forecast");
  return interval;
}

export function lastMinuteReports(prices: Float64Array, day: number): LastMinuteReport[] {
  return lastSeconds.map((seconds): LastMinuteReport => {
    const forecasts = forecastsAt(prices, day, seconds);
    const scores = methodNames.map((method): [LastMinuteMethod, LastMinuteScore] => [
      method,
      {
        brier: byHour(forecasts, ({ said, outcome }) => brierScore(said[method], outcome)),
        logLoss: byHour(forecasts, ({ said, outcome }) => logLoss(said[method], outcome)),
        clipped: forecasts.filter(({ said, outcome }) => isClipped(said[method], outcome)).length,
      },
    ]);
    return { seconds, n: forecasts.length, scores: Object.fromEntries(scores) as LastMinuteReport["scores"] };
  });
}
