import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DuckDBInstance } from "@duckdb/node-api";
import { duckdbParts, latestRowsView } from "../../../schemas/emit/sql.ts";
import { tables } from "../../../schemas/index.ts";
import { nullable } from "../../../schemas/table.ts";
import type { Table } from "../../../schemas/table.ts";
import { lakeFolder } from "./lake-folder.ts";
import type { LakeFolder } from "./lake-folder.ts";
import { rowWith } from "./table-rows.ts";

const at = Date.UTC(2026, 10, 1, 12);

let lake: LakeFolder;
const open = async () => void (lake = await lakeFolder());
const close = () => lake.close();

describe("latestRowsView", () => {
  beforeEach(open);
  afterEach(close);

  it("is readable SQL", () => {
    expect(latestRowsView(tables.prediction_markets)).toBe(
      `SELECT "prediction_id", "market_ticker", "event_ticker", "predicted_at", "lowest", "highest", "lowest_cents", "highest_cents", "probability", "ingested_at", "decoder_version", "dt"
FROM (
  SELECT "prediction_id", "market_ticker", "event_ticker", "predicted_at", "lowest", "highest", "lowest_cents", "highest_cents", "probability", "ingested_at", "decoder_version", "dt",
    row_number() OVER (PARTITION BY "dt", "prediction_id", "market_ticker" ORDER BY "ingested_at" DESC, "decoder_version" DESC) AS "newest"
  FROM "prediction_markets_parts"
)
WHERE "newest" = 1`,
    );
  });

  it("keeps of each key the row ingested last, and of those the newest decoder's", async () => {
    const table = tables.market_snapshots;
    const quote = (market_ticker: string, ingested_at: number, decoder_version: number, yes_bid: number) =>
      rowWith(table, { market_ticker, window_at: at, ingested_at, decoder_version, yes_bid });
    lake.write(table, [quote("A", at + 1, 9, 10_000), quote("B", at + 1, 2, 10_000)]);
    lake.write(table, [quote("A", at + 2, 1, 20_000), quote("B", at + 1, 1, 20_000)]);
    lake.write(table, [rowWith(table, { market_ticker: "A", window_at: at + 1, yes_bid: 30_000 })]);
    const answer = await lake.sql.query(
      "SELECT market_ticker, yes_bid FROM market_snapshots ORDER BY market_ticker, window_at",
    );
    expect(answer.rows).toEqual([
      ["A", "0.020000"],
      ["A", "0.030000"],
      ["B", "0.010000"],
    ]);
  });
});

describe("every table", () => {
  // One lake for all: each writes to its own folder.
  beforeAll(open);
  afterAll(close);

  it.each(Object.values(tables) as Table[])("$name has no column that its views add", (table) => {
    expect(Object.keys(table.columns)).not.toContain("dt");
    expect(Object.keys(table.columns)).not.toContain("newest");
  });

  it.each(Object.values(tables) as Table[])(
    "$name reads as empty, with the same types as when it has parts",
    async (table) => {
      const types = async () =>
        (await lake.sql.query(`DESCRIBE ${table.name}_parts`)).rows.map(([name, type]) => [name, type]);
      expect((await lake.sql.query(`SELECT count(*) AS n FROM ${table.name}`)).rows).toEqual([[0]]);
      const empty = await types();
      lake.write(table, [rowWith(table, {})]);
      expect((await lake.sql.query(`SELECT count(*) AS n FROM ${table.name}`)).rows).toEqual([[1]]);
      expect(await types()).toEqual(empty);
      expect(empty.at(-1)).toEqual(["dt", "VARCHAR"]);
    },
  );
});

describe("duckdbParts", () => {
  beforeEach(open);
  afterEach(close);

  it("reads parts older than a column, and a column that no part has yet", async () => {
    const old = tables.market_snapshots;
    const grown: Table = {
      ...old,
      version: 2,
      columns: { ...old.columns, added: nullable("price", "New."), unused: nullable("string", "New.") },
    };
    const { unused: _, ...written } = grown.columns;
    lake.write(old, [rowWith(old, { market_ticker: "old", window_at: at })]);
    lake.write({ ...grown, columns: written }, [
      { ...rowWith(old, { market_ticker: "new", window_at: at }), added: 500_000 },
    ]);
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const sql = `SELECT market_ticker, CAST(added AS varchar), unused FROM (${duckdbParts(grown, lake.root, true)}) ORDER BY 1`;
    const answer = await connection.runAndReadAll(sql);
    connection.closeSync();
    instance.closeSync();
    expect(answer.getRows()).toEqual([
      ["new", "0.500000", null],
      ["old", null, null],
    ]);
  });

  it("takes a folder with a quote in its name", () => {
    expect(duckdbParts(tables.jobs, "/home/o'hara/lake", true)).toContain(
      "'/home/o''hara/lake/tables/jobs/dt=*/*.parquet'",
    );
  });
});
