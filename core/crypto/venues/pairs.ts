/** What the venues' products are. Kraken names its pairs otherwise over REST than over its stream. */

export type Pair = "BTC/USD" | "BTC/USDT" | "USDT/USD";

const pairs: Readonly<Record<string, Pair>> = {
  "coinbase BTC-USD": "BTC/USD",
  "kraken BTC/USD": "BTC/USD",
  "kraken XBTUSD": "BTC/USD",
  "kraken USDT/USD": "USDT/USD",
  "kraken USDTUSD": "USDT/USD",
  "bitstamp btcusd": "BTC/USD",
  "gemini btcusd": "BTC/USD",
  "binance BTCUSDT": "BTC/USDT",
  "binance-us BTCUSDT": "BTC/USDT",
};

/** Undefined for a product that no price is made of. */
export function pairOf({ venue, product }: { venue: string; product: string }): Pair | undefined {
  return pairs[`${venue} ${product}`];
}
