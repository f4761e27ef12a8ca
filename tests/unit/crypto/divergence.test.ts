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
import { runs } from "../../runs.ts";

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

/**
 * A world's book that changes at given instants, many times in the seconds around the poll, as told by a stream by the
 * second, and as shown by a poll.
 */
const history = fc.record({
  states: fc.array(fc.record({ at: fc.integer({ min: 0, max: 200_000 }), state }), { minLength: 1, maxLength: 40 }),
  burst: fc.array(fc.record({ after: fc.integer({ min: -2_000, max: 1_000 }), state }), { maxLength: 20 }),
  other: fc.array(state, { minLength: 220, maxLength: 220 }),
  polledAfter: fc.integer({ min: 60_000, max: 180_000 }),
  /** Of the poll: how long its answer was on the way, or lay in a cache. */
  late: fc.integer({ min: 0, max: 3_000 }),
  /** Of the exchange's clock, by which the stream's books are timed. */
  skew: fc.integer({ min: -900, max: 900 }),
});

type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

function changesOf({ states, burst, polledAfter }: Pick<History, "states" | "burst" | "polledAfter">) {
  const around = burst.map(({ after, state: to }) => ({ at: polledAfter + after, state: to }));
  return [{ at: 0, state: { bid: cent, ask: null } }, ...states, ...around].sort((a, b) => a.at - b.at);
}

/** A change; null when the book is lost. The first, and the first after a loss, is a book that comes whole. */
type Change = { at: number; state: State | null };

/** The changes in the order of their instants, as rows of the seconds that they close. */
function told(subject: string, changes: readonly Change[], skew: number, connection = "one/kalshi/1"): StreamReading[] {
  const bySecond = new Map<number, StreamReading>();
  let inStep = false;
  for (const { at, state: to } of changes) {
    const closes = Math.floor((start + at + skew) / second) * second + 999;
    const [bid, ask] = [to?.bid ?? 0, to?.ask ?? 100 * cent];
    const before = bySecond.get(closes);
    const through = before?.through ?? { bidLow: bid, bidHigh: bid, askLow: ask, askHigh: ask };
    const isWhole = to !== null && inStep && (before === undefined || before.through !== undefined);
    bySecond.set(closes, {
      subject,
      at: closes,
      bid: to?.bid ?? null,
      ask: to?.ask ?? null,
      connection,
      inStep: to !== null,
      through: isWhole
        ? {
            bidLow: Math.min(through.bidLow, bid),
            bidHigh: Math.max(through.bidHigh, bid),
            askLow: Math.min(through.askLow, ask),
            askHigh: Math.max(through.askHigh, ask),
          }
        : undefined,
    });
    inStep = to !== null;
  }
  return [...bySecond.values()];
}

describe("streams beside polls", () => {
  it("never says that equal books differ, however fast they change, within latency and skew of the clocks", () => {
    fc.assert(
      fc.property(history, ({ other, polledAfter, late, skew, ...moves }) => {
        const changes = changesOf({ ...moves, polledAfter });
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
      { numRuns: runs(200, 2_000) },
    );
  });

  /** Losses: from when the book misses changes, how long until that is noticed, and then until it comes whole. */
  const losses = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 200_000 }),
      unnoticed: fc.integer({ min: 0, max: 900 }),
      lost: fc.integer({ min: 0, max: 20_000 }),
    }),
    { maxLength: 6 },
  );

  it("never says so of a book that was lost and came again, whatever it went through meanwhile", () => {
    const numRuns = runs(500, 10_000);
    let compared = 0;
    let passedOver = 0;
    fc.assert(
      fc.property(history, losses, ({ other, polledAfter, late, skew, ...moves }, gaps) => {
        const real = changesOf({ ...moves, polledAfter });
        const at = (instant: number) => real.findLast((one) => one.at <= instant)?.state as State;
        const isMissed = (instant: number) =>
          gaps.some((gap) => instant >= gap.at && instant < gap.at + gap.unnoticed + gap.lost);
        const seen: Change[] = [
          ...real.filter((one) => one.at === 0 || !isMissed(one.at)),
          ...gaps.flatMap((gap): Change[] => [
            { at: gap.at + gap.unnoticed, state: null },
            ...(isMissed(gap.at + gap.unnoticed + gap.lost)
              ? []
              : [{ at: gap.at + gap.unnoticed + gap.lost, state: at(gap.at + gap.unnoticed + gap.lost) }]),
          ]),
        ];
        const changes = seen
          // Of one instant the loss first, then the book that comes whole.
          .sort((a, b) => a.at - b.at || Number(b.state === null) - Number(a.state === null))
          // Changes of a book that is lost are left out.
          .filter(({ at: instant, state: to }) => to === null || instant === 0 || !isMissed(instant));
        const busy = other.map((to, index) => ({ at: index * second, state: to }));
        const rest: Reading[] = [{ subject: "M", at: start + polledAfter + late, ...at(polledAfter) }];
        const stream = [...told("M", changes, skew), ...told("busy", busy, skew)];
        const comparison = compareFeed("kalshi", stream, rest, bookMeasure);
        expect(comparison.diverging).toEqual([]);
        if (comparison.compared === 1) compared += 1;
        else passedOver += 1;
      }),
      { numRuns },
    );
    expect(compared).toBeGreaterThan(numRuns / 10);
    expect(passedOver).toBeGreaterThan(numRuns / 10);
  });

  it("finds a book that has lost a change though it changes many times a second, when the poll is beyond what it went through", () => {
    // A bid at 40 cents was taken away and the stream was not told; the real best bid moves below.
    const price = fc.integer({ min: 1, max: 36 }).map((bid) => bid * cent);
    const moves = fc.array(fc.record({ at: fc.integer({ min: 1, max: 120_000 }), bid: price }), { minLength: 200 });
    fc.assert(
      fc.property(moves, fc.integer({ min: 30_000, max: 90_000 }), (changes, polledAfter) => {
        const real = changes.sort((a, b) => a.at - b.at).map(({ at, bid }) => ({ at, state: { bid, ask: 60 * cent } }));
        const stuck = real.map(({ at, state: { ask } }) => ({ at, state: { bid: 40 * cent, ask } }));
        const shown = real.findLast(({ at }) => at <= polledAfter)?.state ?? { bid: cent, ask: 60 * cent };
        const first = { at: 0, state: { bid: 40 * cent, ask: 60 * cent } };
        const busy = Array.from({ length: 120 }, (_, at) => ({ at: at * second, state: first.state }));
        const stream = [...told("M", [first, ...stuck], 0), ...told("busy", busy, 0)];
        const rest: Reading[] = [{ subject: "M", at: start + polledAfter, ...shown }];
        const { diverging } = compareFeed("kalshi", stream, rest, bookMeasure);
        expect(diverging).toMatchObject([{ subject: "M", difference: 40 - (shown.bid ?? 0) / cent }]);
      }),
      { numRuns: 200 },
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

  it("compares nothing with a book that is lost or has just come whole, but with another holder's of then", () => {
    const at = (change: number, to: State | null, connection?: string) =>
      told("M", [{ at: 10_000, state: lost }, ...(to === undefined ? [] : [{ at: change, state: to }])], 0, connection);
    const compared = (of: readonly StreamReading[]) => compareFeed("kalshi", of, rest, bookMeasure).compared;
    expect(compared([...at(30_000, lost), ...alive])).toBe(1);
    expect(compared([...at(30_000, null), ...alive])).toBe(0);
    expect(compared([...at(58_000, null), ...alive])).toBe(0);
    expect(compared([...at(62_000, null), ...alive])).toBe(0);
    expect(compared([...at(70_000, null), ...alive])).toBe(1);
    expect(compared([...told("M", [{ at: 58_000, state: lost }], 0), ...alive])).toBe(0);
    const other = alive.map((one) => ({ ...one, connection: "two/kalshi/1" }));
    expect(compared([...at(58_000, null), ...at(30_000, lost, "two/kalshi/1"), ...alive, ...other])).toBe(1);
  });

  it("does not take the last word of a connection that ended for a sign of life", () => {
    const ended = [...alive.filter(({ at }) => at < start + 60_000), ...told("busy", [{ at: 61_000, state: null }], 0)];
    const of = [...told("M", [{ at: 10_000, state: lost }], 0), ...ended];
    expect(compareFeed("kalshi", of, rest, bookMeasure).compared).toBe(0);
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
    expect(quoteMeasure.difference(80_919, 80_919, 81_000)).toBeCloseTo(10, 1);
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
      in_step: true,
      yes_bid_low: 0,
      yes_bid_high: 2 * cent,
      yes_ask_low: 5 * cent,
      yes_ask_high: 100 * cent,
      connection: "one/kalshi/1",
      ...common,
    };
    expect(bookReading(top)).toEqual({
      subject: "M",
      at: start + 999,
      bid: cent,
      ask: null,
      connection: "one/kalshi/1",
      inStep: true,
      through: { bidLow: 0, bidHigh: 2 * cent, askLow: 5 * cent, askHigh: 100 * cent },
    });
    expect(bookReading({ ...top, in_step: false })).toMatchObject({ inStep: false });
    expect(bookReading({ ...top, in_step: null, yes_ask_low: null })).toMatchObject({
      inStep: true,
      through: undefined,
    });
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
