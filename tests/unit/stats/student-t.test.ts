import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { studentCdf, unitStudentCdf } from "../../../core/stats/student-t.ts";

describe("Student's t", () => {
  // Quantiles of the printed tables (Abramowitz & Stegun 1964, table 26.10), with the digits that software gives.
  it.each([
    [4, 0.975, 2.776_445_105_197_793],
    [4, 0.995, 4.604_094_871_349_993],
    [6, 0.975, 2.446_911_851_144_969],
    [6, 0.95, 1.943_180_280_515_303],
    [8, 0.975, 2.306_004_135_204_166],
  ])("df %d: F = %d at %d", (df, probability, t) => {
    expect(studentCdf(t, df)).toBeCloseTo(probability, 12);
    expect(studentCdf(-t, df)).toBeCloseTo(1 - probability, 12);
  });

  it("of 4 degrees of freedom by its closed form", () => {
    // F = 1/2 + t(6 + t²) / (2 (4 + t²)^1.5)
    for (const t of [-3, -0.5, 0, 1, 7]) {
      expect(studentCdf(t, 4)).toBeCloseTo(0.5 + (t * (6 + t * t)) / (2 * (4 + t * t) ** 1.5), 13);
    }
  });

  it("never falls, from 0 to 1", () => {
    const t = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(t, fc.double({ min: 0, max: 100, noNaN: true }), fc.constantFrom(4, 6, 30), (from, step, df) => {
        expect(unitStudentCdf(from + step, df)).toBeGreaterThanOrEqual(unitStudentCdf(from, df) - 1e-15);
      }),
      { numRuns: 10_000 },
    );
    expect([studentCdf(-Infinity, 4), studentCdf(0, 4), studentCdf(Infinity, 4)]).toEqual([0, 0.5, 1]);
  });

  it("has unit variance when scaled", () => {
    // E[X²] = ∫ 2x (1 − F(x) + F(−x)) dx over x > 0, by steps.
    const step = 0.001;
    let variance = 0;
    for (let x = step / 2; x < 400; x += step) variance += 4 * x * unitStudentCdf(-x, 8) * step;
    expect(variance).toBeCloseTo(1, 3);
  });

  it.each([3, 5, 2, 0, 4.5])("has no closed form here for df %d", (df) => {
    expect(() => studentCdf(1, df)).toThrow(`df is ${df}`);
  });
});
