/** One seeded run of the stream engine against faults, and what must hold at its end. */
import { expect } from "vitest";
import { bookMeasure, bookReading, compareFeed } from "../../../core/crypto/divergence.ts";
import { allKalshiFaults, type KalshiFaults, SimulatedKalshi } from "./simulated-kalshi.ts";

const minute = 60_000;
const start = Date.UTC(2026, 10, 20, 16);

/** No minute may see more attempts to connect than this: 0.5, 1, 2, … s apart at least, and a clock that jumps ahead. */
export const mostConnectsAMinute = 10;

/** Nor more commands: five for each connection, one a second for lost books, and what brings and takes away markets. */
const mostCommandsAMinute = 5 * mostConnectsAMinute + 60 + 20;

export function busiestMinute(instants: readonly number[]): number {
  return Math.max(0, ...instants.map((from) => instants.filter((at) => at >= from && at < from + minute).length));
}

/** @returns how much of what happened, so that a test can see that something did. */
export function faultRun(seed: number, faults: KalshiFaults = allKalshiFaults) {
  const world = new SimulatedKalshi(seed, start);
  world.run(30_000);
  world.faults = faults;
  world.run(6 * minute);
  world.heal();
  // The longest back-off is a minute; a silent socket is noticed after another.
  world.run(4 * minute);
  const settled = world.now;
  world.run(minute);
  world.still = true;
  world.run(1_000);

  const open = world.openMarkets();
  for (const { ticker, bids, asks } of open) {
    const book = world.bookOf(ticker);
    expect(book, `seed ${seed}: ${ticker} is out of step at the end`).toBeDefined();
    expect(world.told.newest.get(ticker)?.in_step, `seed ${seed}: ${ticker} is told to be out of step`).toBe(true);
    const ours = (side: [number, number][] | undefined) => (side ?? []).map(([p, n]) => [p / 10_000, n / 100]);
    const theirs = (side: Map<number, number>, sign: number) => [...side].sort(([a], [b]) => sign * (a - b));
    expect(ours(book?.bids.depth(1_000)), `seed ${seed}: bids of ${ticker}`).toEqual(theirs(bids, -1));
    expect(ours(book?.asks.depth(1_000)), `seed ${seed}: asks of ${ticker}`).toEqual(theirs(asks, 1));
  }
  expect(world.feed.phase).toBe("live");
  expect(busiestMinute(world.connects), `seed ${seed}: connects a minute`).toBeLessThanOrEqual(mostConnectsAMinute);
  const commands = busiestMinute(world.commands);
  expect(commands, `seed ${seed}: commands a minute`).toBeLessThanOrEqual(mostCommandsAMinute);

  const { losses } = world.told;
  world.stop();
  expect(world.told.losses, `seed ${seed}: a stop is no loss`).toBe(losses);
  // Rows that were asked for show the last seconds as they stood then, not as they ended.
  const rows = world.batches.flatMap(({ at, minute: begin, rows: { book_tops = [] } }) =>
    book_tops.filter(({ book_at }) => at === begin || book_at < at - 3_000),
  );
  let compared = 0;
  for (const { market_ticker, book_at, yes_bid, yes_ask } of rows) {
    if (book_at < settled || book_at > world.now - 5_000) continue;
    const inCents = (price: number | null) => (price === null ? null : price / 10_000);
    const said = [inCents(yes_bid), inCents(yes_ask)].join(" ");
    expect(said, `seed ${seed}: ${market_ticker} at ${book_at}`).toBe(world.tops.get(market_ticker)?.get(book_at));
    compared += 1;
  }
  const { compared: polled, diverging } = compareFeed(
    "kalshi",
    world.told.rows.map(bookReading),
    world.polls,
    bookMeasure,
  );
  const health = world.batches.flatMap((batch) => batch.rows.feed_health ?? []);
  const sum = (of: (row: (typeof health)[number]) => number) => health.reduce((all, row) => all + of(row), 0);
  return {
    open: open.length,
    compared,
    polled,
    diverging,
    losses,
    connects: world.connects.length,
    busiest: busiestMinute(world.connects),
    commands,
    gaps: sum(({ gaps }) => gaps),
    repeats: sum(({ repeats }) => repeats),
    refused: sum(({ refused }) => refused),
    resyncs: sum(({ resyncs }) => resyncs),
    frames: sum(({ frames }) => frames),
  };
}
