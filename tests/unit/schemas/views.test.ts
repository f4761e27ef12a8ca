/** The listed views on DuckDB. Expectations are worked out by hand from the rows beside them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { logLoss } from "../../../core/stats/scoring.ts";
import { tables } from "../../../schemas/index.ts";
import type { TableRow } from "../../../schemas/index.ts";
import { lakeFolder } from "./lake-folder.ts";
import type { LakeFolder } from "./lake-folder.ts";
import { rowWith } from "./table-rows.ts";

const HOUR = 3_600_000;
const at = Date.UTC(2026, 10, 1, 12);

const quote = (market_ticker: string, window_at: number, yes_bid: number | null) =>
  rowWith(tables.market_snapshots, { market_ticker, window_at, ingested_at: window_at + 1, yes_bid });

const report = (product_id: string, issued_at: number, kind: string, more: Partial<TableRow<"climate_reports">> = {}) =>
  rowWith(tables.climate_reports, {
    product_id,
    pil: "CLIMDW",
    climate_date: "2026-10-31",
    issued_at,
    kind,
    ...more,
  });

const grade = (market_ticker: string, given: Partial<TableRow<"grades">>) =>
  rowWith(tables.grades, {
    grade_id: market_ticker,
    prediction_id: `P-${market_ticker}`,
    market_ticker,
    resolution_version: 1,
    desk: "weather",
    model: "m",
    model_version: 1,
    station: "KMDW",
    predicted_at: at,
    lead_hours: 6,
    ...given,
  });

const resolution = (market_ticker: string, version: number, result: string) =>
  rowWith(tables.resolutions, {
    market_ticker,
    version,
    result,
    close_time: at,
    resolved_at: at + version * HOUR,
    ingested_at: at - version,
  });

let lake: LakeFolder;
beforeAll(async () => {
  lake = await lakeFolder();
});
afterAll(() => {
  lake.close();
});

describe("latest_quotes", () => {
  it("shows the newest snapshot of each market, over days and with no quote as null", async () => {
    lake.write(tables.market_snapshots, [
      quote("A", at, 10_000),
      quote("A", at + 24 * HOUR, null),
      quote("B", at + 24 * HOUR, 30_000),
      quote("B", at, 20_000),
    ]);
    expect(
      await lake.read("SELECT market_ticker, yes_bid, window_at, dt FROM latest_quotes ORDER BY market_ticker"),
    ).toEqual([
      { market_ticker: "A", yes_bid: null, window_at: "2026-11-02T12:00:00.000Z", dt: "2026-11-02" },
      { market_ticker: "B", yes_bid: "0.030000", window_at: "2026-11-02T12:00:00.000Z", dt: "2026-11-02" },
    ]);
  });
});

describe("climate_report_versions", () => {
  it("numbers the versions of a day and tells first final, corrections and the current one", async () => {
    lake.write(tables.climate_reports, [
      report("1", at, "intermediate"),
      report("2", at + HOUR, "final"),
      // A repeat that calls itself final again is a correction all the same; so is one issued at the same minute.
      report("3", at + 30 * HOUR, "final"),
      report("3-CCA", at + 30 * HOUR, "corrected"),
      report("4", at + 31 * HOUR, "intermediate"),
      // A correction may be the first final one that was seen.
      report("5", at, "corrected", { pil: "CLIMIA" }),
      // A day that has no final report yet.
      report("6", at, "intermediate", { pil: "CLIMIA", climate_date: "2026-11-01" }),
      // Another station's section of a product is another report.
      report("2", at + HOUR, "final", { section: 1 }),
    ]);
    const rows = await lake.read(
      "SELECT pil, section, climate_date, version, product_id, kind, stated_kind, is_current FROM climate_report_versions ORDER BY pil, section, climate_date, version",
    );
    expect(rows.map((row) => Object.values(row))).toEqual([
      ["CLIMDW", 0, "2026-10-31", 1, "1", "intermediate", "intermediate", false],
      ["CLIMDW", 0, "2026-10-31", 2, "2", "first_final", "final", false],
      ["CLIMDW", 0, "2026-10-31", 3, "3", "corrected", "final", false],
      ["CLIMDW", 0, "2026-10-31", 4, "3-CCA", "corrected", "corrected", true],
      ["CLIMDW", 0, "2026-10-31", 5, "4", "intermediate", "intermediate", false],
      ["CLIMDW", 1, "2026-10-31", 1, "2", "first_final", "final", true],
      ["CLIMIA", 0, "2026-10-31", 1, "5", "first_final", "corrected", true],
      ["CLIMIA", 0, "2026-11-01", 1, "6", "intermediate", "intermediate", false],
    ]);
  });
});

describe("grades against resolutions", () => {
  beforeAll(() => {
    lake.write(tables.resolutions, [
      resolution("A", 1, "yes"),
      resolution("B", 1, "no"),
      resolution("B", 2, "yes"),
      resolution("C", 1, "no"),
      resolution("D", 1, "yes"),
    ]);
    lake.write(tables.grades, [
      grade("A", {
        outcome: 1,
        p_model: 0.9,
        p_market: 0.6,
        p_pool: 0.7,
        brier_model: 0.01,
        brier_market: 0.16,
        brier_pool: 0.09,
        log_loss_model: 0.1,
        log_loss_market: 0.5,
        log_loss_pool: 0.4,
      }),
      // Graded against the outcome that was corrected since: it no longer counts.
      grade("B", { outcome: 0, p_model: 0.2, brier_model: 100, log_loss_model: 100 }),
      grade("B", {
        resolution_version: 2,
        outcome: 1,
        p_model: 0.2,
        p_market: 0.5,
        p_pool: 0.4,
        brier_model: 0.64,
        brier_market: 0.25,
        brier_pool: 0.36,
        log_loss_model: 1.6,
        log_loss_market: 0.7,
        log_loss_pool: 0.9,
      }),
      // A part of the model, without quotes of its own: those of the job stand beside it.
      grade("A", { prediction_id: "part", model: "part", outcome: 1, p_model: 0.3, brier_model: 0.49 }),
      // No quotes: it counts for the model alone.
      grade("C", { lead_hours: 11.99, outcome: 0, p_model: 0.5, brier_model: 0.25, log_loss_model: 0.7 }),
      grade("D", { lead_hours: 48, station: "KMIA", outcome: 1, p_model: 1, brier_model: 0, log_loss_model: 0 }),
      // Its market has no resolution row at all.
      grade("E", { outcome: 1, p_model: 0.9, brier_model: 100, log_loss_model: 100 }),
    ]);
  });

  it("latest_resolutions shows the highest version of each market", async () => {
    expect(
      await lake.read("SELECT market_ticker, version, result FROM latest_resolutions ORDER BY market_ticker"),
    ).toEqual([
      { market_ticker: "A", version: 1, result: "yes" },
      { market_ticker: "B", version: 2, result: "yes" },
      { market_ticker: "C", version: 1, result: "no" },
      { market_ticker: "D", version: 1, result: "yes" },
    ]);
  });

  it("prediction_accuracy compares market and pool with the model on the same rows", async () => {
    const rows = await lake.read("SELECT * FROM prediction_accuracy WHERE model = 'm' ORDER BY station");
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      desk: "weather",
      model: "m",
      model_version: 1,
      lead_bucket: "6-12",
      station: "KMDW",
      n: 3,
      n_quoted: 2,
    });
    const figures: [string, number][] = [
      ["brier_model", (0.01 + 0.64 + 0.25) / 3],
      ["brier_model_quoted", (0.01 + 0.64) / 2],
      ["brier_market", (0.16 + 0.25) / 2],
      ["brier_pool", (0.09 + 0.36) / 2],
      ["log_loss_model", (0.1 + 1.6 + 0.7) / 3],
      ["log_loss_model_quoted", (0.1 + 1.6) / 2],
      ["log_loss_market", (0.5 + 0.7) / 2],
      ["log_loss_pool", (0.4 + 0.9) / 2],
    ];
    for (const [name, value] of figures)
      expect({ [name]: rows[0]?.[name] }).toEqual({ [name]: expect.closeTo(value, 12) });
    expect(rows[1]).toMatchObject({
      station: "KMIA",
      lead_bucket: "48+",
      n: 1,
      n_quoted: 0,
      brier_model: 0,
      brier_model_quoted: null,
      brier_market: null,
      log_loss_pool: null,
    });
  });

  it("prediction_accuracy holds a part of the model against the quotes of its job", async () => {
    const rows = await lake.read(
      "SELECT n, n_quoted, brier_model, brier_market, brier_pool FROM prediction_accuracy WHERE model = 'part'",
    );
    expect(rows).toEqual([{ n: 1, n_quoted: 1, brier_model: 0.49, brier_market: 0.16, brier_pool: 0.09 }]);
  });

  it("calibration puts each probability in its bin", async () => {
    const rows = await lake.read(
      "SELECT forecaster, bin, bin_low, bin_high, n, mean_p, mean_outcome FROM calibration ORDER BY forecaster, bin",
    );
    expect(rows.map((row) => Object.values(row))).toEqual([
      ["m", 2, 0.2, 0.3, 1, 0.2, 1],
      ["m", 5, 0.5, 0.6, 1, 0.5, 0],
      ["m", 9, 0.9, 1, 2, 0.95, 1],
      ["market", 5, 0.5, 0.6, 1, 0.5, 1],
      ["market", 6, 0.6, 0.7, 1, 0.6, 1],
      ["part", 3, 0.3, 0.4, 1, 0.3, 1],
      ["pool", 4, 0.4, 0.5, 1, 0.4, 1],
      ["pool", 7, 0.7, 0.8, 1, 0.7, 1],
    ]);
  });

  it("calibration and accuracy keep the desks apart", async () => {
    lake.write(tables.grades, [
      grade("A", { prediction_id: "btc", desk: "crypto", model: "b", station: "BRTI", outcome: 1, p_model: 0.75 }),
    ]);
    expect(await lake.read("SELECT desk, forecaster, bin, n FROM calibration WHERE desk = 'crypto'")).toEqual([
      { desk: "crypto", forecaster: "b", bin: 7, n: 1 },
    ]);
  });

  it.each([
    [0, "0-60 s"],
    [59 / 3_600, "0-60 s"],
    [60 / 3_600, "60-120 s"],
    [120 / 3_600, "120-300 s"],
    [300 / 3_600, "300-900 s"],
    [899 / 3_600, "300-900 s"],
    [900 / 3_600, "15-60 min"],
    [59 / 60, "15-60 min"],
    [1, "1-6 h"],
    [5.75, "1-6 h"],
    [6, "6+ h"],
    [24, "6+ h"],
  ])("a bitcoin lead of %d h is in %s", async (lead_hours, bucket) => {
    const station = `B${lead_hours}`;
    lake.write(tables.grades, [
      grade("A", { prediction_id: station, desk: "crypto", station, lead_hours, outcome: 1, p_model: 0.95 }),
    ]);
    expect(await lake.read(`SELECT lead_bucket FROM prediction_accuracy WHERE station = '${station}'`)).toEqual([
      { lead_bucket: bucket },
    ]);
  });

  it.each([
    [0, "0-6"],
    [5.999, "0-6"],
    [6, "6-12"],
    [12, "12-24"],
    [23.999, "12-24"],
    [24, "24-48"],
    [47.999, "24-48"],
    [48, "48+"],
    [-0.5, "after"],
  ])("a lead of %d h is in %s", async (lead_hours, bucket) => {
    const station = `K${lead_hours}`;
    lake.write(tables.grades, [grade("A", { prediction_id: station, station, lead_hours, outcome: 1, p_model: 0.95 })]);
    expect(await lake.read(`SELECT lead_bucket FROM prediction_accuracy WHERE station = '${station}'`)).toEqual([
      { lead_bucket: bucket },
    ]);
  });

  it("prediction_accuracy counts the log losses that stand at the clip", async () => {
    const loss = (given: number) => ({ log_loss_model: logLoss(given, 1), p_model: given });
    const quotes = {
      brier_market: 0.5,
      brier_pool: 0.5,
      log_loss_market: logLoss(1.01e-6, 1),
      log_loss_pool: logLoss(0, 1),
    };
    const sure = { model: "sure", outcome: 1 };
    lake.write(tables.grades, [
      grade("A", { ...sure, job_id: "quoted", prediction_id: "q", ...loss(0), ...quotes }),
      grade("A", { ...sure, job_id: "unquoted", prediction_id: "u", ...loss(9e-7) }),
    ]);
    const counted = "n, n_quoted, clipped_model, clipped_model_quoted, clipped_market, clipped_pool";
    expect(await lake.read(`SELECT ${counted} FROM prediction_accuracy WHERE model = 'sure'`)).toEqual([
      { n: 2, n_quoted: 1, clipped_model: 2, clipped_model_quoted: 1, clipped_market: 0, clipped_pool: 1 },
    ]);
  });
});

describe("gate_funnel", () => {
  it("counts where candidates ended, by day and series", async () => {
    const outcome = (job_id: string, market_ticker: string, gate: string, position: number, decided_at = at) =>
      rowWith(tables.gate_outcomes, { job_id, market_ticker, side: "yes", gate, position, decided_at });
    lake.write(tables.jobs, [
      rowWith(tables.jobs, { job_id: "J1", desk: "weather", series_ticker: "KXHIGHCHI", planned_at: at }),
      rowWith(tables.jobs, { job_id: "J2", desk: "weather", series_ticker: "KXHIGHMIA", planned_at: at }),
    ]);
    lake.write(tables.gate_outcomes, [
      outcome("J1", "A", "spread", 4),
      outcome("J1", "B", "spread", 4),
      outcome("J1", "C", "no_quote", 3),
      outcome("J1", "D", "signal", 8),
      outcome("J2", "E", "spread", 4),
      outcome("J1", "F", "spread", 4, at + 24 * HOUR),
      outcome("lost", "G", "spread", 4),
    ]);
    const rows = await lake.read(
      "SELECT dt, desk, series_ticker, position, gate, n, share FROM gate_funnel ORDER BY dt, series_ticker, position",
    );
    expect(rows.map((row) => Object.values(row))).toEqual([
      ["2026-11-01", "weather", "KXHIGHCHI", 3, "no_quote", 1, 0.25],
      ["2026-11-01", "weather", "KXHIGHCHI", 4, "spread", 2, 0.5],
      ["2026-11-01", "weather", "KXHIGHCHI", 8, "signal", 1, 0.25],
      ["2026-11-01", "weather", "KXHIGHMIA", 4, "spread", 1, 1],
      ["2026-11-01", null, null, 4, "spread", 1, 1],
      ["2026-11-02", "weather", "KXHIGHCHI", 4, "spread", 1, 1],
    ]);
  });
});

describe("ingest_ledger_gaps", () => {
  it("shows the windows that were expected and of which nothing came", async () => {
    const entry = (source: string, window_at: number, kind: string) =>
      rowWith(tables.ingest_ledger, { source, window_at, entry: kind, ingested_at: window_at + HOUR });
    lake.write(tables.ingest_ledger, [
      entry("a", at, "expected"),
      entry("a", at, "landed"),
      entry("a", at + HOUR, "expected"),
      entry("a", at + HOUR, "quarantined"),
      entry("a", at + 2 * HOUR, "expected"),
      entry("b", at, "expected"),
      // Landed though nobody expected it: no gap.
      entry("b", at + HOUR, "landed"),
      entry("b", at + HOUR, "quarantined"),
    ]);
    expect(
      await lake.read("SELECT source, window_at, expected_at, dt FROM ingest_ledger_gaps ORDER BY source"),
    ).toEqual([
      { source: "a", window_at: "2026-11-01T14:00:00.000Z", expected_at: "2026-11-01T15:00:00.000Z", dt: "2026-11-01" },
      { source: "b", window_at: "2026-11-01T12:00:00.000Z", expected_at: "2026-11-01T13:00:00.000Z", dt: "2026-11-01" },
    ]);
  });
});
