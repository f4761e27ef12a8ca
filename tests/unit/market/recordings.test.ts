import { existsSync, globSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { describe, expect, it } from "vitest";
import { importRecording } from "../../../core/market/recordings.ts";
import { parseExpirationValue } from "../../../core/market/expiration-value.ts";
import { intervalOf, outcomeOf, partitionFault } from "../../../core/market/strikes.ts";
import { rowSchema } from "../../../schemas/emit/zod.ts";
import { tables, type TableName } from "../../../schemas/index.ts";
import type { Table } from "../../../schemas/table.ts";
import { eventPayload, marketPayload, seriesPayload, without } from "./payloads.ts";

const captures = process.env["BRIER_CAPTURES"] ?? "../shared/captures";
const haveCaptures = existsSync(`${captures}/kalshi`);
if (!haveCaptures) process.emitWarning(`no captures under ${captures}: the tests on recorded payloads are skipped`);

const load = (name: string, value: unknown) => importRecording(name, JSON.stringify(value));

const settledLine = (
  overrides: Record<string, unknown> = {},
  actuals: unknown = { high: { cli: 53 }, low: { cli: 40 } },
) => ({
  captured_at: "2026-11-03T12:30:00.5+00:00",
  city: "Xyz",
  actuals,
  settled_markets: {
    events: [
      {
        event_ticker: "KXHIGHXYZ-26NOV02",
        series: "KXHIGHXYZ",
        event_date: "2026-11-02",
        close_time: "2026-11-03T06:00:00Z",
        expiration_value: "53.00",
        n_markets: 4,
        results: {
          "KXHIGHXYZ-26NOV02-T50": "no",
          "KXHIGHXYZ-26NOV02-B50.5": "no",
          "KXHIGHXYZ-26NOV02-B52.5": "yes",
          "KXHIGHXYZ-26NOV02-T53": "no",
        },
        ...overrides,
      },
    ],
  },
});

describe("recordings of Kalshi's own objects", () => {
  it("takes the API's envelope as it is, sizes required", () => {
    const whole = load("markets.json", { markets: [marketPayload()], cursor: "" });
    expect(whole.refusals).toStrictEqual([]);
    expect(whole.rows.kalshi_markets).toHaveLength(1);
    expect(whole.rows.market_snapshots).toHaveLength(1);
    expect(whole.rows.kalshi_markets?.[0]).toMatchObject({ series_ticker: "KXHIGHXYZ", raw_key: whole.rawKey });
    const trimmed = load("markets.json", { markets: [without(marketPayload(), "yes_bid_size_fp")], cursor: "" });
    expect(trimmed.refusals).toMatchObject([{ path: "markets[0].yes_bid_size_fp" }]);
    expect(trimmed.rows).toStrictEqual({});
  });

  it("takes a trimmed one with unknown sizes, and no series row without its fee rule", () => {
    const captured_at = "2026-11-01T17:00:00Z";
    const market = without(without(marketPayload(), "yes_bid_size_fp"), "yes_ask_size_fp");
    const bare = { ticker: "KXHIGHXYZ", title: "T", category: "W", settlement_sources: [] };
    const recording = load("x.json", {
      captured_at,
      series: bare,
      event: without(eventPayload(), "markets"),
      markets: [market],
    });
    expect(recording.refusals).toStrictEqual([]);
    expect(recording.rows.kalshi_series).toBeUndefined();
    expect(recording.rows.kalshi_events).toHaveLength(1);
    expect(recording.rows.market_snapshots).toMatchObject([
      { yes_bid: 410_000, yes_bid_size: null, window_at: Date.parse(captured_at) },
    ]);
    expect(recording.notes.map((entry) => entry.path)).toStrictEqual(["series"]);
  });

  it("takes a market or a series alone, in a recorder's wrapping or not", () => {
    expect(load("m.json", marketPayload()).rows.kalshi_markets).toHaveLength(1);
    expect(load("m.json", { market: marketPayload() }).rows.kalshi_markets).toHaveLength(1);
    expect(
      load("m.json", { _metadata: { recorded_at: "2026-11-01T17:00:00Z" }, response: { market: marketPayload() } }).rows
        .kalshi_markets,
    ).toHaveLength(1);
    expect(load("s.json", { series: seriesPayload() }).rows.kalshi_series).toMatchObject([
      { ingested_at: Date.UTC(2026, 8, 1) },
    ]);
  });

  it("refuses cents and the old order book in any wrapping", () => {
    const cents = marketPayload({ yes_bid: 41 });
    for (const body of [
      cents,
      { market: cents },
      { markets: [cents], cursor: "" },
      { response: { market: cents } },
      { events: [eventPayload({ markets: [cents] })] },
    ]) {
      const { refusals, rows } = load("x.json", body);
      expect(refusals[0]?.path).toMatch(/yes_bid$/);
      expect(rows).toStrictEqual({});
    }
    expect(load("2026-01-12/book.json", { orderbook: { yes: null, no: null } }).refusals).toMatchObject([
      { path: "orderbook" },
    ]);
  });

  it("takes market and day of an order book from the file's path, or refuses it", () => {
    const book = { orderbook_fp: { yes_dollars: [["0.4100", "15.25"]], no_dollars: [["0.5600", "7.00"]] } };
    const recording = load("xyz_2026-11-02/orderbook_KXHIGHXYZ-26NOV02-B50.5.json", book);
    expect(recording.refusals).toStrictEqual([]);
    expect(recording.rows.market_snapshots).toMatchObject([
      {
        market_ticker: "KXHIGHXYZ-26NOV02-B50.5",
        event_ticker: "KXHIGHXYZ-26NOV02",
        yes_bid: 410_000,
        yes_ask: 440_000,
        yes_ask_size: 700,
        volume: null,
        window_at: Date.UTC(2026, 10, 2),
      },
    ]);
    expect(load("xyz_2026-11-02/book.json", book).refusals).toMatchObject([{ path: "ticker" }]);
    expect(load("orderbook_KXHIGHXYZ-26NOV02-B50.5.json", book).refusals).toMatchObject([{ path: "captured_at" }]);
  });

  it("reads lines of books and of series", () => {
    const book = {
      ticker: "KXHIGHXYZ-26NOV02-B50.5",
      captured_at: "2026-11-01T17:00:00.123456+00:00",
      raw_orderbook: { yes_dollars: [], no_dollars: [["0.5600", "7.00"]] },
    };
    const series = {
      captured_at: "2026-11-01T17:00:00Z",
      series: "KXHIGHXYZ",
      title: "T",
      fee_type: "quadratic",
      fee_multiplier: 1,
      frequency: "daily",
      settlement_sources: [],
    };
    const broken = { ...series, fee_type: 3 };
    const recording = importRecording(
      "lines.jsonl",
      [book, series, broken].map((line) => JSON.stringify(line)).join("\n"),
    );
    expect(recording.rows.market_snapshots).toMatchObject([
      { yes_bid: null, yes_ask: 440_000, ingested_at: Date.parse(book.captured_at) },
    ]);
    expect(recording.rows.kalshi_series).toMatchObject([{ series_ticker: "KXHIGHXYZ", category: "" }]);
    expect(recording.refusals).toMatchObject([{ path: "line[3].series.fee_type" }]);
  });

  it.each([
    ["text", "timestamp,70\n1,2\n"],
    ["a cut document", '{"markets":['],
    ["another object", '{"candlesticks":[]}'],
    ["a list", "[1,2]"],
    ["nothing", ""],
    ["blank lines", "\n \n"],
  ])("refuses %s and says what it expected", (_what, text) => {
    const { rows, refusals } = importRecording("2026-11-01.x", text);
    expect(rows).toStrictEqual({});
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatchObject({ path: "body" });
  });
});

describe("recordings of settled events", () => {
  it("reads strikes from the tickers and marks them so", () => {
    const { rows, refusals } = load("a.jsonl", settledLine());
    expect(refusals).toStrictEqual([]);
    expect(rows.kalshi_markets).toHaveLength(4);
    expect(rows.kalshi_markets?.find((row) => row.market_ticker.endsWith("-T50"))).toMatchObject({
      strike_type: "less",
      cap_strike: 50,
      strike_source: "ticker",
      status: "finalized",
      rules_primary: "",
    });
    expect(rows.resolutions?.find((row) => row.result === "yes")).toMatchObject({
      market_ticker: "KXHIGHXYZ-26NOV02-B52.5",
      version: 1,
      settlement_value: 1_000_000,
      official_value: 53,
      agreement: "agree",
      report_max_f: 53,
      resolved_at: Date.parse("2026-11-03T12:30:00.500Z"),
    });
  });

  it.each([
    [{ expiration_value: "No" }, undefined, "unparsable"],
    [{ expiration_value: "" }, undefined, "unparsable"],
    [{}, { high: { cli: null } }, "report_missing"],
    [{}, null, "report_missing"],
    [{}, { high: { cli: 52 } }, "source_differs"],
  ])("compares with the report (%#)", (overrides, actuals, agreement) => {
    const line = actuals === undefined ? settledLine(overrides) : settledLine(overrides, actuals);
    const { rows, refusals } = load("a.jsonl", line);
    expect(refusals).toStrictEqual([]);
    expect(new Set(rows.resolutions?.map((row) => row.agreement))).toStrictEqual(new Set([agreement]));
  });

  it("compares a low with the low", () => {
    const results = { "KXLOWTXYZ-26NOV02-T40": "no", "KXLOWTXYZ-26NOV02-B40.5": "yes", "KXLOWTXYZ-26NOV02-T41": "no" };
    const { rows } = load(
      "a.jsonl",
      settledLine({
        event_ticker: "KXLOWTXYZ-26NOV02",
        series: "KXLOWTXYZ",
        expiration_value: "40.00",
        n_markets: 3,
        results,
      }),
    );
    expect(rows.resolutions?.[0]).toMatchObject({ agreement: "agree", report_max_f: null });
  });

  it.each([
    [{ event_date: "2026-11-03" }, "event_ticker"],
    [{ series: "KXRAINXYZ" }, "series"],
    [{ n_markets: 6 }, "results"],
    [{ n_markets: 1, results: { "KXHIGHXYZ-26NOV02-T50": "no" } }, "results"],
    [{ n_markets: 2, results: { "KXHIGHABC-26NOV02-T50": "no", "KXHIGHABC-26NOV02-T53": "no" } }, "results"],
    [{ close_time: "" }, "close_time"],
    [{ expiration_value: 53 }, "expiration_value"],
  ])("refuses a line that contradicts itself (%#)", (overrides, field) => {
    const { rows, refusals } = load("a.jsonl", settledLine(overrides));
    expect(rows).toStrictEqual({});
    expect(refusals).toMatchObject([{ path: `settled_markets.events[0].${field}` }]);
  });

  it("keeps one resolution of an outcome that was recorded twice, and versions a changed one", () => {
    const later = { ...settledLine(), captured_at: "2026-11-04T12:30:00Z" };
    const changed = { ...settledLine({ expiration_value: "52.00" }), captured_at: "2026-11-05T12:30:00Z" };
    const { rows } = importRecording(
      "a.jsonl",
      [settledLine(), later, changed].map((line) => JSON.stringify(line)).join("\n"),
    );
    const ofOne = rows.resolutions?.filter((row) => row.market_ticker.endsWith("-B52.5"));
    expect(ofOne?.map((row) => [row.version, row.expiration_value])).toStrictEqual([
      [1, "53.00"],
      [2, "52.00"],
    ]);
    expect(rows.kalshi_markets).toHaveLength(12);
  });

  it("makes no resolution of a result whose value is not told", () => {
    const results = {
      "KXHIGHXYZ-26NOV02-T50": "scalar",
      "KXHIGHXYZ-26NOV02-B50.5": "no",
      "KXHIGHXYZ-26NOV02-T51": "no",
    };
    const { rows } = load("a.jsonl", settledLine({ n_markets: 3, results }));
    expect(rows.kalshi_markets).toHaveLength(3);
    expect(rows.resolutions).toHaveLength(2);
  });

  it("reads a settlement value defensively", () => {
    expect(["85.00", "-3", "-0", "", "No", "85°", "8.5e1", "Infinity"].map(parseExpirationValue)).toStrictEqual([
      85,
      -3,
      0,
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe.skipIf(!haveCaptures)("captured payloads", () => {
  const importFile = (path: string) => importRecording(relative(captures, path), readFileSync(path, "utf8"));
  const weather = globSync([
    `${captures}/kalshi/weather/**/*.{json,jsonl}`,
    `${captures}/weather/kalshi/*.json`,
  ]).toSorted();

  it.each(weather)("%s decodes whole", (path) => {
    const { rows, refusals } = importFile(path);
    expect(refusals).toStrictEqual([]);
    const found = Object.entries(rows) as [TableName, object[]][];
    expect(found.length).toBeGreaterThan(0);
    for (const [table, tableRows] of found) {
      const schema = rowSchema(tables[table] as Table);
      for (const row of tableRows) schema.parse(row);
    }
  });

  it.each(globSync(`${captures}/kalshi/weather/**/*.csv`).toSorted())("%s is refused: it is no JSON", (path) => {
    expect(importFile(path).refusals).toMatchObject([
      { path: "body", message: expect.stringContaining("neither JSON nor JSON lines") },
    ]);
  });

  it.each(globSync([`${captures}/kalshi/legacy_golden_*/*.json`, `${captures}/nba/kalshi/*cents_era.json`]).toSorted())(
    "%s is refused",
    (path) => {
      const { rows, refusals } = importFile(path);
      expect(rows).toStrictEqual({});
      expect(refusals).toHaveLength(1);
      if (/market_single/.test(path)) expect(refusals[0]?.message).toContain("whole cents");
    },
  );

  it("recomputes every bracket's outcome from strikes and official value: 0 disagreements", () => {
    const rows = weather
      .filter((path) => path.includes("settled_by_city"))
      .flatMap((path) => importFile(path).rows.kalshi_markets ?? []);
    // A day that was recorded twice repeats its events.
    const events = Map.groupBy(
      new Map(rows.map((row) => [row.market_ticker, row])).values(),
      (row) => row.event_ticker,
    );
    expect(events.size).toBeGreaterThan(0);
    for (const [event, markets] of events) {
      const intervals = markets.map((market) => intervalOf(market)).filter((interval) => interval !== undefined);
      const yes = markets.filter((market) => market.result === "yes").length;
      expect({ event, fault: partitionFault(intervals), yes }).toStrictEqual({ event, fault: undefined, yes: 1 });
    }
    const disagreements = rows.filter((row) => {
      const interval = intervalOf(row);
      const official = parseExpirationValue(row.expiration_value);
      return interval === undefined || official === null || outcomeOf(interval, official) !== row.result;
    });
    expect(disagreements).toStrictEqual([]);
  });

  it("derives the same best prices from the raw books as the recorder", () => {
    for (const path of weather.filter((file) => /weather_books_\d/.test(file))) {
      const snapshots = importFile(path).rows.market_snapshots ?? [];
      const lines = readFileSync(path, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { best_yes_bid: number | null; best_yes_ask: number | null });
      expect(snapshots).toHaveLength(lines.length);
      const dollars = (price: number | null | undefined) => (price == null ? null : price / 1e6);
      lines.forEach((line, index) => {
        expect(dollars(snapshots[index]?.yes_bid)).toBe(line.best_yes_bid);
        expect(dollars(snapshots[index]?.yes_ask)).toBe(line.best_yes_ask);
      });
    }
  });
});
