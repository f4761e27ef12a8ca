import * as fc from "fast-check";
import type * as z from "zod";
import { describe, expect, expectTypeOf, it } from "vitest";
import { rowSchema } from "../../../schemas/emit/zod.ts";
import { tables } from "../../../schemas/index.ts";
import { column, defineTable, nullable } from "../../../schemas/table.ts";
import type { ColumnType, Row, Table } from "../../../schemas/table.ts";
import { arbitraryRow } from "./table-rows.ts";

const every = defineTable({
  name: "every",
  version: 1,
  doc: "A column of each type.",
  columns: {
    string: column("string", ""),
    int: column("int", ""),
    double: column("double", ""),
    boolean: column("boolean", ""),
    timestamp: column("timestamp", ""),
    date: column("date", ""),
    price: column("price", ""),
    count: column("count", ""),
    doubles: column("doubles", ""),
    json: column("json", ""),
    optional: nullable("price", ""),
  },
  key: ["string"],
  dt: "timestamp",
});
const good: Row<typeof every> = {
  string: "",
  int: 1,
  double: 0.5,
  boolean: true,
  timestamp: 0,
  date: "2024-02-29",
  price: 30_000,
  count: 100,
  doubles: [1, null],
  json: "{}",
  optional: null,
};

describe("rowSchema", () => {
  it("is typed as the table's row", () => {
    const schema = rowSchema(every);
    expectTypeOf<z.infer<typeof schema>>().toEqualTypeOf<Row<typeof every>>();
    expect(schema.parse(good)).toEqual(good);
  });

  const refused: Record<ColumnType, unknown[]> = {
    string: [1, null, undefined],
    int: [1.5, Number.NaN, 2 ** 53, "1", 1n],
    double: [Number.NaN, Number.POSITIVE_INFINITY, "0.5"],
    boolean: [0, "true"],
    timestamp: [1.5, 8.64e15 + 1, "2026-10-04T00:00:00Z", new Date(0)],
    date: ["2026-02-29", "2026-13-01", "2026-1-1", "20261004", "2026-10-04T00:00:00Z", 0],
    price: [0.03, "0.03", Number.NaN],
    count: [12.5, "12.50"],
    doubles: [[Number.NaN], ["1"], [undefined], 1, null],
    json: ["", "{", "undefined", {}],
  };
  for (const [name, values] of Object.entries(refused)) {
    for (const value of values) {
      it(`refuses ${name} = ${typeof value === "bigint" ? "1n" : JSON.stringify(value)} and names the column`, () => {
        const answer = rowSchema(every).safeParse({ ...good, [name]: value });
        expect(answer.error?.issues[0]?.path[0]).toBe(name);
      });
    }
  }

  it("reads a row from before a nullable column came, and refuses one without a required column or with an unknown one", () => {
    const { optional: _, ...before } = good;
    expect(rowSchema(every).parse(before)).toEqual(good);
    const { price: __, ...missing } = good;
    expect(rowSchema(every).safeParse(missing).success).toBe(false);
    expect(rowSchema(every).safeParse({ ...good, surprise: 1 }).success).toBe(false);
  });

  for (const table of Object.values(tables) as Table[]) {
    it(`takes every row of ${table.name}`, () => {
      const schema = rowSchema(table);
      fc.assert(
        fc.property(arbitraryRow(table), (row) => {
          expect(schema.parse(row)).toEqual(row);
        }),
        { numRuns: 30 },
      );
    });
  }
});
