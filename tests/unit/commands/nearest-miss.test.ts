import { describe, expect, it } from "vitest";
import { gates } from "../../../core/alerts/gates.ts";
import { type CandidateEnd, nearestMiss, wouldHaveToChange } from "../../../core/alerts/nearest-miss.ts";

const end = (change: Partial<CandidateEnd> = {}): CandidateEnd => ({
  market_ticker: "M",
  side: "yes",
  gate: "small_edge",
  position: 8,
  value: 0.012,
  threshold: 0.02,
  detail: "edge 1.2¢ after fees, at least 2.0¢",
  edge: 0.012,
  ...change,
});

describe("the nearest miss", () => {
  it("is the candidate with the most gates passed, then with the largest edge", () => {
    const far = end({ market_ticker: "A", gate: "no_quote", position: 5, edge: 0.5 });
    const near = end({ market_ticker: "B", edge: 0.012 });
    const nearer = end({ market_ticker: "C", edge: 0.019 });
    expect(nearestMiss([far, near, nearer])).toBe(nearer);
    expect(nearestMiss([nearer, near, far])).toBe(nearer);
  });

  it("is never a signal, and nothing where all are signals", () => {
    expect(nearestMiss([end({ gate: "signal", position: 11 })])).toBeUndefined();
    const miss = end({ position: 2, gate: "source_blocked" });
    expect(nearestMiss([end({ gate: "signal", position: 11 }), miss])).toBe(miss);
  });

  it("does not depend on the order where edges are missing", () => {
    const [a, b] = [end({ market_ticker: "A", edge: null }), end({ market_ticker: "B", edge: null })];
    expect(nearestMiss([b, a])).toBe(a);
    expect(nearestMiss([a, b])).toBe(a);
  });
});

describe("what would have to change", () => {
  it("is stated for every gate there is", () => {
    for (const { id } of gates) {
      const sentence = wouldHaveToChange(end({ gate: id, value: null, threshold: null, detail: "the detail" }));
      expect({ id, sentence }).not.toEqual({ id, sentence: "the detail" });
    }
  });

  it("uses the numbers of the row", () => {
    expect(wouldHaveToChange(end())).toMatch(/^yes must cost 0\.8¢ less/);
    expect(wouldHaveToChange(end({ gate: "wide_spread", value: 0.1, threshold: 0.08 }))).toBe(
      "the spread must narrow by 2.0¢ to 8.0¢ or less",
    );
    expect(wouldHaveToChange(end({ gate: "thin", value: 6.18, threshold: 10 }))).toBe(
      "3.82 more contracts must be offered at the price",
    );
    expect(wouldHaveToChange(end({ gate: "cooldown", value: 300, threshold: 360 }))).toMatch(/^60 min more/);
  });
});
