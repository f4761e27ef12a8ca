/** The SQL of a table: the view of its newest rows (portable), and where DuckDB finds its parts. */
import { tables } from "../index.ts";
import type { ColumnType, Table } from "../table.ts";
import { views } from "../views/index.ts";
import type { View } from "../views/view.ts";
import { DECIMALS } from "./parquet.ts";

/** A name as SQL writes it; some columns are called like keywords (`rows`, `position`). */
function quoted(name: string): string {
  return `"${name}"`;
}

/**
 * The SELECT of view `<table>` over `<table>_parts`: of the rows of one key the one known last, and among those made
 * from the same answer the one of the newest decoder. Equal keys lie in one `dt`, so a day is decided by itself.
 */
export function latestRowsView(table: Table): string {
  const columns = [...Object.keys(table.columns), "dt"].map(quoted).join(", ");
  const key = ["dt", ...table.key].map(quoted).join(", ");
  return [
    `SELECT ${columns}`,
    `FROM (`,
    `  SELECT ${columns},`,
    `    row_number() OVER (PARTITION BY ${key} ORDER BY "ingested_at" DESC, "decoder_version" DESC) AS "newest"`,
    `  FROM "${table.name}_parts"`,
    `)`,
    `WHERE "newest" = 1`,
  ].join("\n");
}

/** Every view, each after those that it reads: first one a table, then the listed ones. */
export function allViews(): View[] {
  const newest = Object.values(tables).map((table: Table) => ({
    name: table.name,
    doc: table.doc,
    sql: latestRowsView(table),
  }));
  return [...newest, ...views];
}

const duckdbTypes: Record<ColumnType, string> = {
  string: "VARCHAR",
  json: "VARCHAR",
  int: "BIGINT",
  double: "DOUBLE",
  boolean: "BOOLEAN",
  timestamp: "TIMESTAMP",
  date: "DATE",
  price: `DECIMAL(${DECIMALS.price.precision}, ${DECIMALS.price.scale})`,
  count: `DECIMAL(${DECIMALS.count.precision}, ${DECIMALS.count.scale})`,
  doubles: "DOUBLE[]",
};

/**
 * The SELECT of DuckDB's view `<table>_parts`.
 * @param lakeRoot the lake's folder as an absolute path with forward slashes, free of `*`, `?`, `[` and `]`
 * @param hasParts whether there is a part at all: for DuckDB a pattern that matches no file is an error
 */
export function duckdbParts(table: Table, lakeRoot: string, hasParts: boolean): string {
  const columns = [...Object.keys(table.columns), "dt"].map(quoted).join(", ");
  const typed = [
    ...Object.entries(table.columns).map(([name, { type }]) => `CAST(NULL AS ${duckdbTypes[type]}) AS ${quoted(name)}`),
    `CAST(NULL AS VARCHAR) AS "dt"`,
  ].join(", ");
  if (!hasParts) return `SELECT ${typed} WHERE false`;
  const pattern = `${lakeRoot}/tables/${table.name}/dt=*/*.parquet`.replaceAll("'", "''");
  // Opening every file for its columns is dear (0.1 ms each); only a table that has gained columns needs it.
  const unionByName = table.version > 1;
  // The empty half fixes types and columns, also of a column that no part has yet.
  return [
    `SELECT ${columns}`,
    `FROM (`,
    `  SELECT ${typed} WHERE false`,
    `  UNION ALL BY NAME`,
    `  SELECT * FROM read_parquet('${pattern}', hive_partitioning = true, hive_types = {'dt': VARCHAR}, union_by_name = ${unionByName})`,
    `)`,
  ].join("\n");
}
