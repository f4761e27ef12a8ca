import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logLinearPool, poolWeights } from "../../../core/market/pool.ts";

const size = 6;
const normalise = (values: number[]) => {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
};
const pmf = fc
  .array(fc.double({ min: 1e-4, max: 1, noNaN: true }), { minLength: size, maxLength: size })
  .map(normalise);
const distance = (a: number[], b: number[]) =>
  Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? NaN))));

describe("log-linear pool", () => {
  it("is the weighted geometric mean, normalised", () => {
    const [a = 0, b = 0] = logLinearPool([0.8, 0.2], [0.5, 0.5]);
    expect(a / b).toBeCloseTo(4 ** 0.8, 12);
    expect(poolWeights).toStrictEqual({ version: "pool-1", market: 0.8, model: 0.2 });
  });

  it("stays a distribution, and equals its inputs when they are equal", () => {
    fc.assert(
      fc.property(pmf, pmf, (market, model) => {
        const pool = logLinearPool(market, model);
        expect(pool.every((p) => p >= 0)).toBe(true);
        expect(pool.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
        expect(distance(logLinearPool(market, market), market)).toBeLessThan(1e-10);
      }),
    );
  });

  it("is externally Bayesian: pooling and updating by the same likelihood commute", () => {
    const likelihood = fc.array(fc.double({ min: 1e-3, max: 1, noNaN: true }), { minLength: size, maxLength: size });
    fc.assert(
      fc.property(pmf, pmf, likelihood, (market, model, by) => {
        const update = (p: number[]) => normalise(p.map((value, index) => value * (by[index] ?? 0)));
        expect(
          distance(logLinearPool(update(market), update(model)), update(logLinearPool(market, model))),
        ).toBeLessThan(1e-10);
      }),
    );
  });

  it("refuses what is no pair of distributions", () => {
    expect(() => logLinearPool([1], [0.5, 0.5])).toThrow("same markets");
    expect(() => logLinearPool([0.5, 0.6], [0.5, 0.5])).toThrow("the market is no probability distribution");
    expect(() => logLinearPool([0.5, 0.5], [Number.NaN, 1])).toThrow("the model is no probability distribution");
    expect(() => logLinearPool([1, 0], [0, 1])).toThrow("exclude each other");
    expect(() => logLinearPool([1, 0], [1, 0], { version: "x", market: 0.8, model: 0.3 })).toThrow("pool x");
  });
});
