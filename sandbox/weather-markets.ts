/** The daily highs as a family of Kalshi's markets. */
import { day, minute } from "./calendar.ts";
import { allCities, type City } from "./cities.ts";
import { isYes, type Event, type Events } from "./events.ts";
import type { Incident } from "./incidents.ts";
import { eventPayload, marketConstants, marketState, seriesPayload, type Payload } from "./kalshi-payload.ts";
import type { ListedEvent, MarketFamily } from "./market-family.ts";
import type { Noise } from "./noise.ts";
import { addressOf, type Quotes } from "./quotes.ts";
import { createTape } from "./tape.ts";

/** Kalshi lists an event's markets from the upper tail, the lower tail second, then the bins from the top. */
function tailsFirst(count: number): number[] {
  const fromTop = Array.from({ length: count }, (_, index) => count - 1 - index);
  return [...fromTop.slice(0, 1), ...fromTop.slice(-1), ...fromTop.slice(1, -1)];
}

export function createWeatherMarkets(
  cities: readonly City[],
  events: Events,
  quotes: Quotes,
  noise: Noise,
  incidents: readonly Incident[],
): MarketFamily {
  const tape = createTape<Event>(
    { step: 30 * minute, quotesAt: (event, at) => quotes.at(event, at), addressOf },
    noise,
  );

  const listedEvent = (event: Event): ListedEvent => {
    const constants: (Payload | undefined)[] = [];
    return {
      ticker: event.ticker,
      createdAt: event.createdAt,
      openAt: event.openAt,
      closeAt: event.closeAt,
      determinedAt: event.determinedAt,
      finalizedAt: event.finalizedAt,
      tickers: event.brackets.map(({ ticker }) => ticker),
      listing: tailsFirst(event.brackets.length),
      fineEnds: false,
      payload: (now) => eventPayload(event, now),
      quotes: (now) => quotes.at(event, now),
      markets(now) {
        const current = quotes.at(event, now);
        const earlier = now - day >= event.openAt ? quotes.at(event, now - day) : undefined;
        const renamed = incidents.find(
          (one) =>
            one.kind === "renamed_field" && one.series === event.city.series && now >= one.from && now < one.until,
        );
        return event.brackets.map((bracket, index) => {
          const quote = current[index];
          if (quote === undefined) throw new Error(`${bracket.ticker} has no quote`);
          const yes = isYes(bracket, event.value);
          const outcome = { yes, value: event.worded ? (yes ? "Yes" : "No") : `${event.value}.00` };
          const payload: Payload = {
            ...(constants[index] ??= marketConstants(event, bracket)),
            ...marketState(event, outcome, quote, earlier?.[index], now),
          };
          if (renamed?.kind === "renamed_field") {
            payload[renamed.renamedTo] = payload[renamed.field];
            delete payload[renamed.field];
          }
          return payload;
        });
      },
      trades: (market, from, until) => tape.trades(event, market, from, until),
      candles: (market, from, until) => tape.candles(event, market, from, until),
    };
  };

  const known = new Map<Event, ListedEvent>();
  const once = (event: Event): ListedEvent => {
    let listed = known.get(event);
    if (listed === undefined) known.set(event, (listed = listedEvent(event)));
    return listed;
  };

  return {
    seriesPayload(ticker) {
      const city = allCities.find((one) => one.series === ticker);
      return city === undefined ? undefined : seriesPayload(city);
    },
    listed: (series, now) =>
      cities
        .filter((city) => series === null || city.series === series)
        .flatMap((city) => events.listed(city, now))
        .map(once),
    settledBefore(ticker, instant) {
      const [name = "", date = ""] = ticker.split("-");
      const city = cities.find((one) => one.series === name);
      const [, year = "", month = "", dayOfMonth = ""] = /^(\d{2})([A-Z]{3})(\d{2})$/.exec(date) ?? [];
      const climateDay = Date.parse(`${dayOfMonth} ${month} 20${year} 00:00 UTC`) / day;
      if (city === undefined || Number.isNaN(climateDay)) return undefined;
      // Nothing is built of a day whose settlement is not over.
      if (climateDay * day >= instant) return undefined;
      const event = events.of(city, climateDay);
      return event.ticker === ticker && event.finalizedAt < instant ? once(event) : undefined;
    },
  };
}
