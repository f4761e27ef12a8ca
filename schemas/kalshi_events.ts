import { column, defineTable, nullable, sourceColumns } from "./table.ts";

export const kalshiEvents = defineTable({
  name: "kalshi_events",
  version: 1,
  doc: "Kalshi events as listed: one question with its markets.",
  columns: {
    event_ticker: column("string", "Kalshi's event ticker, for example KXHIGHCHI-26OCT04."),
    series_ticker: column("string", "The series it belongs to."),
    title: column("string", "Title as shown by Kalshi."),
    sub_title: column("string", "Subtitle as shown by Kalshi, often the date."),
    mutually_exclusive: column("boolean", "Whether Kalshi promises that at most one market resolves to Yes."),
    strike_date: nullable("timestamp", "Kalshi's strike date; null when not given."),
    settlement_sources: nullable(
      "json",
      "Array of {name, url} of the event itself; null when it gives none (the series' hold).",
    ),
    fee_type_override: nullable("string", "Fee rule of this event where it differs from the series'."),
    fee_multiplier_override: nullable("double", "Fee factor of this event where it differs from the series'."),
    exchange_index: nullable("int", "Shard of the exchange; null when not given."),
    ...sourceColumns,
  },
  key: ["event_ticker", "window_at"],
  dt: "window_at",
});
