/**
 * Whether the streams and the polls tell the same story. What a poll showed is set beside everything that the stream showed
 * around that instant: equal books never differ, whatever the latency and the clocks, and a book that has lost a change
 * differs until it is made anew. Of the states that a second replaced a book's row keeps between which prices they lay, and
 * a poll that met one of them lies between these. Where the stream does not know all that was, nothing is compared.
 */
import { type BestRange, rangeAt } from "../market/best-range.ts";
import { dollar, formatPrice } from "../market/price.ts";
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

/** What stood at the end of a second, by a stream. */
export interface StreamReading extends Reading {
  /** The one that brought it: after another one, a book that was not sent anew is not known. */
  connection: string;
  /** false: from here on its connection does not know the subject, until its next reading. */
  inStep: boolean;
  /** What the second went through; undefined when not all of that is known, so of a reading out of step too. */
  through: BestRange | undefined;
}

/** How two readings are compared. */
export interface Measure {
  /** Of bid and ask, as what nobody is refused at where nobody is. */
  sides(reading: Reading): { bid: number; ask: number };
  /** From the nearest price between `low` and `high`. */
  difference(low: number, high: number, polled: number): number;
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

/** How far `polled` lies outside. */
const outside = (low: number, high: number, polled: number) => Math.max(low - polled, polled - high, 0);

export const bookMeasure: Measure = {
  // 0 to buy, a dollar to sell.
  sides: ({ bid, ask }) => ({ bid: bid ?? 0, ask: ask ?? dollar }),
  difference: (low, high, polled) => outside(low, high, polled) / cents,
  most: 3,
  unit: "¢",
  show: ({ bid, ask }) => `${bid === null ? "none" : formatPrice(bid)}/${ask === null ? "none" : formatPrice(ask)}`,
  // A quiet market is told of when it changes only.
  holdsMs: 5 * 60_000,
};

export const quoteMeasure: Measure = {
  sides: ({ bid, ask }) => ({ bid: bid ?? Number.NaN, ask: ask ?? Number.NaN }),
  difference: (low, high, polled) => (outside(low, high, polled) / polled) * 10_000,
  // Spreads of the thin venues are a few; a price that is taken for another currency's is ten.
  most: 10,
  unit: "bps",
  show: ({ bid, ask }) => `${bid}/${ask}`,
  holdsMs: 15_000,
};

export function bookReading(row: TableRow<"book_tops">): StreamReading {
  // The book at the end of that second.
  const at = row.book_at + 999;
  const { yes_bid_low: bidLow, yes_bid_high: bidHigh, yes_ask_low: askLow, yes_ask_high: askHigh } = row;
  const isWhole = bidLow !== null && bidHigh !== null && askLow !== null && askHigh !== null;
  return {
    subject: row.market_ticker,
    at,
    bid: row.yes_bid,
    ask: row.yes_ask,
    connection: row.connection ?? "",
    inStep: row.in_step !== false,
    through: isWhole ? { bidLow, bidHigh, askLow, askHigh } : undefined,
  };
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
  // Quotes that a second replaced are taken to be near the one that it kept.
  const through = rangeAt(bid, ask);
  return { subject: `${venue} ${pair}`, at, bid, ask, connection: connection ?? "", inStep: true, through };
}

/**
 * The connections that showed something shortly before the instant and shortly after it: one that was just made, or that is
 * gone since, may not have told all.
 */
function connectionsAt(stream: readonly StreamReading[], instant: number): ReadonlySet<string> {
  // That a book is lost is said when a connection ends, too.
  const near = stream.filter(({ at, inStep }) => inStep && Math.abs(at - instant) <= aliveWithinMs);
  const after = new Set(near.filter(({ at }) => at >= instant).map(({ connection }) => connection));
  return new Set(
    near.filter(({ at }) => at < instant).flatMap(({ connection }) => (after.has(connection) ? [connection] : [])),
  );
}

interface Shown {
  reading: StreamReading;
  /** What a poll may have met. */
  range: BestRange;
}

/**
 * What one connection showed of a subject around a poll, from what stood when the time around it began; nothing unless all
 * that it then went through is known.
 */
function shownBy(readings: readonly StreamReading[], at: number, { holdsMs, sides }: Measure): Shown[] {
  let standing: StreamReading | undefined;
  const shown: Shown[] = [];
  for (const reading of readings) {
    if (Math.abs(reading.at - at) <= slackMs) {
      if (reading.through === undefined) return [];
      shown.push({ reading, range: reading.through });
    } else if (reading.at < at && at - reading.at <= holdsMs && reading.at >= (standing?.at ?? 0)) standing = reading;
  }
  if (standing === undefined || !standing.inStep) return [];
  const { bid, ask } = sides(standing);
  return [{ reading: standing, range: rangeAt(bid, ask) }, ...shown];
}

/** Of the larger difference of bid and ask. */
function differenceOf({ bidLow, bidHigh, askLow, askHigh }: BestRange, polled: Reading, measure: Measure): number {
  const { bid, ask } = measure.sides(polled);
  return Math.max(measure.difference(bidLow, bidHigh, bid), measure.difference(askLow, askHigh, ask));
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
    const byConnection = Map.groupBy(bySubject.get(polled.subject) ?? [], ({ connection }) => connection);
    let nearest: Divergence | undefined;
    const shown = [...alive].flatMap((name) => shownBy(byConnection.get(name) ?? [], polled.at, measure));
    for (const { reading: one, range } of shown) {
      const difference = differenceOf(range, polled, measure);
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
