import { column, defineTable, nullable, sourceColumns } from "./table.ts";

export const orderBooks = defineTable({
  name: "order_books",
  version: 1,
  doc: "Order books with every level. Kalshi's books hold bids only, for Yes and for No; whoever bids p for No sells Yes at 1 - p. Levels are ascending: the best one is the last of its list.",
  columns: {
    market_ticker: column("string", "Kalshi's market ticker."),
    event_ticker: column("string", "The event it belongs to."),
    yes_bid: nullable("price", "Best price at which somebody buys Yes; null when nobody does."),
    yes_bid_size: nullable("count", "Contracts wanted at yes_bid; null when there is no bid."),
    yes_ask: nullable("price", "Best price at which somebody sells Yes; null when nobody does."),
    yes_ask_size: nullable("count", "Contracts offered at yes_ask; null when there is no ask."),
    yes_bid_depth: column("count", "Contracts wanted on all levels of the Yes side."),
    yes_ask_depth: column("count", "Contracts offered on all levels: the bids for No."),
    yes_prices: column("doubles", "Prices of the bids for Yes, ascending; empty when nobody bids.", "$"),
    yes_sizes: column("doubles", "Contracts at each of yes_prices.", "contracts"),
    no_prices: column("doubles", "Prices of the bids for No, ascending, on the No side.", "$"),
    no_sizes: column("doubles", "Contracts at each of no_prices.", "contracts"),
    ...sourceColumns,
  },
  key: ["market_ticker", "window_at"],
  dt: "window_at",
});
