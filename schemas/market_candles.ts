import { column, defineTable, nullable, sourceColumns } from "./table.ts";

const bid = "price at which somebody buys Yes; null when nobody did.";
const ask = "price at which somebody sells Yes; null when nobody did.";
const traded = "null when nothing was traded in the minute.";

export const marketCandles = defineTable({
  name: "market_candles",
  version: 1,
  doc: "One-minute candles of a market's best quotes and trades, live and historical endpoints alike. A minute in which nothing changed may have none: the last one before it holds. No quote is null, never 0 or 1.",
  columns: {
    market_ticker: column("string", "Kalshi's market ticker."),
    event_ticker: column("string", "The event it belongs to."),
    end_at: column("timestamp", "End of the minute, inclusive."),
    yes_bid_open: nullable("price", `First best ${bid}`),
    yes_bid_low: nullable("price", `Lowest best ${bid}`),
    yes_bid_high: nullable("price", `Highest best ${bid}`),
    yes_bid_close: nullable("price", `Last best ${bid}`),
    yes_ask_open: nullable("price", `First best ${ask}`),
    yes_ask_low: nullable("price", `Lowest best ${ask}`),
    yes_ask_high: nullable("price", `Highest best ${ask}`),
    yes_ask_close: nullable("price", `Last best ${ask}`),
    price_open: nullable("price", `Price of the first trade; ${traded}`),
    price_low: nullable("price", `Lowest price traded; ${traded}`),
    price_high: nullable("price", `Highest price traded; ${traded}`),
    price_close: nullable("price", `Price of the last trade; ${traded}`),
    price_mean: nullable("price", `Mean price by contracts, as Kalshi rounds it; ${traded}`),
    price_previous: nullable("price", "Price of the last trade before the minute; null before the first."),
    volume: column("count", "Contracts traded in the minute."),
    open_interest: column("count", "Contracts outstanding at its end."),
    ...sourceColumns,
  },
  key: ["market_ticker", "end_at"],
  dt: "end_at",
});
