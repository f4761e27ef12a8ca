import { column, defineTable, nullable, sourceColumns } from "./table.ts";

export const spotCandles = defineTable({
  name: "spot_candles",
  version: 1,
  doc: "One-minute candles of bitcoin at spot venues: what realised volatility is measured on. The minute that is still running is left out.",
  columns: {
    venue: column("string", "Our id of the venue, for example kraken."),
    product: column("string", "The venue's own name of the pair."),
    minute_at: column("timestamp", "Begin of the minute."),
    open: column("double", "First price of the minute.", "$"),
    high: column("double", "Highest price.", "$"),
    low: column("double", "Lowest price.", "$"),
    close: column("double", "Last price. A minute without a trade repeats the one before.", "$"),
    volume: column("double", "Bitcoin traded; 0 in a minute without a trade.", "BTC"),
    vwap: nullable("double", "Volume-weighted mean price; null without trades or where the venue does not say.", "$"),
    ...sourceColumns,
  },
  key: ["venue", "product", "minute_at"],
  dt: "minute_at",
});
