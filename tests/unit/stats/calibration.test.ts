import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { centralCoverage, pitHistogram, pitInterval } from "../../../core/stats/calibration.ts";
import { gaussianCrps } from "../../../core/stats/scoring.ts";

const pmfs = fc
  .array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 30 })
  .filter((weights) => weights.some((weight) => weight > 0))
  .map((weights) => weights.map((weight) => weight / weights.reduce((sum, w) => sum + w, 0)));

describe("pitInterval", () => {
  it("spans F(value − 1) to F(value), also beyond the support", () => {
    expect(pitInterval(60, [0.25, 0.5, 0.25], 61)).toEqual({ from: 0.25, to: 0.75 });
    expect(pitInterval(60, [0.25, 0.5, 0.25], 40)).toEqual({ from: 0, to: 0 });
    expect(pitInterval(60, [0.25, 0.5, 0.25], 90)).toEqual({ from: 1, to: 1 });
    expect(() => pitInterval(60, [1], 60.5)).toThrow(/whole number/);
  });
});

describe("centralCoverage", () => {
  it("is exactly its level for outcomes drawn from the forecast, however coarse it is", () => {
    fc.assert(
      fc.property(pmfs, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (pmf, level) => {
        const expected = pmf.reduce((sum, p, i) => sum + p * centralCoverage(pitInterval(0, pmf, i), level), 0);
        expect(expected).toBeCloseTo(level, 9);
      }),
    );
  });
  it("shares a degree that the interval's end cuts", () => {
    // The 50 % interval runs from 0.25 to 0.75; the outcome's own span is 0.7 to 0.8.
    expect(centralCoverage({ from: 0.7, to: 0.8 }, 0.5)).toBeCloseTo(0.5, 12);
    expect(centralCoverage({ from: 0, to: 0 }, 0.9)).toBe(0);
    expect(centralCoverage({ from: 1, to: 1 }, 0.9)).toBe(0);
    expect(() => centralCoverage({ from: 0, to: 1 }, 1)).toThrow(/level is 1/);
  });
});

describe("pitHistogram", () => {
  it("is flat for outcomes in the proportions of the forecast, and always averages 1", () => {
    const pits = [0.1, 0.2, 0.3, 0.4].flatMap((p, index, pmf) =>
      Array.from({ length: Math.round(p * 10) }, () => pitInterval(0, pmf, index)),
    );
    for (const share of pitHistogram(pits)) expect(share).toBeCloseTo(1, 12);
    fc.assert(
      fc.property(fc.array(fc.tuple(pmfs, fc.integer({ min: -3, max: 33 })), { minLength: 1 }), (days) => {
        const bins = pitHistogram(days.map(([pmf, value]) => pitInterval(0, pmf, value)));
        expect(bins.reduce((sum, share) => sum + share, 0)).toBeCloseTo(10, 9);
      }),
    );
  });
  it("says nothing without forecasts", () => {
    expect(pitHistogram([])).toEqual([]);
  });
});

describe("gaussianCrps", () => {
  // The closed form evaluated with CPython's math module.
  it.each([
    [70, 20, 70, 4.6738995451021825],
    [70, 20, 90, 12.048827152552326],
    [0, 1, -3, 2.4365747250863397],
  ])("N(%d, %d²) at %d", (mean, sd, value, expected) => {
    expect(gaussianCrps(mean, sd, value)).toBeCloseTo(expected, 10);
  });
  it("is the integral of (Φ − step)²", () => {
    const [mean, sd, value, step] = [1, 2, 2.5, 0.001];
    let sum = 0;
    // Φ by its own series of logistic form would prove little: the density is summed up instead.
    let cdf = 0;
    for (let x = mean - 12 * sd; x < mean + 12 * sd; x += step) {
      const middle = (x + step / 2 - mean) / sd;
      const mass = (Math.exp(-0.5 * middle ** 2) / Math.sqrt(2 * Math.PI) / sd) * step;
      sum += (cdf + mass / 2 - (x + step / 2 >= value ? 1 : 0)) ** 2 * step;
      cdf += mass;
    }
    expect(gaussianCrps(mean, sd, value)).toBeCloseTo(sum, 3);
  });
  it("refuses a spread that is none", () => {
    expect(() => gaussianCrps(0, 0, 1)).toThrow(/sd is 0/);
  });
});
