/** Trades and candles as Kalshi's API writes them, live and historical, and the cutoff between (kalshi-api.md §2.5). */
import type { HttpResponse } from "../core/ports.ts";
import { json } from "./answer.ts";
import { day, minute, rfc3339 } from "./calendar.ts";
import { contracts, dollars, type Payload } from "./kalshi-payload.ts";
import { listOf, limitOf, page, Refused, whole } from "./kalshi-request.ts";
import type { ListedEvent } from "./market-family.ts";
import type { Quote } from "./quotes.ts";
import type { TapeCandle, TapeTrade } from "./tape.ts";

/** How long what settled stays in the live endpoints; whole UTC days. */
const liveDays = 58;
export const cutoffAt = (now: number): number => Math.floor(now / day) * day - liveDays * day;

const mostTickers = 100;
const mostCandles = 10_000;

function tradePayload(ticker: string, trade: TapeTrade): Payload {
  return {
    count_fp: contracts(trade.contracts),
    created_time: new Date(trade.at).toISOString().replace("Z", "417Z"),
    is_block_trade: false,
    no_price_dollars: dollars(100 - trade.cents),
    taker_book_side: trade.taker === "yes" ? "bid" : "ask",
    taker_outcome_side: trade.taker,
    ticker,
    trade_id: trade.id,
    yes_price_dollars: dollars(trade.cents),
  };
}

/** Of the live endpoints the names carry their unit, of the historical one they do not. */
function candlePayload(candle: TapeCandle, form: "live" | "historical"): Payload {
  const [price, count] = form === "live" ? ["_dollars", "_fp"] : ["", ""];
  const side = (of: (quote: Quote) => number | null, empty: number): Payload => {
    const open = of(candle.before) ?? empty;
    const close = of(candle.after) ?? empty;
    return {
      [`close${price}`]: dollars(close),
      [`high${price}`]: dollars(Math.max(open, close)),
      [`low${price}`]: dollars(Math.min(open, close)),
      [`open${price}`]: dollars(open),
    };
  };
  const cents = candle.trade?.cents;
  const traded: Payload = {};
  for (const name of ["close", "high", "low", "mean", "open"]) {
    if (cents !== undefined) traded[`${name}${price}`] = dollars(cents);
    // Live, a minute without trade leaves the names out; in the archive they are null.
    else if (form === "historical") traded[name] = null;
  }
  const previous = candle.previous === null ? null : dollars(candle.previous);
  return {
    end_period_ts: candle.endAt / 1000,
    [`open_interest${count}`]: contracts(candle.after.openInterest),
    price: { ...traded, ...(previous === null && form === "live" ? {} : { [`previous${price}`]: previous }) },
    [`volume${count}`]: contracts(candle.trade?.contracts ?? 0),
    yes_ask: side((quote) => quote.ask, 100),
    yes_bid: side((quote) => quote.bid, 0),
  };
}

/** A market by its ticker: its event and its place among the event's markets. */
interface Found {
  event: ListedEvent;
  index: number;
}

export interface MarketLookup {
  /** @throws Refused when the live endpoints do not have it. */
  live(ticker: string, now: number): Found;
  /** @throws Refused when it is not in the archive. */
  archived(ticker: string, now: number): Found;
  /** Wherever it is. */
  held(ticker: string, now: number): Found | undefined;
}

export interface History {
  cutoff(now: number): HttpResponse;
  trades(url: URL, now: number, archived: boolean): HttpResponse;
  candlesticks(url: URL, now: number): HttpResponse;
  archivedCandlesticks(url: URL, ticker: string, now: number): HttpResponse;
}

export function createHistory(markets: MarketLookup): History {
  const cutoff = (now: number): HttpResponse => {
    const at = rfc3339(cutoffAt(now));
    return json(200, {
      market_positions_last_updated_ts: at,
      market_settled_ts: at,
      orders_updated_ts: at,
      trades_created_ts: at,
    });
  };

  const listTrades = (url: URL, now: number, archived: boolean): HttpResponse => {
    const limit = limitOf(url, 100, 1000);
    const ticker = url.searchParams.get("ticker");
    if (ticker === null) throw new Refused(400, "this world lists the trades of one market only");
    // A filter, not a place: of a market that is not held there are no trades.
    const held = markets.held(ticker, now);
    if (held === undefined) return json(200, { cursor: "", trades: [] });
    const { event, index } = held;
    // A trade is archived by its own age, whatever became of its market.
    const edge = cutoffAt(now);
    const min = Math.max((whole(url, "min_ts") ?? 0) * 1000, archived ? 0 : edge);
    const max = Math.min((whole(url, "max_ts") ?? Infinity) * 1000, now, archived ? edge : Infinity);
    // The newest first.
    const found = event.trades(index, min, max).toReversed();
    const { items, cursor } = page(url, found, ({ id }) => id, limit);
    return json(200, { cursor, trades: items.map((trade) => tradePayload(ticker, trade)) });
  };

  const spanOf = (url: URL, now: number): { from: number; until: number } => {
    const from = whole(url, "start_ts");
    const until = whole(url, "end_ts");
    if (from === undefined || until === undefined || from > until) throw new Refused(400, "invalid time range");
    if (url.searchParams.get("period_interval") !== "1")
      throw new Refused(400, "this world has one-minute candles only");
    return { from: from * 1000, until: Math.min(until * 1000, now) };
  };

  const candlesticks = (url: URL, now: number): HttpResponse => {
    const tickers = listOf(url, "market_tickers") ?? [];
    const { from, until } = spanOf(url, now);
    if (tickers.length === 0 || tickers.length > mostTickers)
      throw new Refused(400, "between 1 and 100 market_tickers");
    if ((((whole(url, "end_ts") ?? 0) * 1000 - from) / minute) * tickers.length > mostCandles)
      throw new Refused(400, "more than 10000 candlesticks");
    const batch = tickers.map((ticker) => {
      const { event, index } = markets.live(ticker, now);
      const candles = event.candles(index, from, until).map((candle) => candlePayload(candle, "live"));
      return { candlesticks: candles, market_ticker: ticker };
    });
    return json(200, { markets: batch });
  };

  const archivedCandlesticks = (url: URL, ticker: string, now: number): HttpResponse => {
    const { event, index } = markets.archived(ticker, now);
    const { from, until } = spanOf(url, now);
    const candles = event.candles(index, from, until).map((candle) => candlePayload(candle, "historical"));
    return json(200, { candlesticks: candles, ticker });
  };

  return { cutoff, trades: listTrades, candlesticks, archivedCandlesticks };
}
