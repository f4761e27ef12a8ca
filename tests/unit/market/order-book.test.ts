import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BookSide, OrderBook } from "../../../core/market/order-book.ts";

const price = fc.integer({ min: 1, max: 200 });
const operation = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), price, amount: fc.integer({ min: 0, max: 50 }) }),
  fc.record({ kind: fc.constant("add" as const), price, amount: fc.integer({ min: -30, max: 30 }) }),
  fc.record({ kind: fc.constant("load" as const), price, amount: fc.integer({ min: 0, max: 90 }) }),
);

/** The same by a Map, sorted at every question. */
function model(sign: 1 | -1) {
  const levels = new Map<number, number>();
  const put = (at: number, size: number) => {
    if (size === 0) levels.delete(at);
    else levels.set(at, size);
  };
  return {
    put,
    clear: () => levels.clear(),
    get: (at: number) => levels.get(at) ?? 0,
    depth: () => [...levels].sort(([a], [b]) => sign * (b - a)),
  };
}

describe.each([
  ["bids", 1],
  ["asks", -1],
] as const)("a side of %s", (_, sign) => {
  it("holds what a sorted map holds, whatever is written to it", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 400 }), (operations) => {
        const side = new BookSide(sign);
        const levels = model(sign);
        for (const { kind, price: at, amount } of operations) {
          if (kind === "set") {
            side.set(at, amount);
            levels.put(at, amount);
          } else if (kind === "load") {
            // In no order, and one price twice.
            const loaded = Array.from({ length: amount }, (__, n) => [((n * 37 + at) % 199) + 1, n + 1] as const);
            side.load(loaded);
            levels.clear();
            for (const [one, size] of loaded) levels.put(one, size);
          } else {
            const size = levels.get(at) + amount;
            expect(side.add(at, amount)).toBe(size);
            if (size >= 0) levels.put(at, size);
          }
          const depth = levels.depth();
          expect(side.length).toBe(depth.length);
          expect(side.bestPrice).toBe(depth[0]?.[0] ?? Number.NaN);
          expect(side.bestSize).toBe(depth[0]?.[1] ?? 0);
          expect(side.sizeAt(at)).toBe(levels.get(at));
        }
        expect(side.depth(1_000)).toEqual(levels.depth());
      }),
      { numRuns: 300 },
    );
  });
});

describe("an order book", () => {
  it("is crossed when somebody bids what somebody asks, and not when a side is empty", () => {
    const book = new OrderBook();
    expect(book.crossed).toBe(false);
    book.bids.set(400_000, 100);
    expect(book.crossed).toBe(false);
    book.asks.set(410_000, 100);
    expect(book.crossed).toBe(false);
    book.asks.set(400_000, 1);
    expect(book.crossed).toBe(true);
  });

  it("gives its depth best first", () => {
    const book = new OrderBook();
    book.asks.load([
      [700_000, 5],
      [650_000, 3],
      [990_000, 1],
    ]);
    expect(book.asks.depth(2)).toEqual([
      [650_000, 3],
      [700_000, 5],
    ]);
  });

  it("changes nothing when a level would fall below 0", () => {
    const { bids } = new OrderBook();
    bids.set(300_000, 500);
    expect(bids.add(300_000, -501)).toBe(-1);
    expect(bids.add(200_000, -1)).toBe(-1);
    expect(bids.depth(5)).toEqual([[300_000, 500]]);
  });
});
