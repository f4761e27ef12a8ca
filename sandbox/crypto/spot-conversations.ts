/**
 * Spot venues over WebSocket, each in its own words (crypto-and-trading.md §1): one quote and one trade a second, from the
 * same price as their REST answers. While the venue is away (venues.ts) nothing is heard of it, and nobody is let in.
 */
import type { Conversation } from "./conversation.ts";
import { objectOf, secondsSince, textsOf } from "./conversation.ts";
import type { VenueQuote, Venues } from "./venues.ts";

const second = 1000;
const minute = 60 * second;
/** Levels a side of the books that Coinbase and Bitstamp send, and the distance of two of them, dollars. */
const levels = 10;
const levelStep = 0.5;

interface Trade {
  /** Grows by one with each trade: the number of the second. */
  id: number;
  at: number;
  price: number;
  /** Bitcoin. */
  size: number;
  taker: "buy" | "sell";
}

/** Every second has one, alternately at the ask and at the bid. */
function tradeOf(quote: VenueQuote, at: number): Trade {
  const id = at / second;
  const buys = id % 2 === 0;
  return {
    id,
    at,
    price: buys ? quote.ask : quote.bid,
    size: Math.max(0.0001, Math.round((buys ? quote.askSize : quote.bidSize) * 1000) / 1e4),
    taker: buys ? "buy" : "sell",
  };
}

type Side = readonly (readonly [price: string, size: string])[];

/** The levels behind the best quotes; deeper ones hold more. */
function bookOf(quote: VenueQuote): { bids: Side; asks: Side } {
  const side = (best: number, size: number, sign: 1 | -1): Side =>
    Array.from({ length: levels }, (_, step) => [
      (best + sign * step * levelStep).toFixed(2),
      (size * (1 + 0.4 * step)).toFixed(8),
    ]);
  return { bids: side(quote.bid, quote.bidSize, -1), asks: side(quote.ask, quote.askSize, 1) };
}

const iso = (at: number) => new Date(at).toISOString();
const microseconds = (at: number) => String(at * 1000);

/** What a venue tells of one second; undefined while it is away. */
type Tell = (quote: VenueQuote, trade: Trade) => unknown[];

/** Calls `tell` for each second since the last look. */
function bySecond(venues: Venues, id: string, from: number, tell: Tell): (now: number) => string[] {
  let last = Math.floor(from / second);
  return (now) => {
    const frames: unknown[] = [];
    for (const one of secondsSince(last, now)) {
      const quote = venues.quote(id, one * second);
      if (quote !== undefined) frames.push(...tell(quote, tradeOf(quote, one * second)));
    }
    last = Math.max(last, Math.floor(now / second));
    return frames.map((frame) => JSON.stringify(frame));
  };
}

const never = () => undefined;

export function coinbaseConversation(venues: Venues, from: number): Conversation {
  const product = "BTC-USD";
  const channels = new Set<string>();
  let told: { bids: Side; asks: Side } | undefined;

  const match = (trade: Trade, type: "match" | "last_match") => ({
    type,
    trade_id: trade.id,
    maker_order_id: "00000000-0000-4000-8000-000000000001",
    taker_order_id: "00000000-0000-4000-8000-000000000002",
    // The maker's side.
    side: trade.taker === "buy" ? "sell" : "buy",
    size: trade.size.toFixed(8),
    price: trade.price.toFixed(2),
    product_id: product,
    sequence: trade.id * 10,
    time: iso(trade.at),
  });

  const changes = (before: { bids: Side; asks: Side }, after: { bids: Side; asks: Side }) => {
    const list: [side: string, price: string, size: string][] = [];
    for (const [name, side] of [
      ["buy", "bids"],
      ["sell", "asks"],
    ] as const) {
      const now = new Map(after[side]);
      for (const [price] of before[side]) if (!now.has(price)) list.push([name, price, "0.00000000"]);
      const then = new Map(before[side]);
      for (const [price, size] of after[side]) if (then.get(price) !== size) list.push([name, price, size]);
    }
    return list;
  };

  const look = bySecond(venues, "coinbase", from, (quote, trade) => {
    const frames: unknown[] = [];
    const time = iso(trade.at);
    if (channels.has("matches")) frames.push(match(trade, "match"));
    if (channels.has("ticker"))
      frames.push({
        type: "ticker",
        sequence: trade.id * 10,
        product_id: product,
        price: trade.price.toFixed(2),
        best_bid: quote.bid.toFixed(2),
        best_bid_size: quote.bidSize.toFixed(8),
        best_ask: quote.ask.toFixed(2),
        best_ask_size: quote.askSize.toFixed(8),
        side: trade.taker,
        time,
        trade_id: trade.id,
        last_size: trade.size.toFixed(8),
      });
    if (channels.has("level2_batch") && told !== undefined) {
      const book = bookOf(quote);
      frames.push({ type: "l2update", product_id: product, changes: changes(told, book), time });
      told = book;
    }
    if (channels.has("heartbeat"))
      frames.push({
        type: "heartbeat",
        last_trade_id: trade.id,
        product_id: product,
        sequence: trade.id * 10 + 1,
        time,
      });
    return frames;
  });

  return {
    over: never,
    look,
    hear(text, now) {
      const frame = objectOf(text);
      const asked = textsOf(frame?.["channels"]);
      if (frame?.["type"] !== "subscribe" || !textsOf(frame["product_ids"]).includes(product)) {
        return [JSON.stringify({ type: "error", message: "Failed to subscribe", reason: text.slice(0, 80) })];
      }
      for (const channel of asked) channels.add(channel);
      const names = [...channels].map((name) => ({ name, product_ids: [product] }));
      const frames: unknown[] = [{ type: "subscriptions", channels: names }];
      const at = Math.floor(now / second) * second;
      const quote = venues.quote("coinbase", at);
      if (quote !== undefined && asked.includes("matches")) frames.push(match(tradeOf(quote, at), "last_match"));
      if (quote !== undefined && asked.includes("level2_batch")) {
        told = bookOf(quote);
        frames.push({ type: "snapshot", product_id: product, ...told, time: iso(at) });
      }
      return frames.map((one) => JSON.stringify(one));
    },
  };
}

/** Far from both sides of a dollar for one USDT. */
const tetherSpread = 0.00005;

export function krakenConversation(venues: Venues, from: number): Conversation {
  const pairs = ["BTC/USD", "USDT/USD"];
  const subscribed = new Map<string, Set<string>>();
  let greeted = false;

  const number = (value: number) => Number(value.toFixed(5));
  const ticker = (symbol: string, quote: VenueQuote, at: number) => {
    const mid = venues.tether(at);
    const [bid, ask] = symbol === "BTC/USD" ? [quote.bid, quote.ask] : [mid - tetherSpread, mid + tetherSpread];
    return {
      symbol,
      bid: number(bid),
      bid_qty: number(quote.bidSize),
      ask: number(ask),
      ask_qty: number(quote.askSize),
      last: number(bid),
      volume: 2103.1,
      vwap: number(bid),
      low: number(bid * 0.98),
      high: number(ask * 1.02),
      change: 0,
      change_pct: 0,
      timestamp: iso(at),
    };
  };

  const told = bySecond(venues, "kraken", from, (quote, trade) => {
    if (subscribed.size === 0) return [];
    const frames: unknown[] = [{ channel: "heartbeat" }];
    for (const symbol of subscribed.get("ticker") ?? [])
      frames.push({ channel: "ticker", type: "update", data: [ticker(symbol, quote, trade.at)] });
    if (subscribed.get("trade")?.has("BTC/USD") === true) {
      const { taker: side, price, size: qty, id: trade_id, at } = trade;
      const data = [
        { symbol: "BTC/USD", side, price: number(price), qty, ord_type: "market", trade_id, timestamp: iso(at) },
      ];
      frames.push({ channel: "trade", type: "update", data });
    }
    return frames;
  });

  return {
    over: never,
    look(now) {
      if (greeted) return told(now);
      greeted = true;
      const data = [{ version: "2.0.10", system: "online", api_version: "v2", connection_id: 1 }];
      return [JSON.stringify({ channel: "status", type: "update", data }), ...told(now)];
    },
    hear(text, now) {
      const frame = objectOf(text) ?? {};
      const { method, req_id } = frame;
      const time = { time_in: iso(now), time_out: iso(now), req_id };
      if (method === "ping") return [JSON.stringify({ method: "pong", ...time })];
      const parameters = (frame["params"] ?? {}) as Record<string, unknown>;
      const channel = parameters["channel"];
      if (method !== "subscribe" || (channel !== "ticker" && channel !== "trade")) {
        return [JSON.stringify({ error: "Unsupported method or channel", method, success: false, ...time })];
      }
      return textsOf(parameters["symbol"]).map((symbol) => {
        if (!pairs.includes(symbol)) {
          return JSON.stringify({
            error: `Currency pair not supported ${symbol}`,
            method,
            success: false,
            symbol,
            ...time,
          });
        }
        const symbols = subscribed.get(channel) ?? new Set<string>();
        subscribed.set(channel, symbols.add(symbol));
        return JSON.stringify({ method, result: { channel, symbol }, success: true, ...time });
      });
    },
  };
}

/** It asks for a new connection at this age, and ends the old one soon after. */
const bitstampAge = 50 * minute;
const bitstampNotice = 10 * second;

export function bitstampConversation(venues: Venues, from: number): Conversation {
  const channels = new Set<string>();
  let asked = false;
  const told = bySecond(venues, "bitstamp", from, (quote, trade) => {
    const times = { timestamp: String(trade.id), microtimestamp: microseconds(trade.at) };
    const frames: unknown[] = [];
    if (channels.has("order_book_btcusd"))
      frames.push({ event: "data", channel: "order_book_btcusd", data: { ...times, ...bookOf(quote) } });
    if (channels.has("live_trades_btcusd"))
      frames.push({
        event: "trade",
        channel: "live_trades_btcusd",
        data: {
          id: trade.id,
          ...times,
          amount: trade.size,
          amount_str: trade.size.toFixed(8),
          price: Number(trade.price.toFixed(2)),
          price_str: trade.price.toFixed(2),
          type: trade.taker === "buy" ? 0 : 1,
          buy_order_id: trade.id * 2,
          sell_order_id: trade.id * 2 + 1,
        },
      });
    return frames;
  });
  return {
    look(now) {
      const frames = told(now);
      if (asked || now - from < bitstampAge) return frames;
      asked = true;
      return [...frames, JSON.stringify({ event: "bts:request_reconnect", channel: "", data: "" })];
    },
    over: (now) => (now - from >= bitstampAge + bitstampNotice ? "closed with 1001" : undefined),
    hear(text) {
      const frame = objectOf(text) ?? {};
      if (frame["event"] === "bts:heartbeat")
        return [JSON.stringify({ event: "bts:heartbeat", channel: "", data: { status: "success" } })];
      const channel = (frame["data"] as Record<string, unknown> | undefined)?.["channel"];
      if (frame["event"] !== "bts:subscribe" || typeof channel !== "string") {
        const data = { code: null, message: "Bad subscription string." };
        return [JSON.stringify({ event: "bts:error", channel: "", data })];
      }
      channels.add(channel);
      return [JSON.stringify({ event: "bts:subscription_succeeded", channel, data: {} })];
    },
  };
}

/** It says that it shuts down at this age of a connection, and does so soon after. */
const binanceAge = 110 * minute;
const binanceNotice = 30 * second;

/** Binance and Binance.US: the address subscribes. */
export function binanceConversation(
  venues: Venues,
  id: "binance" | "binance-us",
  url: URL,
  from: number,
): Conversation {
  const asked = (url.searchParams.get("streams") ?? "").split("/");
  const price = (value: number) => value.toFixed(8);
  let said = false;
  const told = bySecond(venues, id, from, (quote, trade) =>
    asked.flatMap((stream): unknown[] => {
      if (stream === "btcusdt@bookTicker")
        return [
          {
            stream,
            data: {
              u: trade.id,
              s: "BTCUSDT",
              b: price(quote.bid),
              B: price(quote.bidSize),
              a: price(quote.ask),
              A: price(quote.askSize),
            },
          },
        ];
      if (stream !== "btcusdt@trade") return [];
      const { at: T, id: t, taker } = trade;
      return [
        {
          stream,
          data: {
            e: "trade",
            E: T,
            s: "BTCUSDT",
            t,
            p: price(trade.price),
            q: price(trade.size),
            T,
            m: taker === "sell",
            M: true,
          },
        },
      ];
    }),
  );
  return {
    look(now) {
      const frames = told(now);
      if (said || now - from < binanceAge) return frames;
      said = true;
      return [...frames, JSON.stringify({ stream: "serverShutdown", data: { e: "serverShutdown", E: now } })];
    },
    over: (now) => (now - from >= binanceAge + binanceNotice ? "closed with 1001" : undefined),
    // Commands are answered and change nothing.
    hear: (text) => [JSON.stringify({ result: null, id: objectOf(text)?.["id"] ?? null })],
  };
}
