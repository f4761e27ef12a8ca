/**
 * DuckDB with the macros beside what Trino's documentation states of each function
 * (https://trino.io/docs/current/functions.html).
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSql } from "../../../adapters/embedded/sql.ts";
import type { EmbeddedSql } from "../../../adapters/embedded/sql.ts";
import { trinoMacros } from "../../../adapters/embedded/trino-macros.ts";

const cases: Record<string, [expression: string, value: unknown][]> = {
  date_diff: [
    ["date_diff('hour', timestamp '2026-01-01 10:59:00', timestamp '2026-01-01 12:01:00')", 1],
    ["date_diff('hour', timestamp '2026-01-01 12:01:00', timestamp '2026-01-01 10:59:00')", -1],
    ["date_diff('day', date '2026-02-28', date '2026-03-01')", 1],
    ["date_diff('month', date '2026-01-31', date '2026-02-27')", 0],
    [
      "date_diff('hour', max(t), max(u)) FROM (SELECT timestamp '2026-01-01 00:59:00' AS t, timestamp '2026-01-01 01:01:00' AS u)",
      0,
    ],
  ],
  concat: [
    ["concat('a', 'b')", "ab"],
    ["concat('a', NULL)", null],
    ["concat('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')", "abcdefgh"],
    ["concat('a', 'b', 'c', NULL)", null],
  ],
  greatest: [
    ["greatest(1, 2)", 2],
    ["greatest(1, NULL)", null],
    ["greatest(3, 1, 2)", 3],
    ["greatest(1, 2, NULL, 4)", null],
  ],
  least: [
    ["least(1, 2)", 1],
    ["least(1, NULL)", null],
    ["least(3, 1, 2)", 1],
  ],
  to_unixtime: [["to_unixtime(timestamp '1970-01-01 00:01:00.500')", 60.5]],
  from_unixtime: [["from_unixtime(1793491200)", "2026-11-01T00:00:00.000Z"]],
  json_extract_scalar: [
    [`json_extract_scalar('{"a": {"b": "x"}}', '$.a.b')`, "x"],
    [`json_extract_scalar('{"a": 1.5}', '$.a')`, "1.5"],
    [`json_extract_scalar('{"a": true}', '$.a')`, "true"],
    [`json_extract_scalar('[{"key": "k"}]', '$[0].key')`, "k"],
    [`json_extract_scalar('{"a": {"b": 1}}', '$.a')`, null],
    [`json_extract_scalar('{"a": [1]}', '$.a')`, null],
    [`json_extract_scalar('{"a": null}', '$.a')`, null],
    [`json_extract_scalar('{"a": 1}', '$.b')`, null],
  ],
  approx_percentile: [["approx_percentile(x, 0.5) FROM (SELECT 3 AS x UNION ALL SELECT 1 UNION ALL SELECT 2)", 2]],
};

let sql: EmbeddedSql;
beforeAll(async () => {
  sql = await openSql({ lakeRoot: "no-such-folder" });
});
afterAll(() => {
  sql.close();
});

describe("Trino's functions on DuckDB", () => {
  it.each(Object.values(cases).flat())("%s is %j", async (expression, value) => {
    const [head, from = ""] = expression.split(" FROM ", 2);
    expect((await sql.query(`SELECT ${head} AS value${from && ` FROM ${from}`}`)).rows).toEqual([[value]]);
  });

  it("every macro has its cases", () => {
    const names = trinoMacros.map((macro) => /^CREATE MACRO (\w+)/.exec(macro)?.[1]);
    expect(new Set(names)).toEqual(new Set(Object.keys(cases)));
  });

  it.each([
    ["7 / 2", 3],
    ["-7 / 2", -3],
    ["cast(7 AS double) / 2", 3.5],
    ["7 % 2", 1],
  ])("%s is %d", async (expression, value) => {
    expect((await sql.query(`SELECT ${expression} AS value`)).rows).toEqual([[value]]);
  });
});
