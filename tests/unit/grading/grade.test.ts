import { describe, expect, it } from "vitest";
import { gradeMarket } from "../../../core/grading/grade.ts";
import { tables } from "../../../schemas/index.ts";
import { rowWith } from "../schemas/table-rows.ts";

type Input = Parameters<typeof gradeMarket>[0];

const at = Date.parse("2026-11-19T22:05:00Z");
const prediction = rowWith(tables.predictions, {
  prediction_id: "prediction-1",
  job_id: "job-1",
  desk: "weather",
  event_ticker: "KXHIGHDEN-26NOV20",
  station: "KDEN",
  climate_date: "2026-11-20",
  predicted_at: at,
  lead_hours: 33,
  model: "day-ahead-ensemble",
  model_version: 1,
  parameters_version: "1",
  pmf_low: 40,
  pmf: [1],
  mean_f: 40,
  sd_f: 0,
  ingested_at: at,
  decoder_version: 1,
});
const market = rowWith(tables.prediction_markets, {
  prediction_id: "prediction-1",
  market_ticker: "KXHIGHDEN-26NOV20-B40.5",
  event_ticker: "KXHIGHDEN-26NOV20",
  predicted_at: at,
  lowest: 40,
  highest: 41,
  probability: 0.4,
  ingested_at: at,
  decoder_version: 1,
});
const enrichment = rowWith(tables.enrichments, {
  job_id: "job-1",
  market_ticker: "KXHIGHDEN-26NOV20-B40.5",
  event_ticker: "KXHIGHDEN-26NOV20",
  enriched_at: at,
  prediction_id: "prediction-1",
  quoted_at: at,
  quote_origin: "listing",
  yes_bid: 280_000,
  yes_bid_size: 1000,
  yes_ask: 300_000,
  yes_ask_size: 1000,
  p_model: 0.4,
  p_day_ahead: 0.4,
  p_market: 0.3,
  p_pool: 0.32,
  p_pool_raw: 0.32,
  pool_version: "1",
  pool_scheme: "log-score",
  weight_market: 0.8,
  weight_day_ahead: 0.2,
  weight_intraday: 0,
  order_size: 1000,
  fee_yes: 15_000,
  fee_no: 14_000,
  edge_yes: 0.005,
  edge_no: -0.054,
  ingested_at: at,
  decoder_version: 1,
});
const resolution = (settlement_value: number, version = 1) =>
  rowWith(tables.resolutions, {
    market_ticker: "KXHIGHDEN-26NOV20-B40.5",
    version,
    event_ticker: "KXHIGHDEN-26NOV20",
    desk: "weather",
    close_time: at,
    resolved_at: at + 1,
    result: settlement_value === 0 ? "no" : settlement_value === 1_000_000 ? "yes" : "scalar",
    settlement_value,
    expiration_value: "",
    agreement: "unparsable",
    raw_key: "raw/x",
    ingested_at: at + 1,
    decoder_version: 1,
  });
const grade = (change: Partial<Input> = {}) =>
  gradeMarket({ prediction, market, enrichment, resolution: resolution(1_000_000), gradedAt: at + 2, ...change });

describe("gradeMarket", () => {
  it("scores model, market and pool on the same outcome, and the better side's profit after fees", () => {
    const row = grade();
    expect(row).toMatchObject({ outcome: 1, p_model: 0.4, p_market: 0.3, p_pool: 0.32, side: "yes", edge: 0.005 });
    expect(row.brier_model).toBeCloseTo(0.36, 15);
    expect(row.brier_market).toBeCloseTo(0.49, 15);
    expect(row.brier_pool).toBeCloseTo(0.4624, 15);
    expect(row.log_loss_model).toBeCloseTo(0.916290731874155, 14);
    expect(row.profit).toBe(0.685);
    expect(row.ingested_at).toBe(at + 2);
    expect(Object.keys(row).sort()).toEqual(Object.keys(tables.grades.columns).sort());
  });

  it.each([
    ["yes", 1_000_000, 0.685],
    ["yes", 0, -0.315],
    ["yes", 390_000, 0.075],
    ["no", 0, 0.266],
    ["no", 1_000_000, -0.734],
    ["no", 390_000, -0.124],
  ])("one %s contract at a settlement of %d µ$ makes %d", (side, paid, profit) => {
    const edges = side === "yes" ? { edge_yes: 0.1, edge_no: -0.2 } : { edge_yes: -0.2, edge_no: 0.1 };
    expect(grade({ enrichment: { ...enrichment, ...edges }, resolution: resolution(paid) })).toMatchObject({
      side,
      profit,
    });
  });

  it("pays a scalar outcome its value in every score", () => {
    const row = grade({ resolution: resolution(390_000) });
    expect(row.outcome).toBe(0.39);
    expect(row.brier_model).toBeCloseTo(0.0001, 12);
  });

  it("takes the one side that has a price, and none where neither has", () => {
    const one = { ...enrichment, yes_ask: null, fee_yes: null, edge_yes: null };
    expect(grade({ enrichment: one })).toMatchObject({ side: "no", edge: -0.054 });
    const neither = { ...one, yes_bid: null, fee_no: null, edge_no: null };
    expect(grade({ enrichment: neither })).toMatchObject({ side: null, edge: null, profit: null });
  });

  it("grades without quotes: what the market thought is null, never a default", () => {
    expect(grade({ enrichment: undefined })).toMatchObject({
      p_market: null,
      p_pool: null,
      brier_market: null,
      brier_pool: null,
      log_loss_market: null,
      log_loss_pool: null,
      side: null,
      profit: null,
    });
  });

  it("is a pure function with one id a prediction, market and resolution version", () => {
    expect(grade()).toEqual(grade());
    expect(grade({ resolution: resolution(0, 2) }).grade_id).not.toBe(grade().grade_id);
  });

  it.each<[string, Partial<Input>]>([
    ["prediction", { market: { ...market, prediction_id: "prediction-2" } }],
    ["event", { market: { ...market, event_ticker: "KXHIGHCHI-26NOV20" } }],
    ["market", { resolution: { ...resolution(0), market_ticker: "KXHIGHDEN-26NOV20-T40" } }],
    ["job", { enrichment: { ...enrichment, job_id: "job-2" } }],
    ["market", { enrichment: { ...enrichment, market_ticker: "KXHIGHDEN-26NOV20-T40" } }],
    ["prediction", { enrichment: { ...enrichment, prediction_id: "prediction-2" } }],
  ])("refuses rows of another %s", (what, change) => {
    expect(() => grade(change)).toThrow(new RegExp(`the ${what} of`));
  });

  it("refuses an edge without its price", () => {
    expect(() => grade({ enrichment: { ...enrichment, fee_yes: null } })).toThrow(
      /edge_yes is given without its price and fee/,
    );
  });
});
