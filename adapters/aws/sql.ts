/** Portable SQL on Athena. */
import {
  AthenaClient,
  type AthenaClientConfig,
  type Datum,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import type { Clock, Sql, SqlResult } from "../../core/ports.ts";
import { athenaValue } from "./athena-value.ts";
import { connectionDefaults } from "./connection.ts";

interface SqlConfig {
  /** Fixes the place of the results and the cut-off of scanned bytes. */
  workgroup: string;
  database: string;
  clock: Clock;
  /** A query that takes longer is stopped. Default ten minutes. */
  maxWaitMs?: number;
}

/** A query that Athena did not finish. `queryId` finds it in the console and in CloudTrail. */
export class AthenaQueryError extends Error {
  override name = "AthenaQueryError";
  readonly queryId: string;
  constructor(queryId: string, message: string) {
    super(`Athena query ${queryId}: ${message}`);
    this.queryId = queryId;
  }
}

/** Waits between two looks at a running query: most of ours take a second or two. */
const firstPollMs = 100;
const lastPollMs = 2000;

/** SQL with a client of its own; `connection` overrides what the environment says (region, endpoint, …). */
export function connectSql(config: SqlConfig, connection: AthenaClientConfig = {}): Sql {
  return createSql(new AthenaClient({ ...connectionDefaults, ...connection }), config);
}

function createSql(client: AthenaClient, { workgroup, database, clock, maxWaitMs = 10 * 60_000 }: SqlConfig): Sql {
  async function start(sql: string, parameters: readonly (string | number)[]): Promise<string> {
    const { QueryExecutionId } = await client.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: workgroup,
        QueryExecutionContext: { Database: database },
        ...(parameters.length === 0 ? {} : { ExecutionParameters: parameters.map(parameterText) }),
      }),
    );
    if (QueryExecutionId === undefined) throw new Error("Athena took the query but gave it no id");
    return QueryExecutionId;
  }

  /** @returns the kind of statement, once the query has succeeded. */
  async function finish(queryId: string): Promise<string | undefined> {
    const deadline = clock.now() + maxWaitMs;
    for (let waitMs = firstPollMs; ; waitMs = Math.min(waitMs * 2, lastPollMs)) {
      const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId: queryId }));
      const state = QueryExecution?.Status?.State;
      if (state === "SUCCEEDED") return QueryExecution?.StatementType;
      if (state !== "QUEUED" && state !== "RUNNING") {
        const reason = QueryExecution?.Status?.StateChangeReason ?? "Athena gives no reason";
        throw new AthenaQueryError(queryId, `${state ?? "no state"}: ${reason}`);
      }
      if (clock.now() >= deadline) {
        await client.send(new StopQueryExecutionCommand({ QueryExecutionId: queryId }));
        throw new AthenaQueryError(queryId, `stopped after ${maxWaitMs} ms, it was still ${state}; ask for fewer days`);
      }
      await clock.sleep(waitMs);
    }
  }

  async function results(queryId: string, statementType: string | undefined): Promise<SqlResult> {
    const result: SqlResult = { columns: [], rows: [] };
    let types: string[] = [];
    let token: string | undefined;
    let first = true;
    do {
      const page = await client.send(new GetQueryResultsCommand({ QueryExecutionId: queryId, NextToken: token }));
      let rows = (page.ResultSet?.Rows ?? []).map((row) => row.Data ?? []);
      if (first) {
        const info = page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
        result.columns = info.map((column) => column.Name ?? "");
        types = info.map((column) => column.Type ?? "varchar");
        // A SELECT's first row repeats the names of the columns; SHOW and DESCRIBE have no such row.
        const header = rows[0];
        if (header !== undefined && isHeader(header, result.columns)) rows = rows.slice(1);
        else if (statementType === "DML" && result.columns.length > 0) {
          throw new AthenaQueryError(queryId, "the results do not begin with the row of column names");
        }
        first = false;
      }
      for (const row of rows) {
        result.rows.push(
          result.columns.map((_, index) => athenaValue(types[index] ?? "varchar", row[index]?.VarCharValue)),
        );
      }
      token = page.NextToken;
    } while (token !== undefined);
    return result;
  }

  return {
    async query(sql, parameters = []) {
      const queryId = await start(sql, parameters);
      return results(queryId, await finish(queryId));
    },
  };
}

function isHeader(row: Datum[], columns: string[]): boolean {
  return columns.length > 0 && columns.every((name, index) => row[index]?.VarCharValue === name);
}

/**
 * A parameter as Athena wants it: the text of a SQL literal ("Use parameterized queries", Athena user guide: strings
 * stand in single quotes). Fractions are written with an exponent, which makes them doubles and not decimals.
 */
export function parameterText(value: string | number): string {
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  if (!Number.isFinite(value)) throw new Error(`SQL parameter ${value} is not a finite number`);
  return Number.isSafeInteger(value) ? String(value) : value.toExponential();
}
