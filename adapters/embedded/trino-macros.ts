/**
 * What Trino means by functions that DuckDB has under the same name with another meaning, or under another name. A
 * macro overrides the built-in of its name; the built-in stays reachable as system.main.<name>. They take no FILTER,
 * DISTINCT or ORDER BY. Measured differences that remain: x / 0 is NULL here (Trino raises), and decimal / decimal is
 * a double here.
 */

/** `f(a, b)`, `f(a, b, c)` … as overloads of one macro. */
function overloads(name: string, arities: readonly number[], body: (names: string[]) => string): string {
  const variants = arities.map((arity) => {
    const names = Array.from({ length: arity }, (_, index) => `a${index}`);
    return `(${names.join(", ")}) AS ${body(names)}`;
  });
  return `CREATE MACRO ${name}${variants.join(", ")}`;
}

/** NULL when any argument is NULL; DuckDB's own skips NULLs. */
const strict = (name: string) => (names: string[]) =>
  `CASE WHEN ${names.map((argument) => `${argument} IS NULL`).join(" OR ")} THEN NULL ELSE system.main.${name}(${names.join(", ")}) END`;

const upToEight = [2, 3, 4, 5, 6, 7, 8];

export const trinoMacros: readonly string[] = [
  // DuckDB counts the boundaries crossed (10:59 to 12:01 = 2 h), Trino whole units (1 h): DuckDB's date_sub.
  `CREATE MACRO date_diff(unit, a, b) AS date_sub(unit, a, b)`,
  overloads("concat", upToEight, (names) => names.join(" || ")),
  overloads("greatest", upToEight, strict("greatest")),
  overloads("least", upToEight, strict("least")),
  `CREATE MACRO to_unixtime(instant) AS epoch(instant)`,
  `CREATE MACRO from_unixtime(seconds) AS to_timestamp(seconds)`,
  // DuckDB gives the text of objects and arrays too; Trino gives NULL for what is not a scalar.
  `CREATE MACRO json_extract_scalar(document, path) AS
    CASE WHEN json_type(document, path) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json_extract_string(document, path) END`,
  `CREATE MACRO approx_percentile(x, percentage) AS approx_quantile(x, percentage)`,
];
