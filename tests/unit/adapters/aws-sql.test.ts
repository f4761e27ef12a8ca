import { afterEach, describe, expect, test } from "vitest";
import { athenaValue } from "../../../adapters/aws/athena-value.ts";
import { AthenaQueryError, connectSql, parameterText } from "../../../adapters/aws/sql.ts";
import { type AwsAnswer, type AwsRequest, jsonError, sleepingClock, type StandIn, standIn } from "./aws-stand-in.ts";

const answerOf = (body: unknown): AwsAnswer => ({
  status: 200,
  body,
  headers: { "content-type": "application/x-amz-json-1.1" },
});
const execution = (State: string, more: object = {}, StatementType = "DML"): AwsAnswer =>
  answerOf({ QueryExecution: { StatementType, Status: { State, ...more } } });
const rows = (...values: (string | null)[][]) =>
  values.map((row) => ({ Data: row.map((value) => (value === null ? {} : { VarCharValue: value })) }));
const results = (types: Record<string, string>, values: (string | null)[][], NextToken?: string): AwsAnswer =>
  answerOf({
    NextToken,
    ResultSet: {
      Rows: rows(...values),
      ResultSetMetadata: { ColumnInfo: Object.entries(types).map(([Name, Type]) => ({ Name, Type })) },
    },
  });

let athena: StandIn;
afterEach(() => athena.close());

/** Athena with the given answers to each look at the query, and to each page of results. */
async function sqlOn(looks: AwsAnswer[], pages: AwsAnswer[] = [], maxWaitMs?: number) {
  let look = 0;
  let page = 0;
  athena = await standIn(({ operation }: AwsRequest) => {
    switch (operation) {
      case "StartQueryExecution":
        return answerOf({ QueryExecutionId: "q-1" });
      case "GetQueryExecution":
        return looks[Math.min(look++, looks.length - 1)] ?? "drop";
      case "GetQueryResults":
        return pages[page++] ?? "drop";
      default:
        return answerOf({});
    }
  });
  const clock = sleepingClock();
  const limit = maxWaitMs === undefined ? {} : { maxWaitMs };
  const sql = connectSql({ workgroup: "brier", database: "lake", clock, ...limit }, athena.connection);
  return { sql, clock };
}
const operations = () => athena.requests.map(({ operation }) => operation);

describe("SQL on Athena", () => {
  test("starts, waits longer and longer, and reads all pages without the row of names", async () => {
    const types = { ticker: "varchar", n: "bigint" };
    const { sql, clock } = await sqlOn(
      [execution("QUEUED"), execution("RUNNING"), execution("RUNNING"), execution("SUCCEEDED")],
      [
        results(
          types,
          [
            ["ticker", "n"],
            ["A", "1"],
          ],
          "more",
        ),
        results(
          types,
          [
            ["ticker", "n"],
            ["B", null],
          ].slice(1),
        ),
      ],
    );
    expect(await sql.query("SELECT ticker, n FROM t WHERE dt = ? AND n > ?", ["2026-11-01", 3])).toEqual({
      columns: ["ticker", "n"],
      rows: [
        ["A", 1],
        ["B", null],
      ],
    });
    expect(clock.slept).toEqual([100, 200, 400]);
    expect(JSON.parse(athena.requests[0]?.body ?? "")).toMatchObject({
      QueryString: "SELECT ticker, n FROM t WHERE dt = ? AND n > ?",
      WorkGroup: "brier",
      QueryExecutionContext: { Database: "lake" },
      ExecutionParameters: ["'2026-11-01'", "3"],
    });
    expect(JSON.parse(athena.requests.at(-1)?.body ?? "")).toMatchObject({ NextToken: "more" });
  });

  test("a row on a later page that repeats the names is data", async () => {
    const types = { name: "varchar" };
    const { sql } = await sqlOn(
      [execution("SUCCEEDED")],
      [results(types, [["name"], ["name"]], "t"), results(types, [["name"]])],
    );
    expect((await sql.query("SELECT name FROM t")).rows).toEqual([["name"], ["name"]]);
  });

  test("statements that are not queries have no row of names", async () => {
    const { sql } = await sqlOn([execution("SUCCEEDED", {}, "UTILITY")], [results({ tab_name: "string" }, [["jobs"]])]);
    expect((await sql.query("SHOW TABLES")).rows).toEqual([["jobs"]]);
  });

  test("a query's results without the row of names are not guessed at", async () => {
    const { sql } = await sqlOn([execution("SUCCEEDED")], [results({ n: "bigint" }, [["1"]])]);
    await expect(sql.query("SELECT n FROM t")).rejects.toThrow(/q-1.*column names/);
  });

  test.each(["FAILED", "CANCELLED"])(
    "a %s query is an error with Athena's reason and the query's id",
    async (state) => {
      const { sql } = await sqlOn([execution(state, { StateChangeReason: "line 1:8: Column 'x' cannot be resolved" })]);
      const failure = await sql.query("SELECT x").catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(AthenaQueryError);
      expect(failure).toMatchObject({
        queryId: "q-1",
        message: `Athena query q-1: ${state}: line 1:8: Column 'x' cannot be resolved`,
      });
    },
  );

  test("a query that does not end is stopped", async () => {
    const { sql } = await sqlOn([execution("RUNNING")], [], 5_000);
    await expect(sql.query("SELECT 1")).rejects.toThrow(/q-1: stopped after 5000 ms/);
    expect(operations().at(-1)).toBe("StopQueryExecution");
  });

  test("throttling is tried again by the SDK, a refused statement is not", async () => {
    const { sql } = await sqlOn(
      [jsonError(400, "TooManyRequestsException"), execution("SUCCEEDED")],
      [results({ n: "integer" }, [["n"]])],
    );
    expect((await sql.query("SELECT n FROM t")).rows).toEqual([]);
    await athena.close();
    athena = await standIn(() => jsonError(400, "InvalidRequestException", "line 1:1: mismatched input"));
    const refusing = connectSql({ workgroup: "w", database: "d", clock: sleepingClock() }, athena.connection);
    await expect(refusing.query("SELEC")).rejects.toThrow(/mismatched input/);
    expect(athena.requests).toHaveLength(1);
  });
});

describe("a parameter", () => {
  test.each([
    ["KXHIGHCHI", "'KXHIGHCHI'"],
    ["O'Hare' OR 1=1 --", "'O''Hare'' OR 1=1 --'"],
    ["", "''"],
    [3, "3"],
    [-0.25, "-2.5e-1"],
    [1e21, "1e+21"],
  ])("%j is written as the literal %s", (value, literal) => {
    expect(parameterText(value)).toBe(literal);
  });

  test("is not a number that SQL cannot write", () => {
    expect(() => parameterText(Number.NaN)).toThrow(/finite/);
  });
});

describe("a value", () => {
  test.each([
    ["varchar", "", ""],
    ["varchar", undefined, null],
    ["boolean", "true", true],
    ["boolean", "false", false],
    ["integer", "-7", -7],
    ["bigint", "9007199254740991", 9_007_199_254_740_991],
    ["bigint", "9007199254740993", 9_007_199_254_740_993n],
    ["double", "1.0E-4", 0.0001],
    ["double", "-0.5", -0.5],
    ["double", "Infinity", Number.POSITIVE_INFINITY],
    ["decimal", "0.030000", "0.030000"],
    ["decimal(18,6)", "0.030000", "0.030000"],
    ["date", "2026-11-01", "2026-11-01"],
    ["timestamp", "2026-11-01 05:00:00.000", "2026-11-01T05:00:00.000Z"],
    ["timestamp", "2026-11-01 05:00:00", "2026-11-01T05:00:00.000Z"],
    ["timestamp(3)", "2026-11-01 05:00:00.123", "2026-11-01T05:00:00.123Z"],
    ["timestamp with time zone", "2026-11-01 05:00:00.123 UTC", "2026-11-01T05:00:00.123Z"],
    ["array", "[0.25, null, 1.0E-4]", [0.25, null, 0.0001]],
    ["array", "[]", []],
    ["array", "[KXHIGHCHI, KXHIGHNY]", "[KXHIGHCHI, KXHIGHNY]"],
    ["map", "{a=1}", "{a=1}"],
  ])("%s %s becomes %s", (type, text, value) => {
    expect(athenaValue(type, text)).toEqual(value);
  });

  test.each([
    ["bigint", "1.5"],
    ["boolean", "1"],
    ["double", ""],
    ["timestamp", "2026-11-01 05:00:00 America/Chicago"],
  ])("%s does not take %j", (type, text) => {
    expect(() => athenaValue(type, text)).toThrow(/Athena gave/);
  });
});
