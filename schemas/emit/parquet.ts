/** The Parquet schema of a table's parts. */
import type { SchemaElement } from "hyparquet";
import type { Column, ColumnType, Table } from "../table.ts";

/**
 * Digits before and after the point of a DECIMAL column; the stored INT64 is our integer as it stands (micro-dollars,
 * hundredths of a contract), so nothing is ever rounded on the way.
 */
export const DECIMALS = { price: { precision: 18, scale: 6 }, count: { precision: 18, scale: 2 } } as const;

const leaves: Record<Exclude<ColumnType, "doubles">, Omit<SchemaElement, "name" | "repetition_type">> = {
  string: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  // JSON travels as text: Athena reads Parquet's JSON type as binary.
  json: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  int: { type: "INT64" },
  double: { type: "DOUBLE" },
  boolean: { type: "BOOLEAN" },
  // No converted type: TIMESTAMP_MILLIS would say "adjusted to UTC", and DuckDB would read timestamp with time zone.
  timestamp: { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MILLIS" } },
  date: { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } },
  price: {
    type: "INT64",
    converted_type: "DECIMAL",
    ...DECIMALS.price,
    logical_type: { type: "DECIMAL", ...DECIMALS.price },
  },
  count: {
    type: "INT64",
    converted_type: "DECIMAL",
    ...DECIMALS.count,
    logical_type: { type: "DECIMAL", ...DECIMALS.count },
  },
};

function elements(name: string, column: Column): SchemaElement[] {
  const repetition_type = column.nullable ? "OPTIONAL" : "REQUIRED";
  if (column.type !== "doubles") return [{ name, repetition_type, ...leaves[column.type] }];
  return [
    { name, repetition_type, num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", repetition_type: "OPTIONAL", type: "DOUBLE" },
  ];
}

/** Root and columns in the table's order, as hyparquet-writer takes them. `dt` is in the path, not in the file. */
export function parquetSchema(table: Table): SchemaElement[] {
  const columns = Object.entries(table.columns);
  return [
    { name: table.name, num_children: columns.length },
    ...columns.flatMap(([name, column]) => elements(name, column)),
  ];
}
