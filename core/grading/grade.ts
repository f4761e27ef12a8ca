/** A grade: one market of a prediction beside its official outcome. */
import type { TableRow } from "../../schemas/index.ts";
import { idOf } from "../identity.ts";
import { brierScore, logLoss } from "../stats/scoring.ts";

const DOLLAR = 1_000_000;
/** 2: log losses are clipped at 1e-6 instead of 1e-4. */
const GRADE_VERSION = 2;

type Enrichment = TableRow<"enrichments">;

/** What one contract bought at the quote of the time made after its fee, for the side with the larger edge. */
function trade(enrichment: Enrichment | undefined, paid: number): Pick<TableRow<"grades">, "side" | "edge" | "profit"> {
  const { edge_yes = null, edge_no = null, yes_ask, yes_bid, fee_yes, fee_no } = enrichment ?? {};
  const side =
    edge_yes === null && edge_no === null ? null : (edge_yes ?? -Infinity) >= (edge_no ?? -Infinity) ? "yes" : "no";
  if (side === null) return { side: null, edge: null, profit: null };
  const price = side === "yes" ? yes_ask : yes_bid;
  const fee = side === "yes" ? fee_yes : fee_no;
  if (price === null || price === undefined || fee === null || fee === undefined) {
    throw new Error(`enrichment of ${enrichment?.market_ticker}: edge_${side} is given without its price and fee`);
  }
  // Buying No at 1 − bid pays 1 − outcome: the difference is bid − outcome. Whole micro-dollars until the last step.
  const profit = (side === "yes" ? paid - price : price - paid) - fee;
  return { side, edge: side === "yes" ? edge_yes : edge_no, profit: profit / DOLLAR };
}

/**
 * Pure: the same inputs give the same row. A scalar settlement is graded on what it paid.
 * @param input.gradedAt instant of the settle tick, epoch ms: of two grades with one key the later one holds, which may
 * know quotes that came late.
 * @throws when the rows are not of the same prediction, job, event and market.
 */
export function gradeMarket(input: {
  prediction: TableRow<"predictions">;
  market: TableRow<"prediction_markets">;
  enrichment?: Enrichment | undefined;
  resolution: TableRow<"resolutions">;
  gradedAt: number;
}): TableRow<"grades"> {
  const { prediction, market, enrichment, resolution, gradedAt } = input;
  const pairs: [string, string, string][] = [
    ["prediction of the market", market.prediction_id, prediction.prediction_id],
    ["event of the market", market.event_ticker, prediction.event_ticker],
    ["market of the resolution", resolution.market_ticker, market.market_ticker],
    ...(enrichment === undefined
      ? []
      : ([
          ["job of the enrichment", enrichment.job_id, prediction.job_id],
          ["market of the enrichment", enrichment.market_ticker, market.market_ticker],
          // Quotes stand beside one prediction of a job: with each of them they would count again.
          ["prediction of the enrichment", enrichment.prediction_id ?? "none", prediction.prediction_id],
        ] satisfies [string, string, string][])),
  ];
  for (const [what, found, expected] of pairs) {
    if (found !== expected) throw new Error(`grade: the ${what} is ${found}, expected ${expected}`);
  }
  const outcome = resolution.settlement_value / DOLLAR;
  const p_market = enrichment?.p_market ?? null;
  const p_pool = enrichment?.p_pool ?? null;
  const key = {
    prediction_id: prediction.prediction_id,
    market_ticker: market.market_ticker,
    resolution_version: resolution.version,
  };
  return {
    grade_id: idOf("grade", key),
    ...key,
    job_id: prediction.job_id,
    desk: prediction.desk,
    event_ticker: prediction.event_ticker,
    station: prediction.station,
    climate_date: prediction.climate_date,
    predicted_at: prediction.predicted_at,
    lead_hours: prediction.lead_hours,
    model: prediction.model,
    model_version: prediction.model_version,
    outcome,
    p_model: market.probability,
    p_market,
    p_pool,
    brier_model: brierScore(market.probability, outcome),
    brier_market: p_market === null ? null : brierScore(p_market, outcome),
    brier_pool: p_pool === null ? null : brierScore(p_pool, outcome),
    log_loss_model: logLoss(market.probability, outcome),
    log_loss_market: p_market === null ? null : logLoss(p_market, outcome),
    log_loss_pool: p_pool === null ? null : logLoss(p_pool, outcome),
    ...trade(enrichment, resolution.settlement_value),
    ingested_at: gradedAt,
    decoder_version: GRADE_VERSION,
  };
}
