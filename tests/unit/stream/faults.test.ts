import { describe, expect, it } from "vitest";
import { busiestMinute, faultRun, mostConnectsAMinute } from "./fault-run.ts";
import { allKalshiFaults, noKalshiFaults } from "./simulated-kalshi.ts";

describe("the stream engine against a line with every fault", () => {
  it.each([1, 2])("ends with the world's books (seed %i; 200 seeds in tests/deep)", (seed) => {
    const run = faultRun(seed);
    expect(run.open).toBeGreaterThan(3);
    expect(run.compared).toBeGreaterThan(50);
    for (const happened of [run.gaps, run.repeats, run.refused, run.resyncs, run.losses])
      expect(happened).toBeGreaterThan(0);
  });

  it("sees no gap, refuses nothing and connects once over a line without faults", () => {
    const run = faultRun(7, noKalshiFaults);
    expect(run).toMatchObject({ gaps: 0, repeats: 0, refused: 0, resyncs: 0, losses: 0, connects: 1 });
    expect(run.compared).toBeGreaterThan(50);
  });

  it.each([11])("never calls a book diverging that knew when it had lost something (seed %i)", (seed) => {
    // A clock that jumps by seconds is more than two books can be compared over.
    const run = faultRun(seed, { ...allKalshiFaults, skewEveryMs: Number.POSITIVE_INFINITY });
    expect(run.diverging).toEqual([]);
    expect(run.polled).toBeGreaterThan(10);
    expect(run.losses).toBeGreaterThan(10);
  });

  it("makes no hot loop of a server that accepts, sends data and closes", () => {
    const run = faultRun(3, { ...noKalshiFaults, acceptsAndCloses: true });
    expect(run.busiest).toBeGreaterThan(3);
    expect(run.busiest).toBeLessThanOrEqual(mostConnectsAMinute);
  });

  it("counts the busiest minute as what it is", () => {
    expect(busiestMinute([])).toBe(0);
    expect(busiestMinute([0, 30_000, 59_999, 60_000, 119_999])).toBe(3);
  });
});
