import { describe, expect, it } from "vitest";
import { forecastSettlement } from "../../../core/crypto/forecast.ts";
import { pairOf } from "../../../core/crypto/venues/pairs.ts";
import { knownTickers } from "../../../core/crypto/venues/rest.ts";
import { tables, type TableRow } from "../../../schemas/index.ts";
import { feedIds } from "../../../core/crypto/feeds.ts";
import { rowWith } from "../schemas/table-rows.ts";

const now = Date.UTC(2026, 10, 20, 16);
const minute = 60_000;

const quote = (venue: string, product: string, bid: number, given: Partial<TableRow<"venue_quotes">> = {}) =>
  rowWith(tables.venue_quotes, {
    venue,
    product,
    origin: "stream",
    quote_at: now - 1_000,
    event_time: now - 1_000,
    received_at: now - 1_000,
    bid,
    ask: bid + 1e-4,
    ...given,
  });

const candles = Array.from({ length: 1_440 }, (_, index) =>
  rowWith(tables.spot_candles, {
    venue: "kraken",
    product: "XBTUSD",
    minute_at: now - (1_440 - index) * minute,
    close: 81_000 + (index % 7) * 10,
    ingested_at: now - 1,
  }),
);

function priced(quotes: readonly TableRow<"venue_quotes">[]) {
  const forecast = forecastSettlement({ now, closeTime: now + 10 * minute, rows: { quotes, prints: [], candles } });
  if ("refusal" in forecast) throw new Error(forecast.refusal);
  return forecast.level;
}

const streamed = [
  quote("coinbase", "BTC-USD", 81_000),
  quote("kraken", "BTC/USD", 81_000),
  quote("bitstamp", "btcusd", 81_000),
];

describe("the venues' pairs", () => {
  it("are known for all that the desk listens to and asks", () => {
    const listened = feedIds.filter((id) => id !== "kalshi");
    for (const venue of [...listened, ...knownTickers.map(({ venue: id }) => id)]) {
      const known = ["BTC-USD", "BTC/USD", "XBTUSD", "btcusd", "BTCUSDT"].filter(
        (product) => pairOf({ venue, product })?.startsWith("BTC/") === true,
      );
      expect(known, venue).not.toEqual([]);
    }
    expect(pairOf({ venue: "coinbase", product: "ETH-USD" })).toBeUndefined();
  });

  it("keep Kraken's streamed rate of USDT from being a price of bitcoin, and let it convert Binance's", () => {
    const before = priced(streamed);
    const after = priced([...streamed, quote("kraken", "USDT/USD", 0.999, { received_at: now - 10 })]);
    expect(after.price).toBeCloseTo(before.price, 6);
    expect(after.price).toBeCloseTo(81_000, 0);

    const tether = quote("binance", "BTCUSDT", 81_000 / 0.999);
    expect(priced([...streamed, tether]).proxy?.venues.map(({ venue }) => venue)).not.toContain("binance");
    const converted = priced([...streamed, tether, quote("kraken", "USDT/USD", 0.999)]);
    expect(converted.proxy?.venues.map(({ venue }) => venue)).toContain("binance");
    expect(converted.price).toBeCloseTo(81_000, -1);
  });
});
