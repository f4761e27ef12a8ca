/** One damaged file must not take the other tables with it: what finds the damage is asked in SQL too. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSql } from "../../../adapters/embedded/sql.ts";

let lakeRoot: string;
beforeEach(() => {
  lakeRoot = mkdtempSync(join(tmpdir(), "brier-damaged-"));
  const day = join(lakeRoot, "tables", "grades", "dt=2026-11-01");
  mkdirSync(day, { recursive: true });
  writeFileSync(join(day, "a.parquet"), "no parquet");
});
afterEach(() => rmSync(lakeRoot, { recursive: true }));

describe("a damaged part", () => {
  it("fails the queries of its table and of every view over it, and no other", async () => {
    const sql = await openSql({ lakeRoot });
    await expect(sql.query("select count(*) from jobs")).resolves.toEqual({ columns: ["count_star()"], rows: [[0]] });
    for (const name of ["grades", "grades_parts", "GRADES", "calibration", "prediction_accuracy"]) {
      await expect(sql.query(`select count(*) from ${name}`)).rejects.toThrow(/a\.parquet/);
    }
    // Its name may be put together: then it must not pass for empty.
    const joined = "select count(*) from query_table('gra' || 'des')";
    await expect(sql.query(joined)).rejects.toThrow(/a\.parquet/);
    sql.close();
  });
});
