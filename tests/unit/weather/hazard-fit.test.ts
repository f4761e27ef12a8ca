import { describe, expect, it } from "vitest";
import { fitBaseline } from "../../../core/weather/hazard/baseline.ts";
import { stepMinutes, stepsPerDay } from "../../../core/weather/hazard/coefficients.ts";
import { fitPeakOffset } from "../../../core/weather/hazard/peak-offset.ts";
import { bucketEdges, coefficientsOf, fitResidualModel } from "../../../core/weather/hazard/residual-model.ts";
import { seededUniform } from "../../../core/stats/prng.ts";
import { seededNormal } from "./hazard-monte-carlo.ts";
import { present } from "./present.ts";

/** Residual paths of known coefficients. */
function paths(count: number, phi: (minute: number) => number, sigma: (minute: number) => number): Float64Array[] {
  const normal = seededNormal(11);
  return Array.from({ length: count }, () => {
    const path = new Float64Array(stepsPerDay);
    path[0] = 2 * normal();
    for (let step = 1; step < stepsPerDay; step++) {
      const minute = (step - 1) * stepMinutes;
      path[step] = phi(minute) * present(path[step - 1]) + sigma(minute) * normal();
    }
    return path;
  });
}
const bucketOf = (minute: number) => bucketEdges.findLastIndex((edge) => edge <= minute);

describe("fitResidualModel", () => {
  const phis = [0.9, 0.95, 0.97, 0.985, 0.98];
  const sigmas = [0.5, 0.3, 0.4, 0.6, 0.45];
  const known = (values: number[]) => (minute: number) => present(values[bucketOf(minute)]);
  const simulated = paths(400, known(phis), known(sigmas));

  it("finds the coefficients of the long buckets again, and a blend where an hour leads over an edge", () => {
    const { buckets } = fitResidualModel(simulated);
    expect(buckets.every(({ pooled }) => !pooled)).toBe(true);
    for (const index of [3, 4]) {
      expect(Math.abs(present(buckets[index]).phi - present(phis[index]))).toBeLessThan(0.003);
      expect(Math.abs(present(buckets[index]).sigma - present(sigmas[index]))).toBeLessThan(0.02);
    }
    // What a pair sees of an hour is the mean over it: the shorter buckets lie between themselves and their neighbours.
    for (const [index, { sigma }] of buckets.slice(0, 3).entries()) {
      const around = sigmas.slice(Math.max(0, index - 1), index + 2);
      expect(sigma).toBeGreaterThan(Math.min(...around) - 0.02);
      expect(sigma).toBeLessThan(Math.max(...around) + 0.02);
    }
  });

  it("finds them in a feed that leaves two readings in five out", () => {
    const uniform = seededUniform(3);
    const torn = simulated.map((path) => path.map((value) => (uniform() < 0.4 ? Number.NaN : value)));
    const { buckets } = fitResidualModel(torn);
    expect(present(buckets[4]).phi).toBeCloseTo(0.98, 2);
    expect(present(buckets[4]).sigma).toBeCloseTo(0.45, 1);
  });

  it("finds small steps, too, once it is told what the rounding adds", () => {
    const calm = paths(
      200,
      () => 0.98,
      () => 0.2,
    );
    const rounded = calm.map((path) => path.map((value) => 1.8 * Math.round(value / 1.8)));
    const sigmaOf = (variance: number) => present(fitResidualModel(rounded, variance).buckets[4]).sigma;
    expect(sigmaOf(0)).toBeGreaterThan(0.28);
    expect(sigmaOf(1.8 ** 2 / 12)).toBeCloseTo(0.2, 1);
    expect(Math.abs(sigmaOf(1.8 ** 2 / 12) - 0.2)).toBeLessThan(0.03);
    // More than there is to see: as calm as a model may be, never no number.
    expect(sigmaOf(50)).toBeGreaterThan(0);
  });

  it("is not led astray by the feed's rounding to whole degrees Celsius", () => {
    const rounded = simulated.map((path) => path.map((value) => 1.8 * Math.round(value / 1.8)));
    const { sigma } = present(fitResidualModel(rounded).buckets[4]);
    expect(sigma).toBeGreaterThan(0.4);
    expect(sigma).toBeLessThan(0.6);
  });

  it("gives a bucket with few readings the whole day's coefficients, and says so", () => {
    const late = simulated.slice(0, 5).map((path) => path.map((value, step) => (step < 72 ? Number.NaN : value)));
    const { buckets } = fitResidualModel(late);
    expect(buckets.map(({ pooled }) => pooled)).toEqual([true, true, true, false, false]);
    expect(buckets[0]?.phi).toBe(buckets[1]?.phi);
    expect(buckets[0]?.pairs).toBe(0);
  });

  it("refuses too few pairs and paths of another length", () => {
    const sparse = new Float64Array(stepsPerDay).fill(Number.NaN);
    sparse[3] = 1;
    sparse[15] = 1;
    expect(() => fitResidualModel([sparse])).toThrow(/1 pairs of readings; it needs/);
    expect(() => fitResidualModel([new Float64Array(7)])).toThrow(/path 0 has 7 steps/);
  });

  it("gives coefficients for each step, by the minute of the step", () => {
    const { phi, sigma } = coefficientsOf(fitResidualModel(simulated));
    expect(phi).toHaveLength(stepsPerDay);
    for (const edge of bucketEdges.slice(1)) expect(phi[edge / 5]).not.toBe(phi[edge / 5 - 1]);
    expect(Math.min(...sigma)).toBeGreaterThan(0);
  });
});

describe("fitBaseline", () => {
  const shape = (step: number) => 5 * Math.cos((2 * Math.PI * (step - 180)) / stepsPerDay);
  const dayAt = (level: number) => Float64Array.from({ length: stepsPerDay }, (_, step) => level + shape(step));

  it("finds shape and mean level, also where half of a day is missing", () => {
    const half = dayAt(40).map((value, step) => (step < 144 ? Number.NaN : value));
    const baseline = fitBaseline([dayAt(60), dayAt(50), half]);
    expect(Math.max(...baseline.map((value, step) => Math.abs(value - 50 - shape(step))))).toBeLessThan(1e-9);
  });

  it("refuses one day, an empty day, and days that leave the morning unseen", () => {
    const afternoon = dayAt(50).map((value, step) => (step < 120 ? Number.NaN : value));
    expect(() => fitBaseline([dayAt(50)])).toThrow(/1 days/);
    expect(() => fitBaseline([dayAt(50), new Float64Array(stepsPerDay).fill(Number.NaN)])).toThrow(/without any/);
    expect(() => fitBaseline([afternoon, afternoon])).toThrow(/show 168 of 288/);
  });
});

describe("fitPeakOffset", () => {
  it("is the prior without days, and comes to the days' own with many", () => {
    expect(fitPeakOffset([])).toEqual({ meanF: 0, sdF: 0.6 });
    const many = Array.from({ length: 2000 }, (_, index) => ({ officialF: index % 2, feedMaxF: 0 }));
    const { meanF, sdF } = fitPeakOffset(many);
    expect(meanF).toBeCloseTo(0.5, 2);
    expect(sdF).toBeCloseTo(0.5, 2);
  });
});
