/** The views over the settlement checks on DuckDB. Expectations are worked out by hand from the rows beside them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tables } from "../../../schemas/index.ts";
import type { TableRow } from "../../../schemas/index.ts";
import { lakeFolder, type LakeFolder } from "./lake-folder.ts";
import { rowWith } from "./table-rows.ts";

const HOUR = 3_600_000;
const day_end = Date.UTC(2026, 9, 30, 6);

const check = (
  event_ticker: string,
  evidence_id: string,
  checked_at: number,
  more: Partial<TableRow<"settlement_checks">> = {},
) =>
  rowWith(tables.settlement_checks, {
    event_ticker,
    evidence_id,
    checked_at,
    ingested_at: checked_at,
    day_end,
    desk: "weather",
    station: event_ticker === "A" ? "KAUS" : "KLAX",
    climate_date: "2026-10-29",
    source: "climate_report",
    position: 1,
    outcome_agrees: true,
    verdict: "agree",
    expiration_value: null,
    settlement_f: null,
    value_f: null,
    ...more,
  });

const report = (station: string, hours: number, max_f: number | null, kind = "final") =>
  rowWith(tables.climate_reports, {
    product_id: `${station} ${hours}`,
    section: 0,
    station,
    climate_date: "2026-10-29",
    issued_at: day_end + hours * HOUR,
    kind,
    max_f,
  });

let lake: LakeFolder;
beforeAll(async () => {
  lake = await lakeFolder();
  const settled = { expiration_value: "82.00", settlement_f: 82 };
  lake.write(tables.settlement_checks, [
    // The first check found no report; the last one holds, whole.
    check("A", "none", day_end + 7 * HOUR, { ...settled, verdict: "late", position: null }),
    check("A", "one", day_end + 30 * HOUR, { ...settled, value_f: 82 }),
    check("A", "two", day_end + 30 * HOUR, {
      ...settled,
      value_f: 84,
      position: 2,
      verdict: "revised",
      outcome_agrees: false,
    }),
    check("B", "one", day_end + 7 * HOUR, { expiration_value: "No / Yes", value_f: 78, verdict: "unparsable" }),
  ]);
  lake.write(tables.climate_reports, [
    report("KAUS", 1, 82),
    report("KAUS", 9, 84, "corrected"),
    // Not labels: of a part of the day, without a maximum, from before the day was over.
    report("KAUS", 10, 60, "intermediate"),
    report("KAUS", 11, null, "corrected"),
    report("KLAX", -2, 99),
    report("KLAX", 2, 78),
  ]);
});
afterAll(() => {
  lake.close();
});

describe("latest_settlement_checks", () => {
  it("holds all rows of an event's last check and none of an earlier one", async () => {
    const rows = await lake.read(
      "SELECT event_ticker, evidence_id FROM latest_settlement_checks ORDER BY event_ticker, evidence_id",
    );
    expect(rows.map((row) => Object.values(row).join(" "))).toEqual(["A one", "A two", "B one"]);
  });
});

describe("settlement_rollup", () => {
  it("counts by station and day", async () => {
    expect(await lake.read("SELECT * FROM settlement_rollup ORDER BY station")).toEqual([
      {
        desk: "weather",
        station: "KAUS",
        climate_date: "2026-10-29",
        events: 1,
        checks: 2,
        agree: 1,
        late: 0,
        revised: 1,
        source_differs: 0,
        unparsable: 0,
        outcomes_differ: 1,
      },
      {
        desk: "weather",
        station: "KLAX",
        climate_date: "2026-10-29",
        events: 1,
        checks: 1,
        agree: 0,
        late: 0,
        revised: 0,
        source_differs: 0,
        unparsable: 1,
        outcomes_differ: 0,
      },
    ]);
  });
});

describe("settlement_labels", () => {
  const labels = "SELECT settlement_f, settlement_source, physical_f, physical_product_id FROM settlement_labels";
  it("keeps the settled value and the last corrected report apart", async () => {
    expect(await lake.read(`${labels} WHERE event_ticker = 'A'`)).toEqual([
      { settlement_f: 82, settlement_source: "kalshi", physical_f: 84, physical_product_id: "KAUS 9" },
    ]);
  });

  it("takes the first final report where Kalshi gives a word and paid what that report pays", async () => {
    expect(await lake.read(`${labels} WHERE event_ticker = 'B'`)).toEqual([
      { settlement_f: 78, settlement_source: "first_final_report", physical_f: 78, physical_product_id: "KLAX 2" },
    ]);
  });

  it("takes no report from before the day was over for training", async () => {
    lake.write(tables.settlement_checks, [check("C", "none", day_end + 9 * HOUR, { station: "KDEN" })]);
    lake.write(tables.climate_reports, [report("KDEN", -2, 99)]);
    expect(await lake.read(`${labels} WHERE event_ticker = 'C'`)).toMatchObject([{ physical_f: null }]);
  });

  it("gives no label for scores where the report pays another market", async () => {
    lake.write(tables.settlement_checks, [
      check("B", "one", day_end + 9 * HOUR, {
        expiration_value: "No / Yes",
        value_f: 78,
        verdict: "unparsable",
        outcome_agrees: false,
      }),
    ]);
    expect(await lake.read(`${labels} WHERE event_ticker = 'B'`)).toMatchObject([
      { settlement_f: null, settlement_source: null, physical_f: 78 },
    ]);
  });
});
