/** A lake folder for tests of SQL: rows in, a connection out. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openSql } from "../../../adapters/embedded/sql.ts";
import type { EmbeddedSql } from "../../../adapters/embedded/sql.ts";
import { encodePart } from "../../../adapters/parquet.ts";
import { partKey } from "../../../core/lake-keys.ts";
import { dtOf } from "../../../schemas/table.ts";
import type { Columns, RowOf, Table } from "../../../schemas/table.ts";

export interface LakeFolder {
  root: string;
  sql: EmbeddedSql;
  /** Writes rows into the partitions that their own instants name, one part a day. */
  write<C extends Columns>(table: Table<C>, rows: readonly RowOf<C>[]): void;
  /** The rows of a query as objects. */
  read(sql: string): Promise<Record<string, unknown>[]>;
  close(): void;
}

export async function lakeFolder(prefix = "brier-lake-"): Promise<LakeFolder> {
  const root = mkdtempSync(join(tmpdir(), prefix));
  const sql = await openSql({ lakeRoot: root });
  let parts = 0;
  return {
    root,
    sql,
    write(table, rows) {
      const days = Map.groupBy(rows, (row) => dtOf((row as Record<string, unknown>)[table.dt] as number));
      for (const [dt, ofDay] of days) {
        parts += 1;
        const file = join(root, partKey(table.name, dt, `part-${parts}`, 1));
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, encodePart(table, ofDay));
      }
    },
    async read(text) {
      const { columns, rows } = await sql.query(text);
      return rows.map((row) => Object.fromEntries(row.map((value, index) => [columns[index] ?? "", value])));
    },
    close() {
      sql.close();
      rmSync(root, { recursive: true });
    },
  };
}
