/** Kalshi's bitcoin markets: the feeds of the daily highs at the pace of markets that live an hour, or a quarter of one. */
import { type CryptoSeries, cryptoEventTicker, cryptoSeries } from "../crypto/certify.ts";
import { dollar } from "../market/price.ts";
import type { MarketLives, SpanMarket } from "../market/span-markets.ts";
import { kalshiBooks } from "./kalshi-books.ts";
import { kalshiCandles } from "./kalshi-candles.ts";
import { kalshiMarkets } from "./kalshi-markets.ts";
import { kalshiSettlements } from "./kalshi-settlements.ts";
import { kalshiTrades } from "./kalshi-trades.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/**
 * A job of a whole minute is planned while that minute's poll is answered: what it may know are the quotes of the minute
 * before, or those before them where that window did not land.
 */
const keepPartsMinutes = 3;

export const kalshiCryptoMarkets = kalshiMarkets(cryptoSeries, {
  id: "kalshi-crypto-markets",
  doc: "Kalshi's listing and quotes of bitcoin: series, open events with their markets, best bid and ask.",
  schedule: { everyMinutes: 1, offsetMinutes: 0 },
  staleAfterMinutes: 3,
  // A minute after a quarter of an hour has begun, its event is open and has its target.
  catalogue: { everyMinutes: 15, offsetMinutes: 1 },
  partStaleAfterMinutes: 20,
  keepPartsMinutes,
  keepPartsOf: ["market_snapshots"],
  errorImpact: "No bitcoin event is priced and no signal is sent: without quotes the desk is blind to the market.",
});

export const kalshiCryptoSettlements = kalshiSettlements(cryptoSeries, {
  id: "kalshi-crypto-settlements",
  doc: "Kalshi's outcomes of bitcoin: the markets of settled events that closed in the last 2 hours, once a day in the last 24.",
  schedule: { everyMinutes: 5, offsetMinutes: 2 },
  staleAfterMinutes: 20,
  errorImpact: "Forecasts of bitcoin wait for their grade; prices and signals are not touched.",
  // They settle within a minute and a half of their close.
  lookBackHours: 2,
  // What a pause has left out. A day is four thousand markets.
  sweepHours: 24,
  sweepAt: [3],
});

/** The books of events that close later say little of what is about to be decided. */
const closesWithin = 65 * minuteMs;
/** One request's worth. */
const mostBooks = 100;

/**
 * Those near the money: in the events that close next, the markets that are quoted on both sides, the ones nearest to half a
 * dollar first. Of all others the listing shows the best quotes with their sizes every minute.
 */
export function nearTheMoney(markets: readonly SpanMarket[], windowAt: number): SpanMarket[] {
  const distance = ({ mid }: SpanMarket) => (mid === null ? Infinity : Math.abs(mid - dollar / 2));
  return markets
    .filter(({ mid, closeAt }) => mid !== null && closeAt <= windowAt + closesWithin)
    .toSorted((a, b) => distance(a) - distance(b) || (a.ticker < b.ticker ? -1 : 1))
    .slice(0, mostBooks);
}

export const kalshiCryptoBooks = kalshiBooks(cryptoSeries, {
  id: "kalshi-crypto-books",
  doc: "Kalshi's order books of bitcoin with every level: of the events that close within the hour, the hundred markets nearest to half a dollar that are quoted on both sides.",
  schedule: { everyMinutes: 1, offsetMinutes: 0 },
  staleAfterMinutes: 3,
  keepPartsMinutes,
  errorImpact: "Depth behind the best quotes is unknown: arbitrage is sized by the best quotes alone.",
  chosen: nearTheMoney,
});

const lives: MarketLives = {
  // Weekly events trade for a week.
  longestDays: 8,
  // By their names, those that close in the span or within a day of it.
  eventsIn(series, { from, until }) {
    const known = series as CryptoSeries;
    const step = known === "KXBTC15M" ? 15 * minuteMs : hourMs;
    const last = until + (known === "KXBTC15M" ? step : 24 * hourMs);
    const tickers: string[] = [];
    for (let at = Math.floor(from / step) * step + step; at <= last; at += step)
      tickers.push(cryptoEventTicker(known, at));
    return [...new Set(tickers)];
  },
};

export const kalshiCryptoTrades = kalshiTrades(cryptoSeries, {
  id: "kalshi-crypto-trades",
  doc: "Kalshi's trades in bitcoin, an hour at a time, live and historical endpoint merged by id.",
  schedule: { everyMinutes: 60, offsetMinutes: 7 },
  staleAfterMinutes: 130,
  errorImpact: "Trades in bitcoin are missing from history; no forecast, price or grade depends on them.",
  lives,
});

export const kalshiCryptoCandles = kalshiCandles(cryptoSeries, {
  id: "kalshi-crypto-candles",
  doc: "Kalshi's one-minute candles of bitcoin, an hour at a time, live and historical endpoint merged by key.",
  schedule: { everyMinutes: 60, offsetMinutes: 11 },
  staleAfterMinutes: 130,
  errorImpact: "Minute prices of bitcoin are missing from history; no price or grade of today depends on them.",
  lives,
});
