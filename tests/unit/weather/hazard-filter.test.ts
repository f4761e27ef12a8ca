import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conditioned } from "../../../core/weather/hazard/filter.ts";
import { seededNormal } from "./hazard-monte-carlo.ts";

const law = (mean: number, sd: number) => ({ step: 100, mean, sd });
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

describe("the law of the residual after a reading", () => {
  it("has the mean and spread of the draws that would have shown that reading", () => {
    const normal = seededNormal(4);
    for (const [mean, sd, leastF, mostF] of [
      [0, 1.5, 80, 80],
      [-0.6, 0.5, 80, 81],
      [1.4, 0.4, 79, 80],
    ] as const) {
      const kept: number[] = [];
      for (let draw = 0; draw < 400_000; draw++) {
        const residual = mean + sd * normal();
        const shown = 80 + residual + 0.2 * normal();
        if (shown >= leastF - 0.5 && shown < mostF + 0.5) kept.push(residual);
      }
      const drawnMean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
      const drawnSd = Math.sqrt(kept.reduce((sum, value) => sum + (value - drawnMean) ** 2, 0) / kept.length);
      const found = conditioned(law(mean, sd), 80, { leastF, mostF });
      expect(kept.length).toBeGreaterThan(5_000);
      expect(Math.abs(found.mean - drawnMean)).toBeLessThan(0.02);
      expect(Math.abs(found.sd - drawnSd)).toBeLessThan(0.02);
    }
  });

  it("never widens, goes towards the interval and stays a law, however far the reading lies", () => {
    fc.assert(
      fc.property(
        number(-20, 20),
        number(0.05, 4),
        fc.integer({ min: -30, max: 30 }),
        fc.integer({ min: 0, max: 1 }),
        (mean, sd, least, width) => {
          const found = conditioned(law(mean, sd), 0, { leastF: least, mostF: least + width });
          expect(found.sd).toBeGreaterThan(0);
          expect(found.sd).toBeLessThanOrEqual(sd * (1 + 1e-9));
          const [low, high] = [least - 0.5, least + width + 0.5];
          const off = (value: number) => Math.max(0, low - value, value - high);
          expect(off(found.mean)).toBeLessThanOrEqual(off(mean) + 1e-9);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("passes from the exact moments of a tail to its leading terms without a jump", () => {
    const at = (distance: number) => conditioned(law(0, 1), 0, { leastF: distance + 0.5, mostF: distance + 1.5 });
    const edge = 6 * Math.sqrt(1.04);
    const [below, above] = [at(edge - 1e-6), at(edge + 1e-6)];
    expect(Math.abs(below.mean - above.mean)).toBeLessThan(0.02);
    expect(Math.abs(below.sd - above.sd)).toBeLessThan(0.01);
  });

  it("does not take a temperature that stands still for ever new draws", () => {
    // Whole °C: ten readings of the same interval leave open where in it the temperature is. As noise of the same
    // spread they would have told it to 0.1 °F.
    let found = law(0, 2);
    for (let reading = 0; reading < 10; reading++) found = conditioned(found, 80, { leastF: 80, mostF: 81 });
    expect(found.sd).toBeGreaterThan(0.3);
    expect(Math.abs(found.mean - 0.5)).toBeLessThan(0.05);
  });
});
