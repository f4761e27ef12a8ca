/**
 * Kalshi's bitcoin events: up or down over a quarter of an hour (KXBTC15M), ranges (KXBTC) and thresholds (KXBTCD) by the
 * hour, the thresholds of 17:00 in New York for a day. All settle on the average of the sixty index prints before their
 * close (kalshi-api.md §5.2, crypto-and-trading.md §2.2).
 */
import { atWallClock, dateParts, day, hour, minute, pad, wallClock } from "../calendar.ts";
import type { Life } from "../market-family.ts";
import type { Bitcoin } from "./bitcoin.ts";

export const cryptoSeries = ["KXBTC", "KXBTCD", "KXBTC15M"] as const;
export type CryptoSeries = (typeof cryptoSeries)[number];

/** Tickers and rule texts carry the clock of New York. */
const newYork = -5;
/** How long finished events stay listed here; the exchange keeps them for two months. */
const listedFor = 26 * hour;
/** How far ranges and thresholds stand apart, dollars, and how many ranges there are, the two open ones not counted. */
const ladders = { hourly: { width: 100, ranges: 28 }, daily: { width: 250, ranges: 12 } } as const;
/** The exchange fixes the result some seconds after the close. */
const determinedAfter = 8_000;
/** `settlement_timer_seconds` by series. */
export const settlementTimer: Readonly<Record<CryptoSeries, number>> = { KXBTC: 60, KXBTCD: 60, KXBTC15M: 1 };

/** `from` is the least value that is Yes, `to` the greatest, whole cents of the index; null where it is open. */
export interface CryptoBracket {
  ticker: string;
  kind: "less" | "between" | "greater" | "greater_or_equal";
  from: number | null;
  to: number | null;
}

export interface CryptoEvent extends Life {
  ticker: string;
  series: CryptoSeries;
  /** From the lowest to the highest. */
  brackets: readonly CryptoBracket[];
  /** What it settles on, whole cents. */
  value: number;
}

/** `26JUL1003` (an hour) or `26SEP251345` (a minute), New York's clock at the close. */
function stampOf(closeAt: number, minutes: boolean): string {
  const wall = wallClock(newYork, closeAt);
  const { year, monthName, dayOfMonth } = dateParts(Math.floor(wall / day));
  const date = `${pad(year % 100)}${monthName.slice(0, 3).toUpperCase()}${pad(dayOfMonth)}`;
  const clock = new Date(wall);
  return `${date}${pad(clock.getUTCHours())}${minutes ? pad(clock.getUTCMinutes()) : ""}`;
}

/** The thresholds of 17:00 in New York. */
function isDaily(series: CryptoSeries, closeAt: number): boolean {
  return series === "KXBTCD" && wallClock(newYork, closeAt) % day === 17 * hour;
}

function bracketsOf(
  ticker: string,
  series: CryptoSeries,
  bitcoin: Bitcoin,
  openAt: number,
  closeAt: number,
): CryptoBracket[] {
  if (series === "KXBTC15M") {
    const minuteOfHour = pad(new Date(wallClock(newYork, closeAt)).getUTCMinutes());
    // The target is the settlement of the quarter before.
    const from = Math.round(bitcoin.settlement(openAt) * 100);
    return [{ ticker: `${ticker}-${minuteOfHour}`, kind: "greater_or_equal", from, to: null }];
  }
  const { width, ranges } = ladders[isDaily(series, closeAt) ? "daily" : "hourly"];
  const centre = Math.round(bitcoin.priceAt(openAt - 10 * minute) / width) * width;
  const lowest = centre - (ranges / 2) * width;
  const edges = Array.from({ length: ranges + 1 }, (_, index) => lowest + index * width);
  if (series === "KXBTCD") {
    return edges.map((edge) => ({
      ticker: `${ticker}-T${(edge - 0.01).toFixed(2)}`,
      kind: "greater",
      from: edge * 100,
      to: null,
    }));
  }
  const highest = edges.at(-1) ?? lowest;
  return [
    { ticker: `${ticker}-T${lowest}`, kind: "less", from: null, to: lowest * 100 - 1 },
    ...edges.slice(0, -1).map((edge): CryptoBracket => ({
      ticker: `${ticker}-B${edge + width / 2}`,
      kind: "between",
      from: edge * 100,
      to: (edge + width) * 100 - 1,
    })),
    { ticker: `${ticker}-T${(highest - 0.01).toFixed(2)}`, kind: "greater", from: highest * 100, to: null },
  ];
}

/** The instant that an event's ticker names; undefined where it is no ticker. The later one of an hour that comes twice is not told apart. */
function closeOf(ticker: string): { series: CryptoSeries; closeAt: number } | undefined {
  const [name = "", stamp = ""] = ticker.split("-");
  const series = cryptoSeries.find((one) => one === name);
  const [, year = "", month = "", dayOfMonth = "", hours = "", minutes = ""] =
    /^(\d{2})([A-Z]{3})(\d{2})(\d{2})(\d{2})?$/.exec(stamp) ?? [];
  const date = Date.parse(`${dayOfMonth} ${month} 20${year} 00:00 UTC`) / day;
  if (series === undefined || Number.isNaN(date)) return undefined;
  const closeAt = atWallClock(newYork, date, Number(hours) * 60 + Number(minutes || 0));
  return stampOf(closeAt, series === "KXBTC15M") === stamp ? { series, closeAt } : undefined;
}

/** Between two closes of a series, ms. */
const stepOf = (series: CryptoSeries) => (series === "KXBTC15M" ? 15 * minute : hour);
const opensAt = (series: CryptoSeries, closeAt: number) => closeAt - (isDaily(series, closeAt) ? day : stepOf(series));
const createdBefore = 5 * minute;

export interface CryptoEvents {
  /** The events of a series that are listed at `now`, from the newest. */
  listed(series: CryptoSeries, now: number): readonly CryptoEvent[];
  /** The event of that ticker, whenever it is, if it is paid before the instant. */
  settledBefore(ticker: string, instant: number): CryptoEvent | undefined;
}

export function createCryptoEvents(bitcoin: Bitcoin): CryptoEvents {
  const known = new Map<string, CryptoEvent>();

  const build = (series: CryptoSeries, closeAt: number): CryptoEvent => {
    const openAt = opensAt(series, closeAt);
    const ticker = `${series}-${stampOf(closeAt, series === "KXBTC15M")}`;
    const determinedAt = closeAt + determinedAfter;
    return {
      ticker,
      series,
      createdAt: openAt - createdBefore,
      openAt,
      closeAt,
      determinedAt,
      finalizedAt: determinedAt + settlementTimer[series] * 1000,
      brackets: bracketsOf(ticker, series, bitcoin, openAt, closeAt),
      value: Math.round(bitcoin.settlement(closeAt) * 100),
    };
  };

  const of = (series: CryptoSeries, closeAt: number): CryptoEvent => {
    const key = `${series} ${closeAt}`;
    let event = known.get(key);
    if (event === undefined) known.set(key, (event = build(series, closeAt)));
    return event;
  };

  return {
    listed(series, now) {
      const step = stepOf(series);
      const list: CryptoEvent[] = [];
      const longest = series === "KXBTCD" ? day : step;
      const newest = Math.floor((now + createdBefore + longest) / step) * step;
      for (let closeAt = newest; closeAt > now - listedFor; closeAt -= step) {
        if (opensAt(series, closeAt) - createdBefore <= now) list.push(of(series, closeAt));
      }
      return list;
    },
    settledBefore(ticker, instant) {
      const found = closeOf(ticker);
      // Nothing is built of an event that is not over.
      if (found === undefined || found.closeAt >= instant || found.closeAt % stepOf(found.series) !== 0)
        return undefined;
      const event = of(found.series, found.closeAt);
      return event.finalizedAt < instant ? event : undefined;
    },
  };
}

export function isYesAt({ from, to }: CryptoBracket, value: number): boolean {
  return (from === null || value >= from) && (to === null || value <= to);
}
