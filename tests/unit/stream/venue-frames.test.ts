/** Frames of our own writing, after each venue's documentation. */
import { describe, expect, it } from "vitest";
import { binanceStream } from "../../../core/crypto/venues/binance-stream.ts";
import { bitstampStream } from "../../../core/crypto/venues/bitstamp-stream.ts";
import { coinbaseStream } from "../../../core/crypto/venues/coinbase-stream.ts";
import { krakenStream } from "../../../core/crypto/venues/kraken-stream.ts";
import type { FrameDecoder } from "../../../core/stream/frame.ts";

const time = "2026-11-20T16:00:00.250Z";
const at = Date.parse(time);
const read = (decode: FrameDecoder, frame: unknown) => {
  const decoded = decode(JSON.stringify(frame));
  return "events" in decoded ? decoded.events : decoded;
};

describe("Coinbase", () => {
  const { decode } = coinbaseStream;
  const ticker = {
    type: "ticker",
    sequence: 77,
    product_id: "BTC-USD",
    best_bid: "81000.01",
    best_bid_size: "0.5",
    best_ask: "81000.02",
    best_ask_size: "1.25",
    time,
  };

  it("reads a ticker as a quote, with the sizes where there are any", () => {
    const quote = { kind: "quote", product: "BTC-USD", bid: 81_000.01, ask: 81_000.02, eventTime: at, sequence: 77 };
    expect(read(decode, ticker)).toEqual([{ ...quote, bidSize: 0.5, askSize: 1.25 }]);
    const { best_bid_size: _, best_ask_size: __, ...old } = ticker;
    expect(read(decode, old)).toEqual([{ ...quote, bidSize: null, askSize: null }]);
  });

  it("turns the maker's side of a match into the taker's", () => {
    const match = {
      type: "match",
      trade_id: 9,
      side: "sell",
      size: "0.1",
      price: "81000",
      product_id: "BTC-USD",
      time,
    };
    expect(read(decode, match)).toMatchObject([{ kind: "trade", tradeId: "9", takerSide: "buy", consecutive: true }]);
  });

  it("reads levels in whole units of 1e-8, snapshot and change", () => {
    const snapshot = { type: "snapshot", product_id: "BTC-USD", bids: [["81000.01", "0.5"]], asks: [] };
    expect(read(decode, snapshot)).toMatchObject([
      { snapshot: true, bids: [[8_100_001_000_000, 50_000_000]], asks: [] },
    ]);
    const changes = [
      ["buy", "81000.01", "0"],
      ["sell", "81000.02", "0.00000001"],
    ];
    expect(read(decode, { type: "l2update", product_id: "BTC-USD", changes, time })).toMatchObject([
      { snapshot: false, bids: [[8_100_001_000_000, 0]], asks: [[8_100_002_000_000, 1]], eventTime: at },
    ]);
  });

  it("reads an error as a refusal by the venue, and asks for the book apart from the rest", () => {
    expect(read(decode, { type: "error", message: "Failed to subscribe", reason: "level2 needs auth" })).toMatchObject([
      { kind: "rejected", message: "Failed to subscribe: level2 needs auth" },
    ]);
    const [first = "", second = ""] = coinbaseStream.subscribe();
    expect(JSON.parse(first)).toMatchObject({ channels: ["ticker", "heartbeat", "matches"] });
    expect(JSON.parse(second)).toMatchObject({ channels: ["level2_batch"] });
  });

  it.each([
    ["a price as number", { ...ticker, best_bid: "x" }, "best_bid"],
    ["no sequence", { ...ticker, sequence: undefined }, "sequence"],
    ["a time that is none", { ...ticker, time: "yesterday" }, "time"],
    ["a price of 0", { ...ticker, best_ask: "0" }, "best_ask"],
    [
      "a change of no side",
      { type: "l2update", product_id: "X", changes: [["hold", "1", "1"]], time },
      "changes[0][0]",
    ],
  ])("refuses %s", (_, frame, path) => {
    expect(read(decode, frame)).toMatchObject({ refusal: { path } });
  });
});

describe("Kraken", () => {
  const { decode, subscribe } = krakenStream;

  it("asks for quotes at every change of the best bid and ask, not at trades only", () => {
    expect(subscribe().map((frame) => JSON.parse(frame) as { params: object })).toMatchObject([
      { params: { channel: "ticker", event_trigger: "bbo" } },
      { params: { channel: "trade" } },
    ]);
  });

  it("reads quotes, trades, replies and signs of life", () => {
    const quote = { symbol: "BTC/USD", bid: 81_000.1, bid_qty: 0.5, ask: 81_000.2, ask_qty: 2, timestamp: time };
    expect(read(decode, { channel: "ticker", type: "update", data: [quote] })).toEqual([
      {
        kind: "quote",
        product: "BTC/USD",
        bid: 81_000.1,
        ask: 81_000.2,
        bidSize: 0.5,
        askSize: 2,
        eventTime: at,
        sequence: null,
      },
    ]);
    const trade = { symbol: "BTC/USD", side: "sell", price: 81_000, qty: 0.1, trade_id: 5, timestamp: time };
    expect(read(decode, { channel: "trade", type: "update", data: [trade] })).toMatchObject([{ tradeId: "5" }]);
    for (const sign of [
      { channel: "heartbeat" },
      { channel: "status", data: [{ system: "maintenance" }] },
      { method: "pong" },
    ]) {
      expect(read(decode, sign)).toMatchObject([{ kind: "heartbeat" }]);
    }
    const refused = { method: "subscribe", success: false, error: "Currency pair not supported", req_id: 1 };
    expect(read(decode, refused)).toMatchObject([
      { kind: "rejected", request: 1, message: "Currency pair not supported" },
    ]);
  });

  it("refuses messages of v1, whatever they are", () => {
    for (const old of [
      [340, { a: ["1", 0, "1"] }, "ticker", "XBT/USD"],
      { event: "heartbeat" },
      { event: "systemStatus" },
    ]) {
      expect(read(decode, old)).toMatchObject({ refusal: { message: expect.stringContaining("v1") } });
    }
  });
});

describe("Bitstamp", () => {
  const { decode } = bitstampStream;
  const book = {
    data: {
      microtimestamp: "1795190400250123",
      bids: [
        ["81000", "0.5"],
        ["80999", "1"],
      ],
      asks: [["81001", "2"]],
    },
    channel: "order_book_btcusd",
    event: "data",
  };

  it("takes the quote from the top of the book", () => {
    expect(read(decode, book)).toEqual([
      {
        kind: "quote",
        product: "btcusd",
        bid: 81_000,
        ask: 81_001,
        bidSize: 0.5,
        askSize: 2,
        eventTime: 1_795_190_400_250,
        sequence: null,
      },
    ]);
  });

  it("refuses a book whose best bid is not first, and a time in another unit", () => {
    const turned = { ...book, data: { ...book.data, bids: book.data.bids.toReversed() } };
    expect(read(decode, turned)).toMatchObject({ refusal: { path: "data.bids[1]" } });
    const seconds = { ...book, data: { ...book.data, microtimestamp: "1795190400" } };
    expect(read(decode, seconds)).toMatchObject({ refusal: { path: "data.microtimestamp" } });
  });

  it("says nothing of a book with an empty side", () => {
    expect(read(decode, { ...book, data: { ...book.data, asks: [] } })).toMatchObject([{ kind: "other" }]);
  });

  it("reads trades, and the request to come back", () => {
    const data = {
      id: 7,
      price: 81_000,
      price_str: "81000.00",
      amount: 0.1,
      amount_str: "0.10000000",
      type: 1,
      microtimestamp: "1795190400250123",
    };
    expect(read(decode, { data, channel: "live_trades_btcusd", event: "trade" })).toMatchObject([
      { kind: "trade", tradeId: "7", takerSide: "sell", price: 81_000, size: 0.1, consecutive: false },
    ]);
    expect(read(decode, { event: "bts:request_reconnect", channel: "", data: "" })).toEqual([
      { kind: "reconnect", reason: "bts:request_reconnect" },
    ]);
  });
});

describe("Binance", () => {
  const { decode } = binanceStream;

  it("reads a bookTicker, which has no time, wrapped and raw", () => {
    const data = { u: 12, s: "BTCUSDT", b: "81000.01000000", B: "1.5", a: "81000.02000000", A: "2" };
    const quote = { kind: "quote", product: "BTCUSDT", bid: 81_000.01, ask: 81_000.02, eventTime: null, sequence: 12 };
    expect(read(decode, { stream: "btcusdt@bookTicker", data })).toMatchObject([quote]);
    expect(read(decode, data)).toMatchObject([quote]);
  });

  it("reads a trade by the time it was made, with the taker's side", () => {
    const data = { e: "trade", E: at + 1, s: "BTCUSDT", t: 3, p: "81000", q: "0.1", T: at, m: true };
    expect(read(decode, { stream: "btcusdt@trade", data })).toMatchObject([
      { tradeId: "3", takerSide: "sell", eventTime: at },
    ]);
  });

  it("comes back when the server is about to shut down", () => {
    const shutdown = { kind: "reconnect", reason: "serverShutdown" };
    expect(read(decode, { e: "serverShutdown", E: at })).toEqual([shutdown]);
    expect(read(decode, { stream: "", data: { e: "serverShutdown", E: at } })).toEqual([shutdown]);
  });

  it("refuses an object that is none of its events", () => {
    expect(read(decode, { hello: 1 })).toMatchObject({ refusal: { path: "stream" } });
  });
});
