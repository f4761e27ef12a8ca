/**
 * Binance and Binance.US, combined streams (binance/binance-spot-api-docs). A bookTicker has no event time. The server
 * closes a connection after 24 hours and says so before (serverShutdown, since 2026-05-08); it pings every 20 s.
 */
import type { StreamEvent } from "../../stream/event.ts";
import {
  amountOf,
  epochMsOf,
  type Fields,
  fieldsOf,
  frameDecoder,
  positiveOf,
  textOf,
  wholeOf,
  fault,
} from "../../stream/frame.ts";
import type { VenueStream } from "../../stream/venue-stream.ts";
import { levelsOf } from "./levels.ts";

const hour = 3_600_000;

function bookTicker(data: Fields): StreamEvent {
  return {
    kind: "quote",
    product: textOf(data["s"], "data.s"),
    bid: positiveOf(data["b"], "data.b"),
    ask: positiveOf(data["a"], "data.a"),
    bidSize: amountOf(data["B"], "data.B"),
    askSize: amountOf(data["A"], "data.A"),
    eventTime: null,
    sequence: wholeOf(data["u"], "data.u"),
  };
}

function trade(data: Fields): StreamEvent {
  const makerBuys = data["m"];
  if (typeof makerBuys !== "boolean") return fault("data.m", makerBuys, "true or false");
  return {
    kind: "trade",
    product: textOf(data["s"], "data.s"),
    tradeId: String(wholeOf(data["t"], "data.t")),
    price: positiveOf(data["p"], "data.p"),
    size: positiveOf(data["q"], "data.q"),
    takerSide: makerBuys ? "sell" : "buy",
    eventTime: epochMsOf(data["T"], "data.T"),
    consecutive: true,
  };
}

function depthUpdate(data: Fields): StreamEvent {
  return {
    kind: "levels",
    product: textOf(data["s"], "data.s"),
    snapshot: false,
    bids: levelsOf(data["b"], "data.b"),
    asks: levelsOf(data["a"], "data.a"),
    eventTime: epochMsOf(data["E"], "data.E"),
  };
}

/** A combined stream wraps the event and names it; a raw one is the event. */
function read(value: unknown): StreamEvent[] {
  const frame = fieldsOf(value, "");
  const wrapped = frame["stream"] !== undefined;
  const data = wrapped ? fieldsOf(frame["data"], "data") : frame;
  const name = data["e"];
  if (name === "serverShutdown") return [{ kind: "reconnect", reason: "serverShutdown" }];
  if (name === "trade") return [trade(data)];
  if (name === "depthUpdate") return [depthUpdate(data)];
  if (typeof name === "string") return [{ kind: "other", name, sid: null, seq: null }];
  if (wrapped && textOf(frame["stream"], "stream").endsWith("@bookTicker")) return [bookTicker(data)];
  if ("u" in data && "b" in data && "a" in data) return [bookTicker(data)];
  const error = frame["error"];
  if (error !== undefined) {
    const fields = fieldsOf(error, "error");
    const code = typeof fields["code"] === "number" ? fields["code"] : null;
    return [
      {
        kind: "rejected",
        request: null,
        sid: null,
        code,
        message: textOf(fields["msg"], "error.msg"),
        terminal: false,
      },
    ];
  }
  if ("lastUpdateId" in data) return [{ kind: "other", name: "depth snapshot", sid: null, seq: null }];
  if ("result" in frame) return [{ kind: "acknowledged", request: null, channel: null, sid: null, seq: null }];
  return fault("stream", frame["stream"], "a combined stream or an event with a name");
}

function binance(id: string, host: string, product: string, silentAfterMs: number): VenueStream {
  const streams = [`${product.toLowerCase()}@bookTicker`, `${product.toLowerCase()}@trade`];
  return {
    id,
    url: `wss://${host}/stream?streams=${streams.join("/")}`,
    products: [product],
    // The URL subscribes.
    subscribe: () => [],
    decode: frameDecoder(read),
    quietAfterMs: silentAfterMs,
    silentAfterMs,
    maxAgeMs: 23 * hour,
  };
}

/** The host for public data; api.binance.com and stream.binance.com refuse addresses in the US (451). */
export const binanceStream = binance("binance", "data-stream.binance.vision", "BTCUSDT", 15_000);

/** Thin: quiet minutes are usual. */
export const binanceUsStream = binance("binance-us", "stream.binance.us:9443", "BTCUSDT", 180_000);
