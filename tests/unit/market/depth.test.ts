import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestSize, buy, type LadderLeg, walk } from "../../../core/market/depth.ts";
import { takerFeesOfFills } from "../../../core/market/fees.ts";

const fees = { feeType: "quadratic", multiplier: 1, memberPrecision: "direct" as const, waivedUntil: null };
const today = Date.parse("2026-10-03T17:25:00Z");

const offers = fc
  .uniqueArray(
    fc.record({
      price: fc.integer({ min: 1, max: 70 }).map((cents) => cents * 10_000),
      size: fc.integer({ min: 1, max: 150 }),
    }),
    { minLength: 1, maxLength: 3, selector: ({ price }) => price },
  )
  .map((levels) => levels.sort((a, b) => a.price - b.price));
const leg = offers.map((side): LadderLeg => ({ offers: side, fees }));
const instants = fc
  .constantFrom("2026-02-01", "2026-04-01", "2026-07-01", "2026-10-03")
  .map((day) => Date.parse(`${day}T12:00:00Z`));

describe("an order against a ladder", () => {
  const ladder = [
    { price: 200_000, size: 500 },
    { price: 250_000, size: 300 },
  ];
  it("takes the cheapest levels first, and no more than is there", () => {
    expect(walk(ladder, 600)).toEqual([
      { price: 200_000, count: 500 },
      { price: 250_000, count: 100 },
    ]);
    expect(walk(ladder, 800)).toHaveLength(2);
    expect(walk(ladder, 801)).toBeUndefined();
    expect(walk(ladder, 0)).toBeUndefined();
  });

  it("costs its fills and the fee of the whole order", () => {
    // 5 at 0.20 and 1 at 0.25: fees 0.056 and 0.013125, the second brought to 0.0132 with its cost.
    expect(buy({ offers: ladder, fees }, 600, today)).toEqual({
      fills: walk(ladder, 600),
      fee: 69_200,
      cost: 1_319_200,
    });
    expect(buy({ offers: ladder, fees }, 801, today)).toBeUndefined();
  });
});

describe("the size of most profit", () => {
  it("no size makes more, by trying them all, under every rounding rule", () => {
    let found = 0;
    let inside = 0;
    fc.assert(
      fc.property(
        fc.array(leg, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 2 }),
        instants,
        (legs, units, at) => {
          let most = 0;
          const depth = Math.min(...legs.map((one) => one.offers.reduce((sum, { size }) => sum + size, 0)));
          for (let size = 1; size <= depth; size++) {
            let profit = units * size * 10_000;
            for (const one of legs) {
              const fills: { price: number; count: number }[] = [];
              let left = size;
              for (const level of one.offers) {
                const count = Math.min(left, level.size);
                if (count > 0) fills.push({ price: level.price, count });
                left -= count;
              }
              const charged = takerFeesOfFills(fills, at, fees);
              profit -= fills.reduce(
                (sum, { price, count }, at_) => sum + (price * count) / 100 + (charged[at_] ?? 0),
                0,
              );
            }
            most = Math.max(most, profit);
          }
          const best = bestSize(legs, units, at);
          expect(best?.profit ?? 0).toBe(most);
          if (best === undefined) return;
          found += 1;
          const ends = legs.flatMap((one) =>
            one.offers.map((_, index) => one.offers.slice(0, index + 1).reduce((sum, { size }) => sum + size, 0)),
          );
          if (!ends.includes(best.size)) inside += 1;
        },
      ),
      { numRuns: 600 },
    );
    expect(found).toBeGreaterThan(100);
    // Rounding puts the best size within a level at times.
    expect(inside).toBeGreaterThan(0);
  });

  it("is none when nothing above a given profit is made", () => {
    const legs: LadderLeg[] = [{ offers: [{ price: 400_000, size: 1_000 }], fees }];
    // 10 x (1 - 0.40) - 0.168.
    expect(bestSize(legs, 1, today)?.profit).toBe(5_832_000);
    expect(bestSize(legs, 1, today, 5_831_999)?.profit).toBe(5_832_000);
    expect(bestSize(legs, 1, today, 5_832_000)).toBeUndefined();
    expect(bestSize([{ offers: [], fees }], 1, today)).toBeUndefined();
  });
});
