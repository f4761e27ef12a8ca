import { column, defineTable, nullable, observedColumns } from "./table.ts";

export const indexPrints = defineTable({
  name: "index_prints",
  version: 1,
  doc: "Prints of the settlement index (CF Benchmarks, through Kalshi's stream), one row a print. The sixty prints of [close - 60 s, close) are what a BTC market settles on.",
  columns: {
    index_id: column("string", "BRTI for Bitcoin in US dollars."),
    print_at: column("timestamp", "The index administrator's time of the print."),
    value: column("double", "The index.", "$"),
    average_60s: nullable("double", "Average of the prints of the 60 s before this one; null when not sent.", "$"),
    average_60s_prints: nullable("int", "How many prints that average holds."),
    average_60s_end: nullable("timestamp", "End of its window, exclusive."),
    quarter_hour_average: nullable(
      "double",
      "Running average of the last minute before a quarter hour; null outside of it. It lags by one print: not the official value.",
      "$",
    ),
    quarter_hour_prints: nullable("int", "How many prints that average holds."),
    venue_received_at: nullable("timestamp", "When Kalshi had the print; null when not sent."),
    received_at: column("timestamp", "When it reached us."),
    connection: nullable("string", "The connection that brought it; null for REST."),
    ...observedColumns,
  },
  key: ["index_id", "print_at"],
  dt: "print_at",
});
