import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const settlementChecks = defineTable({
  name: "settlement_checks",
  version: 1,
  doc: "Every source that speaks of a closed event's day, set beside the exchange's outcome: one row a text, all rows of an event anew whenever one changes. The check that holds is in the view latest_settlement_checks.",
  columns: {
    event_ticker: column("string", "The event."),
    evidence_id: column("string", "Product id of the text; none where there is no text to compare with."),
    checked_at: column("timestamp", "The settle tick that found this: rows of one instant belong together."),
    desk: column("string", "The desk that checks it."),
    station: column("string", "ICAO id of the station that settles it."),
    climate_date: column("date", "The climate day."),
    day_end: column("timestamp", "When that day ended."),
    source: column(
      "string",
      "climate_report, portal (The Weather Company's), daily_summary, climate_monthly, or refused_text: one filed under the station's report id that was set aside.",
    ),
    position: nullable(
      "int",
      "1 for the first final report that states a maximum, and so on in the order of issue; null for all other texts.",
    ),
    issued_at: nullable("timestamp", "When the text was issued; null where there is none."),
    value_f: nullable("int", "The maximum that it states; null when it states none.", "°F"),
    settled_at: nullable("timestamp", "When Kalshi settled; null before, and where it does not say."),
    expiration_value: nullable("string", "What Kalshi settled by, as given; null before."),
    settlement_f: nullable("double", "The same as a number; null when it is none.", "°F"),
    paid_market: nullable("string", "The market that Kalshi paid; null before, and unless it is exactly one."),
    recomputed_market: nullable(
      "string",
      "The market that the text's value pays by the strikes; null when that cannot be told.",
    ),
    outcome_agrees: nullable("boolean", "Whether the two are the same; null when either cannot be told."),
    verdict: column(
      "string",
      "agree; late (equal, but one of the two came late, or has not come at all); revised (another version says what Kalshi says); source_differs (none does, or another market was paid); unparsable (one of the two is no number). See docs/settlements.md.",
    ),
    detail: column("string", "One sentence with the numbers."),
    ...derivedColumns,
  },
  key: ["event_ticker", "evidence_id", "checked_at"],
  dt: "day_end",
});
