import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalCdf } from "../../../core/stats/normal.ts";
import { ahead, type Coefficients, stepsPerDay } from "../../../core/weather/hazard/coefficients.ts";
import { buildDayTable, type DayTable } from "../../../core/weather/hazard/day-table.ts";
import { UnseenPaths, survivalOfGap } from "../../../core/weather/hazard/killed-density.ts";
import { seededNormal, shares, simulateMaxima, syntheticDay } from "./hazard-monte-carlo.ts";
import { present } from "./present.ts";

const day = syntheticDay();
const levels = Float64Array.from({ length: 24 }, (_, index) => 76.5 + index);
const table = buildDayTable({ ...day, levels });
/** The law at the step after a known residual. */
const after = (step: number, residual: number) => ahead(day.coefficients, { step, mean: residual, sd: 0 }, step + 1);
function survivalAt(of: DayTable, step: number, residual: number): Float64Array {
  const into = new Float64Array(of.levels.length);
  of.survival(ahead(of.coefficients, { step, mean: residual, sd: 0 }, step + 1), into);
  return into;
}
const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, index) => Math.abs(value - present(b[index]))));

describe("the day table", () => {
  it.each([
    [0, 0],
    [0, 3],
    [120, -3],
    [180, 2],
    [216, 4],
  ])("agrees with a Monte Carlo of the same model from step %i, residual %d", (step, residual) => {
    const paths = 20_000;
    const drawn = shares(simulateMaxima(day, { step, residual }, paths, 1 + step), levels);
    const solved = survivalAt(table, step, residual);
    for (const [index, share] of drawn.entries()) {
      const p = present(solved[index]);
      // Five standard errors: one of 120 comparisons fails by chance in 14,000 runs, and the seed is fixed.
      expect(Math.abs(share - p)).toBeLessThan(5 * Math.sqrt(Math.max(0, p * (1 - p)) / paths) + 2e-4);
    }
  });

  it("agrees with a grid of an eighth of the smallest innovation to 3e-5, at every hour and residual", () => {
    const reference = buildDayTable({ ...day, levels, spacings: [0.125] });
    let worst = 0;
    for (let step = 0; step < stepsPerDay; step += 13)
      for (const residual of [-6, -4, -2, -0.7, 0, 1.1, 3, 5])
        worst = Math.max(worst, largest(survivalAt(table, step, residual), survivalAt(reference, step, residual)));
    expect(worst).toBeLessThan(3e-5);
  });

  it("is the normal distribution function for the day's last step, and 1 after it", () => {
    const { mean, sd } = after(286, 1.5);
    const exact = levels.map((level) => normalCdf((level - present(day.baseline[287]) - mean) / sd));
    expect(largest(survivalAt(table, 286, 1.5), exact)).toBeLessThan(3e-5);
    expect([...survivalAt(table, 287, 1.5)]).toEqual(Array.from(levels, () => 1));
  });

  it("is a product of distribution functions where nothing is remembered", () => {
    const coefficients: Coefficients = {
      phi: new Float64Array(stepsPerDay),
      sigma: new Float64Array(stepsPerDay).fill(1),
      startSd: 1,
    };
    const baseline = new Float64Array(stepsPerDay).fill(80);
    const own = Float64Array.from({ length: 7 }, (_, index) => 79.5 + 0.5 * index);
    const exact = own.map((level) => normalCdf(level - 80) ** 87);
    const error = (spacings?: number[]) =>
      largest(survivalAt(buildDayTable({ baseline, coefficients, levels: own, spacings }), 200, 0), exact);
    // The worst case there is: 87 cuts at the same place, each of which errs by 2e-6 to the same side.
    expect(error()).toBeLessThan(2e-4);
    expect(error([0.25])).toBeLessThan(1e-6);
  });

  it("says the same from a later first step and of fewer levels, bit for bit where the levels' blocks are the same", () => {
    const late = buildDayTable({ ...day, levels: levels.slice(8), fromStep: 144 });
    for (const [step, residual] of [
      [143, 1],
      [200, -2],
      [286, 0.3],
    ] as const)
      expect(survivalAt(late, step, residual)).toEqual(survivalAt(table, step, residual).slice(8));
    expect(() => survivalAt(late, 100, 0)).toThrow(/step 101 lies before the table's first, 144/);
    expect(() => buildDayTable({ ...day, levels, fromStep: 288 })).toThrow(/fromStep is 288/);
  });

  it("lies in [0, 1], rises with the level, falls with the residual and rises through the day", () => {
    const residual = fc.double({ min: -8, max: 8, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 286 }), residual, residual, (step, a, b) => {
        const [cold, warm] = [survivalAt(table, step, Math.min(a, b)), survivalAt(table, step, Math.max(a, b))];
        for (const [index, value] of cold.entries()) {
          expect(value).toBeGreaterThan(-3e-5);
          expect(value).toBeLessThan(1 + 3e-5);
          expect(value).toBeGreaterThan((cold[index - 1] ?? 0) - 6e-5);
          expect(value).toBeGreaterThan(present(warm[index]) - 6e-5);
        }
      }),
    );
  });
});

describe("the table's own checks", () => {
  it("take a finer grid where the first one is too coarse", () => {
    const found = buildDayTable({ ...day, levels, spacings: [2, 0.5] });
    expect(found.grid.spacing).toBeLessThan(0.5 * Math.min(...day.coefficients.sigma) + 1e-9);
    expect(largest(survivalAt(found, 0, 0), survivalAt(table, 0, 0))).toBeLessThan(3e-5);
  });

  it("give an error that names what failed on each grid where none passes", () => {
    const build = (...spacings: number[]) => buildDayTable({ ...day, levels, spacings });
    expect(() => build(3, 2)).toThrow(/every grid: spacing 3: .*spacing 2: /);
    // A little too coarse, and survival leaves [0, 1] or its order; far too coarse, and the Gaussians weigh too much.
    expect(() => build(1.3)).toThrow(/survival at step/);
    expect(() => build(2)).toThrow(/weighs 1\.00/);
  });

  it("do not answer for a residual out of reach, until the table is built for it", () => {
    const { reach } = table.grid;
    expect(() => survivalAt(table, 0, 1.1 * reach)).toThrow(/out of the table's reach/);
    const wider = buildDayTable({ ...day, levels, mustReach: 2 * reach });
    expect(largest(survivalAt(wider, 100, 2), survivalAt(table, 100, 2))).toBeLessThan(3e-5);
    expect(survivalAt(wider, 0, 1.9 * reach).length).toBe(levels.length);
  });

  it.each([
    ["phi", { phi: new Float64Array(stepsPerDay).fill(1) }, /phi is 1 at step 0/],
    ["sigma", { sigma: new Float64Array(stepsPerDay) }, /sigma is 0 at step 0/],
    ["startSd", { startSd: Number.NaN }, /startSd is NaN/],
    ["length", { phi: new Float64Array(3) }, /3 phi/],
  ])("refuse coefficients without sense: %s", (_, change, message) => {
    expect(() => buildDayTable({ ...day, coefficients: { ...day.coefficients, ...change }, levels })).toThrow(message);
  });

  it("refuse a spread that no grid of sensible size can hold, a short baseline and levels that do not ascend", () => {
    const coefficients = { ...day.coefficients, startSd: 500 };
    expect(() => buildDayTable({ ...day, coefficients, levels })).toThrow(/nodes, more than/);
    expect(() => buildDayTable({ ...day, baseline: new Float64Array(3), levels })).toThrow(/baseline: 3 values/);
    expect(() => buildDayTable({ ...day, levels: Float64Array.of(80, 80) })).toThrow(/ascend/);
  });
});

describe("the density forward in time", () => {
  const survived = (level: number, law: ReturnType<typeof after>, steps: number) =>
    new UnseenPaths(table, law).survival({ unseenF: level, laterF: level }, { now: law.step - 1, steps });

  it("survives the rest of the day as often as the table says", () => {
    for (const [step, residual] of [
      [0, 0],
      [150, 1],
      [200, 3],
    ] as const) {
      const solved = survivalAt(table, step, residual);
      for (const index of [4, 8, 12, 16])
        expect(present(survived(present(levels[index]), after(step, residual), stepsPerDay).at(-1))).toBeCloseTo(
          present(solved[index]),
          4,
        );
    }
  });

  it("survives an hour as often as drawn paths do", () => {
    const paths = 20_000;
    const hour = survived(87.5, after(170, 2), 12);
    expect(hour).toHaveLength(13);
    expect(hour[0]).toBe(1);
    const [drawn] = shares(simulateMaxima(day, { step: 170, residual: 2 }, paths, 3, 182), Float64Array.of(87.5));
    const p = present(hour[12]);
    expect(Math.abs(present(drawn) - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / paths));
  });

  it("ends with the day", () => {
    expect(survived(85, after(285, 0), 12)).toHaveLength(3);
    expect(survived(85, after(287, 0), 12)).toEqual([1]);
  });

  it("bridges a gap between two readings as drawn paths do that end where the second one is", () => {
    const [from, to, start, end, near] = [160, 184, 0.5, 1, 0.15];
    const { phi, sigma } = day.coefficients;
    const normal = seededNormal(5);
    let kept = 0;
    let below = 0;
    for (let path = 0; path < 150_000; path++) {
      let residual = start;
      let highest = -Infinity;
      for (let step = from; step < to; step++) {
        residual = present(phi[step]) * residual + present(sigma[step]) * normal();
        if (step + 1 < to) highest = Math.max(highest, present(day.baseline[step + 1]) + residual);
      }
      if (Math.abs(residual - end) > near) continue;
      kept++;
      if (highest <= 86.5) below++;
    }
    const p = survivalOfGap(table, 86.5, after(from, start), { step: to, residual: end });
    expect(p).toBeGreaterThan(0.2);
    expect(p).toBeLessThan(0.8);
    expect(kept).toBeGreaterThan(2_000);
    expect(Math.abs(below / kept - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / kept));
  });

  it("knows no gap between neighbouring steps, and stays a probability at the wildest ends", () => {
    expect(survivalOfGap(table, 80, after(100, 0), { step: 101, residual: 40 })).toBe(1);
    for (const residual of [-60, 60]) {
      const p = survivalOfGap(table, 84.5, after(100, 0), { step: 140, residual });
      expect(p).toBeGreaterThanOrEqual(0);
      expect(p).toBeLessThanOrEqual(1);
    }
  });
});
