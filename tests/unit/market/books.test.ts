import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bookRow, decodeBook, decodeBooks } from "../../../core/market/books.ts";
import { noFindings } from "../../../core/market/findings.ts";

function decode(body: unknown) {
  const findings = noFindings();
  return { book: decodeBook(body, findings), faults: findings.faults };
}
const sides = (yes_dollars: unknown, no_dollars: unknown) => ({ orderbook_fp: { yes_dollars, no_dollars } });

describe("order books", () => {
  it("takes the best bid from the end and the ask from the other side", () => {
    const { book } = decode(
      sides(
        [
          ["0.0100", "100.00"],
          ["0.4100", "15.25"],
        ],
        [
          ["0.0200", "5.00"],
          ["0.5600", "7.00"],
        ],
      ),
    );
    expect(book?.yesBid).toStrictEqual({ price: 410_000, size: 1_525 });
    expect(book?.yesAsk).toStrictEqual({ price: 440_000, size: 700 });
    expect(book?.yes).toHaveLength(2);
  });

  it.each([
    ["null", sides(null, null)],
    ["empty", sides([], [])],
    ["missing", { orderbook_fp: {} }],
  ])("a side that is %s has no bids", (_what, body) => {
    expect(decode(body).book).toStrictEqual({ yes: [], no: [], yesBid: null, yesAsk: null });
  });

  it("has an ask without a bid", () => {
    expect(decode(sides(null, [["0.9400", "14.00"]])).book).toMatchObject({
      yesBid: null,
      yesAsk: { price: 60_000, size: 1_400 },
    });
  });

  it.each([
    ["the old envelope", { orderbook: { yes: null, no: null } }, "orderbook"],
    ["no envelope", {}, "orderbook_fp"],
    ["a re-typed envelope", { orderbook_fp: [] }, "orderbook_fp"],
    ["renamed sides", { orderbook_fp: { yes_dollars_fp: [], no_dollars_fp: [] } }, "orderbook_fp.yes_dollars_fp"],
    [
      "whole cents beside dollars",
      { orderbook_fp: { yes: [[41, 15]], yes_dollars: [], no_dollars: [] } },
      "orderbook_fp.yes",
    ],
    ["a number as price", sides([[0.41, "15.00"]], []), "orderbook_fp.yes_dollars[0][0]"],
    ["a level of three", sides([["0.41", "15.00", "x"]], []), "orderbook_fp.yes_dollars[0]"],
    [
      "best first",
      sides(
        [
          ["0.4100", "15.00"],
          ["0.0100", "1.00"],
        ],
        [],
      ),
      "orderbook_fp.yes_dollars[1][0]",
    ],
    [
      "a level twice",
      sides(
        [],
        [
          ["0.4100", "15.00"],
          ["0.4100", "1.00"],
        ],
      ),
      "orderbook_fp.no_dollars[1][0]",
    ],
    ["a level at a dollar", sides([["1.0000", "15.00"]], []), "orderbook_fp.yes_dollars[0][0]"],
    ["a level without size", sides([["0.4100", "0.00"]], []), "orderbook_fp.yes_dollars[0][1]"],
    ["a crossed book", sides([["0.4100", "15.00"]], [["0.5900", "1.00"]]), "orderbook_fp.yes_dollars"],
    ["a side of another type", sides("none", []), "orderbook_fp.yes_dollars"],
  ])("refuses %s", (_what, body, path) => {
    const { book, faults } = decode(body);
    expect(book).toBeUndefined();
    expect(faults[0]?.path).toBe(path);
  });
});

describe("several books in one answer", () => {
  const stamp = { window_at: 0, ingested_at: 1, decoder_version: 1, raw_key: "raw/x" };
  const listed = (ticker: string, yes_dollars: unknown, no_dollars: unknown) => ({
    ticker,
    ...sides(yes_dollars, no_dollars),
  });

  it("become rows with every level, best last, and the depth of both sides", () => {
    const findings = noFindings();
    const yes = [
      ["0.0100", "100.00"],
      ["0.4100", "15.25"],
    ];
    const body = {
      orderbooks: [listed("KXHIGHXYZ-26NOV02-B50.5", yes, [["0.5600", "7.00"]]), listed("A-B", null, [])],
    };
    const { books, crossed } = decodeBooks(body, findings);
    expect(findings).toEqual(noFindings());
    expect(crossed).toEqual([]);
    expect(books.map(({ ticker, book }) => bookRow(ticker, book, stamp))).toStrictEqual([
      {
        market_ticker: "KXHIGHXYZ-26NOV02-B50.5",
        event_ticker: "KXHIGHXYZ-26NOV02",
        yes_bid: 410_000,
        yes_bid_size: 1_525,
        yes_ask: 440_000,
        yes_ask_size: 700,
        yes_bid_depth: 11_525,
        yes_ask_depth: 700,
        yes_prices: [0.01, 0.41],
        yes_sizes: [100, 15.25],
        no_prices: [0.56],
        no_sizes: [7],
        ...stamp,
      },
      {
        market_ticker: "A-B",
        event_ticker: "A",
        yes_bid: null,
        yes_bid_size: null,
        yes_ask: null,
        yes_ask_size: null,
        yes_bid_depth: 0,
        yes_ask_depth: 0,
        yes_prices: [],
        yes_sizes: [],
        no_prices: [],
        no_sizes: [],
        ...stamp,
      },
    ]);
  });

  it("lose a crossed one, which is named", () => {
    const findings = noFindings();
    const body = {
      orderbooks: [
        listed("A-B", [["0.4100", "1.00"]], [["0.5900", "1.00"]]),
        listed("A-C", [["0.1000", "1.00"]], null),
      ],
    };
    const { books, crossed } = decodeBooks(body, findings);
    expect(books.map(({ ticker }) => ticker)).toEqual(["A-C"]);
    expect(crossed).toMatchObject([{ path: "A-B", message: expect.stringContaining("crossed") as unknown }]);
    expect(findings.faults).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ["no list", {}, "orderbooks"],
    ["a book without its market", { orderbooks: [sides([], [])] }, "orderbooks[0].ticker"],
    ["the old envelope", { orderbooks: [{ ticker: "A-B", orderbook: {} }] }, "orderbooks[0].orderbook_fp"],
    [
      "best first",
      {
        orderbooks: [
          listed(
            "A-B",
            [
              ["0.4", "1.00"],
              ["0.3", "1.00"],
            ],
            [],
          ),
        ],
      },
      "orderbooks[0].orderbook_fp.yes_dollars[1][0]",
    ],
  ])("with %s are refused", (_what, body, path) => {
    const findings = noFindings();
    decodeBooks(body, findings);
    expect(findings.faults[0]?.path).toBe(path);
  });
});

const captures = join(process.env["BRIER_CAPTURES"] ?? "../shared/captures", "kalshi/weather");

describe.skipIf(!existsSync(captures))("captured books", () => {
  it("are read whole, with the best prices that their recorder found", () => {
    const lines = readFileSync(join(captures, "weather_books_2026-07-24_7cities.jsonl"), "utf8").trim().split("\n");
    const recorded = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const findings = noFindings();
    const body = { orderbooks: recorded.map(({ ticker, raw_orderbook }) => ({ ticker, orderbook_fp: raw_orderbook })) };
    const { books, crossed } = decodeBooks(body, findings);
    expect([findings.faults, crossed]).toEqual([[], []]);
    expect(books).toHaveLength(recorded.length);
    books.forEach(({ book }, index) => {
      const price = (name: string) => recorded[index]?.[name] as number | null;
      expect((book.yesBid?.price ?? -1e6) / 1e6).toBeCloseTo(price("best_yes_bid") ?? -1, 9);
      expect((book.yesAsk?.price ?? -1e6) / 1e6).toBeCloseTo(price("best_yes_ask") ?? -1, 9);
    });
  });
});
