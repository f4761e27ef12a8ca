import { column, defineTable, nullable, observedColumns } from "./table.ts";

export const bookTops = defineTable({
  name: "book_tops",
  version: 2,
  doc: "Top and depth of Kalshi's order books, priced on the Yes side. From the stream one row a market and second in which its book changed (the book at the end of that second, so that two holders write the same row); from REST one row a poll. A book that is lost gets one row that says so, under the second of our clock: `in_step` is false then, and nothing prices by the market until its next row.",
  columns: {
    market_ticker: column("string", "Kalshi's market ticker."),
    origin: column("string", "stream or rest."),
    book_at: column(
      "timestamp",
      "Stream: the second that the book closes, by Kalshi's clock. REST: when it was fetched.",
    ),
    received_at: column("timestamp", "When the newest change in it reached us."),
    sequence: nullable("int", "Sequence number of the newest change within its subscription; null for REST."),
    yes_bid: nullable("price", "Best price at which somebody buys Yes; null when nobody does."),
    yes_bid_size: nullable("count", "Contracts wanted at yes_bid; null when there is no bid."),
    yes_ask: nullable("price", "Best price at which somebody sells Yes; null when nobody does."),
    yes_ask_size: nullable("count", "Contracts offered at yes_ask; null when there is no ask."),
    bids: column("json", "Best levels to buy Yes, best first: [[micro-dollars, hundredths of a contract], …]."),
    asks: column("json", "Best levels to sell Yes, best first, likewise."),
    in_step: nullable(
      "boolean",
      "false: from this second on the book is not known until the market's next row; the sides of this one are empty, which is no price. null in rows of before and for REST.",
    ),
    yes_bid_low: nullable(
      "price",
      "Lowest best bid that the second went through, 0 where nobody bid; these four are null where not all of the second is known (the book came whole within it, for example), in rows of before and for REST.",
    ),
    yes_bid_high: nullable("price", "Highest best bid that the second went through, likewise."),
    yes_ask_low: nullable("price", "Lowest best ask that the second went through, $1 where nobody asked."),
    yes_ask_high: nullable("price", "Highest best ask that the second went through, likewise."),
    connection: nullable("string", "The connection that brought it; null for REST."),
    ...observedColumns,
  },
  key: ["market_ticker", "origin", "book_at"],
  dt: "book_at",
});
