/** When an event's turn is, at any minute of its life and for any close. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { momentumShift } from "../../../core/crypto/momentum.ts";
import { cryptoDesk } from "../../../core/crypto/desk.ts";
import { cryptoPaces, isDue, plannedWithin } from "../../../core/crypto/paces.ts";

const minute = 60_000;
const day = 1_440 * minute;
const midnight = Date.parse("2026-11-02T00:00:00Z");
/** Events close at whole minutes, nearly all of them at quarters of an hour. */
const closes = fc.oneof(
  fc.nat(96).map((quarters) => midnight + quarters * 15 * minute),
  fc.nat(1_440).map((minutes) => midnight + minutes * minute),
);
const left = fc.integer({ min: -120, max: 2 * 1_440 });

/** As the tables of docs/architecture.md say it. */
function expected(now: number, minutesLeft: number): boolean {
  if (minutesLeft <= 0 || minutesLeft > 24 * 60) return false;
  const ofHour = new Date(now).getUTCMinutes();
  if (minutesLeft <= 60) return true;
  return minutesLeft <= 6 * 60 ? ofHour % 15 === 0 : ofHour === 0;
}

describe("the paces of bitcoin's events", () => {
  it("plan at a whole minute exactly when the time that is left says so", () => {
    fc.assert(
      fc.property(closes, left, (close, minutesLeft) => {
        const now = close - minutesLeft * minute;
        expect(isDue(now, close)).toBe(expected(now, minutesLeft));
      }),
      { numRuns: 5_000 },
    );
  });

  it("plan between the minutes only what is near its close", () => {
    fc.assert(
      fc.property(closes, fc.integer({ min: -minute, max: 2 * day }), (close, before) => {
        const now = close - before;
        fc.pre(now % minute !== 0);
        expect(isDue(now, close)).toBe(before > 0 && before <= 120_000);
      }),
      { numRuns: 2_000 },
    );
  });

  it("make 98 jobs of an event that trades for a day, and none beyond that", () => {
    const close = midnight + 22 * 60 * minute;
    const planned = Array.from({ length: 3 * 1_440 }, (_, before) => close - before * minute).filter((now) =>
      isDue(now, close),
    );
    expect(planned).toHaveLength(60 + 5 * 4 + 18);
    expect(close - Math.min(...planned)).toBe(day);
    expect(plannedWithin).toBe(day);
  });

  it("are multiples of the desk's schedule, slower the longer the time that is left", () => {
    for (const [index, { withinMinutes, everyMinutes }] of cryptoPaces.entries()) {
      expect(everyMinutes % cryptoDesk.schedule.everyMinutes).toBe(0);
      const before = cryptoPaces[index - 1];
      if (before === undefined) continue;
      expect(withinMinutes).toBeGreaterThan(before.withinMinutes);
      expect(everyMinutes).toBeGreaterThan(before.everyMinutes);
    }
  });

  it("ask for no momentum beyond the half hour: a return of five minutes says nothing of hours", () => {
    fc.assert(
      fc.property(fc.double({ min: -0.1, max: 0.1, noNaN: true }), left, (logReturn, minutes) => {
        const secondsToClose = Math.max(30, minutes) * 60;
        expect(momentumShift({ logReturn, sigma: 1e-4, secondsToClose })).toBeCloseTo(0, 12);
      }),
    );
  });
});
