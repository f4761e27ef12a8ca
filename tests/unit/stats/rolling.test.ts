import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rollMeansAndSlopes } from "../../../core/stats/rolling.ts";

/** The window written out: mean and least-squares slope of the values from the last hole on, at most `size` of them. */
function direct(values: Float64Array, size: number, at: number): { mean: number; slope: number } {
  const window: number[] = [];
  for (let index = at; index >= 0 && window.length < size; index--) {
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(value)) break;
    window.unshift(value);
  }
  const count = window.length;
  const mean = window.reduce((sum, value) => sum + value, 0) / count;
  const middle = (count - 1) / 2;
  const spread = window.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  const slope = window.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0) / spread;
  return { mean, slope };
}

function rolled(values: Float64Array, size: number) {
  const into = { means: new Float64Array(values.length), slopes: new Float64Array(values.length) };
  rollMeansAndSlopes(values, size, into);
  return into;
}

const series = fc
  .array(fc.option(fc.double({ min: -60, max: 130, noNaN: true }), { nil: Number.NaN, freq: 12 }), { maxLength: 300 })
  .map((values) => Float64Array.from(values));

describe("rolling means and slopes", () => {
  it("are those of the window written out, holes and all", () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 2, max: 70 }), (values, size) => {
        const { means, slopes } = rolled(values, size);
        for (let at = 0; at < values.length; at++) {
          const { mean, slope } = direct(values, size, at);
          if (Number.isNaN(values[at])) expect(means[at]).toBeNaN();
          else expect(means[at]).toBeCloseTo(mean, 9);
          if (Number.isFinite(slope)) expect(slopes[at]).toBeCloseTo(slope, 9);
          else expect(slopes[at]).toBeNaN();
        }
      }),
    );
  });

  it("does not drift over a year of minutes", () => {
    const values = Float64Array.from({ length: 525_600 }, (_, minute) => 60 + 20 * Math.sin(minute / 229.18));
    const { means, slopes } = rolled(values, 60);
    const { mean, slope } = direct(values, 60, values.length - 1);
    expect(means.at(-1)).toBeCloseTo(mean, 8);
    expect(slopes.at(-1)).toBeCloseTo(slope, 8);
  });

  it("gives a straight line its slope exactly", () => {
    const { means, slopes } = rolled(Float64Array.from([1, 3, 5, 7, 9]), 3);
    expect([...means]).toEqual([1, 2, 3, 5, 7]);
    expect([...slopes]).toEqual([Number.NaN, 2, 2, 2, 2]);
  });

  it("refuses a window of one value and arrays of other lengths", () => {
    const values = new Float64Array(3);
    expect(() => rolled(values, 1)).toThrow("window is 1");
    expect(() => rollMeansAndSlopes(values, 2, { means: new Float64Array(2), slopes: values })).toThrow("3 values");
  });
});
