/** The daily highs as a family of Kalshi's markets. */
import { day, minute } from "./calendar.ts";
import { allCities, type City } from "./cities.ts";
import { isYes, type Event, type Events } from "./events.ts";
import type { Incident } from "./incidents.ts";
import { eventPayload, marketConstants, marketState, seriesPayload, type Payload } from "./kalshi-payload.ts";
import { createListing, type MarketFamily, type OwnTerms } from "./market-family.ts";
import type { Noise } from "./noise.ts";
import { addressOf, type Quotes } from "./quotes.ts";

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
  const termsOf = (event: Event): OwnTerms<Event> => {
    const constants: (Payload | undefined)[] = [];
    return {
      listing: tailsFirst(event.brackets.length),
      fineEnds: false,
      payload: (now) => eventPayload(event, now),
      marketsAt(now) {
        const renamed = incidents.find(
          (one) =>
            one.kind === "renamed_field" && one.series === event.city.series && now >= one.from && now < one.until,
        );
        return (bracket, index, quote, earlier) => {
          const yes = isYes(bracket, event.value);
          const outcome = { yes, value: event.worded ? (yes ? "Yes" : "No") : `${event.value}.00` };
          const payload: Payload = {
            ...(constants[index] ??= marketConstants(event, bracket)),
            ...marketState(event, outcome, quote, earlier, now),
          };
          if (renamed?.kind === "renamed_field") {
            payload[renamed.renamedTo] = payload[renamed.field];
            delete payload[renamed.field];
          }
          return payload;
        };
      },
    };
  };

  const listed = createListing<Event>(
    { step: 30 * minute, quotesAt: (event, at) => quotes.at(event, at), addressOf, termsOf },
    noise,
  );

  return {
    seriesPayload(ticker) {
      const city = allCities.find((one) => one.series === ticker);
      return city === undefined ? undefined : seriesPayload(city);
    },
    listed: (series, now) =>
      cities
        .filter((city) => series === null || city.series === series)
        .flatMap((city) => events.listed(city, now))
        .map(listed),
    settledBefore(ticker, instant) {
      const [name = "", date = ""] = ticker.split("-");
      const city = cities.find((one) => one.series === name);
      const [, year = "", month = "", dayOfMonth = ""] = /^(\d{2})([A-Z]{3})(\d{2})$/.exec(date) ?? [];
      const climateDay = Date.parse(`${dayOfMonth} ${month} 20${year} 00:00 UTC`) / day;
      if (city === undefined || Number.isNaN(climateDay)) return undefined;
      // Nothing is built of a day whose settlement is not over.
      if (climateDay * day >= instant) return undefined;
      const event = events.of(city, climateDay);
      return event.ticker === ticker && event.finalizedAt < instant ? listed(event) : undefined;
    },
  };
}
