/** Every captured frame of every venue through its decoder. */
import { describe, expect, it } from "vitest";
import { binanceStream, binanceUsStream } from "../../../core/crypto/venues/binance-stream.ts";
import { bitstampStream } from "../../../core/crypto/venues/bitstamp-stream.ts";
import { coinbaseStream } from "../../../core/crypto/venues/coinbase-stream.ts";
import { krakenStream } from "../../../core/crypto/venues/kraken-stream.ts";
import { kalshiFrames } from "../../../core/market/stream-frames.ts";
import { SynchronisedBooks } from "../../../core/market/synchronised-books.ts";
import type { StreamEvent } from "../../../core/stream/event.ts";
import type { FrameDecoder } from "../../../core/stream/frame.ts";
import { frameFiles, hasCaptures, kalshiFrames2026, receivedFrames } from "./captured-frames.ts";

function replay(frames: readonly string[], decode: FrameDecoder) {
  const events: StreamEvent[] = [];
  const refusals: string[] = [];
  for (const frame of frames) {
    const decoded = decode(frame);
    if ("refusal" in decoded) refusals.push(`${decoded.refusal.path}: ${decoded.refusal.message}`);
    else events.push(...decoded.events);
  }
  const kinds = Object.fromEntries(
    [...Map.groupBy(events, ({ kind }) => kind)].map(([kind, all]) => [kind, all.length]),
  );
  return { events, refusals, kinds };
}

describe.skipIf(!hasCaptures)("captured frames", () => {
  it("of Coinbase are all read", () => {
    const frames = receivedFrames("coinbase_exchange_ws_20210417_nosnap.txt.gz");
    const { refusals, kinds, events } = replay(frames, coinbaseStream.decode);
    expect(refusals).toEqual([]);
    const of = (type: string) => frames.filter((frame) => frame.includes(`"type":"${type}"`)).length;
    expect(kinds["quote"]).toBe(of("ticker"));
    expect(kinds["trade"]).toBe(of("match") + of("last_match"));
    expect(kinds["levels"]).toBe(of("l2update"));
    for (const event of events) if (event.kind === "quote") expect(event.bid).toBeLessThan(event.ask);
  });

  it("of Binance and Binance.US are all read", () => {
    const spot = receivedFrames("binance_spot_btcusdt_20240808_first_4800msgs.txt.gz");
    const read = replay(spot, binanceStream.decode);
    expect(read.refusals).toEqual([]);
    expect(Object.values(read.kinds).reduce((sum, n) => sum + n, 0)).toBe(spot.length);
    expect(read.kinds["quote"]).toBe(spot.filter((frame) => frame.includes("@bookTicker")).length);
    expect(read.kinds["trade"]).toBe(spot.filter((frame) => frame.includes("@trade")).length);
    const us = receivedFrames("binance_us_ws_20211012.txt.gz");
    expect(replay(us, binanceUsStream.decode).refusals).toEqual([]);
  });

  it("of Bitstamp are all read", () => {
    const frames = receivedFrames("bitstamp_ws_20220105_first_half.txt.gz");
    const { refusals, kinds } = replay(frames, bitstampStream.decode);
    expect(refusals).toEqual([]);
    expect(kinds["acknowledged"]).toBe(20);
    expect(kinds["levels"]).toBeGreaterThan(100);
  });

  it("of Kraken v2 are all read; every data frame of v1 is refused", () => {
    const v2 = frameFiles("crypto", "ws", "nautilus_kraken_v2");
    const { refusals, kinds } = replay(
      v2.map(({ text }) => text),
      krakenStream.decode,
    );
    expect(refusals).toEqual([]);
    expect(kinds).toMatchObject({ quote: 1, trade: 2, acknowledged: 1, heartbeat: 1 });
    const v1 = receivedFrames("kraken_v1_ws_ticker_20210417.txt");
    const old = replay(v1, krakenStream.decode);
    expect(old.events).toEqual([]);
    expect(old.refusals).toHaveLength(v1.length);
    expect(old.refusals.every((reason) => reason.includes("v1"))).toBe(true);
  });

  it("of Coinbase Advanced Trade, another API, are refused with a reason", () => {
    for (const { text } of frameFiles("crypto", "ws", "nautilus_coinbase_advanced")) {
      const decoded = coinbaseStream.decode(text);
      expect(decoded).toMatchObject({ refusal: { path: "type" } });
    }
  });

  it("of Kalshi rebuild the books without a gap and without a negative level", () => {
    const decode = kalshiFrames({ useYesPrice: false });
    const books = new SynchronisedBooks();
    const outcomes: string[] = [];
    const channels: (string | null)[] = [];
    const codes: (number | null)[] = [];
    for (const { text } of kalshiFrames2026()) {
      const decoded = decode(text);
      if ("refusal" in decoded) throw new Error(decoded.refusal.message);
      for (const event of decoded.events) {
        if (event.kind === "book-snapshot") books.expect(event.market);
        if (event.kind === "book-snapshot" || event.kind === "book-delta") outcomes.push(books.apply(event));
        if (event.kind === "acknowledged") channels.push(event.channel);
        if (event.kind === "rejected") codes.push(event.code);
      }
    }
    expect(new Set(outcomes)).toEqual(new Set(["applied"]));
    expect(channels).toEqual(["orderbook_delta", "trade"]);
    expect(new Set(codes)).toEqual(new Set([8]));
    expect(books.size).toBe(8);
    expect(books.outOfStep).toBe(0);
    for (const market of books.markets()) expect(books.book(market)?.crossed).toBe(false);
  });

  it("of Kalshi's other channels are read out of the recorder's envelope", () => {
    const decode = kalshiFrames({ useYesPrice: false });
    const kinds: Record<string, string> = {};
    for (const { name, text } of frameFiles("crypto", "kalshi", "frames")) {
      const frame = (JSON.parse(text) as { obj: unknown }).obj;
      const decoded = decode(JSON.stringify(frame));
      kinds[name] = "refusal" in decoded ? `refused at ${decoded.refusal.path}` : (decoded.events[0]?.kind ?? "");
    }
    expect(kinds).toEqual({
      "fill.json": "other",
      // The answer to an order over REST: no frame.
      "order_response.json": "refused at type",
      "orderbook_delta.json": "book-delta",
      "trade.json": "market-trade",
    });
  });
});

describe.skipIf(!hasCaptures)("garbled captured frames", () => {
  it.each([
    ["coinbase", "coinbase_exchange_ws_20210417_nosnap.txt.gz", coinbaseStream.decode],
    ["bitstamp", "bitstamp_ws_20220105_first_half.txt.gz", bitstampStream.decode],
    ["binance-us", "binance_us_ws_20211012.txt.gz", binanceUsStream.decode],
    ["kraken v1", "kraken_v1_ws_ticker_20210417.txt", krakenStream.decode],
  ])("of %s are refused with a reason, never thrown at us", (_, file, decode) => {
    for (const frame of receivedFrames(file)) {
      for (const cut of [1, Math.floor(frame.length / 2), frame.length - 1]) {
        const decoded = decode(frame.slice(0, cut));
        expect("refusal" in decoded && decoded.refusal.message).toBeTruthy();
      }
      // Every number and text replaced by another type, one at a time, never throws.
      const value = JSON.parse(frame) as Record<string, unknown>;
      for (const field of Object.keys(value)) {
        for (const wrong of [null, -1, "x", [], {}]) {
          decode(JSON.stringify({ ...value, [field]: wrong }));
        }
      }
    }
  });
});
