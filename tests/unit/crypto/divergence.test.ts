import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bookMeasure,
  bookReading,
  compareFeed,
  quoteMeasure,
  quoteReading,
  type Reading,
  snapshotReadings,
  type StreamReading,
} from "../../../core/crypto/divergence.ts";

const start = Date.UTC(2026, 10, 20, 16);
const second = 1_000;
const cent = 10_000;

type State = { bid: number | null; ask: number | null };
const side = fc.option(
  fc.integer({ min: 1, max: 49 }).map((price) => price * cent),
  { freq: 6 },
);
const state: fc.Arbitrary<State> = fc.record({
  bid: side,
  ask: side.map((price) => (price === null ? null : price + 50 * cent)),
});

/** A world's book that changes at given instants, as told by a stream by the second, and as shown by a poll. */
const history = fc.record({
  states: fc.array(fc.record({ at: fc.integer({ min: 0, max: 200_000 }), state }), { minLength: 1, maxLength: 40 }),
  other: fc.array(state, { minLength: 220, maxLength: 220 }),
  polledAfter: fc.integer({ min: 60_000, max: 180_000 }),
  /** Of the poll: how long its answer was on the way, or lay in a cache. */
  late: fc.integer({ min: 0, max: 3_000 }),
  /** Of the exchange's clock, by which the stream's books are timed. */
  skew: fc.integer({ min: -900, max: 900 }),
});

function told(subject: string, changes: readonly { at: number; state: State }[], skew: number): StreamReading[] {
  const bySecond = new Map<number, StreamReading>();
  for (const { at, state: to } of changes) {
    const closes = Math.floor((start + at + skew) / second) * second + 999;
    bySecond.set(closes, { subject, at: closes, ...to, connection: "one/kalshi/1" });
  }
  return [...bySecond.values()];
}

describe("streams beside polls", () => {
  it("never says that equal books differ where a state stands for a second, within latency and skew of the clocks", () => {
    fc.assert(
      fc.property(history, ({ states, other, polledAfter, late, skew }) => {
        // Of a second the stream keeps the last state: what is replaced within it, a poll may have seen and the stream not.
        const whole = states.map((one) => ({ ...one, at: Math.floor(one.at / second) * second }));
        const changes = [{ at: 0, state: { bid: cent, ask: null } }, ...whole].sort((a, b) => a.at - b.at);
        const stream = [
          ...told("M", changes, skew),
          // Another market of the feed changes every second.
          ...told(
            "busy",
            other.map((to, index) => ({ at: index * second, state: to })),
            skew,
          ),
        ];
        const shown = changes.findLast(({ at }) => at <= polledAfter)?.state as State;
        const rest: Reading[] = [{ subject: "M", at: start + polledAfter + late, ...shown }];
        const { compared, diverging, worst } = compareFeed("kalshi", stream, rest, bookMeasure);
        expect(diverging).toEqual([]);
        // It was compared unless nothing was told for longer than a reading holds; these histories are shorter.
        expect(compared).toBe(1);
        expect(worst?.difference).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  const lost: State = { bid: 40 * cent, ask: 43 * cent };
  const real: State = { bid: 45 * cent, ask: 47 * cent };
  const alive = told(
    "busy",
    Array.from({ length: 120 }, (_, at) => ({ at: at * second, state: real })),
    0,
  );
  const rest = [{ subject: "M", at: start + 60_000, ...real }];
  const stream = (connection = "one/kalshi/1") => [
    ...told("M", [{ at: 10_000, state: lost }], 0).map((one) => ({ ...one, connection })),
    ...alive,
  ];

  it("says which market differs, by how much, and how old each side is", () => {
    const { compared, diverging } = compareFeed("kalshi", stream(), rest, bookMeasure);
    expect(compared).toBe(1);
    expect(diverging).toEqual([
      {
        subject: "M",
        difference: 5,
        stream: expect.objectContaining({ at: start + 10_999 }),
        rest: rest[0],
        shown: { stream: "0.4000/0.4300", rest: "0.4500/0.4700" },
      },
    ]);
  });

  it("takes an empty side for what nobody is refused at", () => {
    const none: Reading[] = [{ subject: "M", at: start + 60_000, bid: null, ask: null }];
    const { worst, diverging } = compareFeed("kalshi", stream(), none, bookMeasure);
    expect(worst?.difference).toBe(57);
    expect(diverging[0]?.shown.rest).toBe("none/none");
  });

  it("compares nothing with a connection that is gone, that was just made, or with a book it did not send", () => {
    const compared = (of: readonly StreamReading[], at = 60_000) =>
      compareFeed("kalshi", of, [{ subject: "M", at: start + at, ...real }], bookMeasure).compared;
    expect(compared(stream())).toBe(1);
    expect(compared(stream("one/kalshi/0"))).toBe(0);
    expect(compared(stream(), 140_000)).toBe(0);
    expect(compared(stream().filter(({ at }) => at > start + 60_000))).toBe(0);
    expect(compared(stream().filter(({ at }) => at < start + 60_000))).toBe(0);
    expect(compared([])).toBe(0);
  });

  it("does not compare with what was told long ago", () => {
    const long = told(
      "busy",
      Array.from({ length: 500 }, (_, at) => ({ at: at * second, state: real })),
      0,
    );
    const of = [...told("M", [{ at: 10_000, state: lost }], 0), ...long];
    const at = (after: number) =>
      compareFeed("kalshi", of, [{ subject: "M", at: start + after, ...real }], bookMeasure);
    expect(at(300_000).diverging).toHaveLength(1);
    expect(at(320_000).compared).toBe(0);
  });

  it("knows Kraken's pairs by both of their names, and leaves out what no price is made of", () => {
    const row = (venue: string, product: string, origin: "stream" | "rest") => ({
      venue,
      product,
      origin,
      quote_at: start,
      event_time: null,
      received_at: start,
      sequence: null,
      bid: 81_000,
      ask: 81_001,
      bid_size: null,
      ask_size: null,
      connection: null,
      window_at: start,
      ingested_at: start,
      decoder_version: 1,
      raw_key: null,
    });
    expect(quoteReading(row("kraken", "BTC/USD", "stream"))?.subject).toBe(
      quoteReading(row("kraken", "XBTUSD", "rest"))?.subject,
    );
    expect(quoteReading(row("kraken", "ETH/USD", "stream"))).toBeUndefined();
    const at = (bid: number): Reading => ({ subject: "", at: start, bid, ask: bid + 1 });
    expect(quoteMeasure.difference(at(80_919), at(81_000))).toBeCloseTo(10, 1);
  });

  it("reads books as of the end of their second, and polls of open markets only", () => {
    const common = { window_at: start, ingested_at: start + 400, decoder_version: 1, raw_key: "raw/x" };
    const quote = { yes_bid: cent, yes_bid_size: 100, yes_ask: null, yes_ask_size: null };
    const top = {
      market_ticker: "M",
      origin: "stream",
      book_at: start,
      received_at: start + 1_100,
      sequence: 7,
      ...quote,
      bids: "[]",
      asks: "[]",
      connection: "one/kalshi/1",
      ...common,
    };
    expect(bookReading(top)).toMatchObject({ subject: "M", at: start + 999, bid: cent, ask: null });
    const snapshot = (status: string) => ({
      market_ticker: "M",
      event_ticker: "E",
      status,
      ...quote,
      last_price: null,
      volume: null,
      volume_24h: null,
      open_interest: null,
      ...common,
    });
    expect(snapshotReadings([snapshot("active"), snapshot("closed")])).toEqual([
      { subject: "M", at: start + 400, bid: cent, ask: null },
    ]);
  });
});
