import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const enrichments = defineTable({
  name: "enrichments",
  version: 1,
  doc: "A prediction beside the quotes that its job names: probabilities, fees and the edge of each side.",
  columns: {
    job_id: column("string", "The job."),
    market_ticker: column("string", "The market."),
    event_ticker: column("string", "The event."),
    enriched_at: column("timestamp", "The job's instant."),
    prediction_id: nullable("string", "The prediction; null when the event could not be predicted."),
    quoted_at: nullable("timestamp", "When the quotes were fetched; null when there were none to read."),
    yes_bid: nullable("price", "Best Yes bid; null when there is none."),
    yes_bid_size: nullable("count", "Its size; null when there is no bid or its size is unknown."),
    yes_ask: nullable("price", "Best Yes ask; null when there is none."),
    yes_ask_size: nullable("count", "Its size; null when there is no ask or its size is unknown."),
    p_model: nullable("double", "The model's P(Yes); null without a prediction."),
    p_market: nullable(
      "double",
      "Mid over the event's sum of mids, floored at 1e-4; null when the event has no quotes.",
    ),
    p_pool: nullable("double", "Log-linear pool of model and market; null when either is missing."),
    pool_version: column("string", "Version of the pool's weights."),
    order_size: column("count", "Size for which fee and edge are stated."),
    fee_yes: nullable("price", "Taker fee per contract for buying Yes at yes_ask; null without an ask."),
    fee_no: nullable("price", "Taker fee per contract for buying No at 1 - yes_bid; null without a bid."),
    edge_yes: nullable("double", "p_pool - yes_ask - fee; null when any is missing.", "$ per contract"),
    edge_no: nullable("double", "yes_bid - p_pool - fee; null when any is missing.", "$ per contract"),
    ...derivedColumns,
  },
  key: ["job_id", "market_ticker"],
  dt: "enriched_at",
});
