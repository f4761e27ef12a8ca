/** What a market shows, by the freshest of all that the desk has read of it, tagged by where that came from. */
import type { TableRow } from "../../schemas/index.ts";
import type { BookLevel } from "./books.ts";
import { dollar, type Count, type Price } from "./price.ts";

/** listing: best bid and ask of a list of markets. book: a polled order book. stream: a book kept in step by a stream. */
export type QuoteOrigin = "listing" | "book" | "stream";

export interface MarketQuote {
  origin: QuoteOrigin;
  /** When it was fetched or received, epoch ms. */
  quotedAt: number;
  bid: Price | null;
  bidSize: Count | null;
  ask: Price | null;
  askSize: Count | null;
  /** Priced on the Yes side, best first. Of a listing a single level, none when its size is not known. */
  bids: readonly BookLevel[];
  asks: readonly BookLevel[];
  /** Contracts traded so far, of the listing; null when it does not say. */
  volume: Count | null;
}

export interface QuoteRows {
  snapshots: readonly TableRow<"market_snapshots">[];
  books: readonly TableRow<"order_books">[];
  tops: readonly TableRow<"book_tops">[];
}

type Shown = Omit<MarketQuote, "volume">;

/** A best quote as a book of one level; nothing without a price or of unknown size. */
function levelOf(price: Price | null, size: Count | null): BookLevel[] {
  return price !== null && size !== null && size > 0 ? [{ price, size }] : [];
}

function ofListing(row: TableRow<"market_snapshots">): Shown {
  const { yes_bid: bid, yes_bid_size: bidSize, yes_ask: ask, yes_ask_size: askSize } = row;
  return {
    origin: "listing",
    quotedAt: row.ingested_at,
    bid,
    bidSize,
    ask,
    askSize,
    bids: levelOf(bid, bidSize),
    asks: levelOf(ask, askSize),
  };
}

/** Dollars and contracts of a stored side as whole numbers, the best level first. */
function levelsOf(prices: readonly (number | null)[], sizes: readonly (number | null)[]): BookLevel[] {
  return prices
    .map((price, index) => ({
      price: Math.round((price ?? Number.NaN) * dollar),
      size: Math.round((sizes[index] ?? Number.NaN) * 100),
    }))
    .toReversed();
}

function ofBook(row: TableRow<"order_books">): Shown {
  return {
    origin: "book",
    quotedAt: row.ingested_at,
    bid: row.yes_bid,
    bidSize: row.yes_bid_size,
    ask: row.yes_ask,
    askSize: row.yes_ask_size,
    bids: levelsOf(row.yes_prices, row.yes_sizes),
    // Whoever bids p for No sells Yes at 1 - p.
    asks: levelsOf(row.no_prices, row.no_sizes).map(({ price, size }) => ({ price: dollar - price, size })),
  };
}

function ofStream(row: TableRow<"book_tops">): Shown {
  const levels = (text: string) =>
    (JSON.parse(text) as [Price, Count][]).map(([price, size]): BookLevel => ({ price, size }));
  return {
    origin: "stream",
    quotedAt: row.received_at,
    bid: row.yes_bid,
    bidSize: row.yes_bid_size,
    ask: row.yes_ask,
    askSize: row.yes_ask_size,
    bids: levels(row.bids),
    asks: levels(row.asks),
  };
}

/** The newest row of each market. */
function newest<R extends { market_ticker: string }>(rows: readonly R[], at: (row: R) => number): Map<string, R> {
  const found = new Map<string, R>();
  for (const row of rows) {
    const before = found.get(row.market_ticker);
    if (before === undefined || at(before) <= at(row)) found.set(row.market_ticker, row);
  }
  return found;
}

/**
 * The rows of the newest listing that had reached us whole. One that was under way is not known yet, and of an older one
 * nothing may fill its place: a market that the newest leaves out is not open any longer.
 */
function newestListing(snapshots: QuoteRows["snapshots"], now: number): QuoteRows["snapshots"] {
  const windows = [...Map.groupBy(snapshots, ({ window_at }) => window_at)].toSorted(([a], [b]) => b - a);
  return windows.find(([, rows]) => rows.every(({ ingested_at }) => ingested_at <= now))?.[1] ?? [];
}

/**
 * By market ticker. Of two that are equally fresh the one with depth holds. What a market shows while it is not open
 * (paused, for example) nobody can trade on: orders resting there are cancelled before it opens again.
 * @param now What reached us later is not known yet, epoch ms: a job of a whole minute runs beside the poll of that
 * minute, and may well find its answers.
 */
export function freshestQuotes({ snapshots, books, tops }: QuoteRows, now: number): Map<string, MarketQuote> {
  const polled = newest(
    books.filter(({ ingested_at }) => ingested_at <= now),
    ({ ingested_at }) => ingested_at,
  );
  const streamed = newest(
    tops.filter(({ received_at }) => received_at <= now),
    // Of two of one millisecond the one that is out of step counts.
    ({ received_at, in_step }) => received_at + (in_step === false ? 0.5 : 0),
  );
  const quotes = new Map<string, MarketQuote>();
  for (const snapshot of newestListing(snapshots, now)) {
    if (snapshot.status !== "active") continue;
    const { market_ticker, volume } = snapshot;
    const [book, top] = [polled.get(market_ticker), streamed.get(market_ticker)];
    let best = ofListing(snapshot);
    if (book !== undefined && book.ingested_at >= best.quotedAt) best = ofBook(book);
    // Lost since: what it showed before may be gone.
    if (top !== undefined && top.in_step !== false && top.received_at >= best.quotedAt) best = ofStream(top);
    quotes.set(market_ticker, { ...best, volume });
  }
  return quotes;
}
