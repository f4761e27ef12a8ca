import { column, defineTable, nullable, sourceColumns } from "./table.ts";

export const kalshiSeries = defineTable({
  name: "kalshi_series",
  version: 1,
  doc: "Kalshi series as listed: the fee rule and the settlement sources that hold for its events.",
  columns: {
    series_ticker: column("string", "Kalshi's series ticker, for example KXHIGHCHI."),
    title: column("string", "Title as shown by Kalshi."),
    category: column("string", "Kalshi's category."),
    frequency: column("string", "How often the series lists events, in Kalshi's words."),
    fee_type: column("string", "Fee rule, for example quadratic. An unknown rule is kept and blocks pricing."),
    fee_multiplier: column("double", "Factor on the fee rule's rate."),
    settlement_sources: column(
      "json",
      "Array of {name, url} that the exchange settles by, as given; [] where it gives none.",
    ),
    contract_terms_url: nullable("string", "Link to the contract terms; null when not given."),
    exchange_index: nullable("int", "Shard of the exchange that lists the series now; null when not given."),
    ...sourceColumns,
  },
  key: ["series_ticker", "window_at"],
  dt: "window_at",
});
