import { describe, expect, it } from "vitest";
import { parquetSchema } from "../../../schemas/emit/parquet.ts";
import { column, defineTable, nullable } from "../../../schemas/table.ts";

describe("parquetSchema", () => {
  it("states type, unit and repetition of every column", () => {
    const table = defineTable({
      name: "every",
      version: 1,
      doc: "A column of each type.",
      columns: {
        string: column("string", ""),
        int: nullable("int", ""),
        double: column("double", ""),
        boolean: column("boolean", ""),
        timestamp: column("timestamp", ""),
        date: column("date", ""),
        price: nullable("price", ""),
        count: column("count", ""),
        doubles: column("doubles", ""),
        json: column("json", ""),
      },
      key: ["string"],
      dt: "timestamp",
    });
    const text = { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } };
    const decimal = (scale: number) => ({
      type: "INT64",
      converted_type: "DECIMAL",
      precision: 18,
      scale,
      logical_type: { type: "DECIMAL", precision: 18, scale },
    });
    expect(parquetSchema(table)).toEqual([
      { name: "every", num_children: 10 },
      { name: "string", repetition_type: "REQUIRED", ...text },
      { name: "int", repetition_type: "OPTIONAL", type: "INT64" },
      { name: "double", repetition_type: "REQUIRED", type: "DOUBLE" },
      { name: "boolean", repetition_type: "REQUIRED", type: "BOOLEAN" },
      {
        name: "timestamp",
        repetition_type: "REQUIRED",
        type: "INT64",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MILLIS" },
      },
      {
        name: "date",
        repetition_type: "REQUIRED",
        type: "INT32",
        converted_type: "DATE",
        logical_type: { type: "DATE" },
      },
      { name: "price", repetition_type: "OPTIONAL", ...decimal(6) },
      { name: "count", repetition_type: "REQUIRED", ...decimal(2) },
      {
        name: "doubles",
        repetition_type: "REQUIRED",
        num_children: 1,
        converted_type: "LIST",
        logical_type: { type: "LIST" },
      },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", repetition_type: "OPTIONAL", type: "DOUBLE" },
      { name: "json", repetition_type: "REQUIRED", ...text },
    ]);
  });
});
