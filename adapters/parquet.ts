/**
 * Parts: a table's rows as Parquet bytes and back. Equal rows give equal bytes, so that a repeated step writes the same
 * object. The files are read by Athena, by DuckDB and by `decodePart`.
 */
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import type { SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { isDate, isJson, LAST_INSTANT } from "../schemas/emit/zod.ts";
import { DECIMALS, parquetSchema } from "../schemas/emit/parquet.ts";
import type { Column, Columns, ColumnType, RowOf, Table } from "../schemas/table.ts";

const DAY_MS = 86_400_000;

/**
 * Below this many bytes a column is stored plain. Setting up a zstd context costs tens of microseconds and saves
 * nothing on a dozen rows, which is what most parts hold.
 */
const COMPRESS_FROM_BYTES = 4096;

/**
 * Below this many rows a part holds plain values without dictionaries and statistics: there is nothing to skip within a
 * dozen rows, and preparing both takes as long as all the rest. A view that reads one partition reads all its parts.
 */
const DICTIONARY_FROM_ROWS = 32;

/** One row group up to here; a compacted day of quotes stays below it. */
const ROWS_PER_GROUP = 100_000;

type Stored = string | number | bigint | boolean | (number | null)[];

interface Codec {
  /** What the value must be, for the error. */
  expected: string;
  /** The physical value, or undefined when `value` is not what the column holds. */
  store(value: unknown): Stored | undefined;
  /** About how many bytes a stored value takes. */
  bytes(stored: Stored): number;
}

const eight = (): number => 8;
const byLength = (stored: Stored): number => (stored as string).length + 4;

const integer = (limit: number): ((value: unknown) => bigint | undefined) => {
  return (value) =>
    Number.isSafeInteger(value) && Math.abs(value as number) <= limit ? BigInt(value as number) : undefined;
};

// Adding 0 turns -0 into 0: a dictionary cannot tell them apart, so that the sign would depend on the other rows.
const finite = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value + 0 : undefined;

// A lone surrogate has no UTF-8 form; the writer would put U+FFFD in its place.
const text = (value: unknown): string | undefined =>
  typeof value === "string" && value.isWellFormed() ? value : undefined;

const largest = (type: keyof typeof DECIMALS): number =>
  Math.min(Number.MAX_SAFE_INTEGER, 10 ** DECIMALS[type].precision - 1);

const codecs: Record<ColumnType, Codec> = {
  string: { expected: "a well-formed string", store: text, bytes: byLength },
  json: {
    expected: "JSON text",
    store: (value) => {
      const json = text(value);
      return json !== undefined && isJson(json) ? json : undefined;
    },
    bytes: byLength,
  },
  int: { expected: "a safe integer", store: integer(Number.MAX_SAFE_INTEGER), bytes: eight },
  double: { expected: "a finite number", store: finite, bytes: eight },
  boolean: {
    expected: "a boolean",
    store: (value) => (typeof value === "boolean" ? value : undefined),
    bytes: () => 1,
  },
  timestamp: { expected: "whole epoch milliseconds", store: integer(LAST_INSTANT), bytes: eight },
  date: {
    expected: "a calendar date YYYY-MM-DD",
    store: (value) =>
      typeof value === "string" && isDate(value) ? Date.parse(`${value}T00:00:00Z`) / DAY_MS : undefined,
    bytes: () => 4,
  },
  price: { expected: "whole micro-dollars", store: integer(largest("price")), bytes: eight },
  count: { expected: "whole hundredths of a contract", store: integer(largest("count")), bytes: eight },
  doubles: {
    expected: "an array of finite numbers and nulls",
    store: (value) => {
      if (!Array.isArray(value)) return undefined;
      const list: (number | null)[] = [];
      for (const item of value) {
        const number = item === null ? null : finite(item);
        if (number === undefined) return undefined;
        list.push(number);
      }
      return list;
    },
    bytes: (stored) => 8 * (stored as unknown[]).length,
  },
};

interface Plan {
  columns: { name: string; column: Column; codec: Codec }[];
  schema: SchemaElement[];
  /** The top-level elements of the schema. */
  elements: Map<string, SchemaElement>;
}

const plans = new WeakMap<object, Plan>();

function planOf(table: Table): Plan {
  let plan = plans.get(table);
  if (plan === undefined) {
    const columns = Object.entries(table.columns).map(([name, column]) => ({
      name,
      column,
      codec: codecs[column.type],
    }));
    const schema = parquetSchema(table);
    plan = { columns, schema, elements: topLevel(schema) };
    plans.set(table, plan);
  }
  return plan;
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const json = typeof value === "number" || typeof value === "bigint" ? String(value) : JSON.stringify(value);
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
}

/**
 * The bytes of one part.
 * @throws when `rows` is empty (no rows, no part), or a row lacks a column, has an unknown one, or holds a value that is
 * not of the column's type; the message names table, row and column.
 */
export function encodePart<const C extends Columns>(table: Table<C>, rows: readonly RowOf<C>[]): Uint8Array {
  if (rows.length === 0) throw new Error(`table ${table.name}: a part needs at least one row; write no part instead`);
  const { columns, schema } = planOf(table);
  const small = rows.length < DICTIONARY_FROM_ROWS;
  rows.forEach((row, index) => {
    for (const name of Object.keys(row)) {
      if (table.columns[name] === undefined) {
        throw new Error(
          `table ${table.name}, row ${index}: ${name} is not a column; add it to schemas/${table.name}.ts or leave it out`,
        );
      }
    }
  });
  const columnData = columns.map(({ name, column, codec }) => {
    let bytes = 0;
    const data = rows.map((row, index) => {
      const value: unknown = row[name];
      if (value === null && column.nullable) return null;
      const stored = codec.store(value);
      if (stored === undefined) {
        const expected = column.nullable ? `${codec.expected} or null` : codec.expected;
        throw new Error(`table ${table.name}, row ${index}, column ${name}: expected ${expected}, got ${shown(value)}`);
      }
      bytes += codec.bytes(stored);
      return stored;
    });
    return {
      name,
      data,
      codec: bytes < COMPRESS_FROM_BYTES ? ("UNCOMPRESSED" as const) : ("ZSTD" as const),
      // Temperatures hardly repeat: a dictionary of them would be built and thrown away.
      ...(small || column.type === "doubles" ? { encoding: "PLAIN" as const } : {}),
    };
  });
  const writer = new ByteWriter(4096);
  const parquet = new ParquetWriter({
    writer,
    schema,
    createdBy: "brier",
    compressors: { ZSTD: (input) => zstdCompressSync(input) },
    statistics: !small,
  });
  void parquet.write({ columnData, rowGroupSize: ROWS_PER_GROUP });
  void parquet.finish();
  return writer.getBytes().slice();
}

const days = (value: unknown): string => new Date((value as number) * DAY_MS).toISOString().slice(0, 10);
const same = (value: unknown): unknown => value;
const whole = (value: unknown): number => {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Error(`${String(value)} is beyond the safe integers`);
  return number;
};

const readers: Record<ColumnType, (value: unknown) => unknown> = {
  string: same,
  json: same,
  double: same,
  boolean: same,
  doubles: same,
  int: whole,
  timestamp: whole,
  price: whole,
  count: whole,
  date: days,
};

/** The top-level elements of a schema, by name. */
function topLevel(schema: readonly SchemaElement[]): Map<string, SchemaElement> {
  const found = new Map<string, SchemaElement>();
  let inside = 0;
  for (const element of schema.slice(1)) {
    if (inside === 0) found.set(element.name, element);
    else inside -= 1;
    inside += element.num_children ?? 0;
  }
  return found;
}

const stated = ({ type, converted_type, scale, logical_type }: SchemaElement): string => {
  const unit = logical_type?.type === "TIMESTAMP" ? ` ${logical_type.unit}` : "";
  return `${type ?? "group"} ${logical_type?.type ?? converted_type ?? "plain"}${unit} ${scale ?? 0}`;
};

/**
 * The rows of a part, in our units. A nullable column that the file does not have (it is older than the column) is null.
 * @throws when the file lacks a required column, has one that the table does not know, or stores one otherwise than
 * `encodePart` does; the message names table and column.
 */
export async function decodePart<const C extends Columns>(table: Table<C>, bytes: Uint8Array): Promise<RowOf<C>[]> {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = parquetMetadata(buffer);
  const { columns, elements } = planOf(table);
  const present = topLevel(metadata.schema);
  for (const [name, element] of present) {
    const ours = elements.get(name);
    if (ours === undefined)
      throw new Error(`table ${table.name}: the part has a column ${name} that the table does not know`);
    if (stated(element) !== stated(ours)) {
      throw new Error(`table ${table.name}, column ${name}: stored as ${stated(element)}, expected ${stated(ours)}`);
    }
  }
  for (const { name, column } of columns) {
    if (!present.has(name) && !column.nullable) {
      throw new Error(`table ${table.name}: the part has no column ${name}, which is required`);
    }
  }
  // Numbers are taken as they are stored: converted, a decimal would become a float and a timestamp a Date.
  for (const element of metadata.schema) {
    if (element.type === "INT64" || element.type === "INT32") {
      delete element.converted_type;
      delete element.logical_type;
    }
  }
  const stored = await parquetReadObjects({
    file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) },
    metadata,
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
    // hyparquet's own decoder drops a leading byte order mark.
    parsers: { stringFromBytes: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString() },
  });
  return stored.map((row) => {
    const out: Record<string, unknown> = {};
    for (const { name, column } of columns) {
      const value: unknown = row[name];
      out[name] = value === null || value === undefined ? null : readers[column.type](value);
    }
    return out as RowOf<C>;
  });
}
