/** What every `Random` does. */
import { describe, expect, test } from "vitest";
import type { Random } from "../../../core/ports.ts";

export interface RandomUnderTest {
  random: Random;
  close(): Promise<void>;
}

export function describeRandomContract(name: string, make: () => Promise<RandomUnderTest>): void {
  describe(`Random contract: ${name}`, () => {
    test("is uniform in [0, 1)", async () => {
      const { random, close } = await make();
      const draws = 20_000;
      const deciles = Array.from({ length: 10 }, () => 0);
      for (let draw = 0; draw < draws; draw++) {
        const value = random.next();
        if (!(value >= 0 && value < 1)) throw new Error(`${value} is not in [0, 1)`);
        const decile = Math.floor(value * 10);
        deciles[decile] = (deciles[decile] ?? 0) + 1;
      }
      await close();
      // Pearson's chi-squared, 9 degrees of freedom: above 46 once in two million runs of a fair source.
      const expected = draws / deciles.length;
      const chiSquared = deciles.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(chiSquared).toBeLessThan(46);
    });

    test("does not repeat itself", async () => {
      const { random, close } = await make();
      const values = new Set(Array.from({ length: 1_000 }, () => random.next()));
      await close();
      expect(values.size).toBe(1_000);
    });
  });
}
