import { column, defineTable, nullable, observedColumns } from "./table.ts";

export const marketTrades = defineTable({
  name: "market_trades",
  version: 2,
  doc: "Trades as Kalshi reports them, one row a trade, live, historical and streamed alike. The No side is the mirror: it paid 1 - yes_price.",
  columns: {
    trade_id: column("string", "Kalshi's id of the trade."),
    market_ticker: column("string", "Kalshi's market ticker."),
    event_ticker: column("string", "The event it belongs to."),
    created_at: column("timestamp", "When it was executed."),
    yes_price: column("price", "Price of the Yes side."),
    contracts: column("count", "Contracts traded; fractions occur."),
    taker_side: nullable("string", "yes or no: the outcome that the taker is positioned for; null when not said."),
    is_block_trade: nullable(
      "boolean",
      "True when it was negotiated off the book: its price is no quote's. Null when not said.",
    ),
    connection: nullable("string", "The connection that brought it; null for REST."),
    ...observedColumns,
  },
  key: ["trade_id"],
  dt: "created_at",
});
