import { column, defineTable, nullable, sourceColumns } from "./table.ts";

export const kalshiMarkets = defineTable({
  name: "kalshi_markets",
  version: 2,
  doc: "Kalshi markets as listed: strikes, rules, times, grid, and the outcome once there is one. Quotes are in market_snapshots.",
  columns: {
    market_ticker: column("string", "Kalshi's market ticker. Never parsed for meaning; the strike columns hold that."),
    event_ticker: column("string", "The event it belongs to."),
    series_ticker: column("string", "The series it belongs to."),
    market_type: column("string", "binary or scalar; an unknown value is kept and reported."),
    status: column(
      "string",
      "initialized, inactive, active, closed, determined, disputed, amended or finalized; an unknown value is kept and reported.",
    ),
    title: nullable("string", "Title as shown by Kalshi; null when not given."),
    yes_sub_title: column("string", "What Yes stands for, in Kalshi's words, for example 70° to 71°."),
    strike_type: nullable(
      "string",
      "greater, greater_or_equal, less, less_or_equal, between, functional, custom or structured; null when not given.",
    ),
    floor_strike: nullable("double", "Lower strike in the unit of the underlying; null when the strike has none."),
    cap_strike: nullable("double", "Upper strike in the unit of the underlying; null when the strike has none."),
    custom_strike: nullable(
      "json",
      "What Kalshi says of the strike beside these fields, as given: of bitcoin's quarter hours the digits that the value is rounded to. Null when not given.",
    ),
    strike_source: column(
      "string",
      "field when the strikes are Kalshi's own fields; text or ticker when they had to be read from the market's words or from the tickers of its event.",
    ),
    rules_primary: column("string", "The rule that decides the market."),
    rules_secondary: column("string", "The rule's fine print."),
    open_time: column("timestamp", "When trading opens."),
    close_time: column("timestamp", "When trading closes."),
    expected_expiration_time: nullable("timestamp", "Kalshi's expectation, not a promise; null when not given."),
    settlement_timer_seconds: nullable("int", "Time between determination and settlement; null when not given.", "s"),
    result: column("string", "yes, no or scalar once determined; empty before."),
    expiration_value: column("string", "The value Kalshi settled by, as given: it can be empty or not a number."),
    settlement_value: nullable("price", "What one Yes contract pays; null before determination."),
    settlement_ts: nullable("timestamp", "When it settled; null before."),
    price_level_structure: nullable("string", "Label of the price grid; for reading only. Null when not given."),
    price_ranges: nullable(
      "json",
      "The price grid, array of {start, end, step} in dollar strings; null when not given.",
    ),
    fee_waiver_expiration_time: nullable("timestamp", "Until when fees are waived; null when they are not."),
    exchange_index: nullable("int", "Shard of the exchange that holds the market; null when not given."),
    ...sourceColumns,
  },
  key: ["market_ticker", "window_at"],
  dt: "window_at",
});
