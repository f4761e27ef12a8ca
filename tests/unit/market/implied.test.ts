import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { impliedFloor, impliedProbabilities, midOf } from "../../../core/market/implied.ts";
import { dollar } from "../../../core/market/price.ts";

describe("implied probabilities", () => {
  it("takes an empty side as 0 or 1 for the mid only", () => {
    expect(midOf({ bid: 250_000, ask: 260_000 })).toBe(0.255);
    expect(midOf({ bid: null, ask: 10_000 })).toBe(0.005);
    expect(midOf({ bid: 990_000, ask: null })).toBe(0.995);
    expect(midOf({ bid: null, ask: null })).toBeUndefined();
  });

  it("has no quote for the event when one market has none on either side", () => {
    expect(
      impliedProbabilities([
        { bid: 250_000, ask: 260_000 },
        { bid: null, ask: null },
      ]),
    ).toBeUndefined();
    expect(impliedProbabilities([])).toBeUndefined();
  });

  it("divides mids by their sum", () => {
    const implied = impliedProbabilities([
      { bid: 400_000, ask: 600_000 },
      { bid: 600_000, ask: 800_000 },
    ]);
    expect(implied?.[0]).toBeCloseTo(0.5 / 1.2, 15);
  });

  it("floors before it divides", () => {
    // Mid of 0.00005 counts as 0.0001.
    expect(
      impliedProbabilities([
        { bid: null, ask: 100 },
        { bid: null, ask: 200 },
      ]),
    ).toStrictEqual([0.5, 0.5]);
  });

  it("is a distribution in which no market falls below the floor over the sum", () => {
    const quote = fc
      .tuple(fc.option(fc.integer({ min: 1, max: 500_000 })), fc.option(fc.integer({ min: 500_001, max: 999_999 })))
      .filter(([bid, ask]) => bid !== null || ask !== null)
      .map(([bid, ask]) => ({ bid, ask }));
    fc.assert(
      fc.property(fc.array(quote, { minLength: 1, maxLength: 12 }), (quotes) => {
        const implied = impliedProbabilities(quotes) ?? [];
        expect(implied).toHaveLength(quotes.length);
        expect(implied.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
        const sum = quotes.reduce(
          (total, { bid, ask }) => total + Math.max(((bid ?? 0) + (ask ?? dollar)) / 2 / dollar, impliedFloor),
          0,
        );
        for (const p of implied) expect(p).toBeGreaterThanOrEqual(impliedFloor / sum - 1e-15);
      }),
    );
  });
});
