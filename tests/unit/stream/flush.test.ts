/** Rows that are asked for within a minute: none is lost or doubled by it, and the minute goes on as if nobody had asked. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kalshiFeed } from "../../../core/crypto/feeds.ts";
import { Feed, type FeedInput, type FeedOutput, type RowBatch } from "../../../core/stream/feed.ts";
import { tables, type TableName } from "../../../schemas/index.ts";

const second = 1_000;
const minute = 60_000;
const start = Date.UTC(2026, 10, 20, 16, 0, 10);
const market = "KXBTC-26NOV2012-B81000";
const sids: Record<string, number> = {
  market_lifecycle_v2: 1,
  cfbenchmarks_value: 2,
  orderbook_delta: 3,
  trade: 4,
  ticker: 5,
};

/** A feed of Kalshi with one book in step, whose server, clock and lake we are. */
function open() {
  const definition = kalshiFeed();
  definition.session.list([[market, start - minute, start + 30 * minute]]);
  const feed = new Feed(definition, "h");
  const batches: RowBatch[] = [];
  const numbers = new Map<number, number>();
  let now = start;
  const put = (input: FeedInput): FeedOutput[] => {
    const outputs = feed.handle(input, now, 0.5);
    for (const output of outputs) if (output.kind === "rows") batches.push(output.batch);
    return outputs;
  };
  const say = (frame: object) => put({ kind: "frame", connection: 1, text: JSON.stringify(frame) });
  const numbered = (sid: number) => {
    numbers.set(sid, (numbers.get(sid) ?? 0) + 1);
    return { sid, seq: numbers.get(sid) };
  };
  put({ kind: "start" });
  for (const output of put({ kind: "opened", connection: 1 })) {
    if (output.kind !== "send") continue;
    const { id, params } = JSON.parse(output.text) as { id: number; params: { channels: string[] } };
    const channel = params.channels[0] ?? "";
    say({ id, type: "subscribed", msg: { channel, sid: sids[channel] } });
  }
  const levels = { yes_dollars_fp: [["0.1000", "5.00"]], no_dollars_fp: [["0.7000", "3.00"]] };
  say({ type: "orderbook_snapshot", ...numbered(3), msg: { market_ticker: market, ...levels } });
  return {
    put,
    batches,
    at: (to: number) => (now = to),
    /** @param lag ms that the change was on its way. */
    delta(cents: number, lag = 40) {
      const msg = { market_ticker: market, price_dollars: (cents / 100).toFixed(4), delta_fp: "1.00", side: "yes" };
      say({ type: "orderbook_delta", ...numbered(3), msg: { ...msg, ts_ms: now - lag } });
    },
    print() {
      const value = { type: "value", id: "BRTI", time: Math.floor(now / second) * second, value: "81000.5" };
      say({ type: "cfbenchmarks_value", ...numbered(2), msg: { index_id: "BRTI", data: JSON.stringify(value) } });
    },
    trade(id: string) {
      const msg = { trade_id: id, market_ticker: market, yes_price_dollars: "0.2000", count_fp: "1.00" };
      say({ type: "trade", sid: 4, msg: { ...msg, taker_side: "yes", ts_ms: now } });
    },
  };
}

const flushes = (batches: readonly RowBatch[]) => batches.filter(({ at, minute: of }) => at !== of);

/** By table and key, the row that came last: what a table's view shows. */
function shown(batches: readonly RowBatch[]): Map<string, object> {
  const rows = new Map<string, object>();
  for (const batch of batches) {
    for (const name of Object.keys(batch.rows) as TableName[]) {
      if (name === "feed_health") continue;
      const columns = tables[name].key;
      for (const row of (batch.rows[name] ?? []) as Record<string, unknown>[]) {
        rows.set([name, ...columns.map((column) => String(row[column]))].join("/"), row);
      }
    }
  }
  return rows;
}

const step = fc.record({
  after: fc.integer({ min: 0, max: 1_500 }),
  what: fc.constantFrom("delta", "delta", "print", "trade", "none"),
  cents: fc.integer({ min: 1, max: 29 }),
  /** Of a change: with a larger one it seems to be of the second before. */
  lag: fc.integer({ min: 5, max: 900 }),
  flush: fc.boolean(),
  /** The lake takes what it was given. */
  written: fc.boolean(),
});

describe("rows that are asked for within a minute", () => {
  it("are together with the minutes' the same rows as without", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 250 }), (steps) => {
        const [asked, plain] = [open(), open()];
        let now = start;
        steps.forEach(({ after, what, cents, lag, flush, written }, index) => {
          now += after;
          for (const feed of [asked, plain]) {
            feed.at(now);
            if (what === "delta") feed.delta(cents, lag);
            if (what === "print") feed.print();
            if (what === "trade") feed.trade(`trade-${index}`);
            feed.put({ kind: "tick" });
            if (written) feed.put({ kind: "written" });
          }
          if (flush) asked.put({ kind: "flush", at: Math.floor(now / second) * second });
        });
        for (const feed of [asked, plain]) {
          // The last second is over.
          feed.at(now + 4 * second);
          feed.put({ kind: "tick" });
          feed.put({ kind: "stop" });
        }
        expect(shown(asked.batches)).toEqual(shown(plain.batches));
        const of = (batches: readonly RowBatch[], name: "market_trades" | "index_prints") =>
          batches.flatMap(({ rows }) => (rows[name] ?? []) as object[]);
        // What is no state of a second comes exactly once.
        expect(of(asked.batches, "market_trades")).toEqual(of(plain.batches, "market_trades"));
        const frames = (batches: readonly RowBatch[]) =>
          batches.flatMap(({ rows }) => rows.feed_health ?? []).reduce((sum, row) => sum + row.frames, 0);
        expect(frames(asked.batches)).toBe(frames(plain.batches));
        for (const { rows, refused, at, minute: begin } of flushes(asked.batches)) {
          expect([Math.floor(at / minute) * minute, rows.feed_health, refused]).toEqual([begin, undefined, []]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("are named by their instant, hold the book of the running second, and leave the minute its health", () => {
    const { put, batches, at, delta, print } = open();
    at(start + 19_700);
    put({ kind: "tick" });
    at(start + 20_100);
    delta(20);
    print();
    put({ kind: "flush", at: start + 20_000 });
    const [first] = batches;
    expect(first).toMatchObject({ feed: "kalshi", minute: start - 10_000, at: start + 20_000, refused: [] });
    expect(Object.keys(first?.rows ?? {}).toSorted()).toEqual(["book_tops", "index_prints"]);
    expect(first?.rows.book_tops?.at(-1)).toMatchObject({ book_at: start + 20_000, yes_bid: 200_000 });
    put({ kind: "written" });
    at(start + 20_500);
    delta(25);
    at(start + 40_000);
    put({ kind: "tick" });
    put({ kind: "alive", connection: 1 });
    at(start + 50_000);
    put({ kind: "tick" });
    const whole = batches[1];
    expect(whole?.at).toBe(whole?.minute);
    // The same key, as the second ended.
    expect(whole?.rows.book_tops).toMatchObject([{ book_at: start + 20_000, yes_bid: 250_000 }]);
    expect(whole?.rows.index_prints).toBeUndefined();
    expect(whole?.rows.feed_health).toMatchObject([{ minute_at: start - 10_000, connects: 1, frames: 9 }]);
  });

  it("do not come while others are on their way, where there are none, or when their minute is over", () => {
    const { put, batches, at, print } = open();
    at(start + 10_000);
    put({ kind: "tick" });
    put({ kind: "flush", at: start + 10_000 });
    // The first book, whose second is over.
    expect(batches).toHaveLength(1);
    print();
    put({ kind: "flush", at: start + 10_000 });
    expect(batches).toHaveLength(1);
    put({ kind: "written" });
    put({ kind: "flush", at: start + 10_000 });
    put({ kind: "written" });
    expect(batches).toHaveLength(2);
    put({ kind: "flush", at: start + 10_000 });
    expect(batches).toHaveLength(2);
    print();
    put({ kind: "flush", at: start - 11_000 });
    expect(batches).toHaveLength(2);
  });
});
