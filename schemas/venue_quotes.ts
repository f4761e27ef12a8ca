import { column, defineTable, nullable, observedColumns } from "./table.ts";

export const venueQuotes = defineTable({
  name: "venue_quotes",
  version: 1,
  doc: "Best bid and ask of a spot venue. From a stream one row a product and second (the last quote of that second, so that two holders of overlapping streams meet in one row); from REST one row a poll.",
  columns: {
    venue: column("string", "Our id of the venue, for example coinbase."),
    product: column("string", "The venue's own name of the pair, for example BTC-USD, BTC/USD, BTCUSDT."),
    origin: column("string", "stream or rest."),
    quote_at: column(
      "timestamp",
      "Stream: the second that the quote closes, by the venue's clock where it sends one, else by ours. REST: when the answer was fetched.",
    ),
    event_time: nullable("timestamp", "The venue's own time of the quote; null where it sends none (Binance)."),
    received_at: column("timestamp", "When the quote reached us. Age is counted from here."),
    sequence: nullable("int", "The venue's sequence number of the quote; null where it has none."),
    bid: column("double", "Best price at which somebody buys.", "quote currency"),
    ask: column("double", "Best price at which somebody sells.", "quote currency"),
    bid_size: nullable("double", "Size at the bid; null where the venue does not say.", "base currency"),
    ask_size: nullable("double", "Size at the ask; null where the venue does not say.", "base currency"),
    connection: nullable(
      "string",
      "The connection that brought it; returns are taken within one connection only. Null for REST.",
    ),
    ...observedColumns,
  },
  key: ["venue", "product", "origin", "quote_at"],
  dt: "quote_at",
});
