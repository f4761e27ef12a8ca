import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fuse,
  type FusionParameters,
  type FusionState,
  type FusionWeights,
  modelWeights,
  priorFusion,
  quoteWidth,
  sharedWeights,
} from "../../../core/market/fusion.ts";

const size = 6;
const normalise = (values: readonly number[]) => {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
};
const pmf = fc
  .array(fc.double({ min: 1e-2, max: 1, noNaN: true }), { minLength: size, maxLength: size })
  .map(normalise);
const weights = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 })
  .filter((values) => values.some((value) => value > 0.01))
  .map((values): FusionWeights => {
    const [market = 0, dayAhead = 0, intraday = 0] = normalise(values);
    return { market, dayAhead, intraday };
  });
const distance = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? NaN))));

const state: FusionState = { leadHours: 20, width: 0.1, newMaximumIn60: null, volumes: [] };

function weighing(given: FusionWeights): FusionParameters {
  return { scheme: "log-score", models: priorFusion.models, pool: [{ fromHours: 0, fromWidth: 0, weights: given }] };
}
const pool = (given: Parameters<typeof fuse>[0], by: FusionWeights, at: FusionState = state) => {
  const fused = fuse(given, weighing(by), at);
  if (fused === undefined) throw new Error("nothing fused");
  return fused;
};

describe("fuse", () => {
  // 0.8^0.5·0.5^0.3·0.2^0.2 and 0.2^0.5·0.5^0.3·0.8^0.2, and their shares, by CPython's floats.
  it("is the weighted geometric mean, raw and normalised", () => {
    const given = { market: [0.8, 0.2], dayAhead: [0.5, 0.5], intraday: [0.2, 0.8] };
    const { raw, probabilities } = pool(given, { market: 0.5, dayAhead: 0.3, intraday: 0.2 });
    expect(distance(raw, [0.526552881733695, 0.3473953464439374])).toBeLessThan(1e-12);
    expect(distance(probabilities, [0.6024989407343608, 0.3975010592656392])).toBeLessThan(1e-12);
  });

  it("stays a distribution; raw sums to 1 at most, and to 1 where all agree", () => {
    fc.assert(
      fc.property(pmf, pmf, pmf, weights, (market, dayAhead, intraday, by) => {
        const { raw, probabilities } = pool({ market, dayAhead, intraday }, by);
        expect(probabilities.every((p) => p >= 0)).toBe(true);
        expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
        expect(raw.reduce((sum, p) => sum + p, 0)).toBeLessThan(1 + 1e-9);
        const same = pool({ market, dayAhead: market, intraday: market }, by);
        expect(distance(same.raw, market)).toBeLessThan(1e-9);
      }),
    );
  });

  it("is externally Bayesian: pooling and updating by the same likelihood commute", () => {
    const likelihood = fc.array(fc.double({ min: 0.2, max: 1, noNaN: true }), { minLength: size, maxLength: size });
    fc.assert(
      fc.property(pmf, pmf, pmf, likelihood, weights, (market, dayAhead, intraday, by, given) => {
        // Above the floor, below which nothing is taken for less likely.
        const update = (p: readonly number[]) => normalise(p.map((value, index) => value * (by[index] ?? 0)));
        const first = pool({ market, dayAhead, intraday }, given).probabilities;
        const second = pool(
          { market: update(market), dayAhead: update(dayAhead), intraday: update(intraday) },
          given,
        ).probabilities;
        expect(distance(second, update(first))).toBeLessThan(1e-9);
      }),
    );
  });

  it("gives the market where the market has all the weight, and follows the order of the brackets", () => {
    const order = [3, 0, 5, 1, 4, 2];
    const permuted = (p: readonly number[]) => order.map((index) => p[index] ?? NaN);
    fc.assert(
      fc.property(pmf, pmf, pmf, weights, (market, dayAhead, intraday, by) => {
        const all = pool({ market, dayAhead, intraday }, { market: 1, dayAhead: 0, intraday: 0 });
        expect(distance(all.probabilities, market)).toBeLessThan(1e-12);
        const here = pool({ market, dayAhead, intraday }, by).probabilities;
        const there = pool(
          { market: permuted(market), dayAhead: permuted(dayAhead), intraday: permuted(intraday) },
          by,
        ).probabilities;
        expect(distance(there, permuted(here))).toBeLessThan(1e-12);
      }),
    );
  });

  it("gives an absent component's weight to the others in proportion", () => {
    const by = { market: 0.6, dayAhead: 0.3, intraday: 0.1 };
    const p = [0.5, 0.5];
    const { weights: shared } = pool({ market: p, dayAhead: p }, by);
    expect(shared.market).toBeCloseTo(2 / 3, 12);
    expect(shared.dayAhead).toBeCloseTo(1 / 3, 12);
    expect(shared.intraday).toBe(0);
    expect(pool({ dayAhead: p, intraday: p }, by).weights.market).toBe(0);
    expect(pool({ intraday: [0.25, 0.75] }, by).probabilities).toEqual([0.25, 0.75]);
    // In the last hours of the prior the day-ahead model has no weight; where nobody else speaks it has all.
    expect(fuse({ dayAhead: p }, priorFusion, { ...state, leadHours: 3 })?.weights.dayAhead).toBe(1);
    expect(fuse({}, priorFusion, state)).toBeUndefined();
    expect(sharedWeights({ a: 0, b: 0, c: 1 }, ["a", "b"])).toEqual({ a: 0.5, b: 0.5, c: 0 });
  });

  it("lets no model veto: certainty that is wrong costs, and no more", () => {
    const { probabilities } = pool(
      { market: [0.5, 0.5], intraday: [1, 0] },
      { market: 0.9, dayAhead: 0, intraday: 0.1 },
    );
    expect(probabilities[1]).toBeCloseTo(1e-4 ** 0.1 / (1 + 1e-4 ** 0.1), 9);
  });

  it("refuses what is no set of distributions over the same markets", () => {
    const by = { market: 0.5, dayAhead: 0.5, intraday: 0 };
    expect(() => pool({ market: [1], dayAhead: [0.5, 0.5] }, by)).toThrow("same markets");
    expect(() => pool({ market: [0.5, 0.6], dayAhead: [0.5, 0.5] }, by)).toThrow(
      "market is no probability distribution",
    );
    expect(() => pool({ market: [0.5, 0.5], dayAhead: [NaN, 1] }, by)).toThrow(
      "dayAhead is no probability distribution",
    );
  });
});

describe("weights", () => {
  it("come from the bucket of lead and width, whose lower ends belong to it", () => {
    const at = (market: number): FusionWeights => ({ market, dayAhead: 1 - market, intraday: 0 });
    const parameters: FusionParameters = {
      ...priorFusion,
      pool: [
        { fromHours: 0, fromWidth: 0, weights: at(0.9) },
        { fromHours: 12, fromWidth: 0, weights: at(0.8) },
        { fromHours: 0, fromWidth: 0.3, weights: at(0.7) },
        { fromHours: 12, fromWidth: 0.3, weights: at(0.6) },
      ],
    };
    const p = [0.5, 0.5];
    const market = (leadHours: number, width: number) =>
      fuse({ market: p, dayAhead: p }, parameters, { ...state, leadHours, width })?.weights.market;
    expect([market(0, 0), market(11.99, 0.29), market(12, 0.29), market(40, 0)]).toEqual([0.9, 0.9, 0.8, 0.8]);
    expect([market(1, 0.3), market(12, 5)]).toEqual([0.7, 0.6]);
    // A job that comes after the end of the day is no case for an error.
    expect(market(-1, 0)).toBe(0.9);
  });

  it("of the models alone follow the lead and who is there", () => {
    expect(modelWeights(priorFusion, 5, ["dayAhead", "intraday"])).toEqual({ dayAhead: 0, intraday: 1 });
    expect(modelWeights(priorFusion, 30, ["dayAhead"])).toEqual({ dayAhead: 1, intraday: 0 });
    expect(modelWeights(priorFusion, 5, ["dayAhead"])).toEqual({ dayAhead: 1, intraday: 0 });
  });

  it("give the market nearly all in every bucket of the prior, the more the later", () => {
    for (const { weights: prior } of priorFusion.pool) {
      expect(prior.market).toBeGreaterThanOrEqual(0.8);
      expect(prior.market + prior.dayAhead + prior.intraday).toBeCloseTo(1, 12);
    }
    const late = priorFusion.pool.filter(({ fromHours }) => fromHours === 0);
    expect(late.every(({ weights: prior }) => prior.dayAhead === 0)).toBe(true);
  });

  // Halsted312/weather_updated, scripts/pmf_fusion.py: clip(0.5 + 0.4 hazard + 0.1 volume, 0.05, 0.95).
  it.each([
    [0.5, [100, 50], 0.5 + 0.2 + 0.1 * 0.75],
    [1, [10, 10], 0.95],
    [0, [0, 30], 0.5 + 0.1 * 0.5],
    [0.25, [0, 0], 0.6],
  ])("of hazard-volume grow with hazard %s and volumes %s", (newMaximumIn60, volumes, expected) => {
    const p = [0.5, 0.5];
    const given = { market: p, dayAhead: p, intraday: p };
    const fused = fuse(given, { ...priorFusion, scheme: "hazard-volume" }, { ...state, newMaximumIn60, volumes });
    expect(fused?.scheme).toBe("hazard-volume");
    expect(fused?.weights.market).toBeCloseTo(expected, 12);
    // The rest as the models share it without the market.
    const { dayAhead, intraday } = modelWeights(priorFusion, state.leadHours, ["dayAhead", "intraday"]);
    expect(fused?.weights.dayAhead).toBeCloseTo(dayAhead * (1 - expected), 12);
    expect(fused?.weights.intraday).toBeCloseTo(intraday * (1 - expected), 12);
  });

  it.each([
    ["the hazard", { newMaximumIn60: null, volumes: [100, 50] }],
    ["one market's volume", { newMaximumIn60: 0.5, volumes: [100, null] }],
    ["any volume", { newMaximumIn60: 0.5, volumes: [] }],
  ])("of hazard-volume are those of log-score, and say so, where %s is not known", (_, unknown) => {
    const p = [0.5, 0.5];
    const given = { market: p, dayAhead: p, intraday: p };
    const at = { ...state, ...unknown };
    const fused = fuse(given, { ...priorFusion, scheme: "hazard-volume" }, at);
    expect(fused).toEqual(fuse(given, priorFusion, at));
    expect(fused?.scheme).toBe("log-score");
  });

  it("of the models leave most to the day-ahead model until noon, and nothing after", () => {
    for (const [leadHours, least] of [
      [12, 0.6],
      [23, 0.6],
      [24, 1],
    ] as const)
      expect(modelWeights(priorFusion, leadHours, ["dayAhead", "intraday"]).dayAhead).toBeGreaterThanOrEqual(least);
    expect(modelWeights(priorFusion, 11.9, ["dayAhead", "intraday"]).dayAhead).toBe(0);
  });
});

it("an event's width is the sum of its spreads; where nobody stands it is the whole way", () => {
  expect(
    quoteWidth([
      { bid: 400_000, ask: 430_000 },
      { bid: null, ask: 20_000 },
      { bid: 900_000, ask: null },
    ]),
  ).toBeCloseTo(0.15, 12);
});
