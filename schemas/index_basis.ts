import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const indexBasis = defineTable({
  name: "index_basis",
  version: 1,
  doc: "The venues beside the settlement index over the last quarter of an hour, one row an index and watch. Nothing was printed in that time: no row.",
  columns: {
    index_id: column("string", "BRTI for Bitcoin in US dollars."),
    checked_at: column("timestamp", "The watch that measured."),
    state: column(
      "string",
      "Of the proxy, the median of the venues that quote in dollars: unmeasured (too few pairs), quiet or alarm.",
    ),
    reason: nullable("string", "What an alarm is about; null without one."),
    pairs: column("int", "Prints that had a proxy of the same second and a half."),
    mean_bps: nullable("double", "Mean of proxy over index, outliers cut; null when unmeasured.", "bps"),
    spread_bps: nullable("double", "Robust standard deviation around it; null when unmeasured.", "bps"),
    noise_bps: column(
      "double",
      "Standard deviation that a price made of venues is given while they agree with each other.",
      "bps",
    ),
    index_at: column("timestamp", "The newest print."),
    index_value: column("double", "Its value.", "$"),
    proxy_at: nullable("timestamp", "The newest print that had a proxy; null when none had."),
    proxy_value: nullable("double", "The proxy at that print.", "$"),
    worst_venue: nullable("string", "The venue furthest from the index; null when none is measured."),
    worst_mean_bps: nullable("double", "Its mean over the index.", "bps"),
    venues_off: column("int", "Venues that are in alarm themselves."),
    venues: column(
      "json",
      "Array of {venue, state, pairs, mean_bps, spread_bps}, the furthest off first; a venue that quotes in USDT is converted.",
    ),
    ...derivedColumns,
  },
  key: ["index_id", "checked_at"],
  dt: "checked_at",
});
