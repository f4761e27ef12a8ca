import { describe, expect, it } from "vitest";
import { mostConnectsAMinute } from "./fault-run.ts";
import { SimulatedVenue, noVenueFaults } from "./simulated-venue.ts";
import { faultyVenues, venueFaultRun } from "./venue-fault-run.ts";

describe("a venue's feed against a line with every fault", () => {
  it.each(faultyVenues)("ends with the venue's own quotes (%s; 200 seeds in tests/deep)", (id) => {
    const runs = [1, 2, 3].map((seed) => venueFaultRun(id, seed));
    const sum = (of: (run: (typeof runs)[number]) => number) => runs.reduce((all, run) => all + of(run), 0);
    expect(sum(({ repeats }) => repeats)).toBeGreaterThan(0);
    expect(sum(({ refused }) => refused)).toBeGreaterThan(0);
    expect(sum(({ connects }) => connects)).toBeGreaterThan(12);
    // Only Coinbase's book is made of changes: one that is lost leaves it crossed.
    if (id === "coinbase") expect(sum(({ faults }) => faults)).toBeGreaterThan(0);
  });

  it.each(faultyVenues)("connects once and loses nothing over a line without faults (%s)", (id) => {
    const run = venueFaultRun(id, 7, noVenueFaults);
    expect(run).toMatchObject({ connects: 1, lost: 0, refused: 0, faults: 0, repeats: 0 });
    expect(run.trades).toBeGreaterThan(600);
  });

  it.each(faultyVenues)("makes no hot loop of a server that accepts, sends data and closes (%s)", (id) => {
    const run = venueFaultRun(id, 3, { ...noVenueFaults, acceptsAndCloses: true });
    expect(run.busiest).toBeGreaterThan(3);
    expect(run.busiest).toBeLessThanOrEqual(mostConnectsAMinute);
  });

  it.each(["bitstamp", "binance"])(
    "leaves when %s asks for it, and is back before the old socket would be gone",
    (id) => {
      const run = venueFaultRun(id, 6, { ...noVenueFaults, asksEveryMs: 60_000 });
      expect(run.asked.length).toBeGreaterThan(1);
      // The first wish of a healthy connection is followed at once.
      const [first = 0] = run.asked;
      const back = run.connectedAt.find((at) => at > first) ?? Number.POSITIVE_INFINITY;
      expect(back - first).toBeLessThanOrEqual(500);
    },
  );

  it("counts the trades that it missed where their ids say so", () => {
    const world = new SimulatedVenue("coinbase", 11, Date.UTC(2026, 10, 20, 16));
    world.run(30_000);
    world.faults = { ...noVenueFaults, drop: 0.2 };
    world.run(60_000);
    world.heal();
    world.run(10_000);
    world.stop();
    const ids = world.batches.flatMap((batch) => batch.rows.venue_trades ?? []).map(({ trade_id }) => Number(trade_id));
    const lost = world.batches
      .flatMap((batch) => batch.rows.feed_health ?? [])
      .reduce((sum, { lost_trades }) => sum + lost_trades, 0);
    const missing = Math.max(...ids) - Math.min(...ids) + 1 - new Set(ids).size;
    expect(missing).toBeGreaterThan(3);
    expect(lost).toBe(missing);
  });
});
