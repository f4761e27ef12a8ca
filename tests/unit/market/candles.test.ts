import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeCandles, isEmpty } from "../../../core/market/candles.ts";
import { noFindings } from "../../../core/market/findings.ts";

const ticker = "KXHIGHXYZ-26NOV02-B50.5";
const stamp = { window_at: 0, ingested_at: 1, decoder_version: 1, raw_key: "raw/x" };

type Json = Record<string, unknown>;

const live = (overrides: Json = {}): Json => ({
  end_period_ts: 1_793_620_860,
  open_interest_fp: "120.50",
  price: {
    close_dollars: "0.4300",
    high_dollars: "0.4400",
    low_dollars: "0.4200",
    mean_dollars: "0.4312",
    open_dollars: "0.4200",
    previous_dollars: "0.4100",
  },
  volume_fp: "7.25",
  yes_ask: { close_dollars: "0.4500", high_dollars: "0.4600", low_dollars: "0.4400", open_dollars: "0.4400" },
  yes_bid: { close_dollars: "0.4200", high_dollars: "0.4300", low_dollars: "0.4100", open_dollars: "0.4100" },
  ...overrides,
});

/** The same candle as the historical endpoint writes it. */
const historical = (candle: Json): Json => {
  const plain = (object: unknown): unknown =>
    typeof object === "object" && object !== null
      ? Object.fromEntries(
          Object.entries(object).map(([name, value]) => [name.replace(/_dollars$|_fp$/, ""), plain(value)]),
        )
      : object;
  return plain(candle) as Json;
};

const side = (price: string) => ({
  close_dollars: price,
  high_dollars: price,
  low_dollars: price,
  open_dollars: price,
});

function decode(...candlesticks: unknown[]) {
  const findings = noFindings();
  const { rows } = decodeCandles({ ticker, candlesticks }, stamp, findings);
  return { rows, ...findings };
}

describe("one-minute candles", () => {
  it("are read with their prices in micro-dollars and their counts in hundredths", () => {
    expect(decode(live())).toStrictEqual({
      rows: [
        {
          market_ticker: ticker,
          event_ticker: "KXHIGHXYZ-26NOV02",
          end_at: 1_793_620_860_000,
          yes_bid_open: 410_000,
          yes_bid_low: 410_000,
          yes_bid_high: 430_000,
          yes_bid_close: 420_000,
          yes_ask_open: 440_000,
          yes_ask_low: 440_000,
          yes_ask_high: 460_000,
          yes_ask_close: 450_000,
          price_open: 420_000,
          price_low: 420_000,
          price_high: 440_000,
          price_close: 430_000,
          price_mean: 431_200,
          price_previous: 410_000,
          volume: 725,
          open_interest: 12_050,
          ...stamp,
        },
      ],
      faults: [],
      notes: [],
    });
  });

  it("are the same from the historical endpoint, whose names have no unit", () => {
    expect(decode(historical(live())).rows).toStrictEqual(decode(live()).rows);
    expect(decode(historical(live())).notes).toEqual([]);
  });

  it.each([
    ["left out", {}],
    ["null", { open_dollars: null, low_dollars: null, high_dollars: null, close_dollars: null, mean_dollars: null }],
  ])("have no price where nothing was traded: %s", (_what, price) => {
    const quiet = live({ volume_fp: "0.00", price: { ...price, previous_dollars: "0.4100" } });
    const nothing = { price_open: null, price_close: null, price_mean: null, price_previous: 410_000, volume: 0 };
    expect(decode(quiet).rows).toMatchObject([nothing]);
    expect(decode(historical(quiet)).rows).toMatchObject([nothing]);
    expect(decode(live({ volume_fp: "0.00", price: null })).rows).toMatchObject([{ price_previous: null }]);
  });

  it("take an empty side as no quote, and say when there is neither quote nor trade", () => {
    const bidOnly = decode(live({ yes_ask: side("1.0000") })).rows;
    expect(bidOnly).toMatchObject([{ yes_bid_close: 420_000, yes_ask_open: null, yes_ask_close: null }]);
    const empty = live({ yes_bid: side("0.0000"), yes_ask: side("1.0000"), volume_fp: "0.00", price: null });
    expect(decode(empty).rows.map(isEmpty)).toEqual([true]);
    expect(bidOnly.map(isEmpty)).toEqual([false]);
  });

  it("show no quote where bid and ask cross at the end, with a note", () => {
    const { rows, notes, faults } = decode(live({ yes_ask: side("0.4200") }));
    expect(rows).toMatchObject([{ yes_bid_close: null, yes_ask_close: null, price_close: 430_000 }]);
    expect(notes).toMatchObject([{ path: "candlesticks[].yes_bid" }]);
    expect(faults).toEqual([]);
  });

  it.each<[string, Json, string]>([
    ["a renamed side", { yes_bid: { close: "0.4200" } }, "candlesticks[0].yes_bid.open_dollars"],
    ["a side that is gone", { yes_ask: undefined }, "candlesticks[0].yes_ask"],
    ["volume as a number", { volume_fp: 7 }, "candlesticks[0].volume_fp"],
    ["a price in cents", { yes_bid: { ...side("0.42"), close_dollars: 42 } }, "candlesticks[0].yes_bid.close_dollars"],
    ["a price of more than a dollar", { yes_ask: side("1.0100") }, "candlesticks[0].yes_ask.open_dollars"],
    ["a bid of a dollar", { yes_bid: side("1.0000") }, "candlesticks[0].yes_bid.open"],
    ["an ask of nothing", { yes_ask: side("0.0000") }, "candlesticks[0].yes_ask.open"],
    ["a low above the close", { yes_bid: { ...side("0.4000"), low_dollars: "0.4100" } }, "candlesticks[0].yes_bid.low"],
    ["volume without a price", { price: null }, "candlesticks[0].price.close"],
    ["an end within a minute", { end_period_ts: 1_793_620_861 }, "candlesticks[0].end_period_ts"],
    ["an end that is gone", { end_period_ts: undefined }, "candlesticks[0].end_period_ts"],
  ])("refuse %s", (_what, change, path) => {
    const { rows, faults } = decode(live(change));
    expect(rows).toEqual([]);
    expect(faults[0]?.path).toBe(path);
  });

  it("note a field never seen, once", () => {
    expect(decode(live({ vwap: "1" }), live({ vwap: "2" })).notes).toEqual([
      { path: "candlesticks[].vwap", message: "unknown field, left in the raw payload" },
    ]);
  });

  it("come in batches by market", () => {
    const findings = noFindings();
    const body = {
      markets: [
        { market_ticker: ticker, candlesticks: [live()] },
        { market_ticker: "B", candlesticks: [] },
      ],
    };
    const { tickers, rows } = decodeCandles(body, stamp, findings);
    expect(tickers).toEqual([ticker, "B"]);
    expect(rows).toHaveLength(1);
    for (const wrong of [null, [], {}, { markets: {} }, { markets: [{ candlesticks: [] }] }, { candlesticks: {} }]) {
      const refused = noFindings();
      expect(decodeCandles(wrong, stamp, refused).rows).toEqual([]);
      expect(refused.faults.length, JSON.stringify(wrong)).toBeGreaterThan(0);
    }
  });
});

const captures = join(process.env["BRIER_CAPTURES"] ?? "../shared/captures", "kalshi/candles");

describe.skipIf(!existsSync(captures))("captured candles", () => {
  const read = (file: string): Json => JSON.parse(readFileSync(join(captures, file), "utf8"));

  it("of one market are read whole", () => {
    const body = read("KXHIGHNY-26JUL10-T87_hourly_trimmed.json");
    const findings = noFindings();
    const { rows } = decodeCandles(body, stamp, findings);
    expect(findings).toEqual({ faults: [], notes: [] });
    expect(rows).toHaveLength((body["candlesticks"] as unknown[]).length);
    for (const row of rows) {
      expect(row.yes_bid_close).toBeLessThan(row.yes_ask_close ?? 0);
      expect(row.price_low).toBeLessThanOrEqual(row.price_high ?? 0);
    }
  });

  it("of many markets by the minute are read whole", () => {
    const markets = read("candlesticks_mlb_1min.json")["markets"] as Record<string, { candlesticks: unknown[] }>;
    const body = {
      markets: Object.entries(markets).map(([market_ticker, { candlesticks }]) => ({ market_ticker, candlesticks })),
    };
    const findings = noFindings();
    const { rows } = decodeCandles(body, stamp, findings);
    expect(findings).toEqual({ faults: [], notes: [] });
    expect(rows).toHaveLength(body.markets.flatMap(({ candlesticks }) => candlesticks).length);
    expect(rows.length).toBeGreaterThan(0);
  });
});
