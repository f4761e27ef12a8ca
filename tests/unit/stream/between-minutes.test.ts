/** When a desk is asked to plan between whole minutes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BetweenMinutes } from "../../../core/desk.ts";
import { instantsBetween } from "../../../core/stream/between-minutes.ts";

const second = 1_000;
const minute = 60_000;
const close = Date.UTC(2026, 10, 20, 16, 15);
const stream = "stream-kalshi";
const ofCrypto: BetweenMinutes = { everySeconds: 10, beforeCloseSeconds: 120, stream };
const within = (closes: readonly number[], from = close - 10 * minute, to = close + 10 * minute) =>
  instantsBetween(ofCrypto, () => closes, from, to).map((at) => (at - close) / second);

const rules = fc.record({
  everySeconds: fc.constantFrom(1, 2, 5, 10, 15, 20, 30),
  beforeCloseSeconds: fc.integer({ min: 1, max: 900 }),
  stream: fc.constant(stream),
});
const instants = fc.integer({ min: close - 10 * minute, max: close + 10 * minute });
const someCloses = fc.array(
  fc.integer({ min: -600, max: 600 }).map((seconds) => close + seconds * second),
  { maxLength: 4 },
);

describe("instants between the minutes", () => {
  it("are every ten seconds of the last two minutes before a close, without the whole ones", () => {
    const expected = [-110, -100, -90, -80, -70, -50, -40, -30, -20, -10];
    expect(within([close])).toEqual(expected);
    expect(within([close, close, close + 4 * minute])).toEqual([...expected, ...expected.map((at) => at + 240)]);
    // Seen before, and up to the present.
    expect(within([close], close - 50 * second, close - 30 * second)).toEqual([-40, -30]);
  });

  it("are none where no close is known", () => {
    expect(within([])).toEqual([]);
  });

  it("are never whole minutes, always on the seconds of the clock, near a close, and ascending", () => {
    fc.assert(
      fc.property(rules, someCloses, instants, instants, (rule, closes, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const found = instantsBetween(rule, () => closes, from, to);
        for (const [index, at] of found.entries()) {
          expect(at % minute).not.toBe(0);
          expect(at % (rule.everySeconds * second)).toBe(0);
          expect(at).toBeGreaterThan(from);
          expect(at).toBeLessThanOrEqual(to);
          expect(at).toBeGreaterThan(found[index - 1] ?? Number.NEGATIVE_INFINITY);
          expect(closes.some((one) => at < one && one - at <= rule.beforeCloseSeconds * second)).toBe(true);
        }
      }),
    );
  });

  it("are the same however often one looks", () => {
    fc.assert(
      fc.property(rules, someCloses, fc.array(instants, { minLength: 3 }), (rule, closes, looks) => {
        const sorted = looks.toSorted((a, b) => a - b);
        const whole = instantsBetween(rule, () => closes, sorted[0] ?? 0, sorted.at(-1) ?? 0);
        const pieces = sorted
          .slice(1)
          .flatMap((to, index) => instantsBetween(rule, () => closes, sorted[index] ?? 0, to));
        expect(pieces).toEqual(whole);
      }),
    );
  });

  it("are refused where the rule names no instant of the clock", () => {
    for (const everySeconds of [0, 7, 1.5, 60, 120]) {
      expect(() => instantsBetween({ ...ofCrypto, everySeconds }, () => [], 0, 1)).toThrow(
        `everySeconds is ${everySeconds}`,
      );
    }
    expect(() => instantsBetween({ ...ofCrypto, beforeCloseSeconds: 0 }, () => [], 0, 1)).toThrow(
      "beforeCloseSeconds is 0",
    );
  });
});
