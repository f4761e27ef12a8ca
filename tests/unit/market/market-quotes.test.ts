import { describe, expect, it } from "vitest";
import { freshestQuotes } from "../../../core/market/market-quotes.ts";
import type { TableRow } from "../../../schemas/index.ts";

const at = Date.UTC(2026, 10, 1, 19, 50);
const stamp = (when: number) => ({ window_at: when, ingested_at: when, decoder_version: 1, raw_key: "raw/x" });

const snapshot = (when: number, status = "active"): TableRow<"market_snapshots"> => ({
  market_ticker: "M",
  event_ticker: "E",
  status,
  yes_bid: 300_000,
  yes_bid_size: 1_000,
  yes_ask: 320_000,
  yes_ask_size: null,
  last_price: null,
  volume: 4_200,
  volume_24h: 0,
  open_interest: 0,
  ...stamp(when),
});
const book = (when: number): TableRow<"order_books"> => ({
  market_ticker: "M",
  event_ticker: "E",
  yes_bid: 310_000,
  yes_bid_size: 500,
  yes_ask: 330_000,
  yes_ask_size: 700,
  yes_bid_depth: 1_500,
  yes_ask_depth: 1_600,
  yes_prices: [0.3, 0.31],
  yes_sizes: [10, 5],
  no_prices: [0.65, 0.67],
  no_sizes: [9, 7],
  ...stamp(when),
});
const top = (when: number, in_step: boolean | null = true): TableRow<"book_tops"> => ({
  market_ticker: "M",
  origin: "stream",
  book_at: when,
  received_at: when,
  sequence: 1,
  yes_bid: 340_000,
  yes_bid_size: 100,
  yes_ask: 350_000,
  yes_ask_size: 100,
  bids: "[[340000,100]]",
  asks: "[[350000,100],[360000,400]]",
  in_step,
  yes_bid_low: null,
  yes_bid_high: null,
  yes_ask_low: null,
  yes_ask_high: null,
  connection: "c",
  ...stamp(when),
});

const quoteOf = (...[snapshots, books, tops]: Parameters<typeof rowsOf>) =>
  freshestQuotes(rowsOf(snapshots, books, tops), at).get("M");
const rowsOf = (
  snapshots: TableRow<"market_snapshots">[],
  books: TableRow<"order_books">[] = [],
  tops: TableRow<"book_tops">[] = [],
) => ({ snapshots, books, tops });

describe("the freshest quote of a market", () => {
  it("is the listing's, one level deep where its size is known", () => {
    expect(quoteOf([snapshot(at)])).toEqual({
      origin: "listing",
      quotedAt: at,
      bid: 300_000,
      bidSize: 1_000,
      ask: 320_000,
      askSize: null,
      bids: [{ price: 300_000, size: 1_000 }],
      asks: [],
      volume: 4_200,
    });
  });

  it("is the book's of the same instant, which has depth, best first, No bids as Yes asks", () => {
    expect(quoteOf([snapshot(at)], [book(at)])).toMatchObject({
      origin: "book",
      bid: 310_000,
      bids: [
        { price: 310_000, size: 500 },
        { price: 300_000, size: 1_000 },
      ],
      asks: [
        { price: 330_000, size: 700 },
        { price: 350_000, size: 900 },
      ],
      volume: 4_200,
    });
  });

  it("is whichever is newer, tagged by its origin", () => {
    expect(quoteOf([snapshot(at)], [book(at - 1)], [top(at - 2)])?.origin).toBe("listing");
    expect(quoteOf([snapshot(at - 2)], [book(at - 1)], [top(at)])).toMatchObject({
      origin: "stream",
      quotedAt: at,
      asks: [
        { price: 350_000, size: 100 },
        { price: 360_000, size: 400 },
      ],
    });
    expect(quoteOf([snapshot(at - 3)], [book(at - 2), book(at - 1)], [top(at - 4)])).toMatchObject({
      origin: "book",
      quotedAt: at - 1,
    });
  });

  it("is none of the stream's from when its book is lost until the next row, also of two in one millisecond", () => {
    expect(quoteOf([snapshot(at - 9)], [], [top(at - 5), top(at - 4, false)])?.origin).toBe("listing");
    expect(quoteOf([snapshot(at - 9)], [book(at - 8)], [top(at - 4, false), top(at - 5)])?.origin).toBe("book");
    expect(quoteOf([snapshot(at - 9)], [], [top(at - 4, false), top(at - 4)])?.origin).toBe("listing");
    expect(quoteOf([snapshot(at - 9)], [], [top(at - 5, false), top(at - 4)])?.origin).toBe("stream");
    // What is said later is not known yet; rows of before say nothing.
    expect(quoteOf([snapshot(at - 9)], [], [top(at - 5), top(at + 1, false)])?.origin).toBe("stream");
    expect(quoteOf([snapshot(at - 9)], [], [top(at - 5, null)])?.origin).toBe("stream");
  });

  it("knows nothing of what came later, and nothing of a market that is not open", () => {
    expect(quoteOf([snapshot(at)], [book(at + 1)], [top(at + 1)])?.origin).toBe("listing");
    expect(quoteOf([snapshot(at, "inactive")], [book(at)], [top(at)])).toBeUndefined();
    expect(quoteOf([], [book(at)], [top(at)])).toBeUndefined();
  });

  it("is of the listing before when the newest came after the decision, whole or in part", () => {
    const minute = 60_000;
    expect(quoteOf([snapshot(at + 1)])).toBeUndefined();
    expect(quoteOf([snapshot(at - minute), snapshot(at + 1)])?.quotedAt).toBe(at - minute);
    // A page of the window that is under way had come, and not the one that M stands on.
    const partly = { ...snapshot(at - 1), market_ticker: "N", window_at: at + 1 };
    expect(quoteOf([snapshot(at - minute), partly, snapshot(at + 1)])?.quotedAt).toBe(at - minute);
    expect(quoteOf([snapshot(at - minute)], [book(at - 1), book(at + 1)])?.quotedAt).toBe(at - 1);
  });

  it("is not taken from an older listing when the newest leaves the market out: it is not open any longer", () => {
    const other = { ...snapshot(at), market_ticker: "N" };
    expect(quoteOf([snapshot(at - 60_000), other])).toBeUndefined();
    expect(quoteOf([snapshot(at - 60_000), { ...snapshot(at), status: "inactive" }])).toBeUndefined();
  });
});
