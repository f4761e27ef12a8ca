import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noFindings } from "../../../core/market/findings.ts";
import { formatCount, formatPrice } from "../../../core/market/price.ts";
import { decodeTrades } from "../../../core/market/trades.ts";

const ticker = "KXHIGHXYZ-26NOV02-B50.5";
const stamp = { window_at: 0, ingested_at: 1, decoder_version: 1, raw_key: "raw/x" };

const trade = (overrides: Record<string, unknown> = {}) => ({
  count_fp: "12.50",
  created_time: "2026-11-02T12:34:56.789012Z",
  is_block_trade: false,
  no_price_dollars: "0.5900",
  taker_book_side: "bid",
  taker_outcome_side: "yes",
  taker_side: "yes",
  ticker,
  trade_id: "0b0f0000-0000-4000-8000-000000000001",
  yes_price_dollars: "0.4100",
  ...overrides,
});

function decode(trades: unknown, asked?: string) {
  const findings = noFindings();
  return { rows: decodeTrades({ trades, cursor: "" }, asked, stamp, findings), ...findings };
}

describe("trades", () => {
  it("are read with price, count and side", () => {
    expect(decode([trade()], ticker)).toStrictEqual({
      rows: [
        {
          trade_id: "0b0f0000-0000-4000-8000-000000000001",
          market_ticker: ticker,
          event_ticker: "KXHIGHXYZ-26NOV02",
          created_at: Date.parse("2026-11-02T12:34:56.789Z"),
          yes_price: 410_000,
          contracts: 1_250,
          taker_side: "yes",
          is_block_trade: false,
          connection: null,
          ...stamp,
        },
      ],
      faults: [],
      notes: [],
    });
    expect(decode(null).rows).toEqual([]);
  });

  it("keep every price and count to the last digit", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 999_999 }),
      fc.integer({ min: 1, max: 1e10 }),
      (price, count) => {
        const { rows } = decode([
          trade({
            yes_price_dollars: formatPrice(price),
            no_price_dollars: formatPrice(1_000_000 - price),
            count_fp: formatCount(count),
          }),
        ]);
        expect(rows).toMatchObject([{ yes_price: price, contracts: count }]);
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["no id", { trade_id: undefined }, "trades[0].trade_id"],
    ["a count in whole numbers", { count_fp: 12 }, "trades[0].count_fp"],
    ["no contracts", { count_fp: "0.00" }, "trades[0].count_fp"],
    ["a price of nothing", { yes_price_dollars: "0.0000", no_price_dollars: "1.0000" }, "trades[0].yes_price_dollars"],
    ["sides that do not add up", { no_price_dollars: "0.5800" }, "trades[0].no_price_dollars"],
    ["sides that contradict each other", { taker_book_side: "ask" }, "trades[0].taker_book_side"],
    ["only the deprecated side", { taker_outcome_side: undefined }, "trades[0].taker_outcome_side"],
    ["a time that is none", { created_time: "2026-02-30T00:00:00Z" }, "trades[0].created_time"],
    ["another market", { ticker: "KXHIGHABC-26NOV02-B50.5" }, "trades[0].ticker"],
  ])("with %s are refused", (_what, change, path) => {
    const { rows, faults } = decode([trade(change)], ticker);
    expect(rows).toEqual([]);
    expect(faults[0]?.path).toBe(path);
  });

  it("with a field never seen are read, and the field is noted", () => {
    const { rows, notes } = decode([trade({ venue: "x" })]);
    expect(rows).toHaveLength(1);
    expect(notes).toMatchObject([{ path: "trades[].venue" }]);
  });
});
