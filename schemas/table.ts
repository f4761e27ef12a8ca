/**
 * A table as code. Everything else about a table is derived from its definition: the Glue table, the Parquet schema,
 * the TypeScript row, the zod decoder, the DuckDB view and its page in docs/tables.md (see `schemas/emit`).
 */

/**
 * How a column looks in each world.
 *
 * | type | TypeScript | Parquet | SQL |
 * |---|---|---|---|
 * | string | string | BYTE_ARRAY UTF8 | varchar |
 * | int | number (safe integer) | INT64 | bigint |
 * | double | number | DOUBLE | double |
 * | boolean | boolean | BOOLEAN | boolean |
 * | timestamp | number, epoch ms UTC | INT64 TIMESTAMP(ms), not adjusted to UTC | timestamp |
 * | date | string `YYYY-MM-DD` | INT32 DATE | date |
 * | price | number, whole micro-dollars | INT64 DECIMAL(18,6) | decimal(18,6), dollars |
 * | count | number, whole hundredths of a contract | INT64 DECIMAL(18,2) | decimal(18,2), contracts |
 * | doubles | (number or null)[] | LIST of DOUBLE | array(double) |
 * | json | string of JSON text | BYTE_ARRAY UTF8 | varchar |
 */
export type ColumnType =
  | "string"
  | "int"
  | "double"
  | "boolean"
  | "timestamp"
  | "date"
  | "price"
  | "count"
  | "doubles"
  | "json";

export interface Column<T extends ColumnType = ColumnType, N extends boolean = boolean> {
  type: T;
  doc: string;
  nullable: N;
  /** The unit of the number, where the type does not say it already. */
  unit?: string;
}

interface TypeScriptOf {
  string: string;
  int: number;
  double: number;
  boolean: boolean;
  timestamp: number;
  date: string;
  price: number;
  count: number;
  doubles: (number | null)[];
  json: string;
}

export type Columns = Readonly<Record<string, Column>>;

export type RowOf<C extends Columns> = {
  -readonly [K in keyof C]: C[K] extends Column<infer T, infer N>
    ? TypeScriptOf[T] | (N extends true ? null : never)
    : never;
};

export interface Table<C extends Columns = Columns> {
  name: string;
  /**
   * Raised with every change of the columns: nullable ones may be added, and required ones become nullable
   * (tests/unit/schemas).
   */
  version: number;
  doc: string;
  columns: C;
  /** The columns that name a row. The newest row of a key is the one that its view shows. */
  key: readonly string[];
  /** The timestamp column of the key (or one that the key fixes) whose UTC date is the partition `dt`. */
  dt: string;
}

export type Row<T extends Table> = RowOf<T["columns"]>;

/** A required column. */
export function column<T extends ColumnType>(type: T, doc: string, unit?: string): Column<T, false> {
  return unit === undefined ? { type, doc, nullable: false } : { type, doc, nullable: false, unit };
}

/** A column that may be null; its doc says what null means. */
export function nullable<T extends ColumnType>(type: T, doc: string, unit?: string): Column<T, true> {
  return unit === undefined ? { type, doc, nullable: true } : { type, doc, nullable: true, unit };
}

/** What every row of a source's table carries: where it came from and when we knew it. */
export const sourceColumns = {
  window_at: column("timestamp", "The scheduled instant of the ingest window that brought the row."),
  ingested_at: column("timestamp", "When the answer that holds the row was fetched: when we knew it."),
  decoder_version: column("int", "Version of the decoder that made the row; the highest wins among repeats."),
  raw_key: column("string", "Lake key of the stored exchanges that the row was decoded from."),
} as const;

/** What every row of a table carries that streams and sources fill alike. */
export const observedColumns = {
  window_at: column(
    "timestamp",
    "The ingest window that brought the row; of a stream, the minute that it was written in.",
  ),
  ingested_at: column("timestamp", "When we knew it: when the frame arrived or the answer was fetched."),
  decoder_version: column("int", "Version of the decoder that made the row; the highest wins among repeats."),
  raw_key: nullable("string", "Lake key of the stored exchanges; null for a stream, whose frames are not kept."),
} as const;

/** What every row derived by the desk carries. */
export const derivedColumns = {
  ingested_at: column("timestamp", "The instant of the work that made the row (the job's, never the wall clock's)."),
  decoder_version: column("int", "Version of the code that made the row; the highest wins among repeats."),
} as const;

export function defineTable<const C extends Columns>(
  table: Table<C> & { key: readonly (keyof C & string)[]; dt: keyof C & string },
): Table<C> {
  const at = table.columns[table.dt];
  if (at?.type !== "timestamp" || at.nullable) {
    throw new Error(`table ${table.name}: the partition column ${table.dt} must be a required timestamp`);
  }
  for (const name of table.key) {
    if (table.columns[name] === undefined) throw new Error(`table ${table.name}: key column ${name} is not a column`);
    if (table.columns[name].nullable) throw new Error(`table ${table.name}: key column ${name} must not be nullable`);
  }
  return table;
}

const dayMs = 86_400_000;
/** The day asked for last: the rows of a part are of one day. */
let lastDay = { number: Number.NaN, dt: "" };

/** The partition of an instant: its UTC date, `YYYY-MM-DD`. */
export function dtOf(epochMs: number): string {
  const number = Math.floor(epochMs / dayMs);
  if (number !== lastDay.number) lastDay = { number, dt: new Date(epochMs).toISOString().slice(0, 10) };
  return lastDay.dt;
}
