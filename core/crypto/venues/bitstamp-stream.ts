/**
 * Bitstamp, WebSocket v2 (www.bitstamp.net/websocket/v2). There is no public ticker: the quote is the top of the book,
 * which comes whole (100 levels a side) with every change. After bts:request_reconnect it closes within seconds.
 */
import type { Level, StreamEvent } from "../../stream/event.ts";
import { fault, type Fields, fieldsOf, frameDecoder, listOf, positiveOf, textOf, wholeOf } from "../../stream/frame.ts";
import type { VenueStream } from "../../stream/venue-stream.ts";
import { levelsOf } from "./levels.ts";

const product = "btcusd";
const bookChannel = "order_book_";
const changesChannel = "diff_order_book_";
const tradesChannel = "live_trades_";

/** Microseconds as text → epoch ms. */
function microtime(value: unknown, path: string): number {
  const text = textOf(value, path);
  if (!/^\d{16}$/.test(text)) fault(path, value, "microseconds since 1970 as text");
  return Math.floor(Number(text) / 1_000);
}

function levelOf(value: unknown, path: string): { price: number; size: number } {
  const level = listOf(value, path);
  return { price: positiveOf(level[0], `${path}[0]`), size: positiveOf(level[1], `${path}[1]`) };
}

function quote(pair: string, data: Fields): StreamEvent {
  const bids = listOf(data["bids"], "data.bids");
  const asks = listOf(data["asks"], "data.asks");
  // An empty side during an outage of the venue: no quote, but a sign of life.
  if (bids.length === 0 || asks.length === 0)
    return { kind: "other", name: "book with an empty side", sid: null, seq: null };
  const bid = levelOf(bids[0], "data.bids[0]");
  const ask = levelOf(asks[0], "data.asks[0]");
  for (const [index, level] of bids.slice(1, 3).entries()) {
    const path = `data.bids[${index + 1}]`;
    if (levelOf(level, path).price >= bid.price) fault(path, level, "a price below the best bid, which comes first");
  }
  return {
    kind: "quote",
    product: pair,
    bid: bid.price,
    ask: ask.price,
    bidSize: bid.size,
    askSize: ask.size,
    eventTime: microtime(data["microtimestamp"], "data.microtimestamp"),
    sequence: null,
  };
}

function changes(pair: string, data: Fields): StreamEvent {
  const bids: Level[] = levelsOf(data["bids"], "data.bids");
  const asks: Level[] = levelsOf(data["asks"], "data.asks");
  return {
    kind: "levels",
    product: pair,
    snapshot: false,
    bids,
    asks,
    eventTime: microtime(data["microtimestamp"], "data.microtimestamp"),
  };
}

function trade(pair: string, data: Fields): StreamEvent {
  const type = data["type"];
  if (type !== 0 && type !== 1) return fault("data.type", type, "0 (buy) or 1 (sell)");
  return {
    kind: "trade",
    product: pair,
    tradeId: String(wholeOf(data["id"], "data.id")),
    price: positiveOf(data["price_str"] ?? data["price"], "data.price"),
    size: positiveOf(data["amount_str"] ?? data["amount"], "data.amount"),
    takerSide: type === 0 ? "buy" : "sell",
    eventTime: microtime(data["microtimestamp"], "data.microtimestamp"),
    // Ids are shared by all pairs of the exchange.
    consecutive: false,
  };
}

function read(value: unknown): StreamEvent[] {
  const frame = fieldsOf(value, "");
  const event = textOf(frame["event"], "event");
  const channel = typeof frame["channel"] === "string" ? frame["channel"] : "";
  switch (event) {
    case "bts:subscription_succeeded":
      return [{ kind: "acknowledged", request: null, channel: textOf(channel, "channel"), sid: null, seq: null }];
    case "bts:request_reconnect":
      return [{ kind: "reconnect", reason: "bts:request_reconnect" }];
    case "bts:heartbeat":
      return [{ kind: "heartbeat", product: null, lastTradeId: null }];
    case "bts:error": {
      const data = fieldsOf(frame["data"], "data");
      const code = typeof data["code"] === "number" ? data["code"] : null;
      const message = textOf(data["message"], "data.message");
      return [{ kind: "rejected", request: null, sid: null, code, message, terminal: false }];
    }
    case "data":
    case "trade": {
      const data = fieldsOf(frame["data"], "data");
      if (channel.startsWith(bookChannel)) return [quote(channel.slice(bookChannel.length), data)];
      if (channel.startsWith(changesChannel)) return [changes(channel.slice(changesChannel.length), data)];
      if (channel.startsWith(tradesChannel)) return [trade(channel.slice(tradesChannel.length), data)];
      return [{ kind: "other", name: textOf(channel, "channel"), sid: null, seq: null }];
    }
    default:
      return [{ kind: "other", name: event, sid: null, seq: null }];
  }
}

const subscribe = (channel: string): string => JSON.stringify({ event: "bts:subscribe", data: { channel } });

export const bitstampStream: VenueStream = {
  id: "bitstamp",
  url: "wss://ws.bitstamp.net",
  products: [product],
  subscribe: () => [subscribe(`${bookChannel}${product}`), subscribe(`${tradesChannel}${product}`)],
  decode: frameDecoder(read),
  // Its heartbeat is an answer to ours.
  keepAlive: { everyMs: 5_000, frame: JSON.stringify({ event: "bts:heartbeat" }) },
  quietAfterMs: 12_000,
  silentAfterMs: 30_000,
};
