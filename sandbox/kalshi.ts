/** Kalshi's public REST endpoints: series, events, markets, order books, with filters and paging (kalshi-api.md §1.4, §2). */
import type { HttpResponse } from "../core/ports.ts";
import { json, jsonText } from "./answer.ts";
import { day } from "./calendar.ts";
import { allCities, type City } from "./cities.ts";
import { statusAt, type Bracket, type Event, type Events, type Status } from "./events.ts";
import type { Incident } from "./incidents.ts";
import {
  eventPayload,
  marketConstants,
  marketState,
  orderbookPayload,
  seriesPayload,
  updatedAt,
  type Payload,
} from "./kalshi-payload.ts";
import { hashText } from "./noise.ts";
import type { Quotes } from "./quotes.ts";

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

class Refused extends Error {
  readonly status: number;
  constructor(status: number, details: string) {
    super(details);
    this.status = status;
  }
}

function whole(url: URL, name: string): number | undefined {
  const text = url.searchParams.get(name);
  if (text === null || text === "") return undefined;
  if (!/^-?\d+$/.test(text)) throw new Refused(400, `invalid ${name}`);
  return Number(text);
}

function limitOf(url: URL, fallback: number, highest: number): number {
  const limit = whole(url, "limit") ?? fallback;
  if (limit < 1 || limit > highest) throw new Refused(400, `limit must be between 1 and ${highest}`);
  return limit;
}

function statusOf(url: URL): string | undefined {
  const status = url.searchParams.get("status");
  if (status === null || status === "") return undefined;
  if (filters[status] === undefined) throw new Refused(400, "invalid status filter");
  return status;
}

function listOf(url: URL, name: string): readonly string[] | undefined {
  const text = url.searchParams.get(name);
  return text === null || text === "" ? undefined : text.split(",");
}

function flag(url: URL, name: string): boolean {
  const text = url.searchParams.get(name) ?? "false";
  if (text !== "true" && text !== "false") throw new Refused(400, `invalid ${name}`);
  return text === "true";
}

/** A cursor names the last item of its page and belongs to the filters that it was made under. */
function page<T>(
  url: URL,
  items: readonly T[],
  keyOf: (item: T) => string,
  limit: number,
): { items: T[]; cursor: string } {
  const scope = new URLSearchParams(url.searchParams);
  scope.delete("cursor");
  scope.delete("limit");
  scope.sort();
  const seal = hashText(`${url.pathname}?${scope.toString()}`).toString(16);
  const cursor = url.searchParams.get("cursor") ?? "";
  let from = 0;
  if (cursor !== "") {
    const [given, key] = Buffer.from(cursor, "base64url").toString("utf8").split("\n");
    const at = items.findIndex((item) => keyOf(item) === key);
    if (given !== seal || at < 0) throw new Refused(400, "invalid cursor");
    from = at + 1;
  }
  const slice = items.slice(from, from + limit);
  const last = slice.at(-1);
  const more = from + limit < items.length && last !== undefined;
  return { items: slice, cursor: more ? Buffer.from(`${seal}\n${keyOf(last)}`).toString("base64url") : "" };
}

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

  const findEvent = (ticker: string, now: number): Event => {
    const event = allEvents(now, ticker.split("-")[0] ?? "").find((one) => one.ticker === ticker);
    if (event === undefined) throw new Refused(404, "event not found");
    return event;
  };

  const findMarket = (ticker: string, now: number): Listed => {
    const event = findEvent(ticker.split("-").slice(0, 2).join("-"), now);
    const index = event.brackets.findIndex((one) => one.ticker === ticker);
    const bracket = event.brackets[index];
    if (bracket === undefined) throw new Refused(404, "market not found");
    return { event, bracket, index };
  };

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

  const orderbook = (url: URL, ticker: string, now: number): HttpResponse => {
    const { event, index } = findMarket(ticker, now);
    const depth = whole(url, "depth") ?? 0;
    if (depth < 0 || depth > 100) throw new Refused(400, "depth must be between 0 and 100");
    const quote = quotes.at(event, now)[index];
    if (quote === undefined) throw new Error(`${ticker} has no quote`);
    return json(200, orderbookPayload(quote, depth));
  };

  const route = (url: URL, now: number): HttpResponse => {
    const [kind, ticker, part, ...rest] = url.pathname
      .slice(root.length + 1)
      .split("/")
      .map(decodeURIComponent);
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
