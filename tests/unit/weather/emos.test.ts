import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededUniform } from "../../../core/stats/prng.ts";
import { gaussianCrps } from "../../../core/stats/scoring.ts";
import { type EmosCase, type EmosCoefficients, emosGaussian, fitEmos } from "../../../core/weather/emos.ts";

/** Cases from known coefficients; normals by Box and Muller 1958. */
function simulated(n: number, { a, b, c, d }: EmosCoefficients, seed = 5): EmosCase[] {
  const uniform = seededUniform(seed);
  return Array.from({ length: n }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    const forecast = 40 + 50 * uniform();
    const variance = 12 * uniform();
    return { forecast, variance, observed: a + b * forecast + Math.sqrt(c + d * variance) * normal };
  });
}
const meanCrps = (cases: readonly EmosCase[], coefficients: EmosCoefficients) =>
  cases.reduce((sum, { forecast, variance, observed }) => {
    const { mean, sd } = emosGaussian(coefficients, forecast, variance);
    return sum + gaussianCrps(mean, sd, observed) / cases.length;
  }, 0);

describe("fitEmos", () => {
  it("is its prior without cases: the forecast as it is", () => {
    const { a, b, c, d } = fitEmos([], { sd: 2.7 });
    expect(a).toBeCloseTo(0, 12);
    expect([b, d]).toEqual([1, 1]);
    expect(c).toBeCloseTo(2.7 ** 2, 12);
  });

  it("finds the coefficients that made many cases", () => {
    const truth = { a: 6, b: 0.93, c: 3, d: 0.8 };
    const fitted = fitEmos(simulated(20_000, truth), { sd: 2.5 });
    // Three standard errors and the prior's pull, both small at 20 000.
    expect(Math.abs(fitted.b - truth.b)).toBeLessThan(0.005);
    expect(Math.abs(fitted.a + fitted.b * 65 - (truth.a + truth.b * 65))).toBeLessThan(0.08);
    expect(Math.abs(fitted.c - truth.c)).toBeLessThan(0.35);
    expect(Math.abs(fitted.d - truth.d)).toBeLessThan(0.08);
  });

  it("has the smallest mean CRPS about: no coefficient moved either way does better on many cases", () => {
    const cases = simulated(5000, { a: -2, b: 1.02, c: 5, d: 0.5 });
    const fitted = fitEmos(cases, { sd: 2.5 });
    const reached = meanCrps(cases, fitted);
    for (const moved of [
      { ...fitted, a: fitted.a + 0.2 },
      { ...fitted, a: fitted.a - 0.2 },
      { ...fitted, c: fitted.c * 1.2 },
      { ...fitted, c: fitted.c / 1.2 },
      { ...fitted, d: fitted.d + 0.15 },
      { ...fitted, d: fitted.d - 0.15 },
    ]) {
      expect(meanCrps(cases, moved)).toBeGreaterThan(reached);
    }
  });

  it("does better than the prior on the whole window, and moves little on five days", () => {
    const truth = { a: 3, b: 1, c: 4, d: 0 };
    const cases = simulated(40, truth);
    expect(meanCrps(cases, fitEmos(cases, { sd: 2.5 }))).toBeLessThan(meanCrps(cases, fitEmos([], { sd: 2.5 })));
    const short = fitEmos(cases.slice(0, 5), { sd: 2.5 });
    expect(Math.abs(short.b - 1)).toBeLessThan(0.25);
    expect(short.c).toBeGreaterThan(1);
  });

  it("promises no certainty after a run of perfect days, nor anything odd whatever came", () => {
    const perfect = Array.from({ length: 40 }, (_, index) => ({
      forecast: 60 + index,
      variance: 0,
      observed: 60 + index,
    }));
    expect(fitEmos(perfect, { sd: 2.4 }).c).toBeGreaterThanOrEqual(0.6 ** 2);
    const cases = fc.array(
      fc.record({
        forecast: fc.integer({ min: -40, max: 125 }),
        variance: fc.double({ min: 0, max: 100, noNaN: true }),
        observed: fc.integer({ min: -40, max: 125 }),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(cases, fc.double({ min: 0.5, max: 8, noNaN: true }), (window, sd) => {
        const { mean, sd: spread } = emosGaussian(fitEmos(window, { sd }), 60, 2);
        expect(Number.isFinite(mean)).toBe(true);
        expect(spread).toBeGreaterThanOrEqual(0.25 * sd);
        expect(Number.isFinite(spread)).toBe(true);
      }),
    );
  });

  it("does not care about the order of the days", () => {
    const cases = simulated(40, { a: 1, b: 0.95, c: 4, d: 1 });
    const [one, other] = [fitEmos(cases, { sd: 2.5 }), fitEmos(cases.toReversed(), { sd: 2.5 })];
    for (const name of ["a", "b", "c", "d"] as const) expect(one[name]).toBeCloseTo(other[name], 3);
  });

  it("refuses what is no number", () => {
    expect(() => fitEmos([{ forecast: Number.NaN, variance: 0, observed: 1 }], { sd: 2 })).toThrow(/forecast NaN/);
    expect(() => fitEmos([{ forecast: 1, variance: -1, observed: 1 }], { sd: 2 })).toThrow(/variance -1/);
    expect(() => fitEmos([], { sd: 0 })).toThrow(/prior sd is 0/);
  });
});
