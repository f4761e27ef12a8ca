/**
 * Whether the streams and the polls tell the same story. What a poll showed is set beside everything that the stream showed
 * around that instant: equal books whose states stand for a second never differ, whatever the latency and the clocks, and a
 * book that has lost a change differs until it is made anew. A state that was replaced within its second is not kept by the
 * stream: a poll that met it can differ once.
 */
import { dollar, formatPrice, type Price } from "../market/price.ts";
import type { TableRow } from "../../schemas/index.ts";
import { pairOf } from "./venues/pairs.ts";

/** What was best at an instant, epoch ms; null on a side where nobody is. */
export interface Reading {
  /** A market, or a venue and its pair. */
  subject: string;
  at: number;
  bid: number | null;
  ask: number | null;
}

/** `connection` names the one that brought it: after another one, a book that was not sent anew is not known. */
export interface StreamReading extends Reading {
  connection: string;
}

/** How two readings are compared. */
export interface Measure {
  /** Of the larger difference of bid and ask. */
  difference(stream: Reading, rest: Reading): number;
  /** What is more than this is told. */
  most: number;
  /** In which the difference is given. */
  unit: string;
  /** Bid and ask as text. */
  show(reading: Reading): string;
  /** A stream's reading holds for so long when nothing newer comes, ms. */
  holdsMs: number;
}

export interface Divergence {
  subject: string;
  /** In the measure's unit. */
  difference: number;
  /** The stream's reading that is nearest to the poll's. */
  stream: Reading;
  rest: Reading;
}

/** What became of comparing one feed. */
export interface FeedComparison {
  feed: string;
  unit: string;
  most: number;
  /** Subjects that both sides speak of. */
  compared: number;
  /** The largest difference, if there is any subject. */
  worst: Divergence | undefined;
  /** Those beyond the measure's most, the largest first, with bid and ask as text. */
  diverging: readonly (Divergence & { shown: { stream: string; rest: string } })[];
}

/**
 * Latency of either side, caches of the polled one, the difference of the clocks, and the second by which books are known.
 * What the stream showed within it is as good as what it showed at the instant.
 */
const slackMs = 5_000;
/** A connection that showed nothing of any subject for so long around the poll is not compared: it was away. */
const aliveWithinMs = 15_000;

const cents = 10_000;
const emptyAsk = dollar;

/** An empty side stands for the price that nobody is refused at: 0 to buy, a dollar to sell. */
const sideOf = (bid: Price | null, ask: Price | null) => ({ bid: bid ?? 0, ask: ask ?? emptyAsk });

export const bookMeasure: Measure = {
  difference(stream, rest) {
    const [one, other] = [sideOf(stream.bid, stream.ask), sideOf(rest.bid, rest.ask)];
    return Math.max(Math.abs(one.bid - other.bid), Math.abs(one.ask - other.ask)) / cents;
  },
  most: 3,
  unit: "¢",
  show: ({ bid, ask }) => `${bid === null ? "none" : formatPrice(bid)}/${ask === null ? "none" : formatPrice(ask)}`,
  // A quiet market is told of when it changes only.
  holdsMs: 5 * 60_000,
};

export const quoteMeasure: Measure = {
  difference(stream, rest) {
    const far = (one: number | null, other: number | null) =>
      Math.abs((one ?? Number.NaN) / (other ?? Number.NaN) - 1) * 10_000;
    return Math.max(far(stream.bid, rest.bid), far(stream.ask, rest.ask));
  },
  // Spreads of the thin venues are a few; a price that is taken for another currency's is ten.
  most: 10,
  unit: "bps",
  show: ({ bid, ask }) => `${bid}/${ask}`,
  holdsMs: 15_000,
};

export function bookReading(row: TableRow<"book_tops">): StreamReading {
  // The book at the end of that second.
  const at = row.book_at + 999;
  return { subject: row.market_ticker, at, bid: row.yes_bid, ask: row.yes_ask, connection: row.connection ?? "" };
}

export function snapshotReadings(rows: readonly TableRow<"market_snapshots">[]): Reading[] {
  return rows
    .filter(({ status }) => status === "active")
    .map(({ market_ticker: subject, ingested_at: at, yes_bid: bid, yes_ask: ask }) => ({ subject, at, bid, ask }));
}

/** By receipt: Binance sends no time of its own. Undefined for a product that no price is made of. */
export function quoteReading(row: TableRow<"venue_quotes">): StreamReading | undefined {
  const pair = pairOf(row);
  if (pair === undefined) return undefined;
  const { venue, received_at: at, bid, ask, connection } = row;
  return { subject: `${venue} ${pair}`, at, bid, ask, connection: connection ?? "" };
}

/**
 * The connections that showed something shortly before the instant and shortly after it: one that was just made, or that is
 * gone since, may not have told all.
 */
function connectionsAt(stream: readonly StreamReading[], instant: number): ReadonlySet<string> {
  const near = stream.filter(({ at }) => Math.abs(at - instant) <= aliveWithinMs);
  const after = new Set(near.filter(({ at }) => at >= instant).map(({ connection }) => connection));
  return new Set(
    near.filter(({ at }) => at < instant).flatMap(({ connection }) => (after.has(connection) ? [connection] : [])),
  );
}

/** The stream's readings that a poll at `at` may have shown. */
function around(readings: readonly StreamReading[], at: number, alive: ReadonlySet<string>, holdsMs: number) {
  const own = readings.filter(({ connection }) => alive.has(connection));
  const near = own.filter((reading) => Math.abs(reading.at - at) <= slackMs);
  // What stood when the time around the poll began, on each connection.
  const before = Map.groupBy(
    own.filter((reading) => reading.at < at - slackMs && at - reading.at <= holdsMs),
    ({ connection }) => connection,
  );
  const standing = [...before.values()].flatMap((list) => list.reduce((last, one) => (one.at >= last.at ? one : last)));
  return [...standing, ...near];
}

/**
 * @param stream of one feed, in any order; they reach beyond the polls, or those are not compared.
 * @param rest polls; of each subject every one is compared.
 */
export function compareFeed(
  feed: string,
  stream: readonly StreamReading[],
  rest: readonly Reading[],
  measure: Measure,
): FeedComparison {
  const bySubject = Map.groupBy(stream, ({ subject }) => subject);
  const found = new Map<string, Divergence>();
  const aliveAt = new Map<number, ReadonlySet<string>>();
  for (const polled of rest) {
    let alive = aliveAt.get(polled.at);
    if (alive === undefined) aliveAt.set(polled.at, (alive = connectionsAt(stream, polled.at)));
    const readings = around(bySubject.get(polled.subject) ?? [], polled.at, alive, measure.holdsMs);
    let nearest: Divergence | undefined;
    for (const one of readings) {
      const difference = measure.difference(one, polled);
      // Of equals the one that is nearest in time.
      const away = Math.abs(one.at - polled.at);
      if (
        nearest === undefined ||
        difference < nearest.difference ||
        (difference === nearest.difference && away < Math.abs(nearest.stream.at - polled.at))
      ) {
        nearest = { subject: polled.subject, difference, stream: one, rest: polled };
      }
    }
    const known = found.get(polled.subject);
    if (nearest !== undefined && (known === undefined || nearest.difference > known.difference)) {
      found.set(polled.subject, nearest);
    }
  }
  const all = [...found.values()].sort((a, b) => b.difference - a.difference || (a.subject < b.subject ? -1 : 1));
  const { unit, most, show } = measure;
  const diverging = all
    .filter(({ difference }) => difference > most)
    .map((one) => ({ ...one, shown: { stream: show(one.stream), rest: show(one.rest) } }));
  return { feed, unit, most, compared: all.length, worst: all[0], diverging };
}
