/** `brier strikes repair` on a lake with markets that were recorded without strikes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { encodePart } from "../../../adapters/parquet.ts";
import { command as sql } from "../../../commands/sql.ts";
import { command as strikes } from "../../../commands/strikes.ts";
import { partKey } from "../../../core/lake-keys.ts";
import { UsageError } from "../../../runtime/command.ts";
import { hashLake } from "../../../runtime/lake-hash.ts";
import { openHomeReader } from "../../../runtime/reader.ts";
import { tables, type TableRow } from "../../../schemas/index.ts";
import { dtOf } from "../../../schemas/table.ts";
import { rowWith } from "../schemas/table-rows.ts";
import { answerOf, run } from "./terminal.ts";

type Market = TableRow<"kalshi_markets">;

const root = mkdtempSync(join(tmpdir(), "brier-strikes-"));
afterAll(() => rmSync(root, { recursive: true }));
const at = Date.UTC(2023, 0, 20, 12);
let home: string;
let homes = 0;
beforeEach(() => {
  home = join(root, `home-${(homes += 1)}`);
});

const market = (event: string, suffix: string, change: Partial<Market> = {}): Market =>
  rowWith(tables.kalshi_markets, {
    market_ticker: `${event}-${suffix}`,
    event_ticker: event,
    series_ticker: event.split("-")[0] ?? "",
    strike_type: null,
    floor_strike: null,
    cap_strike: null,
    strike_source: "field",
    title: null,
    yes_sub_title: "",
    rules_primary: "",
    window_at: at,
    ingested_at: at,
    decoder_version: 1,
    ...change,
  });

function write(stem: string, rows: Market[], version = 1): void {
  for (const [dt, ofDay] of Map.groupBy(rows, ({ window_at }) => dtOf(window_at))) {
    const file = join(home, "lake", partKey("kalshi_markets", dt, stem, version));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, encodePart(tables.kalshi_markets, ofDay));
  }
}

const ticker = "HIGHDEN-23JAN20";
const event = [
  market(ticker, "T10", { yes_sub_title: "9° or below" }),
  market(ticker, "B10.5"),
  market(ticker, "B12.5", { title: "Will the **high** be 12–13° on Jan 20, 2023?" }),
  market(ticker, "T13"),
];

const shown = async () => {
  const { out } = await run(
    sql,
    [
      "select market_ticker, strike_type, floor_strike, cap_strike, strike_source, decoder_version from kalshi_markets order by market_ticker, window_at",
    ],
    { home, json: true },
  );
  return answerOf<{ rows: unknown[][] }>({ out }).rows.map(([name, ...rest]) => [
    String(name).split("-").pop(),
    ...rest,
  ]);
};
const repaired = async (values = {}) => {
  const { out, code } = await run(strikes, ["repair"], { home, json: true, ...values });
  return { code, ...answerOf<{ markets: Record<string, unknown>[]; rows_written: number }>({ out }) };
};
const partsOf = async () => (await hashLake(openHomeReader(home).lake)).hash;

describe("brier strikes repair", () => {
  it("writes what texts and tickers say beside the old rows, which stay", async () => {
    write("recordings-a", event);
    const { code, markets, rows_written } = await repaired();
    expect([code, rows_written]).toEqual([0, 4]);
    expect(markets.map(({ market_ticker, from }) => [String(market_ticker).slice(16), from])).toEqual([
      ["T10", "text"],
      ["B10.5", "ticker"],
      ["B12.5", "text"],
      ["T13", "ticker"],
    ]);
    expect(await shown()).toEqual([
      ["B10.5", "between", 10, 11, "ticker", 1001],
      ["B12.5", "between", 12, 13, "text", 1001],
      ["T10", "less", null, 10, "text", 1001],
      ["T13", "greater", 13, null, "ticker", 1001],
    ]);
    const old = await run(sql, ["select count(*) as n from kalshi_markets_parts where strike_type is null"], {
      home,
      json: true,
    });
    expect(answerOf<{ rows: unknown[][] }>(old).rows).toEqual([[4]]);
  });

  it("writes nothing in a dry run, and nothing more the second time", async () => {
    write("recordings-a", event);
    const before = await partsOf();
    expect((await repaired({ "dry-run": true })).markets).toHaveLength(4);
    expect(await partsOf()).toBe(before);
    await repaired();
    const after = await partsOf();
    expect(after).not.toBe(before);
    expect(await repaired()).toMatchObject({ code: 0, markets: [], rows_written: 0 });
    expect(await partsOf()).toBe(after);
  });

  it("says of which market none can be told, and exits 1", async () => {
    write("recordings-a", event.slice(0, 2));
    const { code, markets } = await repaired();
    expect(code).toBe(1);
    expect(markets.find(({ market_ticker }) => market_ticker === `${ticker}-B10.5`)).toMatchObject({
      strike: null,
      reason: expect.stringContaining("two -T tickers") as string,
    });
    // Once the rest of the event is there, the tickers say it.
    write("recordings-b", event.slice(2));
    expect((await repaired()).code).toBe(0);
    expect((await shown()).every(([, type]) => type !== null)).toBe(true);
  });

  it("takes the strike from a window that lists the market with it", async () => {
    const [first] = event;
    if (first === undefined) throw new Error("the event has markets");
    const later = { ...first, window_at: at + 86_400_000, strike_type: "less", cap_strike: 10, yes_sub_title: "" };
    write("recordings-a", [{ ...first, yes_sub_title: "" }, later]);
    expect((await repaired()).markets).toMatchObject([{ from: "field", rows: 1 }]);
    expect(await shown()).toEqual([
      ["T10", "less", null, 10, "field", 1001],
      ["T10", "less", null, 10, "field", 1],
    ]);
  });

  it("repairs a newer decoder's row of the same key again", async () => {
    write("recordings-a", event);
    await repaired();
    write(
      "recordings-a",
      event.map((row) => ({ ...row, decoder_version: 2, market_type: "newer" })),
      2,
    );
    expect((await repaired()).rows_written).toBeGreaterThan(0);
    const { out } = await run(
      sql,
      ["select distinct market_type, decoder_version, strike_type is null from kalshi_markets"],
      { home, json: true },
    );
    expect(answerOf<{ rows: unknown[][] }>({ out }).rows).toEqual([["newer", 1002, false]]);
  });

  it("leaves other series and other types alone", async () => {
    write("recordings-a", [
      market("KXPRES-28", "X", { yes_sub_title: "57 to 58" }),
      market("KXHIGHDEN-26JAN20", "T5", { strike_type: "custom" }),
    ]);
    expect(await repaired()).toMatchObject({ code: 0, markets: [] });
    await expect(run(strikes, [], { home })).rejects.toThrow(UsageError);
    const { out } = await run(strikes, ["repair"], { home });
    expect(out).toEqual(["Every temperature market has its strike."]);
  });
});
