import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodePart, encodePart } from "../../../adapters/parquet.ts";
import { openSql } from "../../../adapters/embedded/sql.ts";
import type { EmbeddedSql } from "../../../adapters/embedded/sql.ts";
import { parquetSchema } from "../../../schemas/emit/parquet.ts";
import { tables } from "../../../schemas/index.ts";
import { marketSnapshots } from "../../../schemas/market_snapshots.ts";
import { column, defineTable, nullable } from "../../../schemas/table.ts";
import type { Column, ColumnType, Table } from "../../../schemas/table.ts";
import { arbitraryRow, rowWith } from "../schemas/table-rows.ts";

const all = Object.values(tables) as Table[];
const snapshot = rowWith(marketSnapshots, { market_ticker: "M", yes_bid: 30_000, yes_bid_size: 1_250 });

function decimal(units: number, scale: number): string {
  const digits = String(Math.abs(units)).padStart(scale + 1, "0");
  return `${units < 0 ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function inSql(value: unknown, { type }: Column): unknown {
  if (value === null) return null;
  if (type === "price") return decimal(value as number, 6);
  if (type === "count") return decimal(value as number, 2);
  if (type === "timestamp") return new Date(value as number).toISOString();
  // DuckDB's client for Node drops a leading byte order mark when it hands a string over.
  if (typeof value === "string") return value.replace(/^\uFEFF/, "");
  return value;
}

/** As the table of column types in schemas/table.ts has them. */
const sqlTypes: Record<ColumnType, string> = {
  string: "VARCHAR",
  json: "VARCHAR",
  int: "BIGINT",
  double: "DOUBLE",
  boolean: "BOOLEAN",
  timestamp: "TIMESTAMP",
  date: "DATE",
  price: "DECIMAL(18,6)",
  count: "DECIMAL(18,2)",
  doubles: "DOUBLE[]",
};

describe("encodePart and decodePart", () => {
  for (const table of all) {
    it(`gives back every row of ${table.name}, and equal bytes for equal rows`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(arbitraryRow(table), { minLength: 1, maxLength: 20 }), async (rows) => {
          const bytes = encodePart(table, rows);
          expect(await decodePart(table, bytes)).toEqual(rows);
          expect(encodePart(table, structuredClone(rows))).toEqual(bytes);
        }),
        { numRuns: 12 },
      );
    });
  }

  it("gives back a large part, compressed and with dictionaries", async () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => ({
      ...snapshot,
      market_ticker: `M${index % 7}`,
      window_at: index,
      yes_bid: index % 3 === 0 ? null : 10_000 * (index % 99),
    }));
    const bytes = encodePart(marketSnapshots, rows);
    expect(await decodePart(marketSnapshots, bytes)).toEqual(rows);
    expect(bytes.length).toBeLessThan(40_000);
  });

  it("writes -0 as 0, whatever the other rows hold", async () => {
    const table = tables.prediction_markets;
    const rows = [-0, 0, 0, 0, -0].map((probability) => rowWith(table, { probability }));
    expect((await decodePart(table, encodePart(table, rows))).map((row) => row.probability)).toEqual([0, 0, 0, 0, 0]);
  });

  it("reads a part that lies inside a larger buffer", async () => {
    const bytes = encodePart(marketSnapshots, [snapshot]);
    const inside = new Uint8Array(bytes.length + 20);
    inside.set(bytes, 10);
    expect(await decodePart(marketSnapshots, inside.subarray(10, 10 + bytes.length))).toEqual([snapshot]);
  });

  it("reads a part older than a nullable column as null there", async () => {
    const grown: Table = { ...marketSnapshots, columns: { ...marketSnapshots.columns, added: nullable("price", "") } };
    expect(await decodePart(grown, encodePart(marketSnapshots, [snapshot]))).toEqual([{ ...snapshot, added: null }]);
  });

  it.each([
    [
      "a price in dollars",
      { yes_bid: 0.03 },
      /market_snapshots, row 1, column yes_bid: expected whole micro-dollars or null, got 0.03/,
    ],
    ["a price as text", { yes_bid: "30000" }, /row 1, column yes_bid/],
    ["NaN", { volume: Number.NaN }, /row 1, column volume: .* got NaN/],
    ["a missing nullable column", { yes_ask: undefined }, /row 1, column yes_ask: .* got nothing/],
    ["null where a value is required", { market_ticker: null }, /row 1, column market_ticker: .* got null/],
    ["an instant as text", { window_at: "2026-10-04T00:00:00Z" }, /row 1, column window_at/],
    ["an instant beyond dates", { window_at: 8.64e15 + 2 }, /row 1, column window_at/],
    ["a lone surrogate", { raw_key: "a\uD800" }, /row 1, column raw_key: expected a well-formed string/],
    ["an unknown column", { yes_bid_dollars: 1 }, /row 1: yes_bid_dollars is not a column/],
  ])("refuses %s", (_, change, message) => {
    const rows = [snapshot, { ...snapshot, ...change }] as (typeof snapshot)[];
    expect(() => encodePart(marketSnapshots, rows)).toThrow(message);
  });

  it.each([
    [tables.predictions, { pmf: [0.5, Number.NaN] }, /column pmf: expected an array of finite numbers and nulls/],
    [tables.predictions, { mean_f: Number.POSITIVE_INFINITY }, /column mean_f: expected a finite number/],
    [tables.predictions, { climate_date: "2026-02-30" }, /column climate_date: expected a calendar date/],
    [tables.jobs, { inputs: "{" }, /column inputs: expected JSON text/],
    [tables.jobs, { certified: 1 }, /column certified: expected a boolean/],
    [tables.jobs, { model_version: 1.5 }, /column model_version: expected a safe integer/],
  ])("refuses a value of the wrong kind in %#", (table: Table, change, message) => {
    expect(() => encodePart(table, [rowWith(table, change as never)])).toThrow(message);
  });

  it("refuses an empty part", () => {
    expect(() => encodePart(marketSnapshots, [])).toThrow(/at least one row/);
  });

  it("refuses an integer that a number cannot hold", async () => {
    const table = defineTable({
      name: "t",
      version: 1,
      doc: "",
      columns: { at: column("timestamp", "") },
      key: [],
      dt: "at",
    });
    const columnData = [{ name: "at", data: [2n ** 60n] }];
    const bytes = new Uint8Array(parquetWriteBuffer({ schema: parquetSchema(table), columnData }));
    await expect(decodePart(table, bytes)).rejects.toThrow(/1152921504606846976 is beyond the safe integers/);
  });

  it("refuses parts of another shape", async () => {
    const { yes_bid: _, ...others } = marketSnapshots.columns;
    const lacking = { ...marketSnapshots, columns: { ...marketSnapshots.columns, extra: nullable("int", "") } };
    const bytes = encodePart(lacking, [{ ...snapshot, extra: 1 }]);
    await expect(decodePart(marketSnapshots, bytes)).rejects.toThrow(/a column extra that the table does not know/);
    const retyped: Table = { ...marketSnapshots, columns: { ...others, yes_bid: nullable("count", "") } };
    await expect(decodePart(retyped, encodePart(marketSnapshots, [snapshot]))).rejects.toThrow(
      /column yes_bid: stored as/,
    );
    const required: Table = {
      ...marketSnapshots,
      columns: { ...marketSnapshots.columns, more: { ...nullable("int", ""), nullable: false } },
    };
    await expect(decodePart(required, encodePart(marketSnapshots, [snapshot]))).rejects.toThrow(
      /no column more, which is required/,
    );
  });
});

describe("DuckDB agrees value by value", () => {
  const root = mkdtempSync(join(tmpdir(), "brier-parquet-"));
  const samples = new Map(all.map((table) => [table, fc.sample(arbitraryRow(table), { numRuns: 60, seed: 7 })]));
  let sql: EmbeddedSql;
  beforeAll(async () => {
    for (const [table, rows] of samples) {
      const folder = join(root, "tables", table.name, "dt=2026-10-04");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "part.parquet"), encodePart(table, rows));
    }
    sql = await openSql({ lakeRoot: root });
  });
  afterAll(() => {
    sql.close();
    rmSync(root, { recursive: true });
  });

  for (const table of all) {
    it(`on ${table.name}`, async () => {
      const names = Object.keys(table.columns);
      const { columns, rows } = await sql.query(
        `SELECT ${names.map((name) => `"${name}"`).join(", ")} FROM ${table.name}_parts`,
      );
      expect(columns).toEqual(names);
      const expected = samples
        .get(table)
        ?.map((row) => Object.entries(table.columns).map(([name, stated]) => inSql(row[name], stated)));
      expect(rows).toEqual(expected);
    });
  }

  it.each(all)("on the types that the file of $name itself states", async (table) => {
    const answer = await sql.query(
      `DESCRIBE SELECT * FROM read_parquet('${root}/tables/${table.name}/dt=2026-10-04/part.parquet', hive_partitioning = false)`,
    );
    const stated = Object.entries(table.columns).map(([name, { type }]) => [name, sqlTypes[type]]);
    expect(answer.rows.map(([name, type]) => [name, type])).toEqual(stated);
  });

  it("reads 30000 micro-dollars as 0.030000 and 1250 hundredths as 12.50", async () => {
    const folder = join(root, "tables", "market_snapshots", "dt=2026-10-05");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "part.parquet"), encodePart(marketSnapshots, [snapshot]));
    const answer = await sql.query(
      "SELECT yes_bid, yes_bid_size, yes_ask FROM market_snapshots_parts WHERE dt = '2026-10-05'",
    );
    expect(answer.rows).toEqual([["0.030000", "12.50", null]]);
  });
});
