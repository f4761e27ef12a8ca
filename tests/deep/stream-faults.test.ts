/**
 * Two hundred seeded runs of eleven simulated minutes each: whatever the line did, the books end as the world's, the newest
 * row of each market is never a book that was lost, and polls beside them make no false alarm.
 */
import { afterAll, describe, expect, it } from "vitest";
import { faultRun } from "../unit/stream/fault-run.ts";
import { allKalshiFaults } from "../unit/stream/simulated-kalshi.ts";

const runs = 200;
const totals = { connects: 0, gaps: 0, repeats: 0, refused: 0, resyncs: 0, losses: 0, polled: 0, frames: 0 };

describe("the stream engine against faults", () => {
  it.each(Array.from({ length: runs }, (_, seed) => seed + 1_000))("seed %i", (seed) => {
    // From lines that are a little bad to lines on which every tenth frame is lost.
    const scale = 0.2 + (seed % 10);
    // A clock that jumps by seconds is more than a poll can be compared over.
    const isSteady = seed % 20 < 10;
    const run = faultRun(seed, {
      ...allKalshiFaults,
      ...(isSteady ? { skewEveryMs: Number.POSITIVE_INFINITY } : {}),
      drop: allKalshiFaults.drop * scale,
      double: allKalshiFaults.double * scale,
      delay: allKalshiFaults.delay * scale,
      garble: allKalshiFaults.garble * scale,
    });
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += run[name];
    expect(run.open).toBeGreaterThan(0);
    if (isSteady) expect(run.diverging).toEqual([]);
  });

  afterAll(() => {
    process.stdout.write(`${runs} runs: ${JSON.stringify(totals)}\n`);
  });
});
