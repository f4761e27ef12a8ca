import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const predictionMarkets = defineTable({
  name: "prediction_markets",
  version: 2,
  doc: "The probability of each market of a predicted event: the distribution summed over the market's strike.",
  columns: {
    prediction_id: column("string", "The prediction."),
    market_ticker: column("string", "The market."),
    event_ticker: column("string", "The event."),
    predicted_at: column("timestamp", "The job's instant."),
    lowest: nullable("int", "Lowest whole value that resolves to Yes; null when open below, and for bitcoin.", "°F"),
    highest: nullable("int", "Highest whole value that resolves to Yes; null when open above, and for bitcoin.", "°F"),
    lowest_cents: nullable("int", "Of a bitcoin market, the lowest settlement value that resolves to Yes.", "cents"),
    highest_cents: nullable("int", "And the highest; null when open.", "cents"),
    probability: column("double", "P(Yes)."),
    ...derivedColumns,
  },
  key: ["prediction_id", "market_ticker"],
  dt: "predicted_at",
});
