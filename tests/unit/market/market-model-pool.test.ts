import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MarketModelPool, poolMarketModel } from "../../../core/market/market-model-pool.ts";

const pool: MarketModelPool = {
  scheme: "market-model",
  market: [
    { fromSeconds: 0, weight: 0.5 },
    { fromSeconds: 300, weight: 1 },
  ],
};

describe("market and model together", () => {
  it("are pooled as one distribution where the markets exclude each other", () => {
    const { probabilities, raw, weights } = poolMarketModel({ market: [0.8, 0.2], model: [0.2, 0.8] }, pool, 10, true);
    expect(weights).toEqual({ market: 0.5, model: 0.5 });
    // √(0.8 × 0.2) = 0.4 on both sides.
    for (const value of raw) expect(value).toBeCloseTo(0.4, 12);
    for (const value of probabilities) expect(value).toBeCloseTo(0.5, 12);
  });

  it("are pooled each with its complement where each asks for itself", () => {
    // Odds 4 and 1 give odds 2.
    const { probabilities } = poolMarketModel({ market: [0.8, 0.5], model: [0.5, 0.5] }, pool, 10, false);
    expect(probabilities[0]).toBeCloseTo(2 / 3, 12);
    expect(probabilities[1]).toBeCloseTo(0.5, 12);
  });

  it("are weighed by the seconds to the close, the lower end of a bucket included", () => {
    const at = (seconds: number) =>
      poolMarketModel({ market: [0.8], model: [0.5] }, pool, seconds, false).weights.market;
    expect([at(0), at(299), at(300), at(9_000)]).toEqual([0.5, 0.5, 1, 1]);
  });

  it("lie between the two, and keep the order of thresholds on which both agree", () => {
    const p = fc.double({ min: 0.001, max: 0.999, noNaN: true });
    const falling = fc.array(p, { minLength: 2, maxLength: 6 }).map((list) => list.toSorted((a, b) => b - a));
    fc.assert(
      fc.property(falling, falling, (market, model) => {
        const n = Math.min(market.length, model.length);
        const given = { market: market.slice(0, n), model: model.slice(0, n) };
        const { probabilities } = poolMarketModel(given, pool, 10, false);
        probabilities.forEach((value, index) => {
          const [a, b] = [given.market[index] ?? 0, given.model[index] ?? 0];
          expect(value).toBeGreaterThanOrEqual(Math.min(a, b) - 1e-12);
          expect(value).toBeLessThanOrEqual(Math.max(a, b) + 1e-12);
          expect(value).toBeLessThanOrEqual((probabilities[index - 1] ?? 1) + 1e-12);
        });
      }),
    );
  });

  it("refuse what is no distribution, and lists of different markets", () => {
    expect(() => poolMarketModel({ market: [0.8, 0.8], model: [0.5, 0.5] }, pool, 10, true)).toThrow(/sums to 1\.6/);
    expect(() => poolMarketModel({ market: [0.8], model: [0.5, 0.5] }, pool, 10, false)).toThrow(/market has 1/);
  });
});
