import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brierScore, crps, isClipped, logLoss, logScore, rankedProbabilityScore } from "../../../core/stats/scoring.ts";
import { impliedFloor } from "../../../core/market/implied.ts";
import { normalCdf } from "../../../core/stats/normal.ts";
import { mixturePmf } from "../../../core/weather/high-pmf.ts";

const probability = fc.double({ min: 0, max: 1, noNaN: true });
const pmfs = fc
  .array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 30 })
  .filter((weights) => weights.some((weight) => weight > 0))
  .map((weights) => weights.map((weight) => weight / weights.reduce((sum, w) => sum + w, 0)));

describe("normalCdf", () => {
  // NIST Handbook of Statistical Methods 1.3.6.7.1 (four digits); tails: erfc of CPython's math module.
  it.each([
    [0, 0.5],
    [1, 0.8413447460685429],
    [-1.96, 0.024997895148220435],
    [-6, 9.865876450376946e-10],
  ])("Φ(%d) = %d", (z, expected) => {
    expect(Math.abs(normalCdf(z) / expected - 1)).toBeLessThan(1e-12);
  });
});

describe("brierScore and logLoss", () => {
  it("give the values of hand", () => {
    expect(brierScore(0.7, 1)).toBeCloseTo(0.09, 15);
    expect(brierScore(0.7, 0)).toBeCloseTo(0.49, 15);
    expect(brierScore(0.5, 0.39)).toBeCloseTo(0.0121, 15);
    expect(logLoss(0.5, 1)).toBe(Math.LN2);
    expect(logLoss(0.25, 0)).toBeCloseTo(0.28768207245178096, 15);
    expect(logLoss(0.25, 0.5)).toBeCloseTo((Math.log(4) + Math.log(4 / 3)) / 2, 15);
  });
  it("clip a missed certainty at 1e-6, and say so", () => {
    for (const [said, outcome] of [
      [0, 1],
      [1, 0],
      [9e-7, 1],
      [0, 0.3],
    ] as const)
      expect(isClipped(said, outcome)).toBe(true);
    for (const [said, outcome] of [
      [0, 0],
      [1, 1],
      [1.1e-6, 1],
      [0.5, 0.3],
    ] as const)
      expect(isClipped(said, outcome)).toBe(false);
    expect(logLoss(0, 1)).toBeCloseTo(13.815510557964274, 14);
    expect(logLoss(1, 0)).toBeCloseTo(13.815510557964274, 14);
    expect(logLoss(1e-5, 1)).toBeCloseTo(11.512925464970229, 14);
    expect([logLoss(1, 1), logLoss(0, 0)].map(Math.abs)).toEqual([0, 0]);
  });
  it("of one of many outcomes is floored at 1e-4, as a market's probabilities are", () => {
    expect(logScore(0.25)).toBeCloseTo(Math.log(4), 15);
    expect(logScore(0)).toBeCloseTo(-Math.log(impliedFloor), 12);
    expect(() => logScore(1.01)).toThrow(/probability is/);
  });
  it("are proper: no other probability does better in expectation than the truth", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), probability, (truth, said) => {
        for (const score of [brierScore, logLoss]) {
          const expected = (p: number) => truth * score(p, 1) + (1 - truth) * score(p, 0);
          expect(expected(truth)).toBeLessThanOrEqual(expected(said) + 1e-12);
        }
      }),
    );
  });
  it.each([Number.NaN, -0.01, 1.01])("refuse %d", (bad) => {
    for (const score of [brierScore, logLoss]) {
      expect(() => score(bad, 1)).toThrow(/probability is/);
      expect(() => score(0.5, bad)).toThrow(/outcome is/);
    }
  });
});

describe("crps", () => {
  it("of a certain forecast is the distance, on both sides and beyond the support", () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 130 }), fc.integer({ min: -50, max: 130 }), (said, value) => {
        expect(crps(said, [1], value)).toBe(Math.abs(said - value));
        expect(crps(said - 2, [0, 0, 1, 0], value)).toBe(Math.abs(said - value));
      }),
    );
  });
  it("equals E|X − y| − ½ E|X − X'| (Gneiting & Raftery 2007, eq. 21)", () => {
    fc.assert(
      fc.property(pmfs, fc.integer({ min: -40, max: 60 }), fc.integer({ min: -20, max: 20 }), (pmf, value, low) => {
        const distance = pmf.reduce((sum, p, i) => sum + p * Math.abs(low + i - value), 0);
        const spread = pmf.reduce(
          (sum, p, i) => sum + pmf.reduce((inner, q, j) => inner + p * q * Math.abs(i - j), 0),
          0,
        );
        expect(crps(low, pmf, value)).toBeCloseTo(distance - spread / 2, 9);
      }),
    );
  });
  // Closed form of the Gaussian, σ[z(2Φ(z)−1)+2φ(z)−1/√π], evaluated with CPython's math module for N(70, 20).
  it.each([
    [70, 4.674],
    [76, 5.387],
    [90, 12.049],
  ])("of a wide Gaussian in whole numbers comes near the closed form at %d", (value, expected) => {
    const { pmfLow, pmf } = mixturePmf([{ centre: 70, weight: 1 }], 20);
    expect(Math.abs(crps(pmfLow, pmf, value) - expected)).toBeLessThan(0.01);
  });
  it("refuses a value that is not whole", () => {
    expect(() => crps(60, [1], 60.5)).toThrow(/whole number/);
  });
});

describe("rankedProbabilityScore", () => {
  it("counts how far off the mass lies", () => {
    // Cumulative differences of hand: 0.1², (0.4 − 1)², 0.
    expect(rankedProbabilityScore([0.1, 0.3, 0.6], 1)).toBeCloseTo(0.01 + 0.36, 15);
    expect(rankedProbabilityScore([0, 0, 1], 0)).toBe(2);
    expect(rankedProbabilityScore([0, 1, 0], 0)).toBe(1);
  });
  it("equals the crps of the categories' numbers", () => {
    fc.assert(
      fc.property(pmfs, fc.nat(), (pmf, n) => {
        const category = n % pmf.length;
        expect(rankedProbabilityScore(pmf, category)).toBeCloseTo(crps(0, pmf, category), 12);
      }),
    );
  });
  it("refuses a category that is not there", () => {
    expect(() => rankedProbabilityScore([1], 1)).toThrow(/category is 1/);
  });
});
