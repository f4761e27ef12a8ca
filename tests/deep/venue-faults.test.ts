/** Two hundred seeded runs a venue of eleven simulated minutes each: whatever the line did, the feed ends with the venue's own quotes. */
import { afterAll, describe, expect, it } from "vitest";
import { allVenueFaults, faultyVenues, venueFaultRun } from "../unit/stream/venue-fault-run.ts";

const runs = 200;

describe.each(faultyVenues)("the feed of %s against faults", (id) => {
  const totals = { connects: 0, repeats: 0, refused: 0, faults: 0, lost: 0, frames: 0 };

  it.each(Array.from({ length: runs }, (_, seed) => seed + 2_000))("seed %i", (seed) => {
    // From lines that are a little bad to lines on which every tenth frame is lost.
    const scale = 0.2 + (seed % 10);
    const { drop, double, delay, garble } = allVenueFaults;
    const run = venueFaultRun(id, seed, {
      ...allVenueFaults,
      drop: drop * scale,
      double: double * scale,
      delay: delay * scale,
      garble: garble * scale,
    });
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += run[name];
    expect(run.trades).toBeGreaterThan(0);
  });

  afterAll(() => {
    process.stdout.write(`${id}, ${runs} runs: ${JSON.stringify(totals)}\n`);
  });
});
