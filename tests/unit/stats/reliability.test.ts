import { describe, expect, it } from "vitest";
import { reliability } from "../../../core/stats/reliability.ts";

describe("reliability", () => {
  it("puts each probability into its bin, 1 into the last, and leaves empty bins without means", () => {
    const rows = [
      { probability: 0, outcome: 0 },
      { probability: 0.2, outcome: 1 },
      { probability: 0.25, outcome: 0 },
      { probability: 1, outcome: 1 },
    ];
    expect(reliability(rows, 5)).toEqual([
      { from: 0, to: 0.2, n: 1, meanProbability: 0, meanOutcome: 0 },
      { from: 0.2, to: 0.4, n: 2, meanProbability: 0.225, meanOutcome: 0.5 },
      { from: 0.4, to: 0.6, n: 0, meanProbability: null, meanOutcome: null },
      { from: 0.6, to: 0.8, n: 0, meanProbability: null, meanOutcome: null },
      { from: 0.8, to: 1, n: 1, meanProbability: 1, meanOutcome: 1 },
    ]);
  });
  it("refuses what is no probability", () => {
    expect(() => reliability([{ probability: Number.NaN, outcome: 0 }])).toThrow(/probability is NaN/);
  });
});
