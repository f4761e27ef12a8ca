/**
 * Coinbase Exchange, public feed (docs.cdp.coinbase.com/exchange). A ticker comes with trades only, so quotes are taken
 * from the book of level2_batch as well. A client that has not subscribed after 5 s is disconnected.
 */
import { type Level, levelDecimals, type LevelsEvent, type StreamEvent } from "../../stream/event.ts";
import {
  amountOf,
  fault,
  type Fields,
  fieldsOf,
  frameDecoder,
  instantOf,
  listOf,
  positiveOf,
  textOf,
  unitsOf,
  wholeOf,
  wholeOrNull,
} from "../../stream/frame.ts";
import type { VenueStream } from "../../stream/venue-stream.ts";
import { levelsOf } from "./levels.ts";

const product = "BTC-USD";

function update(frame: Fields): LevelsEvent {
  const bids: Level[] = [];
  const asks: Level[] = [];
  for (const [index, change] of listOf(frame["changes"], "changes").entries()) {
    const path = `changes[${index}]`;
    const [side, price, size] = listOf(change, path);
    const level: Level = [unitsOf(price, levelDecimals, `${path}[1]`), unitsOf(size, levelDecimals, `${path}[2]`)];
    (sideOf(side, `${path}[0]`) === "buy" ? bids : asks).push(level);
  }
  return {
    kind: "levels",
    product: textOf(frame["product_id"], "product_id"),
    snapshot: false,
    bids,
    asks,
    eventTime: instantOf(frame["time"], "time"),
  };
}

function sideOf(value: unknown, path: string): "buy" | "sell" {
  if (value === "buy" || value === "sell") return value;
  return fault(path, value, "buy or sell");
}

function read(value: unknown): StreamEvent[] {
  const frame = fieldsOf(value, "");
  const type = textOf(frame["type"], "type");
  switch (type) {
    case "ticker":
      // A product that has never traded has a ticker without a side of its book.
      if (frame["best_bid"] === "" || frame["best_ask"] === "") {
        return [{ kind: "other", name: "ticker without a quote", sid: null, seq: null }];
      }
      return [
        {
          kind: "quote",
          product: textOf(frame["product_id"], "product_id"),
          bid: positiveOf(frame["best_bid"], "best_bid"),
          ask: positiveOf(frame["best_ask"], "best_ask"),
          bidSize: frame["best_bid_size"] === undefined ? null : amountOf(frame["best_bid_size"], "best_bid_size"),
          askSize: frame["best_ask_size"] === undefined ? null : amountOf(frame["best_ask_size"], "best_ask_size"),
          eventTime: instantOf(frame["time"], "time"),
          sequence: wholeOf(frame["sequence"], "sequence"),
        },
      ];
    case "match":
    case "last_match":
      return [
        {
          kind: "trade",
          product: textOf(frame["product_id"], "product_id"),
          tradeId: String(wholeOf(frame["trade_id"], "trade_id")),
          price: positiveOf(frame["price"], "price"),
          size: positiveOf(frame["size"], "size"),
          // The side of a match is the maker's.
          takerSide: sideOf(frame["side"], "side") === "buy" ? "sell" : "buy",
          eventTime: instantOf(frame["time"], "time"),
          consecutive: true,
        },
      ];
    case "heartbeat":
      return [
        {
          kind: "heartbeat",
          product: textOf(frame["product_id"], "product_id"),
          lastTradeId: wholeOrNull(frame["last_trade_id"], "last_trade_id"),
        },
      ];
    case "snapshot":
      return [
        {
          kind: "levels",
          product: textOf(frame["product_id"], "product_id"),
          snapshot: true,
          bids: levelsOf(frame["bids"], "bids"),
          asks: levelsOf(frame["asks"], "asks"),
          eventTime: frame["time"] === undefined ? null : instantOf(frame["time"], "time"),
        },
      ];
    case "l2update":
      return [update(frame)];
    case "subscriptions": {
      const channels = listOf(frame["channels"], "channels");
      return channels.map((channel, index) => ({
        kind: "acknowledged",
        request: null,
        channel: textOf(fieldsOf(channel, `channels[${index}]`)["name"], `channels[${index}].name`),
        sid: null,
        seq: null,
      }));
    }
    case "error": {
      const reason = typeof frame["reason"] === "string" ? `: ${frame["reason"]}` : "";
      const message = `${textOf(frame["message"], "message")}${reason}`;
      return [{ kind: "rejected", request: null, sid: null, code: null, message, terminal: false }];
    }
    default:
      return [{ kind: "other", name: type, sid: null, seq: null }];
  }
}

const subscribe = (channels: readonly string[]): string =>
  JSON.stringify({ type: "subscribe", product_ids: [product], channels });

export const coinbaseStream: VenueStream = {
  id: "coinbase",
  url: "wss://ws-feed.exchange.coinbase.com",
  products: [product],
  // One message a kind of channel: a channel that is refused takes the others of its message with it.
  subscribe: () => [subscribe(["ticker", "heartbeat", "matches"]), subscribe(["level2_batch"])],
  decode: frameDecoder(read),
  // A heartbeat comes every second.
  quietAfterMs: 10_000,
  silentAfterMs: 30_000,
};
