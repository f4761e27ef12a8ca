/**
 * Kalshi's public REST endpoints: series, events, markets, order books, trades and candles, and the archive of what settled
 * long ago, with filters and paging (kalshi-api.md §1.4, §2).
 */
import type { HttpResponse } from "../core/ports.ts";
import { json, jsonText } from "./answer.ts";
import { day } from "./calendar.ts";
import { allCities, type City } from "./cities.ts";
import { statusAt, type Bracket, type Event, type Events, type Status } from "./events.ts";
import type { Incident } from "./incidents.ts";
import { createHistory, cutoffAt } from "./kalshi-history.ts";
import {
  eventPayload,
  marketConstants,
  marketState,
  orderbookPayload,
  orderbooksPayload,
  seriesPayload,
  updatedAt,
  type Payload,
} from "./kalshi-payload.ts";
import { flag, limitOf, listOf, page, Refused, whole } from "./kalshi-request.ts";
import type { Quotes } from "./quotes.ts";
import type { Tape } from "./tape.ts";

export const kalshiHosts: readonly string[] = ["external-api.kalshi.com", "api.elections.kalshi.com"];
const root = "/trade-api/v2";

export interface Kalshi {
  answer(url: URL, now: number): HttpResponse;
}

/** What each value of the status filter lets through; `paused` is a state that no market of this world is ever in. */
const filters: Record<string, readonly Status[]> = {
  unopened: ["initialized"],
  open: ["active"],
  paused: [],
  closed: ["closed", "determined"],
  settled: ["finalized"],
};

/** Which status filters go with each family of timestamp filters; undefined stands for no status filter. */
const timestampFamilies: Record<string, readonly (string | undefined)[]> = {
  created: ["unopened", "open", undefined],
  close: ["closed", undefined],
  settled: ["settled", undefined],
  updated: [undefined],
};

const mostTickers = 100;

function statusOf(url: URL): string | undefined {
  const status = url.searchParams.get("status");
  if (status === null || status === "") return undefined;
  if (filters[status] === undefined) throw new Refused(400, "invalid status filter");
  return status;
}

const eventOf = (marketTicker: string): string => marketTicker.split("-").slice(0, 2).join("-");

interface Listed {
  event: Event;
  bracket: Bracket;
  /** Place among the event's brackets. */
  index: number;
}

/** Kalshi lists an event's markets from the upper tail, the lower tail second, then the bins from the top. */
const listedMarkets = (event: Event): Listed[] => {
  const all = event.brackets.map((bracket, index) => ({ event, bracket, index })).toReversed();
  return [...all.slice(0, 1), ...all.slice(-1), ...all.slice(1, -1)];
};

/** The test that the request's timestamp filters make of an event. */
const withinTimes = (url: URL, status: string | undefined, now: number): ((event: Event) => boolean) => {
  const used = Object.keys(timestampFamilies).filter(
    (family) => whole(url, `min_${family}_ts`) !== undefined || whole(url, `max_${family}_ts`) !== undefined,
  );
  if (used.length > 1) throw new Refused(400, "timestamp filters are mutually exclusive");
  const family = used[0];
  if (family === undefined) return () => true;
  if (!timestampFamilies[family]?.includes(status)) {
    throw new Refused(400, `${family} timestamp filters cannot be combined with status ${status}`);
  }
  if (family === "updated" && url.searchParams.get("mve_filter") !== "exclude") {
    throw new Refused(400, "min_updated_ts needs mve_filter=exclude");
  }
  const min = (whole(url, `min_${family}_ts`) ?? Number.NEGATIVE_INFINITY) * 1000;
  const max = (whole(url, `max_${family}_ts`) ?? Number.POSITIVE_INFINITY) * 1000;
  const instantOf = (event: Event): number | undefined => {
    if (family === "created") return event.createdAt;
    if (family === "close") return event.closeAt;
    if (family === "updated") return updatedAt(event, now);
    return event.finalizedAt <= now ? event.finalizedAt : undefined;
  };
  return (event) => {
    const at = instantOf(event);
    return at !== undefined && at >= min && at <= max;
  };
};

export function createKalshi(
  cities: readonly City[],
  events: Events,
  quotes: Quotes,
  tape: Tape,
  incidents: readonly Incident[],
): Kalshi {
  const constants = new Map<string, Payload>();
  /** Per event the markets' JSON at one instant, since one poll asks for them twice; a finished one stays as it is. */
  const texts = new Map<string, { at: number; texts: readonly string[] }>();

  const constantsOf = (event: Event, bracket: Bracket): Payload => {
    let found = constants.get(bracket.ticker);
    if (found === undefined) {
      found = marketConstants(event, bracket);
      constants.set(bracket.ticker, found);
    }
    return found;
  };

  /** The markets' JSON, in the order of the event's brackets. */
  const marketTexts = (event: Event, now: number): readonly string[] => {
    // A finished market shows the same for ever, whoever asks first and when: a world that was started anew must agree.
    const at = Math.min(now, event.finalizedAt);
    const kept = texts.get(event.ticker);
    if (kept?.at === at) return kept.texts;
    const current = quotes.at(event, at);
    const earlier = at - day >= event.openAt ? quotes.at(event, at - day) : undefined;
    const renamed = incidents.find(
      (one) => one.kind === "renamed_field" && one.series === event.city.series && at >= one.from && at < one.until,
    );
    const made = event.brackets.map((bracket, index) => {
      const quote = current[index];
      if (quote === undefined) throw new Error(`${bracket.ticker} has no quote`);
      const payload: Payload = {
        ...constantsOf(event, bracket),
        ...marketState(event, bracket, quote, earlier?.[index], at),
      };
      if (renamed?.kind === "renamed_field") {
        payload[renamed.renamedTo] = payload[renamed.field];
        delete payload[renamed.field];
      }
      return JSON.stringify(payload);
    });
    texts.set(event.ticker, { at, texts: made });
    return made;
  };

  const allEvents = (now: number, series: string | null): readonly Event[] =>
    cities
      .filter((city) => series === null || series === "" || city.series === series)
      .flatMap((city) => events.listed(city, now));

  const series = (ticker: string) => {
    const city = allCities.find((one) => one.series === ticker);
    if (city === undefined) throw new Refused(404, "series not found");
    return json(200, { series: seriesPayload(city) });
  };

  const eventText = (event: Event, now: number, nested: boolean): string => {
    const text = JSON.stringify(eventPayload(event, now));
    if (!nested) return text;
    const all = marketTexts(event, now);
    return `${text.slice(0, -1)},"markets":[${listedMarkets(event)
      .map((one) => all[one.index])
      .join(",")}]}`;
  };

  const liveEvent = (ticker: string, now: number): Event | undefined =>
    allEvents(now, ticker.split("-")[0] ?? "").find((one) => one.ticker === ticker);

  const findEvent = (ticker: string, now: number): Event => {
    const event = liveEvent(ticker, now);
    if (event === undefined) throw new Refused(404, "event not found");
    return event;
  };

  const marketOf = (event: Event, ticker: string): Listed => {
    const index = event.brackets.findIndex((one) => one.ticker === ticker);
    const bracket = event.brackets[index];
    if (bracket === undefined) throw new Refused(404, "market not found");
    return { event, bracket, index };
  };

  const findMarket = (ticker: string, now: number): Listed => marketOf(findEvent(eventOf(ticker), now), ticker);

  /** The archived event of that ticker; undefined when nothing of the name has settled before the cutoff. */
  const archivedEvent = (ticker: string, now: number): Event | undefined => {
    const [name = "", date = ""] = ticker.split("-");
    const city = cities.find((one) => one.series === name);
    const [, year = "", month = "", dayOfMonth = ""] = /^(\d{2})([A-Z]{3})(\d{2})$/.exec(date) ?? [];
    const climateDay = Date.parse(`${dayOfMonth} ${month} 20${year} 00:00 UTC`) / day;
    if (city === undefined || Number.isNaN(climateDay)) return undefined;
    // Nothing is built of a day whose settlement is not over.
    if (climateDay * day >= cutoffAt(now)) return undefined;
    const event = events.of(city, climateDay);
    return event.ticker === ticker && event.finalizedAt < cutoffAt(now) ? event : undefined;
  };

  const archivedMarket = (ticker: string, now: number): Listed => {
    const event = archivedEvent(eventOf(ticker), now);
    if (event === undefined) throw new Refused(404, "market not found");
    return marketOf(event, ticker);
  };

  const history = createHistory(
    {
      live: findMarket,
      archived: archivedMarket,
      held(ticker, now) {
        const event = liveEvent(eventOf(ticker), now) ?? archivedEvent(eventOf(ticker), now);
        return event === undefined ? undefined : marketOf(event, ticker);
      },
    },
    tape,
  );

  const listEvents = (url: URL, now: number): HttpResponse => {
    const status = statusOf(url);
    const limit = limitOf(url, 200, 200);
    const nested = flag(url, "with_nested_markets");
    const tickers = listOf(url, "tickers");
    const minClose = whole(url, "min_close_ts");
    const minUpdated = whole(url, "min_updated_ts");
    const found = allEvents(now, url.searchParams.get("series_ticker")).filter(
      (event) =>
        (status === undefined || filters[status]?.includes(statusAt(event, now))) &&
        (tickers === undefined || tickers.includes(event.ticker)) &&
        (minClose === undefined || event.closeAt >= minClose * 1000) &&
        (minUpdated === undefined || updatedAt(event, now) >= minUpdated * 1000),
    );
    const { items, cursor } = page(url, found, (event) => event.ticker, limit);
    const body = items.map((event) => eventText(event, now, nested)).join(",");
    return jsonText(200, `{"cursor":${JSON.stringify(cursor)},"events":[${body}],"milestones":[]}`);
  };

  const oneEvent = (url: URL, ticker: string, now: number): HttpResponse => {
    const event = findEvent(ticker, now);
    if (flag(url, "with_nested_markets")) return jsonText(200, `{"event":${eventText(event, now, true)}}`);
    const all = marketTexts(event, now);
    const markets = listedMarkets(event).map((one) => all[one.index]);
    return jsonText(200, `{"event":${eventText(event, now, false)},"markets":[${markets.join(",")}]}`);
  };

  const listMarkets = (url: URL, now: number): HttpResponse => {
    const status = statusOf(url);
    const limit = limitOf(url, 100, 1000);
    const eventTickers = listOf(url, "event_ticker");
    const tickers = listOf(url, "tickers");
    const multivariate = url.searchParams.get("mve_filter");
    if (multivariate !== null && !["", "only", "exclude"].includes(multivariate))
      throw new Refused(400, "invalid mve_filter");
    const within = withinTimes(url, status, now);
    const found = (multivariate === "only" ? [] : allEvents(now, url.searchParams.get("series_ticker")))
      .filter(
        (event) =>
          event.finalizedAt >= cutoffAt(now) &&
          (status === undefined || filters[status]?.includes(statusAt(event, now))) &&
          (eventTickers === undefined || eventTickers.includes(event.ticker)) &&
          within(event),
      )
      .flatMap(listedMarkets)
      .filter(({ bracket }) => tickers === undefined || tickers.includes(bracket.ticker));
    const { items, cursor } = page(url, found, ({ bracket }) => bracket.ticker, limit);
    const body = items.map(({ event, index }) => marketTexts(event, now)[index]).join(",");
    return jsonText(200, `{"cursor":${JSON.stringify(cursor)},"markets":[${body}]}`);
  };

  /** The quotes of the event asked for last: six books of it are asked for one after the other. */
  let lastQuotes: { event: Event; at: number; quotes: ReturnType<Quotes["at"]> } | undefined;
  const marketQuotes = (event: Event, now: number): ReturnType<Quotes["at"]> => {
    if (lastQuotes?.event !== event || lastQuotes.at !== now) {
      lastQuotes = { event, at: now, quotes: quotes.at(event, now) };
    }
    return lastQuotes.quotes;
  };

  const orderbook = (url: URL, ticker: string, now: number): HttpResponse => {
    const { event, index } = findMarket(ticker, now);
    const depth = whole(url, "depth") ?? 0;
    if (depth < 0 || depth > 100) throw new Refused(400, "depth must be between 0 and 100");
    const quote = marketQuotes(event, now)[index];
    if (quote === undefined) throw new Error(`${ticker} has no quote`);
    return json(200, orderbookPayload(quote, depth));
  };

  const orderbooks = (url: URL, now: number): HttpResponse => {
    const tickers = url.searchParams.getAll("tickers").flatMap((text) => text.split(","));
    if (tickers.length === 0 || tickers.length > mostTickers) throw new Refused(400, "between 1 and 100 tickers");
    const books = tickers.map((ticker) => {
      const { event, index } = findMarket(ticker, now);
      const quote = marketQuotes(event, now)[index];
      if (quote === undefined) throw new Error(`${ticker} has no quote`);
      return { ticker, quote };
    });
    return json(200, orderbooksPayload(books));
  };

  const listArchive = (url: URL, now: number): HttpResponse => {
    const limit = limitOf(url, 100, 1000);
    const ticker = url.searchParams.get("event_ticker");
    if (ticker === null) throw new Refused(400, "this archive is asked by event_ticker");
    const event = archivedEvent(ticker, now);
    const { items, cursor } = page(
      url,
      event === undefined ? [] : listedMarkets(event),
      ({ bracket }) => bracket.ticker,
      limit,
    );
    const body = items.map((one) => marketTexts(one.event, now)[one.index]).join(",");
    return jsonText(200, `{"cursor":${JSON.stringify(cursor)},"markets":[${body}]}`);
  };

  /** The archive, and what lies beside the markets; undefined for every other path. */
  const past = (url: URL, now: number, path: readonly string[]): HttpResponse | undefined => {
    switch (path.length === 4 ? `${path[0]}/${path[1]}/{ticker}/${path[3]}` : path.join("/")) {
      case "markets/trades":
        return history.trades(url, now, false);
      case "markets/candlesticks":
        return history.candlesticks(url, now);
      case "markets/orderbooks":
        return orderbooks(url, now);
      case "historical/cutoff":
        return history.cutoff(now);
      case "historical/markets":
        return listArchive(url, now);
      case "historical/trades":
        return history.trades(url, now, true);
      case "historical/markets/{ticker}/candlesticks":
        return history.archivedCandlesticks(url, path[2] ?? "", now);
      default:
        return undefined;
    }
  };

  const route = (url: URL, now: number): HttpResponse => {
    const path = url.pathname
      .slice(root.length + 1)
      .split("/")
      .map(decodeURIComponent);
    const found = url.pathname.startsWith(`${root}/`) ? past(url, now, path) : undefined;
    if (found !== undefined) return found;
    const [kind, ticker, part, ...rest] = path;
    if (url.pathname.startsWith(`${root}/`) && rest.length === 0) {
      if (ticker === undefined) {
        if (kind === "events") return listEvents(url, now);
        if (kind === "markets") return listMarkets(url, now);
      } else if (part === undefined) {
        if (kind === "series") return series(ticker);
        if (kind === "events") return oneEvent(url, ticker, now);
        if (kind === "markets") {
          const { event, index } = findMarket(ticker, now);
          return jsonText(200, `{"market":${marketTexts(event, now)[index]}}`);
        }
      } else if (kind === "markets" && part === "orderbook") {
        return orderbook(url, ticker, now);
      }
    }
    throw new Refused(404, "no such endpoint");
  };

  return {
    answer(url, now) {
      try {
        return route(url, now);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const [code, message] = error.status === 404 ? ["not_found", "not found"] : ["bad_request", "bad request"];
        return json(error.status, { error: { code, message, details: error.message } });
      }
    },
  };
}
