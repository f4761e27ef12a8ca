/** Quarter-hours of a captured history as forecasting problems: what was known at so many seconds before each close. */
import { recentReturn } from "../momentum.ts";
import { averageOutlook, type AverageOutlook } from "../settlement-average.ts";
import { type MinutePrice, realisedVolatility } from "../volatility.ts";
import { type Bar, closesOf, quarterHours } from "./bars.ts";

/** Seconds before the close at which a forecast is made. Whole minutes: the bars know no others. */
export const horizons = [900, 600, 300, 180, 120, 60] as const;

/** A day of minutes for the longest window of the volatility. */
const historyMinutes = 1_440;

/** What was known at an instant of a history. */
interface Known {
  /** The newest price, $. */
  price: number;
  /** Volatility of log price per √second. */
  sigma: number;
  /** Closes of the day before, the oldest first. */
  prices: readonly MinutePrice[];
}

/** Undefined where the history has a hole, or begins less than a day before. */
export function knownAt(bars: readonly Bar[]): (now: number) => Known | undefined {
  const prices = closesOf(bars);
  const indexOf = new Map(prices.map(({ at }, index) => [at, index]));
  return (now) => {
    const index = indexOf.get(now);
    if (index === undefined || index < historyMinutes - 1) return undefined;
    const known = prices.slice(Math.max(0, index - historyMinutes), index + 1);
    const volatility = realisedVolatility(known, now);
    const newest = known.at(-1);
    return newest === undefined || "none" in volatility
      ? undefined
      : { price: newest.price, sigma: volatility.sigma, prices: known };
  };
}

export interface Case extends Omit<Known, "prices"> {
  /** Close of the quarter-hour, epoch ms. */
  close: number;
  /** UTC date of the close: the block that it belongs to. */
  day: string;
  secondsToClose: number;
  /** What the average must reach, $. */
  target: number;
  /** Log return of the five minutes before; null across a gap. */
  logReturn: number | null;
  outlook: AverageOutlook;
  outcome: 0 | 1;
}

/**
 * Every quarter-hour with a day of history, at every horizon. Of a minute only its bar is known: the last close stands for
 * the newest print, and a quarter of open, high, low and close for the average of the sixty.
 */
export function casesOf(bars: readonly Bar[]): Case[] {
  const known = knownAt(bars);
  return quarterHours(bars, historyMinutes).flatMap(({ close, target, outcome }) =>
    horizons.flatMap((secondsToClose): Case[] => {
      const now = close - secondsToClose * 1000;
      const then = known(now);
      if (then === undefined) return [];
      const { price, sigma, prices } = then;
      return [
        {
          close,
          day: new Date(close).toISOString().slice(0, 10),
          secondsToClose,
          price,
          target,
          sigma,
          logReturn: recentReturn(prices.slice(-6), now),
          outlook: averageOutlook({ closeTime: close, observed: { at: now, value: price }, prints: [] }),
          outcome,
        },
      ];
    }),
  );
}
