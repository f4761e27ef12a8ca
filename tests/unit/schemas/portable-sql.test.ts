import { beforeAll, describe, expect, it } from "vitest";
import { allViews } from "../../../schemas/emit/sql.ts";
import { tables } from "../../../schemas/index.ts";
import { views } from "../../../schemas/views/index.ts";
import { trinoGrammar } from "./trino-grammar.ts";

let problems: (sql: string) => string[];
beforeAll(async () => {
  problems = await trinoGrammar();
});

/** Each means something else in DuckDB than in Trino, or nothing there. */
const notPortable: [string, RegExp][] = [
  ["a cast by ::", /::/],
  ["date_diff", /\bdate_diff\s*\(/i],
  ["concat, greatest, least (NULL arguments)", /\b(?:concat|greatest|least)\s*\(/i],
  ["regular expressions", /\bregexp_/i],
  ["AT TIME ZONE", /\bat\s+time\s+zone\b/i],
  ["QUALIFY", /\bqualify\b/i],
  ["a table function", /\bread_parquet\b|\bunnest\b/i],
];

describe("every view", () => {
  it.each(allViews().map(({ name, sql }) => [name, sql]))("%s parses as Trino SQL", (name, sql) => {
    expect(problems(`CREATE OR REPLACE VIEW "${name}" AS ${sql}`)).toEqual([]);
  });

  it.each(allViews().map(({ name, sql }) => [name, sql]))(
    "%s uses nothing that the engines read differently",
    (_, sql) => {
      expect(notPortable.filter(([, pattern]) => pattern.test(sql)).map(([what]) => what)).toEqual([]);
    },
  );

  it("averages and divides no decimal", () => {
    const decimals = Object.values(tables).flatMap((table) =>
      Object.entries(table.columns).flatMap(([name, { type }]) => (type === "price" || type === "count" ? [name] : [])),
    );
    for (const { sql } of views) {
      for (const name of new Set(decimals)) {
        expect(sql).not.toMatch(new RegExp(`\\b(?:avg|sum)\\([^)]*\\b${name}\\b|\\b${name}\\s*/|/\\s*${name}\\b`));
      }
    }
  });

  it("stands once in the list, after what it reads, and has a sentence", () => {
    const before = new Set(Object.keys(tables).map((name) => `${name}_parts`));
    const names = allViews().map(({ name }) => name);
    for (const { name, sql, doc } of allViews()) {
      expect(doc).toMatch(/\.$/);
      const known = [...names, ...Object.keys(tables).map((table) => `${table}_parts`)];
      const reads = known.filter((other) => new RegExp(`\\b(?:FROM|JOIN) "?${other}"?(?!\\w)`).test(sql));
      expect(reads.length).toBeGreaterThan(0);
      expect(reads.filter((other) => !before.has(other))).toEqual([]);
      expect(before).not.toContain(name);
      before.add(name);
    }
  });
});

describe("the grammar", () => {
  it.each(["SELECT a::double FROM t", "SELECT * FROM t QUALIFY row_number() OVER (ORDER BY a) = 1", "SELECT FROM"])(
    "refuses %s",
    (sql) => {
      expect(problems(sql)).not.toEqual([]);
    },
  );
});
