/** The zod decoder of a table's rows: strict about required and unknown columns and about every value's kind. */
import * as z from "zod";
import type { ColumnType, Columns, RowOf, Table } from "../table.ts";

/** Whether `text` is a real calendar date `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  // Date.parse accepts 2026-02-30 and means 2 March.
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JavaScript's Date ends at ±8.64e15 ms; an instant beyond it has no `dt`. */
export const LAST_INSTANT = 8_640_000_000_000_000;

// z.int() is zod's safe integer, z.number() refuses NaN and infinities.
const values: Record<ColumnType, z.ZodType> = {
  string: z.string(),
  int: z.int(),
  double: z.number(),
  boolean: z.boolean(),
  timestamp: z.int().min(-LAST_INSTANT).max(LAST_INSTANT),
  date: z.string().refine(isDate, { error: "not a calendar date YYYY-MM-DD" }),
  price: z.int(),
  count: z.int(),
  doubles: z.array(z.number().nullable()),
  json: z.string().refine(isJson, { error: "not JSON text" }),
};

/**
 * `z.infer` of the schema is `Row<typeof table>`. A nullable column that is absent is null: what waits in a queue may have
 * been sent by a version from before the column.
 */
export function rowSchema<const C extends Columns>(table: Table<C>): z.ZodType<RowOf<C>, RowOf<C>> {
  const shape = Object.fromEntries(
    Object.entries(table.columns).map(([name, column]) => [
      name,
      column.nullable ? values[column.type].nullable().default(null) : values[column.type],
    ]),
  );
  return z.strictObject(shape) as unknown as z.ZodType<RowOf<C>, RowOf<C>>;
}
