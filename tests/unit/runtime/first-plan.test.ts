import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstPlanAt } from "../../../runtime/first-plan.ts";

const minute = 60_000;

describe("the first plan of a desk that has just begun", () => {
  it("is of a whole minute after the windows that it rests on, and at most a minute late", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 * minute }),
        fc.integer({ min: 0, max: 3 * minute }),
        (landedAt, waited) => {
          const now = landedAt + waited;
          const at = firstPlanAt(landedAt, now);
          if (waited >= minute) expect(at).toBeDefined();
          if (at === undefined) return;
          expect(at % minute).toBe(0);
          expect(at).toBeGreaterThanOrEqual(landedAt);
          expect(at).toBeLessThanOrEqual(now);
        },
      ),
    );
    expect(firstPlanAt(minute + 1, 2 * minute - 1)).toBeUndefined();
    expect(firstPlanAt(minute, minute)).toBe(minute);
  });
});
