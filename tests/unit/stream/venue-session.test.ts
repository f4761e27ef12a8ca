import { describe, expect, it } from "vitest";
import { binanceStream } from "../../../core/crypto/venues/binance-stream.ts";
import { coinbaseStream } from "../../../core/crypto/venues/coinbase-stream.ts";
import { krakenStream } from "../../../core/crypto/venues/kraken-stream.ts";
import { RowBuffer } from "../../../core/stream/row-buffer.ts";
import { noCounts, type SessionSink } from "../../../core/stream/session.ts";
import { VenueSession } from "../../../core/stream/venue-session.ts";
import type { VenueStream } from "../../../core/stream/venue-stream.ts";

const start = Date.UTC(2026, 10, 20, 16);
const iso = (at: number) => new Date(at).toISOString();

function open(venue: VenueStream) {
  const session = new VenueSession(venue);
  const sink: SessionSink = { rows: new RowBuffer(1_000), counts: noCounts() };
  session.opened("holder/feed/1", start);
  const put = (frame: unknown, now = start) => session.frame(JSON.stringify(frame), now, sink);
  return { session, sink, put };
}

const ticker = (at: number, bid: number, product = "BTC/USD") => ({
  channel: "ticker",
  type: "update",
  data: [{ symbol: product, bid, bid_qty: 1, ask: bid + 1, ask_qty: 1, timestamp: iso(at) }],
});
const match = (trade_id: number, type = "match") => ({
  type,
  trade_id,
  side: "buy",
  size: "0.1",
  price: "81000",
  product_id: "BTC-USD",
  time: iso(start),
});
const change = (side: string, price: string, size: string, at = start) => ({
  type: "l2update",
  product_id: "BTC-USD",
  changes: [[side, price, size]],
  time: iso(at),
});
const bookOfCoinbase = {
  type: "snapshot",
  product_id: "BTC-USD",
  bids: [
    ["81000", "1"],
    ["80999", "2"],
  ],
  asks: [["81002", "1"]],
};

describe("a venue's session", () => {
  it("keeps the last quote of each second under the second's key", () => {
    const { put, sink } = open(krakenStream);
    for (const [after, bid] of [
      [0, 81_000],
      [400, 81_001],
      [999, 81_002],
      [1_000, 81_003],
    ] as const) {
      expect(put(ticker(start + after, bid), start + after + 60).sort).toBe("data");
    }
    const rows = sink.rows.take().venue_quotes ?? [];
    expect(rows.map(({ quote_at, bid, received_at }) => [quote_at - start, bid, received_at - start])).toEqual([
      [0, 81_002, 1_059],
      [1_000, 81_003, 1_060],
    ]);
    expect(sink.rows.replaced).toBe(2);
    expect(sink.counts.skewMs).toBe(60);
  });

  it("leaves out quotes that are older than the one it has", () => {
    const { put, sink, session } = open(krakenStream);
    put(ticker(start + 500, 81_005));
    put(ticker(start + 100, 80_000));
    expect(sink.counts.repeats).toBe(1);
    expect(session.newest(start)).toMatchObject({ quotes: { "BTC/USD": { bid: 81_005 } } });
    const binance = open(binanceStream);
    const quote = (u: number, b: string) => ({ u, s: "BTCUSDT", b, B: "1", a: "90000", A: "1" });
    for (const [u, b] of [
      [5, "81000"],
      [4, "70000"],
      [5, "70000"],
    ] as const)
      binance.put(quote(u, b));
    expect(binance.sink.counts.repeats).toBe(2);
    expect(binance.sink.rows.take().venue_quotes).toMatchObject([{ bid: 81_000, sequence: 5, event_time: null }]);
  });

  it("leaves out other pairs, crossed quotes, and times that cannot be", () => {
    const { put, sink } = open(krakenStream);
    expect(put(ticker(start, 81_000, "ETH/USD")).sort).toBe("other");
    put({ channel: "ticker", data: [{ symbol: "BTC/USD", bid: 2, bid_qty: 1, ask: 1, ask_qty: 1 }] });
    expect(put(ticker(start - 3_700_000, 81_000))).toMatchObject({
      refusal: { message: expect.stringContaining("-3700 s") },
    });
    expect(sink.rows.take()).toEqual({});
  });

  it("counts trades that its ids say were lost, by the next trade or by the heartbeat", () => {
    const { put, sink } = open(coinbaseStream);
    put(match(100, "last_match"));
    put(match(101));
    put(match(104));
    expect(sink.counts).toMatchObject({ lostTrades: 2, gaps: 1 });
    put({ type: "heartbeat", product_id: "BTC-USD", last_trade_id: 107 });
    expect(sink.counts).toMatchObject({ lostTrades: 5, gaps: 2 });
    put(match(107));
    expect(sink.counts.repeats).toBe(1);
    expect(sink.rows.take().venue_trades?.map(({ trade_id }) => trade_id)).toEqual(["100", "101", "104", "107"]);
  });

  it("counts what was lost between two holders", () => {
    const before = open(coinbaseStream);
    before.put(match(100));
    const { session, put, sink } = open(coinbaseStream);
    session.resume(before.session.handOver());
    put(match(103));
    expect(sink.counts.lostTrades).toBe(2);
  });

  it("takes quotes from the book once it has one, and the ticker until then", () => {
    const { put, session } = open(coinbaseStream);
    const bid = () => (session.newest(start)["quotes"] as Record<string, { bid: number }>)["BTC-USD"]?.bid;
    const quote = {
      type: "ticker",
      sequence: 1,
      product_id: "BTC-USD",
      best_bid: "70000",
      best_ask: "70001",
      time: iso(start),
    };
    put(quote);
    expect(bid()).toBe(70_000);
    put(bookOfCoinbase);
    expect(bid()).toBe(81_000);
    put({ ...quote, sequence: 2 });
    expect(bid()).toBe(81_000);
    put(change("buy", "81001", "0.5"));
    put(change("buy", "81000", "0"));
    expect(bid()).toBe(81_001);
    put(change("buy", "81001", "0"));
    expect(bid()).toBe(80_999);
  });

  it("changes nothing by changes before the snapshot", () => {
    const { put, sink } = open(coinbaseStream);
    expect(put(change("buy", "81001", "0.5")).sort).toBe("data");
    expect(sink.rows.take()).toEqual({});
  });

  it("gives no quote while the book is crossed, and leaves when it stays so", () => {
    const { put, session, sink } = open(coinbaseStream);
    put(bookOfCoinbase);
    put(change("buy", "81003", "1"));
    expect(session.coverage(start)).toEqual({ products: 1, unquotable: 1 });
    expect(session.newest(start)).toMatchObject({ quotes: {} });
    expect(session.tick(start + 5_000, sink).leave).toBeUndefined();
    expect(session.tick(start + 5_001, sink).leave?.reason).toContain("crossed");
    put(change("buy", "81003", "0"), start + 100);
    expect(session.tick(start + 9_000, sink).leave).toBeUndefined();
  });

  it("leaves when a frame between changes of a book cannot be read: nothing would tell what it changed", () => {
    const { put, session, sink } = open(coinbaseStream);
    expect(session.frame("{", start, sink).leave).toBeUndefined();
    put(bookOfCoinbase);
    expect(session.frame("{", start, sink)).toMatchObject({ refusal: { path: "" }, leave: { asked: false } });
  });

  it("clears its prices on a new connection, so that no return reaches over the gap", () => {
    const { put, session } = open(krakenStream);
    for (let at = start; at <= start + 61_000; at += 1_000) put(ticker(at, 81_000), at);
    const newest = (at: number) =>
      (session.newest(at)["quotes"] as Record<string, { return_60s: number | null }>)["BTC/USD"];
    expect(newest(start + 61_000)).toMatchObject({ return_60s: 0, unbroken_since: start });
    session.closed();
    expect(newest(start + 61_000)).toBeUndefined();
    session.opened("holder/feed/2", start + 100_000);
    put(ticker(start + 120_000, 88_000), start + 120_000);
    expect(newest(start + 120_000)).toMatchObject({ return_60s: null, unbroken_since: start + 120_000 });
  });

  it("leaves a connection on which trades come and quotes do not", () => {
    const { put, session, sink } = open(krakenStream);
    const tick = (after: number) => session.tick(start + after, sink).leave?.reason;
    const trade = { symbol: "BTC/USD", side: "buy", price: 81_000, qty: 1, trade_id: 1, timestamp: iso(start) };
    put({ channel: "trade", type: "update", data: [trade] });
    expect(tick(30_000)).toBeUndefined();
    expect(tick(30_001)).toBe("no quote of BTC/USD for 30000 ms");
    put(ticker(start + 25_000, 81_000), start + 25_000);
    expect(tick(55_000)).toBeUndefined();
    expect(tick(55_001)).toBe("no quote of BTC/USD for 30000 ms");
    put(ticker(start + 90_000, 81_000), start + 90_000);
    expect(tick(110_000)).toBeUndefined();
  });

  it("hands on the venue's wish to be left, and what it refuses", () => {
    const { put } = open(binanceStream);
    expect(put({ e: "serverShutdown", E: start }).leave).toEqual({ reason: "serverShutdown", asked: true });
    expect(open(coinbaseStream).put({ type: "error", message: "no" }).refusal?.message).toContain("no");
  });
});
