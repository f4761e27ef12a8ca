import { describe, expect, it } from "vitest";
import { seededUniform } from "../../../../core/stats/prng.ts";
import type { ModelHigh } from "../../../../core/weather/day-ahead.ts";
import { type DayAheadCase, dayAheadLosses, fitDayAhead } from "../../../../core/weather/fit/day-ahead.ts";
import { type DayAheadParameters, priorParameters } from "../../../../core/weather/parameters.ts";
import { present } from "../present.ts";

const prior = present(priorParameters.stations["KDEN"]).dayAhead;

/** Box & Muller 1958. */
function normals(seed: number): () => number {
  const uniform = seededUniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

interface World {
  blend: { bias: number; sd: number };
  ensemble: { bias: number; sd: number };
}

/** Days on which the blend and one ensemble err by known amounts; the members' own spread says too little. */
function days(world: World, count: number, { seed = 1, leadHours = 30, first = "2026-08-01" } = {}): DayAheadCase[] {
  const normal = normals(seed);
  return Array.from({ length: count }, (_, index) => {
    const date = new Date(Date.parse(`${first}T00:00:00Z`) + index * 86_400_000).toISOString().slice(0, 10);
    const truth = 75 + 6 * normal();
    const officialF = Math.round(truth);
    const deviations = Array.from({ length: 11 }, (_unused, member) => 0.2 * (member - 5));
    const variance = deviations.reduce((sum, deviation) => sum + deviation ** 2 / 11, 0);
    const highs: ModelHigh[] = [
      {
        model: "nbm",
        mean: Math.round(truth - world.blend.bias + world.blend.sd * normal()),
        variance: 4,
        deviations: [0],
      },
      {
        model: "ncep_gefs_seamless",
        mean: truth - world.ensemble.bias + world.ensemble.sd * normal(),
        variance,
        deviations,
      },
    ];
    return { date, block: date, leadHours, highs, officialF };
  });
}

const bucket = (parameters: DayAheadParameters, leadHours = 30) =>
  present(parameters.buckets.findLast(({ fromHours }) => fromHours <= leadHours));
const meanLoss = (parameters: DayAheadParameters, cases: readonly DayAheadCase[]) =>
  cases.reduce((sum, one) => sum + dayAheadLosses(parameters, one)[0] / cases.length, 0);
const sharp: World = { blend: { bias: 1.5, sd: 1 }, ensemble: { bias: 4, sd: 3 } };

describe("fitDayAhead", () => {
  it("finds the biases, how wide each model errs, and which one to listen to", () => {
    const found = bucket(fitDayAhead(days(sharp, 60), prior));
    const { nbm, ncep_gefs_seamless: gefs } = found.models;
    expect(present(nbm).a + present(nbm).b * 75 - 75).toBeCloseTo(1.5, 0);
    expect(present(gefs).a + present(gefs).b * 75 - 75).toBeCloseTo(4, 0);
    // 1 °F of error and the whole degrees of forecast and outcome; the prior begins at 2.
    expect(Math.sqrt(present(nbm).c + 4 * present(nbm).d)).toBeLessThan(1.6);
    expect(Math.sqrt(present(gefs).c)).toBeGreaterThan(2.3);
    expect(present(nbm).weight / present(gefs).weight).toBeGreaterThan(3 * 2);
    const sum = Object.values(found.models).reduce((total, { weight }) => total + weight, 0);
    expect(sum).toBeCloseTo(1, 12);
  });

  it("does better than the prior on days of the same world that it has not seen", () => {
    const found = fitDayAhead(days(sharp, 60), prior);
    const fresh = days(sharp, 300, { seed: 2 });
    expect(meanLoss(found, fresh)).toBeLessThan(0.75 * meanLoss(prior, fresh));
  });

  it("moves little on few days, and not at all on none", () => {
    expect(fitDayAhead([], prior)).toEqual(prior);
    const few = bucket(fitDayAhead(days(sharp, 3), prior));
    const many = bucket(fitDayAhead(days(sharp, 60), prior));
    const step = (found: typeof few, name: string) =>
      Math.abs(
        present(found.models[name]).a +
          present(found.models[name]).b * 75 -
          (present(bucket(prior).models[name]).a + 75),
      );
    expect(step(few, "ncep_gefs_seamless")).toBeLessThan(0.75 * step(many, "ncep_gefs_seamless"));
    expect(Math.abs(present(few.models["nbm"]).weight - 0.5)).toBeLessThan(0.1);
  });

  it("leaves the buckets of other leads and models that were never there as the prior has them", () => {
    const found = fitDayAhead(days(sharp, 60), prior);
    expect(bucket(found, 6)).toEqual(bucket(prior, 6));
    const icon = (parameters: DayAheadParameters) => {
      const { weight, ...rest } = present(bucket(parameters).models["icon_seamless_eps"]);
      return { weight, rest };
    };
    expect(icon(found).rest.a).toBeCloseTo(icon(prior).rest.a, 9);
    expect(icon(found).rest.c).toBeCloseTo(icon(prior).rest.c, 9);
    // Where it was missing nothing was learned of its weight.
    expect(icon(found).weight).toBeCloseTo(icon(prior).weight, 6);
  });

  it("learns nothing of the blend across its new version, and takes it up again after", () => {
    const before = days(sharp, 40, { first: "2026-02-01" });
    const after = days({ ...sharp, blend: { bias: -2, sd: 1 } }, 40, { first: "2026-06-01", seed: 3 });
    const biasOf = (cases: readonly DayAheadCase[]) => {
      const { a, b } = present(bucket(fitDayAhead(cases, prior)).models["nbm"]);
      return a + b * 75 - 75;
    };
    expect(biasOf(before)).toBeCloseTo(1.5, 0);
    expect(biasOf(after)).toBeCloseTo(-2, 0);
    expect(biasOf([...before.slice(-15), ...after])).toBe(biasOf(after));
    // Within the change: neither the old nor the new one.
    const within = days(sharp, 20, { first: "2026-04-10" });
    expect(biasOf([...before, ...within])).toBeCloseTo(0, 9);
  });

  it("counts the newest sixty days alone", () => {
    const old = days({ blend: { bias: -8, sd: 1 }, ensemble: { bias: -8, sd: 1 } }, 30, { first: "2026-06-15" });
    const recent = days(sharp, 60, { first: "2026-08-01" });
    expect(fitDayAhead([...old, ...recent], prior)).toEqual(fitDayAhead(recent, prior));
  });

  it("narrows a mixture whose parts all speak well, and widens one that is surprised", () => {
    const alike: World = { blend: { bias: 0, sd: 2 }, ensemble: { bias: 1.6, sd: 0.1 } };
    expect(bucket(fitDayAhead(days(alike, 60), prior)).spread).toBeLessThan(1);
    const surprised = days(sharp, 60).map((one, index) =>
      index % 3 === 0 ? { ...one, officialF: one.officialF + (index % 2 === 0 ? 14 : -14) } : one,
    );
    expect(bucket(fitDayAhead(surprised, prior)).spread).toBeGreaterThan(1.1);
  });
});
