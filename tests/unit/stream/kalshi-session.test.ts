import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventOfTicker } from "../../../core/market/tickers.ts";
import { freshestQuotes } from "../../../core/market/market-quotes.ts";
import { KalshiSession } from "../../../core/stream/kalshi-session.ts";
import { RowBuffer } from "../../../core/stream/row-buffer.ts";
import { noCounts, type SessionSink } from "../../../core/stream/session.ts";
import type { TableRow } from "../../../schemas/index.ts";
import { ToldBooks } from "./told-books.ts";
import { runs } from "../../runs.ts";

const start = Date.UTC(2026, 10, 20, 16);
const close = start + 900_000;
const a = "KXBTC-26NOV2012-B81000";
const b = "KXBTC15M-26NOV201215-15";

interface Command {
  id: number;
  cmd: string;
  params: { channels?: string[]; sids?: number[]; market_tickers?: string[]; action?: string; index_ids?: string[] };
}

/** A session whose server we are. Channels get the sids 1 … in the order of `sids`. */
const sids = { market_lifecycle_v2: 1, cfbenchmarks_value: 2, orderbook_delta: 3, trade: 4, ticker: 5 };

function open(markets: readonly string[] = [a]) {
  const session = new KalshiSession({ series: ["KXBTC", "KXBTC15M"], indexId: "BRTI", mostMarkets: 10 });
  const sink: SessionSink = { rows: new RowBuffer(1_000), counts: noCounts() };
  const commands: Command[] = [];
  const heard = (send: readonly string[]) => commands.push(...send.map((text) => JSON.parse(text) as Command));
  session.list(markets.map((ticker) => [ticker, start - 60_000, close]));
  heard(session.opened("holder/kalshi/1", start));
  const put = (frame: unknown, now = start) => {
    const outcome = session.frame(JSON.stringify(frame), now, sink);
    heard(outcome.send);
    return outcome;
  };
  const tick = (now: number) => {
    const outcome = session.tick(now, sink);
    heard(outcome.send);
    return outcome;
  };
  /** The commands since the last call. */
  const sent = () => commands.splice(0);
  const subscribe = () => {
    for (const { id, params } of sent()) {
      const channel = params.channels?.[0] as keyof typeof sids;
      put({ id, type: "subscribed", msg: { channel, sid: sids[channel] } });
    }
  };
  const reopen = (connection: string, now: number) => {
    commands.length = 0;
    heard(session.opened(connection, now));
    subscribe();
  };
  return { session, sink, put, tick, sent, subscribe, reopen };
}

const snapshot = (seq: number, market = a) => ({
  type: "orderbook_snapshot",
  sid: 3,
  seq,
  msg: { market_ticker: market, yes_dollars_fp: [["0.4000", "5.00"]], no_dollars_fp: [["0.6000", "3.00"]] },
});
const delta = (seq: number, at: number, price = "0.4100", change = "2.00", market = a) => ({
  type: "orderbook_delta",
  sid: 3,
  seq,
  msg: { market_ticker: market, price_dollars: price, delta_fp: change, side: "yes", ts_ms: at },
});
const print = (seq: number, at: number) => ({
  type: "cfbenchmarks_value",
  sid: 2,
  seq,
  msg: { index_id: "BRTI", data: JSON.stringify({ type: "value", id: "BRTI", time: at, value: "81000.5" }) },
});
/** A polled listing from before the stream. */
const polledEarlier: TableRow<"market_snapshots"> = {
  market_ticker: a,
  event_ticker: "KXBTC-26NOV2012",
  status: "active",
  yes_bid: 300_000,
  yes_bid_size: 100,
  yes_ask: 700_000,
  yes_ask_size: 100,
  last_price: null,
  volume: null,
  volume_24h: null,
  open_interest: null,
  window_at: start - 60_000,
  ingested_at: start - 60_000,
  decoder_version: 1,
  raw_key: "raw/x",
};
const lifecycle = (event_type: string, market_ticker: string, more: object = {}) => ({
  type: "market_lifecycle_v2",
  sid: 1,
  msg: { event_type, market_ticker, ...more },
});

/** Subscribed, with the book of `a`. */
function inStep() {
  const opened = open();
  opened.subscribe();
  opened.put(snapshot(1));
  opened.sent();
  return opened;
}

describe("Kalshi's session", () => {
  it("subscribes to each channel by its own command, the index by its name", () => {
    const { sent } = open();
    expect(sent().map(({ params }) => params)).toEqual([
      { channels: ["market_lifecycle_v2"] },
      { channels: ["cfbenchmarks_value"], index_ids: ["BRTI"] },
      { channels: ["orderbook_delta"], market_tickers: [a], use_yes_price: true },
      { channels: ["trade"], market_tickers: [a] },
      { channels: ["ticker"], market_tickers: [a] },
    ]);
  });

  it("writes the book at the end of each second in which it changed, once, and none of the running second", () => {
    const { put, tick, sink } = inStep();
    put(delta(2, start + 100), start + 150);
    put(delta(3, start + 900, "0.4200"), start + 950);
    put(delta(4, start + 1_100, "0.4200", "-2.00"), start + 1_150);
    tick(start + 2_000);
    const rows = sink.rows.take().book_tops ?? [];
    expect(
      rows.map(({ book_at, yes_bid, yes_ask, sequence }) => [book_at - start, yes_bid, yes_ask, sequence]),
    ).toEqual([[0, 420_000, 600_000, 3]]);
    expect(JSON.parse(rows[0]?.bids ?? "")).toEqual([
      [420_000, 200],
      [410_000, 200],
      [400_000, 500],
    ]);
    tick(start + 4_000);
    expect(sink.rows.take().book_tops).toMatchObject([{ book_at: start + 1_000, yes_bid: 410_000, sequence: 4 }]);
    tick(start + 9_000);
    expect(sink.rows.take()).toEqual({});
  });

  it("asks for every book after a gap, prices nothing by them until they come, and asks again when none comes", () => {
    const { put, tick, sent, session, sink } = inStep();
    put(delta(5, start));
    expect(sent()).toMatchObject([
      { cmd: "update_subscription", params: { action: "get_snapshot", sids: [3], market_tickers: [a] } },
    ]);
    expect(session.bookOf(a)).toBeUndefined();
    expect(session.coverage()).toEqual({ products: 1, unquotable: 1 });
    expect(sink.counts).toMatchObject({ gaps: 1, resyncs: 1 });
    tick(start + 4_000);
    expect(sent()).toEqual([]);
    tick(start + 5_000);
    expect(sent()).toMatchObject([{ params: { action: "get_snapshot" } }]);
    put(snapshot(6), start + 5_100);
    expect(session.bookOf(a)?.bids.bestPrice).toBe(400_000);
    tick(start + 11_000);
    expect(sent()).toEqual([]);
  });

  it("leaves when a lost book was asked for three times and did not come", () => {
    const { put, tick } = inStep();
    put(delta(5, start));
    const leaves = Array.from({ length: 20 }, (_, n) => tick(start + (n + 1) * 1_000).leave?.reason ?? null);
    expect(leaves.indexOf(leaves.find((reason) => reason !== null) ?? "")).toBe(14);
    expect(leaves[14]).toContain("asked for 3 times");
  });

  it("does not leave for a market that never had a book, and asks for it more and more seldom", () => {
    const { subscribe, tick, sent } = open();
    subscribe();
    const asked: number[] = [];
    for (let s = 1; s <= 140; s++) {
      expect(tick(start + s * 1_000).leave).toBeUndefined();
      if (sent().some(({ params }) => params.action === "get_snapshot")) asked.push(s);
    }
    expect(asked).toEqual([5, 10, 15, 75, 135]);
  });

  it("asks once a second at most on a line that loses something every moment", () => {
    const { put, tick, sent } = inStep();
    const asked: number[] = [];
    let seq = 1;
    for (let ms = 0; ms <= 10_000; ms += 100) {
      put(delta((seq += 2), start + ms), start + ms);
      tick(start + ms);
      for (const { params } of sent()) {
        expect(params.action).toBe("get_snapshot");
        asked.push(ms);
        put(snapshot((seq += 1)), start + ms);
      }
    }
    expect(asked).toEqual(Array.from({ length: 11 }, (_, n) => n * 1_000));
  });

  it("asks for lost books in halves when the command for all of them is refused, and leaves for none of the others", () => {
    const markets = Array.from({ length: 8 }, (_, n) => `KXBTC-26NOV2012-B${81_000 + n}`);
    const [bad = ""] = markets;
    const { subscribe, put, tick, sent, session } = open(markets);
    subscribe();
    let seq = 0;
    for (const market of markets) put(snapshot((seq += 1), market));
    put(delta((seq += 2), start), start);
    let commands = 0;
    for (let s = 0; s < 8; s++) {
      const now = start + s * 1_000;
      tick(now);
      for (const { id, params } of sent()) {
        commands += 1;
        expect(params.action).toBe("get_snapshot");
        const asked = params.market_tickers ?? [];
        if (asked.includes(bad)) put({ type: "error", id, msg: { code: 11, msg: "Invalid parameter" } }, now);
        else {
          put({ type: "ok", id, sid: 3, seq: (seq += 1), msg: {} }, now);
          for (const market of asked) put(snapshot((seq += 1), market), now);
        }
      }
    }
    expect(markets.filter((market) => session.bookOf(market) === undefined)).toEqual([bad]);
    expect(commands).toBeLessThanOrEqual(8);
  });

  it("leaves out the changes of a second subscription of the same books, and lets go of it", () => {
    const { put, sent, session, sink } = inStep();
    const other = (frame: object) => put({ ...frame, sid: 9 });
    other(delta(1, start));
    other(snapshot(2));
    expect(sent()).toMatchObject([{ cmd: "unsubscribe", params: { sids: [9] } }]);
    put(delta(2, start));
    expect(session.bookOf(a)?.bids.depth(9)).toEqual([
      [410_000, 200],
      [400_000, 500],
    ]);
    expect(sink.counts).toMatchObject({ repeats: 2, gaps: 0, faults: 0 });
  });

  it("keeps a print whose decoration it cannot read, and says so", () => {
    const { put, sink } = inStep();
    const frame = print(1, start);
    const outcome = put({ ...frame, msg: { ...frame.msg, received_at: "2026-11-20T16:00:00Z" } });
    expect(outcome).toMatchObject({ sort: "data", refusal: { path: "msg.received_at" } });
    expect(sink.rows.take().index_prints).toMatchObject([{ value: 81_000.5, venue_received_at: null }]);
  });

  it("puts a book out of step whose level would fall below 0", () => {
    const { put, sent, session, sink } = inStep();
    put(delta(2, start, "0.3000", "-1.00"));
    expect(sink.counts.faults).toBe(1);
    expect(session.bookOf(a)).toBeUndefined();
    expect(sent()).toMatchObject([{ params: { action: "get_snapshot", market_tickers: [a] } }]);
  });

  it("keeps what a second went through, unless the book came whole within it or its row was written before", () => {
    const { put, tick, sink } = inStep();
    put(delta(2, start + 1_100, "0.4300"), start + 1_100);
    put(delta(3, start + 1_200, "0.4300", "-2.00"), start + 1_200);
    put(delta(4, start + 1_300, "0.4000", "-5.00"), start + 1_300);
    tick(start + 4_000);
    const through = () =>
      (sink.rows.take().book_tops ?? []).map((row) => [
        (row.book_at - start) / 1_000,
        row.in_step,
        row.yes_bid_low,
        row.yes_bid_high,
        row.yes_ask_low,
        row.yes_ask_high,
      ]);
    expect(through()).toEqual([
      [0, true, null, null, null, null],
      [1, true, 0, 430_000, 600_000, 600_000],
    ]);
    // It was on its way for three seconds.
    put(delta(5, start + 1_900), start + 5_000);
    tick(start + 8_000);
    expect(through()).toEqual([[1, true, null, null, null, null]]);
  });

  describe("says that a book is lost", () => {
    /** A row of `a` of the first second is in the lake. */
    function shown() {
      const opened = inStep();
      opened.tick(start + 3_000);
      expect(opened.sink.rows.take().book_tops).toMatchObject([{ book_at: start, in_step: true }]);
      const taken = () =>
        (opened.sink.rows.take().book_tops ?? []).map(({ book_at, received_at, in_step }) => [
          book_at - start,
          received_at - start,
          in_step,
        ]);
      return { ...opened, taken };
    }

    it("after a gap, once, with empty sides, until its snapshot comes", () => {
      const { put, tick, sink, taken } = shown();
      put(delta(5, start + 4_100), start + 4_100);
      expect(sink.rows.take().book_tops).toEqual([
        expect.objectContaining({
          market_ticker: a,
          origin: "stream",
          book_at: start + 4_000,
          received_at: start + 4_100,
          sequence: null,
          yes_bid: null,
          yes_bid_size: null,
          yes_ask: null,
          yes_ask_size: null,
          bids: "[]",
          asks: "[]",
          in_step: false,
          yes_bid_low: null,
          connection: "holder/kalshi/1",
          ingested_at: start + 4_100,
        }),
      ]);
      put(delta(9, start + 4_200), start + 4_200);
      tick(start + 6_000);
      expect(taken()).toEqual([]);
      put(snapshot(10), start + 7_000);
      tick(start + 10_000);
      expect(taken()).toEqual([[7_000, 7_000, true]]);
      put(delta(13, start + 11_000), start + 11_000);
      expect(taken()).toEqual([[11_000, 11_000, false]]);
    });

    it("after a gap that a print or a reply shows", () => {
      const { put, taken } = shown();
      put({ id: 99, type: "ok", sid: 3, seq: 9, msg: {} }, start + 4_000);
      expect(taken()).toEqual([[4_000, 4_000, false]]);
    });

    it("in the place of what it showed in the same second, and not of the second before, which may lack a change", () => {
      const { put, tick, taken } = shown();
      put(delta(2, start + 4_900), start + 4_950);
      put(delta(4, start + 5_000), start + 5_050);
      tick(start + 9_000);
      expect(taken()).toEqual([[5_000, 5_050, false]]);
      const again = shown();
      again.put(delta(2, start + 9_100), start + 4_000);
      again.put(delta(3, start + 10_000), start + 4_100);
      // By our clock it is earlier than by theirs.
      again.put(delta(5, start + 10_100), start + 4_200);
      expect(again.taken()).toEqual([[9_000, 4_200, false]]);
      expect(again.sink.rows.replaced).toBe(1);
    });

    it("whose change contradicts it, and that is not believed", () => {
      const fault = shown();
      fault.put(delta(2, start + 4_000, "0.3000", "-1.00"), start + 4_000);
      expect(fault.taken()).toEqual([[4_000, 4_000, false]]);
      const doubted = shown();
      const msg = { market_ticker: a, yes_bid_dollars: "0.4500", yes_ask_dollars: "0.6000", ts_ms: start };
      doubted.put({ type: "ticker", sid: 5, msg }, start + 4_000);
      doubted.tick(start + 10_000);
      expect(doubted.taken()).toEqual([[10_000, 10_000, false]]);
    });

    it("that is crossed when its second ends, by that second, and no more when it is given up", () => {
      const { put, tick, taken, session } = shown();
      put(delta(2, start + 4_000, "0.6500"), start + 4_100);
      tick(start + 7_000);
      expect(taken()).toEqual([[4_000, 4_100, false]]);
      tick(start + 10_000);
      expect(session.bookOf(a)).toBeUndefined();
      expect(taken()).toEqual([]);
      const passing = shown();
      passing.put(delta(2, start + 4_000, "0.6500"), start + 4_100);
      passing.put(delta(3, start + 4_200, "0.6500", "-2.00"), start + 4_200);
      passing.tick(start + 7_000);
      expect(passing.taken()).toEqual([[4_000, 4_200, true]]);
    });

    it("when the connection ends, by its name, and not again until the next one has shown it", () => {
      const { session, sink, put, tick, taken, reopen } = shown();
      session.closed(start + 5_500, sink);
      expect(sink.rows.take().book_tops).toMatchObject([
        { book_at: start + 5_000, in_step: false, connection: "holder/kalshi/1" },
      ]);
      reopen("holder/kalshi/2", start + 6_000);
      session.closed(start + 7_000, sink);
      reopen("holder/kalshi/3", start + 8_000);
      put(snapshot(1), start + 8_000);
      put(delta(4, start + 8_100), start + 8_100);
      expect(taken()).toEqual([]);
      put(snapshot(5), start + 9_000);
      tick(start + 12_000);
      expect(taken()).toEqual([[9_000, 9_000, true]]);
    });

    it("but nothing of one that has shown nothing, or that is no longer held", () => {
      const { session, sink, put } = inStep();
      put(delta(5, start + 100), start + 100);
      session.closed(start + 200, sink);
      expect(sink.rows.take()).toEqual({});
      const { tick, taken, ...closed } = shown();
      tick(close + 1_000);
      closed.put(delta(5, close + 1_100), close + 1_100);
      closed.session.closed(close + 1_200, closed.sink);
      expect(taken()).toEqual([]);
    });
  });

  it("never leaves a lost book as the freshest quote, and shows each that it knows, whatever comes", () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant("change" as const) },
      { weight: 3, arbitrary: fc.constant("wait" as const) },
      { weight: 3, arbitrary: fc.constant("snapshot" as const) },
      ...(["gap", "fault", "cross", "contradiction", "print", "reconnect"] as const).map((one) => ({
        weight: 1,
        arbitrary: fc.constant(one),
      })),
    );
    const steps = fc.array(fc.tuple(step, fc.integer({ min: 0, max: 6_000 }), fc.boolean()), {
      minLength: 20,
      maxLength: 60,
      size: "max",
    });
    const numRuns = runs(100, 1_000);
    let losses = 0;
    let streamed = 0;
    fc.assert(
      fc.property(steps, fc.integer({ min: -1_500, max: 1_500 }), (taken, skew) => {
        const { session, sink, put, tick, sent, subscribe, reopen } = open();
        const books = new ToldBooks(session);
        books.listen(sink);
        subscribe();
        put(snapshot(1));
        let [now, seq, connection] = [start, 1, 1];
        const change = (price: string, size: string) => put(delta((seq += 1), now + skew, price, size), now);
        for (const [what, ms, isBid] of taken) {
          // Of a loss and a return in one millisecond the loss counts.
          now += what === "wait" ? ms : 1 + (ms % 300);
          if (what === "change") change(isBid ? "0.4100" : "0.3900", "2.00");
          if (what === "cross") change("0.6500", "1.00");
          if (what === "fault") change("0.0100", "-1.00");
          if (what === "snapshot") put(snapshot((seq += 1)), now);
          if (what === "gap") {
            seq += 1;
            change("0.4100", "1.00");
          }
          if (what === "print") put({ id: 99, type: "ok", sid: 3, seq: (seq += 1), msg: {} }, now);
          if (what === "contradiction") {
            const msg = { market_ticker: a, yes_bid_dollars: "0.0200", yes_ask_dollars: "0.9800", ts_ms: now + skew };
            put({ type: "ticker", sid: 5, msg }, now);
          }
          if (what === "reconnect") {
            session.closed(now, sink);
            books.check(() => true);
            reopen(`holder/kalshi/${(connection += 1)}`, now);
            seq = 0;
          }
          if (what === "wait") for (let at = now - ms; at <= now; at += 250) tick(at);
          sent();
          books.check(() => true);
          const quote = freshestQuotes({ snapshots: [polledEarlier], books: [], tops: books.rows }, now).get(a);
          const row = books.newest.get(a);
          expect(quote?.origin).toBe(row?.in_step === true ? "stream" : "listing");
          if (session.bookOf(a) === undefined) expect(quote?.origin).toBe("listing");
          else streamed += Number(quote?.origin === "stream");
        }
        // A book that is known is shown by its end, unless it is crossed.
        for (let at = now; at <= now + 8_000; at += 250) tick(at);
        const book = session.bookOf(a);
        expect(books.newest.get(a)?.in_step ?? false).toBe(book !== undefined && !book.crossed);
        losses += books.losses;
      }),
      { numRuns },
    );
    expect(losses).toBeGreaterThan(numRuns);
    expect(streamed).toBeGreaterThan(3 * numRuns);
  });

  it("lets replies and prints consume their numbers, each of its own subscription", () => {
    const { put, sink, session } = inStep();
    put({ id: 99, type: "ok", sid: 3, seq: 2, msg: {} });
    put(print(1, start));
    put(delta(3, start));
    expect(sink.counts.gaps).toBe(0);
    put(print(3, start + 2_000));
    expect(sink.counts.gaps).toBe(1);
    expect(session.bookOf(a)).toBeDefined();
  });

  it("keeps the prints by the administrator's time, each once", () => {
    const { put, sink, session } = inStep();
    put(print(1, start), start + 70);
    put(print(1, start), start + 80);
    put(print(2, start + 1_000), start + 1_060);
    const rows = sink.rows.take().index_prints ?? [];
    expect(rows.map(({ print_at, value, received_at }) => [print_at - start, value, received_at - start])).toEqual([
      [0, 81_000.5, 70],
      [1_000, 81_000.5, 1_060],
    ]);
    expect(sink.counts).toMatchObject({ repeats: 1, skewMs: 60 });
    expect(session.newest(start)).toMatchObject({
      index_id: "BRTI",
      prints: [
        [start, 81_000.5],
        [start + 1_000, 81_000.5],
      ],
    });
  });

  it("keeps prints of one second apart: their times have milliseconds", () => {
    const { put, sink } = inStep();
    put(print(1, start + 123), start + 200);
    put(print(2, start + 990), start + 1_060);
    put(print(3, start + 2_123), start + 2_200);
    const rows = sink.rows.take().index_prints ?? [];
    expect(rows.map(({ print_at }) => print_at - start)).toEqual([123, 990, 2_123]);
  });

  it("leaves when the index falls silent after it had spoken", () => {
    const { put, tick } = inStep();
    expect(tick(start + 60_000).leave).toBeUndefined();
    put(print(1, start + 60_000), start + 60_000);
    expect(tick(start + 90_000).leave).toBeUndefined();
    expect(tick(start + 91_001).leave?.reason).toContain("BRTI");
  });

  it("adds a market when it opens and takes it away when it closes, though nobody says so", () => {
    const { put, tick, sent } = inStep();
    const opensAt = start + 120_000;
    put(lifecycle("created", b, { open_ts: opensAt / 1_000, close_ts: (opensAt + 60_000) / 1_000 }));
    tick(start + 60_000);
    expect(sent()).toEqual([]);
    tick(start + 91_000);
    const adds = sent();
    expect(adds.map(({ params }) => [params.action, params.sids, params.market_tickers])).toEqual(
      [3, 4, 5].map((sid) => ["add_markets", [sid], [b]]),
    );
    for (const [index, { id, params }] of adds.entries()) {
      put({ id, type: "ok", sid: params.sids?.[0], seq: index === 0 ? 2 : 1, msg: {} }, start + 91_100);
    }
    tick(start + 150_000);
    sent();
    tick(start + 180_500);
    expect(sent().map(({ params }) => [params.action, params.market_tickers])).toEqual([
      ["delete_markets", [b]],
      ["delete_markets", [b]],
      ["delete_markets", [b]],
    ]);
  });

  it("goes by the lifecycle: other series are left alone, a new close counts, what is determined goes", () => {
    const { put, sent } = inStep();
    put(lifecycle("activated", "KXHIGHNY-26NOV20-B50.5"));
    expect(sent()).toEqual([]);
    put(lifecycle("activated", b));
    const adds = sent();
    expect(adds.map(({ params }) => params.action)).toEqual(["add_markets", "add_markets", "add_markets"]);
    for (const { id, params } of adds) put({ id, type: "ok", sid: params.sids?.[0], msg: {} });
    put(lifecycle("determined", b));
    expect(sent().map(({ params }) => params.action)).toEqual(["delete_markets", "delete_markets", "delete_markets"]);
    put(lifecycle("close_date_updated", a, { close_ts: start / 1_000 }), start + 1);
    expect(sent().map(({ params }) => params.market_tickers)).toEqual([[a], [a], [a]]);
  });

  it.each([10, 17, 25, 9])("leaves after error %i: nothing would come any more", (code) => {
    expect(inStep().put({ type: "error", sid: 3, msg: { code, msg: "over" } }).leave?.asked).toBe(false);
  });

  it("subscribes anew when the server does not know the subscription", () => {
    const { put, sent, tick, session } = inStep();
    put(delta(5, start));
    const [{ id } = { id: 0 }] = sent();
    put(snapshot(6));
    put({ type: "error", id, msg: { code: 7, msg: "Unknown subscription ID" } });
    // Its books were told by that subscription: nothing changes them any more.
    expect(session.bookOf(a)).toBeUndefined();
    tick(start + 5_500);
    expect(sent().map(({ cmd, params }) => [cmd, params.channels?.[0]])).toContainEqual([
      "subscribe",
      "orderbook_delta",
    ]);
  });

  it("doubts a book that Kalshi's own summary has contradicted for a while, but not one that changed since", () => {
    const summary = (bid: string) => ({
      type: "ticker",
      sid: 5,
      msg: { market_ticker: a, yes_bid_dollars: bid, yes_ask_dollars: "0.6000", ts_ms: start },
    });
    const agreed = inStep();
    agreed.put(summary("0.4000"));
    agreed.tick(start + 6_000);
    expect(agreed.session.bookOf(a)).toBeDefined();
    const changed = inStep();
    changed.put(summary("0.4500"));
    changed.put(delta(2, start + 100), start + 100);
    changed.tick(start + 6_000);
    expect(changed.session.bookOf(a)).toBeDefined();
    const doubted = inStep();
    doubted.put(summary("0.4500"));
    doubted.tick(start + 4_000);
    expect(doubted.session.bookOf(a)).toBeDefined();
    doubted.tick(start + 6_000);
    expect(doubted.session.bookOf(a)).toBeUndefined();
    expect(doubted.sent()).toMatchObject([{ params: { action: "get_snapshot", market_tickers: [a] } }]);
  });

  it("gives no newest book of a market that is out of step, crossed or far from its close", () => {
    const { put, session } = inStep();
    expect(session.newest(start).books).toEqual({ [a]: [400_000, 500, 600_000, 300] });
    expect(session.newest(start).closes).toEqual({ [eventOfTicker(a)]: close });
    expect(session.newest(close - 21 * 60_000)).toMatchObject({ books: {}, closes: {} });
    put(delta(2, start, "0.6500"));
    expect(session.newest(start).books).toEqual({});
    put(delta(4, start, "0.6500", "-2.00"));
    expect(session.newest(start).books).toEqual({});
  });

  it("hands its markets over", () => {
    const { session } = inStep();
    const next = new KalshiSession({ series: ["KXBTC"], indexId: "BRTI", mostMarkets: 10 });
    next.resume(JSON.parse(JSON.stringify(session.handOver(start))) as ReturnType<KalshiSession["handOver"]>);
    expect(next.opened("x", start).some((text) => text.includes(a))).toBe(true);
  });

  it("hands over what opens or closes within the hour, in an item that the state store takes", () => {
    const hour = 3_600_000;
    const session = new KalshiSession({ series: ["KXBTC", "KXBTCD"], indexId: "BRTI", mostMarkets: 2_000 });
    const listed = (name: string, openAt: number, closeAt: number) =>
      session.list(Array.from({ length: 1_000 }, (_, n) => [`KXBTC-26NOV20${name}-B${80_000 + n}`, openAt, closeAt]));
    for (let later = 2; later < 8; later++) listed(`0${later}`, start - hour, start + later * hour);
    listed("20", start + 2 * hour, start + 3 * hour);
    session.list([
      ["KXBTC-26NOV2010-B1", start - hour, start - 1],
      ["KXBTC-26NOV2013-B1", start + hour, start + 2 * hour],
      ["KXBTC-26NOV2012-B1", start - hour, start + hour],
    ]);
    expect(session.handOver(start).markets.map(([ticker]) => ticker)).toEqual([
      "KXBTC-26NOV2012-B1",
      "KXBTC-26NOV2013-B1",
    ]);
    // All of 7,000 would be 410 KB; an item holds 400.
    for (let minute = 1; minute < 8; minute++) listed(`1${minute}`, start - hour, start + minute * 60_000);
    const { markets } = session.handOver(start);
    expect(markets).toHaveLength(2_000);
    expect(Math.max(...markets.map(([, , closeAt]) => closeAt))).toBe(start + 120_000);
    expect(JSON.stringify(markets).length).toBeLessThan(200_000);
  });

  it("forgets a market whose close nobody tells, and does not hand it over", () => {
    const { session, put, tick, sent, subscribe } = open();
    subscribe();
    tick(start + 1_000);
    sent();
    const event = (event_type: string, more: object = {}) => ({
      type: "market_lifecycle_v2",
      sid: 1,
      msg: { event_type, market_ticker: b, ...more },
    });
    put(event("activated"), start + 2_000);
    const adds = sent();
    expect(adds.some(({ params }) => params.market_tickers?.includes(b))).toBe(true);
    for (const { id, params } of adds) put({ id, type: "ok", sid: params.sids?.[0], msg: {} }, start + 2_100);
    expect(session.handOver(start + 2_000).markets.map(([ticker]) => ticker)).toEqual([a]);
    const deleted = () =>
      sent().some(
        ({ params: { action, market_tickers } }) => action === "delete_markets" && market_tickers?.includes(b),
      );
    tick(start + 3_600_000);
    expect(deleted()).toBe(false);
    tick(start + 3_603_000);
    expect(deleted()).toBe(true);
  });

  it("holds no more markets than it may, those that close first", () => {
    const session = new KalshiSession({ series: ["KXBTC"], indexId: "BRTI", mostMarkets: 2 });
    session.list([3, 1, 2].map((n) => [`KXBTC-X-B${n}`, null, start + n * 60_000]));
    const books = session.opened("x", start).find((text) => text.includes("orderbook_delta")) ?? "{}";
    expect((JSON.parse(books) as Command).params.market_tickers).toEqual(["KXBTC-X-B1", "KXBTC-X-B2"]);
  });
});
