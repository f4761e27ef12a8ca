/** What every `Clock` does. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "../../../core/ports.ts";

export interface ClockUnderTest {
  clock: Clock;
  close(): Promise<void>;
}

export function describeClockContract(name: string, make: () => Promise<ClockUnderTest>): void {
  describe(`Clock contract: ${name}`, () => {
    let under: ClockUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(async () => {
      await under.close();
    });

    test("tells whole milliseconds since 1970", () => {
      const now = under.clock.now();
      expect(Number.isSafeInteger(now)).toBe(true);
      // Between 2020 and 2100: neither seconds nor microseconds.
      expect(now).toBeGreaterThan(1_577_836_800_000);
      expect(now).toBeLessThan(4_102_444_800_000);
    });

    test("never goes back, and sleep comes to an end", async () => {
      let before = under.clock.now();
      for (const ms of [0, 1, 20]) {
        await under.clock.sleep(ms);
        const after = under.clock.now();
        expect(after).toBeGreaterThanOrEqual(before);
        before = after;
      }
    });

    test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses to sleep %d ms", async (ms) => {
      await expect(under.clock.sleep(ms)).rejects.toThrow(/sleep/);
    });
  });
}
