import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StrikeInterval } from "../../../core/market/strikes.ts";
import {
  bracketProbabilities,
  exactPmf,
  kernelPmf,
  mixturePmf,
  poolHighs,
  withMoments,
} from "../../../core/weather/high-pmf.ts";
import { present } from "./present.ts";

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

describe("mixturePmf", () => {
  // P(|Z| < 1/4), P(1/4 < Z < 3/4) and P(Z > 19/4): differences of erf and erfc of CPython's math module.
  it("gives the Gaussian's shares of whole degrees", () => {
    const { pmfLow, pmf } = mixturePmf([{ centre: 70, weight: 1 }], 2);
    expect(pmf[70 - pmfLow]).toBeCloseTo(0.1974126513658474, 12);
    expect(pmf[71 - pmfLow]).toBeCloseTo(0.17466632194020804, 12);
    expect(pmf[69 - pmfLow]).toBeCloseTo(0.17466632194020804, 12);
    expect(total(pmf.slice(80 - pmfLow)) / 1.0170832425687061e-6).toBeCloseTo(1, 6);
    expect(total(pmf.slice(0, 61 - pmfLow)) / 1.0170832425687061e-6).toBeCloseTo(1, 6);
  });

  it("keeps both humps of two groups", () => {
    const { pmfLow, pmf } = mixturePmf(
      [
        { centre: 50, weight: 0.5 },
        { centre: 70, weight: 0.5 },
      ],
      2,
    );
    expect(pmf[50 - pmfLow]).toBeCloseTo(0.5 * 0.1974126513658474, 12);
    expect(pmf[60 - pmfLow]).toBeLessThan(1e-5);
  });

  const mixtures = fc.tuple(
    fc.array(fc.double({ min: -40, max: 125, noNaN: true }), { minLength: 1, maxLength: 130 }),
    fc.double({ min: 0.5, max: 5, noNaN: true }),
  );
  it("sums to exactly 1 in any order, has no negative share and the mixture's mean", () => {
    fc.assert(
      fc.property(mixtures, ([centres, sd]) => {
        const { pmfLow, pmf } = mixturePmf(
          centres.map((centre) => ({ centre, weight: 1 / centres.length })),
          sd,
        );
        expect(Math.min(...pmf)).toBeGreaterThanOrEqual(0);
        expect(total(pmf)).toBe(1);
        expect(total(pmf.toReversed())).toBe(1);
        expect(total([...pmf].sort((a, b) => a - b))).toBe(1);
        const mean = total(pmf.map((p, index) => p * (pmfLow + index)));
        expect(mean).toBeCloseTo(total(centres) / centres.length, 1);
      }),
    );
  });

  it("moves with its centres: a whole degree more shifts the whole distribution", () => {
    fc.assert(
      fc.property(mixtures, ([centres, sd]) => {
        const rounded = centres.map((centre) => Math.round(centre * 16) / 16);
        const at = (move: number) =>
          mixturePmf(
            rounded.map((centre) => ({ centre: centre + move, weight: 1 / rounded.length })),
            sd,
          );
        const [here, there] = [at(0), at(3)];
        expect(there.pmfLow).toBe(here.pmfLow + 3);
        expect(there.pmf.every((p, index) => Math.abs(p - (here.pmf[index] ?? 0)) < 1e-12)).toBe(true);
      }),
    );
  });
});

describe("bracketProbabilities", () => {
  it("sums to exactly 1 over any partition, in any order", () => {
    const cuts = fc.uniqueArray(fc.integer({ min: -60, max: 140 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        cuts,
        fc.double({ min: -20, max: 110, noNaN: true }),
        fc.double({ min: 0.5, max: 5, noNaN: true }),
        (unsorted, centre, sd) => {
          const sorted = [...unsorted].sort((a, b) => a - b);
          const intervals: StrikeInterval[] = [
            { lowest: null, highest: present(sorted[0]) - 1 },
            ...sorted.map((lowest, index) => ({
              lowest,
              highest: index + 1 < sorted.length ? present(sorted[index + 1]) - 1 : null,
            })),
          ];
          const probabilities = bracketProbabilities(mixturePmf([{ centre, weight: 1 }], sd), intervals);
          expect(total(probabilities)).toBe(1);
          expect(total(probabilities.toReversed())).toBe(1);
        },
      ),
    );
  });

  it("sums what lies within, both ends included", () => {
    const high = { pmfLow: 40, pmf: [0.125, 0.25, 0.5, 0.125] };
    const intervals = [
      { lowest: null, highest: 40 },
      { lowest: 41, highest: 42 },
      { lowest: 43, highest: null },
      { lowest: 50, highest: 51 },
      { lowest: 30, highest: 39 },
      { lowest: null, highest: null },
    ];
    expect(bracketProbabilities(high, intervals)).toEqual([0.125, 0.75, 0.125, 0, 0, 1]);
  });
});

describe("kernelPmf", () => {
  it("gives each kernel its own width: mean and variance are the mixture's", () => {
    const kernels = [
      { centre: 60.25, sd: 1.5, weight: 0.25 },
      { centre: 71, sd: 3, weight: 0.75 },
    ];
    const mean = 0.25 * 60.25 + 0.75 * 71;
    const variance = 0.25 * (1.5 ** 2 + (60.25 - mean) ** 2) + 0.75 * (3 ** 2 + (71 - mean) ** 2);
    const high = withMoments(kernelPmf(kernels));
    expect(high.mean).toBeCloseTo(mean, 6);
    // Rounding to whole numbers adds 1/12 to the variance (Sheppard's correction).
    expect(high.sd ** 2).toBeCloseTo(variance + 1 / 12, 4);
    expect(total(high.pmf)).toBe(1);
  });
});

describe("poolHighs", () => {
  const high = fc
    .tuple(
      fc.integer({ min: 40, max: 60 }),
      fc.array(fc.double({ min: 1e-3, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
    )
    .map(([pmfLow, masses]) => ({ pmfLow, pmf: exactPmf(masses) }));
  const share = fc.double({ min: 0.05, max: 0.95, noNaN: true });

  it("stays a distribution that sums to exactly 1, whatever ranges meet", () => {
    fc.assert(
      fc.property(high, high, share, (a, b, weight) => {
        const { pmfLow, pmf } = poolHighs([
          { high: a, weight },
          { high: b, weight: 1 - weight },
        ]);
        expect(total(pmf)).toBe(1);
        expect(total(pmf.toReversed())).toBe(1);
        expect(pmf.every((p) => p >= 0)).toBe(true);
        expect(pmfLow).toBe(Math.min(a.pmfLow, b.pmfLow));
      }),
    );
  });

  it("is the weighted geometric mean, normalised: Gaussians give the Gaussian of the summed precisions", () => {
    // N(60, 2²)^0.25 · N(64, 1²)^0.75 ∝ N(µ, σ²), 1/σ² = 0.25/4 + 0.75/1, µ = σ²(0.25·60/4 + 0.75·64/1).
    const precision = 0.25 / 4 + 0.75;
    const pooled = withMoments(
      poolHighs([
        { high: mixturePmf([{ centre: 60, weight: 1 }], 2), weight: 0.25 },
        { high: mixturePmf([{ centre: 64, weight: 1 }], 1), weight: 0.75 },
      ]),
    );
    expect(pooled.mean).toBeCloseTo((0.25 * 15 + 0.75 * 64) / precision, 1);
    expect(pooled.sd).toBeCloseTo(Math.sqrt(1 / precision), 1);
  });

  it("is the one forecast where only one has a weight, and refuses none", () => {
    const one = { pmfLow: 50, pmf: [0.5, 0.5] };
    expect(
      poolHighs([
        { high: one, weight: 1 },
        { high: { pmfLow: 0, pmf: [1] }, weight: 0 },
      ]),
    ).toBe(one);
    expect(() => poolHighs([{ high: one, weight: 0 }])).toThrow("no forecast has a weight");
  });

  it("lets no forecast veto another: certainties that exclude each other leave both", () => {
    const { pmfLow, pmf } = poolHighs([
      { high: { pmfLow: 50, pmf: [1] }, weight: 0.5 },
      { high: { pmfLow: 52, pmf: [1] }, weight: 0.5 },
    ]);
    expect(pmf[50 - pmfLow]).toBeCloseTo(pmf[52 - pmfLow] ?? 0, 12);
    expect(pmf[50 - pmfLow]).toBeGreaterThan(0.49);
  });
});
