/** One seeded run of a venue's feed against faults, and what must hold at its end. */
import { expect } from "vitest";
import { busiestMinute, mostConnectsAMinute } from "./fault-run.ts";
import { allFaults } from "./simulated-line.ts";
import { SimulatedVenue, type VenueFaults } from "./simulated-venue.ts";

const minute = 60_000;
const second = 1_000;
const start = Date.UTC(2026, 10, 20, 16);

export const allVenueFaults: VenueFaults = { ...allFaults, asksEveryMs: 90_000 };

/** The pair of bitcoin by the venue's own name. */
const products: Readonly<Record<string, string>> = {
  coinbase: "BTC-USD",
  kraken: "BTC/USD",
  bitstamp: "btcusd",
  binance: "BTCUSDT",
};
export const faultyVenues = Object.keys(products);

/** @returns how much of what happened, so that a test can see that something did. */
export function venueFaultRun(id: string, seed: number, faults: VenueFaults = allVenueFaults) {
  const product = products[id] ?? "";
  const world = new SimulatedVenue(id, seed, start);
  world.run(30_000);
  world.faults = faults;
  world.run(6 * minute);
  world.heal();
  // The longest back-off is a minute; a silent socket is noticed after half of one.
  world.run(3 * minute);
  const settled = world.now;
  world.run(minute + 300);

  expect(world.feed.phase, `seed ${seed}: ${id}`).toBe("live");
  expect(busiestMinute(world.connects), `seed ${seed}: ${id} connects a minute`).toBeLessThanOrEqual(
    mostConnectsAMinute,
  );
  const truth = world.quoteAt(world.now);
  const newest = world.newest(product);
  expect(newest?.bid, `seed ${seed}: the bid of ${id}`).toBeCloseTo(truth.bid, 2);
  expect(newest?.ask, `seed ${seed}: the ask of ${id}`).toBeCloseTo(truth.ask, 2);

  world.stop();
  const quotes = world.batches
    .flatMap((batch) => batch.rows.venue_quotes ?? [])
    .filter((row) => row.product === product && row.quote_at >= settled && row.quote_at < world.now - second);
  for (const { quote_at, bid, ask } of quotes) {
    const real = world.quoteAt(quote_at);
    expect(
      [bid, ask].map((price) => price.toFixed(2)),
      `seed ${seed}: ${id} at ${quote_at}`,
    ).toEqual([real.bid, real.ask].map((price) => price.toFixed(2)));
  }
  // Every second of the healthy minute.
  expect(quotes.length, `seed ${seed}: ${id}`).toBeGreaterThanOrEqual(58);
  const trades = world.batches.flatMap((batch) => batch.rows.venue_trades ?? []);
  const health = world.batches.flatMap((batch) => batch.rows.feed_health ?? []);
  const sum = (of: (row: (typeof health)[number]) => number) => health.reduce((all, row) => all + of(row), 0);
  return {
    connects: world.connects.length,
    asked: world.asked,
    connectedAt: world.connects,
    trades: new Set(trades.map(({ trade_id }) => trade_id)).size,
    lost: sum(({ lost_trades }) => lost_trades),
    repeats: sum(({ repeats }) => repeats),
    refused: sum(({ refused }) => refused),
    faults: sum(({ faults: n }) => n),
    frames: sum(({ frames }) => frames),
    busiest: busiestMinute(world.connects),
  };
}
