import { expect, it } from "vitest";
import { scoreLines } from "../../../runtime/demo-report.ts";

const better = { mean: -0.02, low: -0.03, high: -0.01 };
const worse = { mean: 0.02, low: 0.01, high: 0.03 };
const unclear = { mean: 0, low: -0.01, high: 0.01 };

/** What is said of model, pool and the one part, on so many blocks. */
function verdicts(blocks: number, partBlocks: number): (string | undefined)[] {
  const lines = scoreLines({
    forecasts: 100,
    grades: 1_000,
    unit: "close",
    blocks,
    brier: { model: unclear, market: unclear, pool: unclear },
    difference: { model: worse, pool: better },
    parts: [{ model: "part", grades: 500, blocks: partBlocks, brier: unclear, market: unclear, difference: unclear }],
  });
  return lines.flatMap((line) => (line.includes(" - market ") ? [line.split("]  ")[1]] : []));
}

it("says nothing of who was better on fewer than ten blocks, each part by its own", () => {
  expect(verdicts(10, 10)).toEqual([
    "worse than the market",
    "better than the market",
    "not distinguishable from the market; n = 500",
  ]);
  expect(verdicts(9, 10)).toEqual(["too few to say", "too few to say", "not distinguishable from the market; n = 500"]);
  expect(verdicts(10, 9).at(-1)).toBe("too few to say; n = 500");
});
