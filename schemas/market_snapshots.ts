import { column, defineTable, nullable, sourceColumns } from "./table.ts";

export const marketSnapshots = defineTable({
  name: "market_snapshots",
  version: 1,
  doc: "What a market showed at an instant. No quote is null, never 0 or 1. The No side is the mirror: no_ask = 1 - yes_bid with its size.",
  columns: {
    market_ticker: column("string", "Kalshi's market ticker."),
    event_ticker: column("string", "The event it belongs to."),
    status: column("string", "The market's status when the quote was taken."),
    yes_bid: nullable("price", "Best price at which somebody buys Yes; null when nobody does."),
    yes_bid_size: nullable("count", "Contracts wanted at yes_bid; null when there is no bid or its size is unknown."),
    yes_ask: nullable("price", "Best price at which somebody sells Yes; null when nobody does."),
    yes_ask_size: nullable("count", "Contracts offered at yes_ask; null when there is no ask or its size is unknown."),
    last_price: nullable("price", "Price of the last trade; null before the first."),
    volume: nullable("count", "Contracts traded so far; null when the answer does not say (order books)."),
    volume_24h: nullable("count", "Contracts traded in the last 24 hours; null when the answer does not say."),
    open_interest: nullable("count", "Contracts outstanding; null when the answer does not say."),
    ...sourceColumns,
  },
  key: ["market_ticker", "window_at"],
  dt: "window_at",
});
