import { describe, expect, it } from "vitest";
import { partKey } from "../../../core/lake-keys.ts";
import { glueTable } from "../../../schemas/emit/glue.ts";
import { tables } from "../../../schemas/index.ts";
import { column, defineTable, nullable } from "../../../schemas/table.ts";
import type { Table } from "../../../schemas/table.ts";

describe("glueTable", () => {
  it("gives each type its Hive name, and the unit in the comment", () => {
    const table = defineTable({
      name: "every",
      version: 1,
      doc: "A column of each type.",
      columns: {
        string: column("string", "s."),
        int: column("int", "i.", "s"),
        double: column("double", "d."),
        boolean: column("boolean", "b."),
        timestamp: column("timestamp", "t."),
        date: column("date", "d."),
        price: nullable("price", "p."),
        count: column("count", "c."),
        doubles: column("doubles", "l."),
        json: column("json", "j."),
      },
      key: ["string"],
      dt: "timestamp",
    });
    const { columns } = glueTable(table, "s3://bucket").storageDescriptor;
    expect(Object.fromEntries(columns.map(({ name, type }) => [name, type]))).toEqual({
      string: "string",
      int: "bigint",
      double: "double",
      boolean: "boolean",
      timestamp: "timestamp",
      date: "date",
      price: "decimal(18,6)",
      count: "decimal(18,2)",
      doubles: "array<double>",
      json: "string",
    });
    expect(columns[1]?.comment).toBe("i. [s]");
  });

  it("computes the partitions where the parts are written", () => {
    const table = glueTable(tables.jobs, "s3://bucket");
    expect(table.name).toBe("jobs_parts");
    expect(table.partitionKeys).toEqual([{ name: "dt", type: "string" }]);
    expect(table.parameters).toMatchObject({
      "projection.enabled": "true",
      "projection.dt.type": "date",
      "projection.dt.format": "yyyy-MM-dd",
      "projection.dt.range": "2025-01-01,NOW+2DAYS",
      "storage.location.template": "s3://bucket/tables/jobs/dt=${dt}",
    });
    const folder = table.parameters["storage.location.template"]?.replace("${dt}", "2026-10-04");
    expect(`s3://bucket/${partKey("jobs", "2026-10-04", "stem", 1)}`.startsWith(`${folder}/`)).toBe(true);
    expect(table.storageDescriptor.location).toBe("s3://bucket/tables/jobs/");
  });

  it.each(Object.values(tables) as Table[])("$name stays within Glue's limits", (table) => {
    const { name, description, storageDescriptor } = glueTable(table, "s3://bucket");
    // Glue API: names of 1 to 255 characters, Athena wants lower case; comments up to 255, descriptions up to 2048.
    expect(name).toMatch(/^[a-z][a-z0-9_]{0,254}$/);
    expect(description.length).toBeLessThanOrEqual(2048);
    for (const { name: columnName, comment } of storageDescriptor.columns) {
      expect(columnName).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(comment).toMatch(/^[^\r\n\t]{1,255}$/);
    }
  });
});
