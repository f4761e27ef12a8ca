/** The bitcoin events as a family of Kalshi's markets. */
import { minute } from "../calendar.ts";
import { marketState, type Payload } from "../kalshi-payload.ts";
import { createListing, type MarketFamily, type OwnTerms } from "../market-family.ts";
import type { Noise } from "../noise.ts";
import { cryptoSeries, isYesAt, type CryptoBracket, type CryptoEvent, type CryptoEvents } from "./events.ts";
import { cryptoEventPayload, cryptoMarketConstants, cryptoSeriesPayload } from "./kalshi-payload.ts";
import type { CryptoQuotes } from "./quotes.ts";

const quarter = 15 * minute;
/** A quarter's target is published this long after it opens. */
const targetAfter = 1_000;

/** Below 2^24: nine bits of series and market, fifteen of the quarter hour in which it closes. */
const addressOf = (event: CryptoEvent, bracket: number): number =>
  (Math.round(event.closeAt / quarter) % 2 ** 15) * 512 + cryptoSeries.indexOf(event.series) * 128 + bracket;

export function createCryptoMarkets(events: CryptoEvents, quotes: CryptoQuotes, noise: Noise): MarketFamily {
  const termsOf = (event: CryptoEvent): OwnTerms<CryptoEvent> => {
    const constants = new Map<string, Payload>();
    const fixed = (bracket: CryptoBracket, now: number): Payload => {
      const known = now >= event.openAt + targetAfter;
      const key = `${bracket.ticker} ${known}`;
      let payload = constants.get(key);
      if (payload === undefined) constants.set(key, (payload = cryptoMarketConstants(event, bracket, known)));
      return payload;
    };
    return {
      listing: event.brackets.map((_, index) => event.brackets.length - 1 - index),
      fineEnds: event.series === "KXBTC15M",
      payload: (now) => cryptoEventPayload(event, now),
      marketsAt(now) {
        const value = (event.value / 100).toFixed(2);
        return (bracket, _, quote, earlier) => {
          const outcome = { yes: isYesAt(bracket, event.value), value };
          return { ...fixed(bracket, now), ...marketState(event, outcome, quote, earlier, now) };
        };
      },
    };
  };

  const listed = createListing<CryptoEvent>(
    { step: 5 * minute, quotesAt: (event, at) => quotes.at(event, at), addressOf, termsOf },
    noise,
  );

  return {
    seriesPayload(ticker) {
      const series = cryptoSeries.find((one) => one === ticker);
      return series === undefined ? undefined : cryptoSeriesPayload(series);
    },
    listed: (series, now) =>
      cryptoSeries
        .filter((one) => series === null || one === series)
        .flatMap((one) => events.listed(one, now))
        .map(listed),
    settledBefore(ticker, instant) {
      const event = events.settledBefore(ticker, instant);
      return event === undefined ? undefined : listed(event);
    },
  };
}
