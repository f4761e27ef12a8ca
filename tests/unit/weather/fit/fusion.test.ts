import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuse, type FusionParameters, type FusionWeights, priorFusion } from "../../../../core/market/fusion.ts";
import { seededUniform } from "../../../../core/stats/prng.ts";
import { type FusionCase, fitFusion, fusionLosses } from "../../../../core/weather/fit/fusion.ts";
import { present } from "../present.ts";

const size = 6;
const normalise = (values: readonly number[]) => {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
};
const at = { leadHours: 15, width: 0.1, newMaximumIn60: null, volumes: [] };
const weighing = (weights: FusionWeights): FusionParameters => ({
  ...priorFusion,
  pool: [{ fromHours: 0, fromWidth: 0, weights }],
});

/** Events whose outcome is drawn from the pool of what the three say, at these weights. */
function events(truth: FusionWeights, count: number, seed = 1): FusionCase[] {
  const uniform = seededUniform(seed);
  const pmf = () => normalise(Array.from({ length: size }, () => 0.02 + uniform() ** 3));
  return Array.from({ length: count }, (_, index) => {
    const given = { market: pmf(), dayAhead: pmf(), intraday: pmf() };
    const { probabilities } = present(fuse(given, weighing(truth), at));
    let draw = uniform();
    const outcome = probabilities.findIndex((p) => (draw -= p) < 0);
    const date = new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10);
    return { date, block: date, ...at, given, outcome: Math.max(0, outcome), share: 1 };
  });
}
const poolAt = (parameters: FusionParameters, leadHours = at.leadHours, width = at.width) =>
  present(
    parameters.pool
      .filter(({ fromWidth }) => fromWidth === (width < 0.3 ? 0 : 0.3))
      .findLast(({ fromHours }) => fromHours <= leadHours),
  ).weights;
const priorWeights = poolAt(priorFusion);

describe("fitFusion", () => {
  it("finds the weights by which the outcomes were drawn, given enough of them", () => {
    const truth = { market: 0.5, dayAhead: 0.2, intraday: 0.3 };
    const found = poolAt(fitFusion(events(truth, 4000)));
    expect(found.market).toBeCloseTo(truth.market, 1);
    expect(found.dayAhead).toBeCloseTo(truth.dayAhead, 1);
    expect(found.intraday).toBeCloseTo(truth.intraday, 1);
    expect(found.market + found.dayAhead + found.intraday).toBeCloseTo(1, 12);
  });

  it("stays near the prior on few events, and is the prior on none", () => {
    const truth = { market: 0, dayAhead: 0, intraday: 1 };
    const few = poolAt(fitFusion(events(truth, 5)));
    const many = poolAt(fitFusion(events(truth, 500)));
    expect(priorWeights.market - few.market).toBeLessThan(0.3);
    expect(many.market).toBeLessThan(0.3);
    expect(fitFusion([])).toEqual(priorFusion);
  });

  it("is at the bottom: no step to any side of the simplex makes the penalised loss smaller", () => {
    // The penalty: ten days of the prior's weights, −10 Σ prior ln weight.
    const objective = (cases: readonly FusionCase[], weights: FusionWeights) =>
      cases.reduce((sum, one) => sum + one.share * fusionLosses(weighing(weights), one)[0], 0) -
      10 *
        (["market", "dayAhead", "intraday"] as const).reduce(
          (sum, name) => sum + priorWeights[name] * Math.log(weights[name]),
          0,
        );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 60 }), (seed, count) => {
        const cases = events({ market: 0.4, dayAhead: 0.4, intraday: 0.2 }, count, seed);
        const found = poolAt(fitFusion(cases));
        const bottom = objective(cases, found);
        for (const [from, to] of [
          ["market", "dayAhead"],
          ["dayAhead", "intraday"],
          ["intraday", "market"],
        ] as const) {
          for (const step of [1e-3, -1e-3]) {
            const moved = { ...found, [from]: found[from] - step, [to]: found[to] + step };
            if (moved[from] <= 0 || moved[to] <= 0) continue;
            expect(objective(cases, moved)).toBeGreaterThanOrEqual(bottom - 1e-6);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it("counts an event's instants as one event", () => {
    const once = events({ market: 0, dayAhead: 0, intraday: 1 }, 40);
    const often = once.flatMap((one) => Array.from({ length: 4 }, () => ({ ...one, share: 0.25 })));
    expect(poolAt(fitFusion(often)).market).toBeCloseTo(poolAt(fitFusion(once)).market, 6);
  });

  it("fits each bucket by its own events, and a weight that the prior sets to nothing stays so", () => {
    const cases = events({ market: 0, dayAhead: 1, intraday: 0 }, 200).map((one) => ({ ...one, leadHours: 5 }));
    const found = fitFusion(cases);
    expect(poolAt(found, 5).dayAhead).toBe(0);
    expect(poolAt(found, 15)).toEqual(priorWeights);
    expect(poolAt(found, 5, 1)).toEqual(poolAt(priorFusion, 5, 1));
    expect(poolAt(found, 5)).not.toEqual(poolAt(priorFusion, 5));
  });

  it("weighs the models against each other without the market", () => {
    const found = fitFusion(events({ market: 0, dayAhead: 1, intraday: 0 }, 400));
    const models = present(found.models.findLast(({ fromHours }) => fromHours <= at.leadHours)).weights;
    expect(models.dayAhead).toBeGreaterThan(0.85);
    expect(models.dayAhead + models.intraday).toBeCloseTo(1, 12);
  });

  it("scores hazard-volume by the hazard and the volumes that there were", () => {
    const given = { market: [0.5, 0.3, 0.2], dayAhead: [0.2, 0.3, 0.5], intraday: [0.1, 0.1, 0.8] };
    const one = { ...present(events(priorWeights, 1)[0]), given, outcome: 0 };
    const scheme = { ...priorFusion, scheme: "hazard-volume" as const };
    const loss = (parameters: FusionParameters, newMaximumIn60: number | null) =>
      fusionLosses(parameters, { ...one, newMaximumIn60, volumes: [1, 1, 0] })[0];
    const state = { ...at, newMaximumIn60: 0.75, volumes: [1, 1, 0] };
    const fused = present(fuse(given, scheme, state));
    expect(fused.scheme).toBe("hazard-volume");
    expect(loss(scheme, 0.75)).toBeCloseTo(-Math.log(present(fused.probabilities[0])), 12);
    expect(loss(scheme, 0.75)).toBeLessThan(loss(scheme, 0.1));
    expect(loss(scheme, null)).toBe(loss(priorFusion, null));
  });

  it("learns nothing from a case in which one of them was silent", () => {
    const silent = events({ market: 0, dayAhead: 1, intraday: 0 }, 50).map(({ given, ...one }) => ({
      ...one,
      given: { market: given.market ?? [], dayAhead: given.dayAhead ?? [] },
    }));
    expect(poolAt(fitFusion(silent))).toEqual(priorWeights);
  });
});
