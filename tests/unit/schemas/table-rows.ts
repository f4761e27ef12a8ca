/** Rows of any table, for tests: arbitrary ones for properties, and filled-in ones for examples. */
import * as fc from "fast-check";
import type { Column, Columns, ColumnType, RowOf, Table } from "../../../schemas/table.ts";

const safe = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
// -0 is written as 0, so it does not come back as itself.
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

const values: Record<ColumnType, fc.Arbitrary<unknown>> = {
  // Repeats make the writer use a dictionary.
  string: fc.oneof(
    fc.constantFrom("", "KXHIGHCHI-26OCT04", "\uFEFFmark", "a\u0000b", "°F"),
    fc.string({ unit: "binary" }),
  ),
  json: fc.json(),
  int: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.maxSafeInteger()),
  double: fc.oneof(fc.constantFrom(0, 0.1, 0.5, Number.MIN_VALUE, Number.MAX_VALUE), double),
  boolean: fc.boolean(),
  timestamp: fc.oneof(
    fc.constantFrom(-8.64e15, -1, 0, 1_790_000_000_000, 8.64e15),
    fc.integer({ min: -8.64e15, max: 8.64e15 }),
  ),
  date: fc
    .date({ min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T00:00:00Z"), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
  price: fc.oneof(fc.constantFrom(0, 10_000, 990_000), fc.integer(safe)),
  count: fc.oneof(fc.constantFrom(0, 100, 1_250), fc.integer(safe)),
  doubles: fc.array(fc.oneof(fc.constant(null), double), { maxLength: 40 }),
};

function arbitraryValue(column: Column): fc.Arbitrary<unknown> {
  const value = values[column.type].map((one) => (Object.is(one, -0) ? 0 : one));
  return column.nullable ? fc.option(value, { freq: 3, nil: null }) : value;
}

export function arbitraryRow<C extends Columns>(table: Table<C>): fc.Arbitrary<RowOf<C>> {
  const shape = Object.fromEntries(
    Object.entries(table.columns).map(([name, column]) => [name, arbitraryValue(column)]),
  );
  return fc.record(shape, { noNullPrototype: true }) as unknown as fc.Arbitrary<RowOf<C>>;
}

const plainValues: Record<ColumnType, unknown> = {
  string: "",
  json: "[]",
  int: 0,
  double: 0,
  boolean: false,
  timestamp: 0,
  date: "2026-10-04",
  price: 0,
  count: 0,
  doubles: [],
};

/** A row with the given values; what is not given is null where it may be, else empty or 0. */
export function rowWith<C extends Columns>(table: Table<C>, given: Partial<RowOf<C>>): RowOf<C> {
  const plain = Object.fromEntries(
    Object.entries(table.columns).map(([name, column]) => [name, column.nullable ? null : plainValues[column.type]]),
  );
  return { ...plain, ...given } as RowOf<C>;
}
