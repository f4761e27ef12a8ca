/**
 * Kraken, WebSocket v2 (docs.kraken.com). Numbers are JSON numbers. v1, whose messages are arrays and whose events have
 * other names, lives on another URL and is refused here. USDT/USD comes along: it turns Binance's dollars into dollars.
 */
import type { StreamEvent } from "../../stream/event.ts";
import {
  amountOf,
  fault,
  fieldsOf,
  frameDecoder,
  instantOf,
  listOf,
  positiveOf,
  textOf,
  wholeOf,
  wholeOrNull,
} from "../../stream/frame.ts";
import type { VenueStream } from "../../stream/venue-stream.ts";

const products = ["BTC/USD", "USDT/USD"];

/** Whether the engine of the exchange runs as usual is its own matter; that it says so is a sign of life. */
const controlChannels = new Set(["heartbeat", "status"]);

function readData(channel: string, data: unknown): StreamEvent[] {
  return listOf(data, "data").map((item, index): StreamEvent => {
    const path = `data[${index}]`;
    const fields = fieldsOf(item, path);
    const product = textOf(fields["symbol"], `${path}.symbol`);
    if (channel === "ticker") {
      return {
        kind: "quote",
        product,
        bid: positiveOf(fields["bid"], `${path}.bid`),
        ask: positiveOf(fields["ask"], `${path}.ask`),
        bidSize: amountOf(fields["bid_qty"], `${path}.bid_qty`),
        askSize: amountOf(fields["ask_qty"], `${path}.ask_qty`),
        // Recordings of before 2025 have none.
        eventTime: fields["timestamp"] === undefined ? null : instantOf(fields["timestamp"], `${path}.timestamp`),
        sequence: null,
      };
    }
    const side = fields["side"];
    if (side !== "buy" && side !== "sell") return fault(`${path}.side`, side, "buy or sell");
    return {
      kind: "trade",
      product,
      tradeId: String(wholeOf(fields["trade_id"], `${path}.trade_id`)),
      price: positiveOf(fields["price"], `${path}.price`),
      size: positiveOf(fields["qty"], `${path}.qty`),
      takerSide: side,
      eventTime: instantOf(fields["timestamp"], `${path}.timestamp`),
      consecutive: true,
    };
  });
}

function readReply(method: string, frame: ReturnType<typeof fieldsOf>): StreamEvent[] {
  if (method === "pong") return [{ kind: "heartbeat", product: null, lastTradeId: null }];
  const request = wholeOrNull(frame["req_id"], "req_id");
  if (typeof frame["success"] !== "boolean") fault("success", frame["success"], "true or false");
  if (!frame["success"]) {
    const message = textOf(frame["error"], "error");
    return [{ kind: "rejected", request, sid: null, code: null, message, terminal: false }];
  }
  if (method !== "subscribe") return [{ kind: "other", name: method, sid: null, seq: null }];
  const channel = textOf(fieldsOf(frame["result"], "result")["channel"], "result.channel");
  return [{ kind: "acknowledged", request, channel, sid: null, seq: null }];
}

function read(value: unknown): StreamEvent[] {
  if (Array.isArray(value)) fault("", value, "an object: an array is a message of v1");
  const frame = fieldsOf(value, "");
  if ("event" in frame) fault("event", frame["event"], "method or channel: this is a message of v1");
  if (frame["method"] !== undefined) return readReply(textOf(frame["method"], "method"), frame);
  const channel = textOf(frame["channel"], "channel");
  if (controlChannels.has(channel)) return [{ kind: "heartbeat", product: null, lastTradeId: null }];
  if (channel === "ticker" || channel === "trade") return readData(channel, frame["data"]);
  return [{ kind: "other", name: channel, sid: null, seq: null }];
}

export const krakenStream: VenueStream = {
  id: "kraken",
  url: "wss://ws.kraken.com/v2",
  products,
  subscribe: () => [
    // Without bbo a ticker comes with trades only.
    JSON.stringify({
      method: "subscribe",
      params: { channel: "ticker", symbol: products, event_trigger: "bbo", snapshot: true },
      req_id: 1,
    }),
    JSON.stringify({ method: "subscribe", params: { channel: "trade", symbol: products, snapshot: false }, req_id: 2 }),
  ],
  decode: frameDecoder(read),
  keepAlive: { everyMs: 20_000, frame: JSON.stringify({ method: "ping", req_id: 101 }) },
  // Its guide on reconnecting counts 5 s without a message as dead; a heartbeat comes every second.
  quietAfterMs: 5_000,
  silentAfterMs: 30_000,
};
