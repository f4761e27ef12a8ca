import type { View } from "./view.ts";

export const latestBooks: View = {
  name: "latest_books",
  doc: "The newest order book of each market, however old it is: look at window_at.",
  sql: `
SELECT
  market_ticker, event_ticker, yes_bid, yes_bid_size, yes_ask, yes_ask_size, yes_bid_depth, yes_ask_depth, yes_prices,
  yes_sizes, no_prices, no_sizes, window_at, ingested_at, decoder_version, raw_key, dt
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY market_ticker ORDER BY window_at DESC, ingested_at DESC) AS newest
  FROM order_books
)
WHERE newest = 1
`,
};
