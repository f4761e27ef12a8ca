/**
 * Kalshi's public REST endpoints: series, events, markets, order books, trades and candles, and the archive of what settled
 * long ago, with filters and paging (kalshi-api.md §1.4, §2).
 */
import type { HttpResponse } from "../core/ports.ts";
import { json, jsonText } from "./answer.ts";
import { createHistory, cutoffAt } from "./kalshi-history.ts";
import { orderbookPayload, orderbooksPayload, type BookTop } from "./kalshi-payload.ts";
import { flag, limitOf, listOf, page, Refused, whole } from "./kalshi-request.ts";
import { statusAt, updatedAt, type ListedEvent, type MarketFamily, type Status } from "./market-family.ts";
import type { Quote } from "./quotes.ts";

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
  event: ListedEvent;
  /** Place among the event's markets. */
  index: number;
  ticker: string;
}

const listedMarkets = (event: ListedEvent): Listed[] =>
  event.listing.map((index) => ({ event, index, ticker: event.tickers[index] ?? "" }));

const refusalCodes: Record<number, string> = { 403: "forbidden", 404: "not_found" };

/** How many events' markets are kept as text. */
const keptTexts = 600;

/** The test that the request's timestamp filters make of an event. */
const withinTimes = (url: URL, status: string | undefined, now: number): ((event: ListedEvent) => boolean) => {
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
  const instantOf = (event: ListedEvent): number | undefined => {
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

export function createKalshi(families: readonly MarketFamily[]): Kalshi {
  /** Per event the markets' JSON at one instant, since one poll asks for them twice; a finished one stays as it is. */
  const texts = new Map<string, { at: number; texts: readonly string[] }>();

  /** The markets' JSON, in the order of the event's markets. */
  const marketTexts = (event: ListedEvent, now: number): readonly string[] => {
    // A finished market shows the same for ever, whoever asks first and when: a world that was started anew must agree.
    const at = Math.min(now, event.finalizedAt);
    const kept = texts.get(event.ticker);
    if (kept?.at === at) return kept.texts;
    const made = event.markets(at).map((market) => JSON.stringify(market));
    texts.set(event.ticker, { at, texts: made });
    if (texts.size > keptTexts) texts.delete(texts.keys().next().value ?? "");
    return made;
  };

  const allEvents = (now: number, series: string | null): readonly ListedEvent[] =>
    families.flatMap((family) => family.listed(series === "" ? null : series, now));

  const series = (ticker: string) => {
    for (const family of families) {
      const payload = family.seriesPayload(ticker);
      if (payload !== undefined) return json(200, { series: payload });
    }
    throw new Refused(404, "series not found");
  };

  const eventText = (event: ListedEvent, now: number, nested: boolean): string => {
    const text = JSON.stringify(event.payload(now));
    if (!nested) return text;
    const all = marketTexts(event, now);
    return `${text.slice(0, -1)},"markets":[${event.listing.map((index) => all[index]).join(",")}]}`;
  };

  const liveEvent = (ticker: string, now: number): ListedEvent | undefined =>
    allEvents(now, ticker.split("-")[0] ?? null).find((one) => one.ticker === ticker);

  const findEvent = (ticker: string, now: number): ListedEvent => {
    const event = liveEvent(ticker, now);
    if (event === undefined) throw new Refused(404, "event not found");
    return event;
  };

  const marketOf = (event: ListedEvent, ticker: string): Listed => {
    const index = event.tickers.indexOf(ticker);
    if (index < 0) throw new Refused(404, "market not found");
    return { event, index, ticker };
  };

  const findMarket = (ticker: string, now: number): Listed => marketOf(findEvent(eventOf(ticker), now), ticker);

  /** The archived event of that ticker; undefined when nothing of the name has settled before the cutoff. */
  const archivedEvent = (ticker: string, now: number): ListedEvent | undefined => {
    for (const family of families) {
      const event = family.settledBefore(ticker, cutoffAt(now));
      if (event !== undefined) return event;
    }
    return undefined;
  };

  const archivedMarket = (ticker: string, now: number): Listed => {
    const event = archivedEvent(eventOf(ticker), now);
    if (event === undefined) throw new Refused(404, "market not found");
    return marketOf(event, ticker);
  };

  const history = createHistory({
    live: findMarket,
    archived: archivedMarket,
    held(ticker, now) {
      const event = liveEvent(eventOf(ticker), now) ?? archivedEvent(eventOf(ticker), now);
      return event === undefined ? undefined : marketOf(event, ticker);
    },
  });

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
    const markets = event.listing.map((index) => all[index]);
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
      .filter(({ ticker }) => tickers === undefined || tickers.includes(ticker));
    const { items, cursor } = page(url, found, ({ ticker }) => ticker, limit);
    const body = items.map(({ event, index }) => marketTexts(event, now)[index]).join(",");
    return jsonText(200, `{"cursor":${JSON.stringify(cursor)},"markets":[${body}]}`);
  };

  /** The quotes of the event asked for last: all books of it are asked for one after the other. */
  let lastQuotes: { event: ListedEvent; at: number; quotes: readonly Quote[] } | undefined;
  const bookTop = ({ event, index, ticker }: Listed, now: number): BookTop => {
    if (lastQuotes?.event !== event || lastQuotes.at !== now) {
      lastQuotes = { event, at: now, quotes: event.quotes(now) };
    }
    const quote = lastQuotes.quotes[index];
    if (quote === undefined) throw new Error(`${ticker} has no quote`);
    return { quote, fineEnds: event.fineEnds };
  };

  const orderbook = (url: URL, ticker: string, now: number): HttpResponse => {
    const market = findMarket(ticker, now);
    const depth = whole(url, "depth") ?? 0;
    if (depth < 0 || depth > 100) throw new Refused(400, "depth must be between 0 and 100");
    return json(200, orderbookPayload(bookTop(market, now), depth));
  };

  const orderbooks = (url: URL, now: number): HttpResponse => {
    const tickers = url.searchParams.getAll("tickers").flatMap((text) => text.split(","));
    if (tickers.length === 0 || tickers.length > mostTickers) throw new Refused(400, "between 1 and 100 tickers");
    const books = tickers.map((ticker) => ({ ticker, ...bookTop(findMarket(ticker, now), now) }));
    return json(200, orderbooksPayload(books));
  };

  const listArchive = (url: URL, now: number): HttpResponse => {
    const limit = limitOf(url, 100, 1000);
    const ticker = url.searchParams.get("event_ticker");
    if (ticker === null) throw new Refused(400, "this archive is asked by event_ticker");
    const event = archivedEvent(ticker, now);
    const { items, cursor } = page(url, event === undefined ? [] : listedMarkets(event), (one) => one.ticker, limit);
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
        // Values of the index are for those who are entitled to them; nobody here is (crypto-and-trading.md §2.1).
        if (kind === "cfbenchmarks" && ticker === "values") throw new Refused(403, "index values need an entitlement");
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
        const code = refusalCodes[error.status] ?? "bad_request";
        return json(error.status, { error: { code, message: code.replace("_", " "), details: error.message } });
      }
    },
  };
}
