import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, blockBootstrap } from "../../../core/stats/bootstrap.ts";
import { seededUniform, xoshiro128pp } from "../../../core/stats/prng.ts";
import { present } from "../weather/present.ts";

describe("xoshiro128pp", () => {
  it("gives the values of the reference algorithm for the state 1, 2, 3, 4", () => {
    // The published C source (prng.di.unimi.it), carried out in Python.
    const next = xoshiro128pp([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, next)).toEqual([
      641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011, 621204420,
    ]);
  });
  it("refuses the all-zero state, from which it would never move", () => {
    expect(() => xoshiro128pp([0, 0, 0, 0])).toThrow(/all zero/);
  });
});

describe("seededUniform", () => {
  it("repeats by its seed and differs between seeds", () => {
    const draw = (seed: number) => Array.from({ length: 5 }, seededUniform(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });
  it("is uniform in [0, 1): each tenth gets its share", () => {
    const next = seededUniform(1);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let index = 0; index < 100_000; index++) {
      // A value outside [0, 1) would add a NaN at its own place.
      const tenth = Math.floor(next() * 10);
      tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
    }
    // Five standard deviations of a binomial(100 000, 0.1) are 474.
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(474);
  });
});

const run = (blocks: Block[], seed = 1) => blockBootstrap({ blocks, replicates: 2000, seed });
const day = (index: number, sum: number, n = 6): Block => ({
  id: `2026-11-${String(index + 1).padStart(2, "0")}`,
  sum,
  n,
});

describe("blockBootstrap", () => {
  it("is unmoved by the order of the blocks and repeats by its seed", () => {
    const blocks = Array.from({ length: 9 }, (_, index) => day(index, index ** 2));
    expect(run(blocks)).toEqual(run(blocks.toReversed()));
    expect(run(blocks)).not.toEqual(run(blocks, 2));
  });

  it("has no width where all days are alike, and holds the mean always", () => {
    expect(run(Array.from({ length: 5 }, (_, index) => day(index, 3)))).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 6, noNaN: true }), { minLength: 1, maxLength: 20 }), (sums) => {
        const result = present(
          blockBootstrap({ blocks: sums.map((sum, index) => day(index, sum)), replicates: 1, seed: 3 }),
        );
        const mean = sums.reduce((total, sum) => total + sum, 0) / (6 * sums.length);
        expect(result.mean).toBeCloseTo(mean, 9);
        expect(result.low).toBeLessThanOrEqual(result.high);
      }),
    );
  });

  it("is as wide as theory: ±1.96 standard errors of the day means", () => {
    const next = seededUniform(11);
    const values = Array.from({ length: 400 }, () => next());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    const result = present(run(values.map((value, index) => ({ id: String(index), sum: value, n: 1 }))));
    const width = (2 * 1.96 * sd) / Math.sqrt(values.length);
    expect(Math.abs((result.high - result.low) / width - 1)).toBeLessThan(0.1);
  });

  it("draws whole days: brackets that share a day do not count as evidence of their own", () => {
    const once = Array.from({ length: 30 }, (_, index) => ({ id: String(index), sum: index % 2, n: 1 }));
    const sixfold = once.map(({ id, sum }) => ({ id, sum: 6 * sum, n: 6 }));
    expect(run(sixfold)).toEqual(run(once));
  });

  it("says nothing without days and refuses what it cannot use", () => {
    expect(run([])).toBeUndefined();
    expect(() => run([day(0, 1), day(0, 2)])).toThrow(/2026-11-01 is there twice/);
    expect(() => run([day(0, 1, 0)])).toThrow(/n is 0/);
    expect(() => blockBootstrap({ blocks: [day(0, 1)], replicates: 0, seed: 1 })).toThrow(/replicates is 0/);
    expect(() => blockBootstrap({ blocks: [day(0, 1)], replicates: 1, seed: 1, level: 1 })).toThrow(/level is 1/);
  });
});
