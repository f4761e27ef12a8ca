import { column, defineTable, nullable, observedColumns } from "./table.ts";

export const venueTrades = defineTable({
  name: "venue_trades",
  version: 1,
  doc: "Trades on the spot venues, one row a trade, named by the venue's own trade id.",
  columns: {
    venue: column("string", "Our id of the venue, for example kraken."),
    product: column("string", "The venue's own name of the pair."),
    trade_id: column("string", "The venue's id of the trade."),
    event_time: column("timestamp", "When the trade was made, by the venue's clock."),
    received_at: column("timestamp", "When it reached us."),
    price: column("double", "Price of the trade.", "quote currency"),
    size: column("double", "Size of the trade.", "base currency"),
    taker_side: nullable("string", "buy or sell: what the taker did; null where the venue does not say."),
    connection: nullable("string", "The connection that brought it; null for REST."),
    ...observedColumns,
  },
  key: ["venue", "product", "trade_id"],
  dt: "event_time",
});
