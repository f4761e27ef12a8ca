/** What every `Sql` that executes does. The lake has no rows yet when a test begins. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Sql } from "../../../core/ports.ts";
import { jobs } from "../../../schemas/jobs.ts";
import { marketSnapshots } from "../../../schemas/market_snapshots.ts";
import { predictions } from "../../../schemas/predictions.ts";
import type { Columns, RowOf, Table } from "../../../schemas/table.ts";
import { rowWith } from "../../unit/schemas/table-rows.ts";

export interface SqlUnderTest {
  sql: Sql;
  /** Stores rows in the lake that the queries read. */
  write<C extends Columns>(table: Table<C>, rows: readonly RowOf<C>[]): Promise<void>;
  close(): Promise<void>;
}

const at = Date.UTC(2026, 10, 1);

export function describeSqlContract(name: string, make: () => Promise<SqlUnderTest>): void {
  describe(`Sql contract: ${name}`, () => {
    let under: SqlUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(async () => {
      await under.close();
    });

    test("a table without parts reads as empty, and its first part is seen by the next query", async () => {
      const query = "SELECT market_ticker FROM market_snapshots";
      expect(await under.sql.query(query)).toEqual({ columns: ["market_ticker"], rows: [] });
      await under.write(marketSnapshots, [rowWith(marketSnapshots, { market_ticker: "A", window_at: at })]);
      expect((await under.sql.query(query)).rows).toEqual([["A"]]);
      await under.write(marketSnapshots, [
        rowWith(marketSnapshots, { market_ticker: "B", window_at: at + 86_400_000 }),
      ]);
      expect((await under.sql.query(`${query} ORDER BY market_ticker`)).rows).toEqual([["A"], ["B"]]);
    });

    test("values come in their plain forms", async () => {
      await under.write(marketSnapshots, [
        rowWith(marketSnapshots, {
          market_ticker: "A",
          window_at: at,
          yes_bid: 30_000,
          yes_bid_size: 1_250,
          decoder_version: 7,
        }),
      ]);
      await under.write(predictions, [
        rowWith(predictions, { predicted_at: at, climate_date: "2026-11-01", pmf: [0.25, null, 0.5], mean_f: 70.5 }),
      ]);
      await under.write(jobs, [rowWith(jobs, { planned_at: at, certified: true })]);
      expect(
        await under.sql.query(
          "SELECT yes_bid, yes_bid_size, yes_ask, window_at, decoder_version, dt FROM market_snapshots",
        ),
      ).toEqual({
        columns: ["yes_bid", "yes_bid_size", "yes_ask", "window_at", "decoder_version", "dt"],
        rows: [["0.030000", "12.50", null, "2026-11-01T00:00:00.000Z", 7, "2026-11-01"]],
      });
      expect((await under.sql.query("SELECT climate_date, pmf, mean_f FROM predictions")).rows).toEqual([
        ["2026-11-01", [0.25, null, 0.5], 70.5],
      ]);
      expect((await under.sql.query("SELECT certified FROM jobs")).rows).toEqual([[true]]);
    });

    test("parameters take the place of ? in order, and are values, never text of the query", async () => {
      await under.write(marketSnapshots, [
        rowWith(marketSnapshots, { market_ticker: "A", window_at: at, decoder_version: 1 }),
        rowWith(marketSnapshots, { market_ticker: "B' OR 'x' = 'x", window_at: at, decoder_version: 2 }),
      ]);
      const query = "SELECT decoder_version FROM market_snapshots WHERE market_ticker = ? AND decoder_version >= ?";
      expect((await under.sql.query(query, ["B' OR 'x' = 'x", 2])).rows).toEqual([[2]]);
      expect((await under.sql.query(query, ["B' OR 'x' = 'x", 3])).rows).toEqual([]);
      expect((await under.sql.query(query, ["A", 0.5])).rows).toEqual([[1]]);
    });

    test("an error says what is wrong, and the next query is not hurt by it", async () => {
      await expect(under.sql.query("SELECT nothing FROM market_snapshots")).rejects.toThrow(/nothing/);
      expect((await under.sql.query("SELECT 1 AS one")).rows).toEqual([[1]]);
    });

    test("queries asked at once are answered each", async () => {
      const many = Array.from({ length: 2_000 }, (_, index) =>
        rowWith(marketSnapshots, { market_ticker: `M${index}`, window_at: at }),
      );
      await under.write(marketSnapshots, many);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => under.sql.query(`SELECT count(*) + ${index} AS n FROM latest_quotes`)),
      );
      expect(answers.map(({ rows }) => rows[0]?.[0])).toEqual(Array.from({ length: 20 }, (_, index) => 2_000 + index));
    });
  });
}
