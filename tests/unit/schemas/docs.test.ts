import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tablesPage } from "../../../schemas/emit/docs.ts";
import { tables } from "../../../schemas/index.ts";
import { column, defineTable, nullable } from "../../../schemas/table.ts";
import { views } from "../../../schemas/views/index.ts";

describe("docs/tables.md", () => {
  it("is what npm run docs writes", () => {
    const written = readFileSync("docs/tables.md", "utf8");
    expect(written, "docs/tables.md is stale: run npm run docs").toBe(tablesPage(Object.values(tables), views));
  });

  it("names every column with type, unit and whether it may be null", () => {
    const table = defineTable({
      name: "things",
      version: 3,
      doc: "Things.",
      columns: { at: column("timestamp", "When."), speed: nullable("double", "How | fast.", "m/s") },
      key: ["at"],
      dt: "at",
    });
    const page = tablesPage([table], [{ name: "v", doc: "A view.", sql: "\nSELECT 1 AS one\n" }]);
    expect(page).toContain("### things\n\nThings.\n\nVersion 3. Key: `at`. Partition: `dt` = UTC day of `at`.");
    expect(page).toContain("| `at` | timestamp (UTC) |  | When. |");
    expect(page).toContain("| `speed` | double, m/s | null | How \\| fast. |");
    expect(page).toContain("### v\n\nA view.\n\n```sql\nSELECT 1 AS one\n```\n");
  });
});
