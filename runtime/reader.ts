/** Reading a home or a deployed stack: its lake, state and SQL, without owning it and without changing anything. */
import { existsSync } from "node:fs";
import { openFolderReader } from "../adapters/embedded/lake.ts";
import { type EmbeddedSql, openSql } from "../adapters/embedded/sql.ts";
import { openStateReader } from "../adapters/embedded/state.ts";
import type { Clock, Lake, Sql, State } from "../core/ports.ts";
import { chooseHome, homeHelp, homeOption } from "./chosen-home.ts";
import { type Arguments, CommandError, type Terminal, text, UsageError } from "./command.ts";
import { homePaths } from "./home.ts";
import { messageOf } from "./message-of.ts";
import { homeClock } from "./owned-home.ts";

export interface Reader {
  /** The home's folder; undefined for a stack. */
  folder: string | undefined;
  lake: Lake;
  sql: Sql;
  state: Pick<State, "get">;
  /** The time of what is read: of a home that was played its own. */
  clock: Clock;
  close(): void;
}

export const readerOptions = { ...homeOption, stack: { type: "string" } } as const;
export const readerUsage = "[--home FOLDER | --stack NAME]";
export const readerHelp = [
  homeHelp,
  "  --stack NAME   read a deployed stack instead, with the AWS environment's profile and region",
].join("\n");

/** A lake of which nobody can say that it was opened to be written. */
export function forReading(lake: Pick<Lake, "get" | "list">): Lake {
  return {
    get: (key) => lake.get(key),
    list: (prefix) => lake.list(prefix),
    putIfAbsent: (key) => Promise.reject(new Error(`${key} cannot be written: the lake was opened for reading`)),
  };
}

/** Turns a failure of the engine into one line that says what there is to ask. */
async function answered<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    const reason = messageOf(error);
    throw new CommandError(
      `The query failed: ${reason}\nTables, views and their columns: docs/tables.md, or brier sql "SHOW TABLES" and brier sql "DESCRIBE <table>".`,
    );
  }
}

/** Opens DuckDB, and the state, when it is first asked something. */
export function openHomeReader(folder: string): Reader {
  const lakeRoot = homePaths.lake(folder);
  const database = homePaths.database(folder);
  const clock = homeClock(folder);
  let opened: Promise<EmbeddedSql> | undefined;
  let state: ReturnType<typeof openStateReader> | undefined;
  return {
    folder,
    lake: forReading(openFolderReader(lakeRoot)),
    sql: {
      query: async (query, parameters) => answered((await (opened ??= openSql({ lakeRoot }))).query(query, parameters)),
    },
    state: {
      async get<T>(key: string) {
        // A home that was only filled has a lake and no state.
        if (state === undefined && existsSync(database)) state = openStateReader(database, { clock });
        return state?.get<T>(key);
      },
    },
    clock,
    close() {
      void opened?.then((sql) => sql.close());
      state?.close();
    },
  };
}

async function openReader(args: Arguments, terminal: Terminal): Promise<Reader> {
  const stack = text(args, "stack");
  if (stack === undefined) return openHomeReader(chooseHome(args, terminal));
  if (text(args, "home") !== undefined) throw new UsageError("--home and --stack exclude each other");
  // The AWS clients take a while to load, and only this needs them.
  const { findStack } = await import("./deployment.ts");
  const { lake, sql, state, clock } = await findStack(stack);
  return {
    folder: undefined,
    lake: forReading(lake),
    sql: { query: (query, parameters) => answered(sql.query(query, parameters)) },
    state: { get: (key) => state.get(key) },
    clock,
    close: () => undefined,
  };
}

/** Runs `work` on the reader that the arguments name, and closes it. */
export async function withReader<T>(
  args: Arguments,
  terminal: Terminal,
  work: (reader: Reader) => Promise<T>,
): Promise<T> {
  const reader = await openReader(args, terminal);
  try {
    return await work(reader);
  } finally {
    reader.close();
  }
}
