import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSql } from "../../adapters/embedded/sql.ts";
import { allViews } from "../../schemas/emit/sql.ts";
import { tables } from "../../schemas/index.ts";
import { lakeFolder } from "../unit/schemas/lake-folder.ts";
import type { LakeFolder } from "../unit/schemas/lake-folder.ts";
import { rowWith } from "../unit/schemas/table-rows.ts";
import { describeSqlContract } from "./suites/sql.ts";

describeSqlContract("DuckDB over a lake folder", async () => {
  const lake = await lakeFolder();
  return {
    sql: lake.sql,
    write: async (table, rows) => {
      lake.write(table, rows);
    },
    close: async () => {
      lake.close();
    },
  };
});

describe("DuckDB over a lake folder", () => {
  let lake: LakeFolder;
  // One for all: none but the last writes.
  beforeAll(async () => {
    lake = await lakeFolder();
  });
  afterAll(() => {
    lake.close();
  });

  test("shows every table and view, and each answers", async () => {
    const shown = (await lake.sql.query("SHOW TABLES")).rows.map(([name]) => String(name));
    const expected = [...Object.keys(tables).map((name) => `${name}_parts`), ...allViews().map(({ name }) => name)];
    expect(new Set(shown)).toEqual(new Set(expected));
    for (const name of expected) expect((await lake.sql.query(`SELECT * FROM ${name}`)).rows).toEqual([]);
  });

  test.each([
    "INSERT INTO jobs VALUES (1)",
    "CREATE TABLE t AS SELECT 1",
    "DROP VIEW jobs",
    "SET threads = 1",
    "PRAGMA version",
    "ATTACH 'x.db'",
    "CALL pragma_version()",
    "COPY (SELECT 1) TO 'x.csv'",
    "EXPLAIN SELECT 1",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW jobs",
    "/* SELECT */ DROP VIEW jobs",
    "",
  ])("refuses %j and says what is let through", async (query) => {
    await expect(lake.sql.query(query)).rejects.toThrow(/only one SELECT, WITH, SHOW or DESCRIBE statement/);
    expect((await lake.sql.query("SELECT count(*) AS n FROM jobs")).rows).toEqual([[0]]);
  });

  test("has no table that a WITH could write to", async () => {
    await expect(lake.sql.query("WITH a AS (SELECT 1) INSERT INTO jobs SELECT * FROM a")).rejects.toThrow(/jobs/);
    await expect(lake.sql.query("WITH a AS (SELECT 1) DELETE FROM jobs")).rejects.toThrow(/DELETE|delete/);
  });

  test.each([
    "-- why\nSELECT 1 AS one",
    "/* why */ (SELECT 1 AS one)",
    "with a AS (SELECT 1 AS one) SELECT * FROM a",
    "SELECT 1 AS one;",
  ])("lets %j through", async (query) => {
    expect((await lake.sql.query(query)).rows).toEqual([[1]]);
  });

  test("is shut in to the lake folder", async () => {
    const outside = mkdtempSync(join(tmpdir(), "brier-outside-"));
    const file = join(outside, "secret.csv");
    writeFileSync(file, "a\n1\n");
    for (const path of [file, `${lake.root}/../${file.split("/").slice(-2).join("/")}`]) {
      await expect(lake.sql.query(`SELECT * FROM read_csv('${path}')`)).rejects.toThrow(/Permission/);
      await expect(lake.sql.query(`SELECT * FROM read_text('${path}')`)).rejects.toThrow(/Permission/);
    }
    rmSync(outside, { recursive: true });
  });

  test.each([
    ["TimeZone", "UTC"],
    ["integer_division", true],
    ["ieee_floating_point_ops", false],
    ["default_null_order", "NULLS_LAST"],
    ["autoinstall_known_extensions", false],
    ["autoload_known_extensions", false],
    ["temp_directory", ""],
    ["enable_external_access", false],
    ["lock_configuration", true],
  ])("keeps the setting %s at %j", async (name, value) => {
    expect((await lake.sql.query(`SELECT current_setting('${name}') AS value`)).rows).toEqual([[value]]);
  });

  test("puts nulls last, and divides by zero to null", async () => {
    expect((await lake.sql.query("SELECT x FROM (SELECT NULL AS x UNION ALL SELECT 1) ORDER BY x DESC")).rows).toEqual([
      [1],
      [null],
    ]);
    expect((await lake.sql.query("SELECT 1 / 0 AS a, 1e0 / 0e0 AS b")).rows).toEqual([[null, null]]);
  });

  test("wants as many parameters as there are ?", async () => {
    await expect(lake.sql.query("SELECT ? AS a, ? AS b", [1])).rejects.toThrow(/has 2 \?, but 1 parameters/);
    await expect(lake.sql.query("SELECT 1 AS a", [1])).rejects.toThrow(/has 0 \?, but 1 parameters/);
  });

  test("gives instants to the microsecond where there is more than milliseconds, also before 1970", async () => {
    const answer = await lake.sql.query(
      "SELECT timestamp '2026-11-01 00:00:00.000001' AS a, timestamp '1969-12-31 23:59:59.999999' AS b, timestamp '1969-12-31 23:59:59.999' AS c, from_unixtime(0) AS d",
    );
    expect(answer.rows).toEqual([
      [
        "2026-11-01T00:00:00.000001Z",
        "1969-12-31T23:59:59.999999Z",
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00.000Z",
      ],
    ]);
  });

  test("gives integers beyond the safe ones as bigint, and refuses what has no plain form", async () => {
    expect((await lake.sql.query("SELECT 9007199254740991 AS a, 9007199254740992 AS b")).rows).toEqual([
      [9007199254740991, 9007199254740992n],
    ]);
    await expect(lake.sql.query("SELECT {'a': 1} AS s")).rejects.toThrow(/column s/);
  });

  test("takes a folder with a quote in its name", async () => {
    const quoted = await lakeFolder("brier-o'hara-");
    quoted.write(tables.jobs, [rowWith(tables.jobs, { job_id: "J" })]);
    expect((await quoted.sql.query("SELECT job_id FROM jobs")).rows).toEqual([["J"]]);
    quoted.close();
  });

  test("refuses a folder whose name is a pattern", async () => {
    await expect(openSql({ lakeRoot: "/tmp/a[b]" })).rejects.toThrow(/must not hold/);
  });

  test("a partition folder without a finished part is no part", async () => {
    const folder = join(lake.root, "tables/jobs/dt=1970-01-01");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "J.parquet.tmp"), "half");
    expect((await lake.sql.query("SELECT count(*) AS n FROM jobs")).rows).toEqual([[0]]);
    lake.write(tables.jobs, [rowWith(tables.jobs, { job_id: "J" })]);
    expect((await lake.sql.query("SELECT count(*) AS n FROM jobs WHERE dt = '1970-01-01'")).rows).toEqual([[1]]);
  });
});
