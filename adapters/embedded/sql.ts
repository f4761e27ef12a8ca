/** SQL over a lake folder: DuckDB in memory, shut in to that folder, set to mean what Athena means. */
import { readdir } from "node:fs/promises";
import { resolve, sep } from "node:path";
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBUUIDValue,
} from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import type { Sql, SqlResult, SqlValue } from "../../core/ports.ts";
import { allViews, duckdbParts } from "../../schemas/emit/sql.ts";
import { tables } from "../../schemas/index.ts";
import type { Table } from "../../schemas/table.ts";
import { trinoMacros } from "./trino-macros.ts";

export interface EmbeddedSql extends Sql {
  close(): void;
}

/** Settings that change results are GLOBAL: without it they would hold for one connection only. */
const settings = [
  "SET GLOBAL TimeZone = 'UTC'",
  "SET GLOBAL integer_division = true",
  "SET GLOBAL ieee_floating_point_ops = false",
  "SET GLOBAL default_null_order = 'nulls_last'",
  "SET GLOBAL autoinstall_known_extensions = false",
  "SET GLOBAL autoload_known_extensions = false",
  // No spilling: the lake folder is no scratch space, and a query too large then fails cleanly.
  "SET GLOBAL temp_directory = ''",
];

/** DuckDB's functions that take a table's name or a query as text, which may be put together: any table may be meant. */
const asksByText = /\bquery(?:_table)?\s*\(/i;

/**
 * Opens the lake folder for queries. What is written to it later is seen by the next query.
 * @param lakeRoot the folder that holds `tables/`; it need not exist yet
 * @throws when the path holds `*`, `?`, `[` or `]`, which DuckDB would take for a pattern
 */
export async function openSql({ lakeRoot }: { lakeRoot: string }): Promise<EmbeddedSql> {
  const root = resolve(lakeRoot).replaceAll(sep, "/");
  if (/[*?[\]]/.test(root)) {
    throw new Error(
      `lake folder ${root}: the path must not hold * ? [ or ], SQL would take them for a pattern; move the home`,
    );
  }
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const run = async (sql: string): Promise<void> => {
    await connection.run(sql);
  };
  const empty = new Set<Table>(Object.values(tables));
  const names = new Map([...empty].map((table) => [table, namesOver(table)]));
  const asksFor = (sql: string, table: Table) =>
    asksByText.test(sql) || names.get(table)?.some((name) => mentions(sql, name)) === true;
  const createParts = async (table: Table, found: boolean): Promise<void> => {
    await run(`CREATE OR REPLACE VIEW "${table.name}_parts" AS ${duckdbParts(table, root, found)}`);
    if (found) empty.delete(table);
  };
  /**
   * A pattern that matches nothing is an error, so a table's view reads files only from its first part on. Making the view
   * opens one part or, of a table that has gained columns, every one: it is made for the first query that asks for it.
   */
  const noticeFirstParts = async (sql: string): Promise<void> => {
    for (const table of empty) {
      if (asksFor(sql, table) && (await hasParts(root, table))) await createParts(table, true);
    }
  };

  try {
    for (const setting of settings) await run(setting);
    for (const macro of trinoMacros) await run(macro);
    await run(`SET GLOBAL allowed_directories = ['${root.replaceAll("'", "''")}']`);
    await run("SET GLOBAL enable_external_access = false");
    await run("SET GLOBAL lock_configuration = true");
    for (const table of empty) await createParts(table, false);
    for (const view of allViews()) await run(`CREATE VIEW "${view.name}" AS ${view.sql}`);
  } catch (error) {
    connection.closeSync();
    instance.closeSync();
    throw error;
  }

  return {
    async query(sql, parameters = []) {
      await noticeFirstParts(sql);
      return await select(connection, sql, parameters);
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function mentions(sql: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`, "i").test(sql);
}

/** The names through which a query can read the table: its parts, itself, and the views over it. */
function namesOver(table: Table): string[] {
  const names = [`${table.name}_parts`];
  // Each view stands after those that it reads.
  for (const view of allViews()) if (names.some((name) => mentions(view.sql, name))) names.push(view.name);
  return names;
}

async function hasParts(root: string, table: Table): Promise<boolean> {
  const folder = `${root}/tables/${table.name}`;
  for (const day of await entries(folder)) {
    if (!day.startsWith("dt=")) continue;
    if ((await entries(`${folder}/${day}`)).some((file) => file.endsWith(".parquet"))) return true;
  }
  return false;
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

const READS = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/|\()*(?:select|with|show|describe)\b/i;

async function select(
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly (string | number)[],
): Promise<SqlResult> {
  const refusal =
    "only one SELECT, WITH, SHOW or DESCRIBE statement can be run; the lake is written by the steps alone";
  if (!READS.test(sql)) throw new Error(`${refusal} (got ${JSON.stringify(sql.trim().slice(0, 40))})`);
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) throw new Error(`${refusal} (got ${statements.count} statements)`);
  const statement = await statements.prepare(0);
  try {
    if (statement.parameterCount !== parameters.length) {
      throw new Error(`the query has ${statement.parameterCount} ?, but ${parameters.length} parameters were given`);
    }
    parameters.forEach((parameter, index) => {
      if (typeof parameter === "string") statement.bindVarchar(index + 1, parameter);
      else if (Number.isSafeInteger(parameter)) statement.bindBigInt(index + 1, BigInt(parameter));
      else statement.bindDouble(index + 1, parameter);
    });
    const result = await statement.runAndReadAll();
    const columns = result.columnNames();
    return {
      columns,
      rows: result.getRows().map((row) => row.map((value, index) => plain(value, columns[index] ?? ""))),
    };
  } finally {
    statement.destroySync();
  }
}

function instant(micros: bigint): string {
  const iso = new Date(Number(micros / 1000n)).toISOString();
  const rest = micros % 1000n;
  if (rest === 0n) return iso;
  // Negative remainders belong to instants before 1970, whose milliseconds were rounded towards zero.
  if (rest < 0n) return instant(micros - (1000n + rest)).replace("Z", `${String(1000n + rest).padStart(3, "0")}Z`);
  return iso.replace("Z", `${String(rest).padStart(3, "0")}Z`);
}

function plain(value: DuckDBValue, column: string): SqlValue {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  if (typeof value === "bigint") {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return instant(value.micros);
  if (value instanceof DuckDBTimestampMillisecondsValue) return instant(value.millis * 1000n);
  if (value instanceof DuckDBTimestampSecondsValue) return instant(value.seconds * 1_000_000n);
  if (value instanceof DuckDBTimestampNanosecondsValue) return instant(value.nanos / 1000n);
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return value.items.map((item) => plain(item, column));
  }
  if (
    value instanceof DuckDBDecimalValue ||
    value instanceof DuckDBDateValue ||
    value instanceof DuckDBTimeValue ||
    value instanceof DuckDBIntervalValue ||
    value instanceof DuckDBUUIDValue
  ) {
    return value.toString();
  }
  if (value instanceof DuckDBBlobValue) throw new Error(`column ${column} is binary; select to_hex of it`);
  throw new Error(
    `column ${column} is a ${value.constructor.name}, which has no plain form; select its members one by one`,
  );
}
