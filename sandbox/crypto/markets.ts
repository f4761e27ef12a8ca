/** The bitcoin events as a family of Kalshi's markets. */
import { day, minute } from "../calendar.ts";
import { marketState, type Payload } from "../kalshi-payload.ts";
import type { ListedEvent, MarketFamily } from "../market-family.ts";
import type { Noise } from "../noise.ts";
import { createTape } from "../tape.ts";
import { cryptoSeries, isYesAt, type CryptoEvent, type CryptoEvents } from "./events.ts";
import { cryptoEventPayload, cryptoMarketConstants, cryptoSeriesPayload } from "./kalshi-payload.ts";
import type { CryptoQuotes } from "./quotes.ts";

const quarter = 15 * minute;
/** A quarter's target is published this long after it opens. */
const targetAfter = 1_000;

/** Below 2^24: nine bits of series and market, fifteen of the quarter hour in which it closes. */
const addressOf = (event: CryptoEvent, bracket: number): number =>
  (Math.round(event.closeAt / quarter) % 2 ** 15) * 512 + cryptoSeries.indexOf(event.series) * 128 + bracket;

export function createCryptoMarkets(events: CryptoEvents, quotes: CryptoQuotes, noise: Noise): MarketFamily {
  const tape = createTape<CryptoEvent>(
    { step: 5 * minute, quotesAt: (event, at) => quotes.at(event, at), addressOf },
    noise,
  );

  const listedEvent = (event: CryptoEvent): ListedEvent => {
    const constants = new Map<string, Payload>();
    const fixed = (index: number, now: number): Payload => {
      const known = now >= event.openAt + targetAfter;
      const key = `${index} ${known}`;
      let payload = constants.get(key);
      if (payload === undefined) {
        const bracket = event.brackets[index];
        if (bracket === undefined) throw new Error(`${event.ticker} has no market ${index}`);
        constants.set(key, (payload = cryptoMarketConstants(event, bracket, known)));
      }
      return payload;
    };
    return {
      ticker: event.ticker,
      createdAt: event.createdAt,
      openAt: event.openAt,
      closeAt: event.closeAt,
      determinedAt: event.determinedAt,
      finalizedAt: event.finalizedAt,
      tickers: event.brackets.map(({ ticker }) => ticker),
      listing: event.brackets.map((_, index) => event.brackets.length - 1 - index),
      fineEnds: event.series === "KXBTC15M",
      payload: (now) => cryptoEventPayload(event, now),
      quotes: (now) => quotes.at(event, now),
      markets(now) {
        const current = quotes.at(event, now);
        const earlier = now - day >= event.openAt ? quotes.at(event, now - day) : undefined;
        const value = (event.value / 100).toFixed(2);
        return event.brackets.map((bracket, index) => {
          const quote = current[index];
          if (quote === undefined) throw new Error(`${bracket.ticker} has no quote`);
          const outcome = { yes: isYesAt(bracket, event.value), value };
          return { ...fixed(index, now), ...marketState(event, outcome, quote, earlier?.[index], now) };
        });
      },
      trades: (market, from, until) => tape.trades(event, market, from, until),
      candles: (market, from, until) => tape.candles(event, market, from, until),
    };
  };

  const known = new Map<CryptoEvent, ListedEvent>();
  const once = (event: CryptoEvent): ListedEvent => {
    let listed = known.get(event);
    if (listed === undefined) known.set(event, (listed = listedEvent(event)));
    return listed;
  };

  return {
    seriesPayload(ticker) {
      const series = cryptoSeries.find((one) => one === ticker);
      return series === undefined ? undefined : cryptoSeriesPayload(series);
    },
    listed: (series, now) =>
      cryptoSeries
        .filter((one) => series === null || one === series)
        .flatMap((one) => events.listed(one, now))
        .map(once),
    settledBefore(ticker, instant) {
      const event = events.settledBefore(ticker, instant);
      return event === undefined ? undefined : once(event);
    },
  };
}
