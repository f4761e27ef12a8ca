import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const resolutions = defineTable({
  name: "resolutions",
  version: 2,
  doc: "The official outcome of each market, every version of it, beside what the desk can check it by: the first final climate report, or the index prints that bitcoin settles on.",
  columns: {
    market_ticker: column("string", "The market."),
    version: column(
      "int",
      "1 for the first settlement; each change of an outcome of the event, or of its agreement with the reports, adds one.",
    ),
    event_ticker: column("string", "The event."),
    desk: column("string", "The desk that grades it."),
    close_time: column("timestamp", "When the market closed."),
    resolved_at: column("timestamp", "The settlement window in which this version was first seen."),
    result: column("string", "yes, no or scalar: Kalshi's own word."),
    settlement_value: column("price", "What one Yes contract paid."),
    expiration_value: column("string", "The value Kalshi settled by, as given."),
    official_value: nullable("double", "expiration_value as a number; null when it is none, and for bitcoin.", "°F"),
    official_usd: nullable("double", "The same for a bitcoin market; null for weather.", "$"),
    agreement: column(
      "string",
      "agree, source_differs, revised, report_missing or unparsable: Kalshi beside the first final climate report. Of a bitcoin market agree, source_differs, unparsable, or unchecked where not all sixty index prints are held.",
    ),
    report_product_id: nullable("string", "The climate report compared with; null when there was none."),
    report_max_f: nullable("int", "Its maximum; null when there was none.", "°F"),
    index_average_usd: nullable(
      "double",
      "Average of the sixty index prints before the close, to the cent; null when not all of them are held.",
      "$",
    ),
    raw_key: column("string", "Lake key of the exchanges that brought the outcome."),
    ...derivedColumns,
  },
  key: ["market_ticker", "version"],
  dt: "close_time",
});
