/**
 * The venues' public REST tickers: best bid and ask, never the last trade, which says nothing in quiet seconds. Shapes and
 * limits: crypto-and-trading.md §1, from the venues' own documentation.
 */
import type { QuoteEvent, StreamEvent } from "../../stream/event.ts";
import {
  amountOf,
  epochMsOf,
  fault,
  type Fields,
  fieldsOf,
  type FrameDecoder,
  frameDecoder,
  listOf,
  positiveOf,
  textOf,
} from "../../stream/frame.ts";

export interface VenueTicker {
  /** Our id of the venue. */
  venue: string;
  url: string;
  /** Asked when the first host gives no usable answer. */
  fallbackUrl?: string;
  /** One a product: a product that is missing or broken takes none of the others with it. */
  decoders: readonly FrameDecoder[];
}

/** `USDT` in dollars comes from Kraken: Binance quotes in it. */
const usdtProduct = "USDTUSD";

function quote(product: string, bid: number, ask: number, more: Partial<QuoteEvent> = {}): StreamEvent {
  if (bid >= ask) fault("bid", bid, `less than the ask ${ask}`);
  return { kind: "quote", product, bid, ask, bidSize: null, askSize: null, eventTime: null, sequence: null, ...more };
}

/** Its `time` is the last trade's: the quote is as of the answer. */
const coinbase = frameDecoder((body) => {
  const fields = fieldsOf(body, "");
  return [quote("BTC-USD", positiveOf(fields["bid"], "bid"), positiveOf(fields["ask"], "ask"))];
});

/** Names of the result's entries by the pair that was asked for. */
const krakenPairs = [
  { name: "XXBTZUSD", product: "XBTUSD" },
  { name: "USDTZUSD", product: usdtProduct },
] as const;

/** Errors come with status 200 and a list of texts. */
const kraken = krakenPairs.map(({ name, product }) =>
  frameDecoder((body) => {
    const answer = fieldsOf(body, "");
    const errors = listOf(answer["error"], "error");
    if (errors.length > 0) fault("error", errors[0], "no error");
    const entry = fieldsOf(fieldsOf(answer["result"], "result")[name], `result.${name}`);
    const best = (side: "a" | "b") =>
      positiveOf(listOf(entry[side], `result.${name}.${side}`)[0], `result.${name}.${side}[0]`);
    return [quote(product, best("b"), best("a"))];
  }),
);

const bitstamp = frameDecoder((body) => {
  const fields = fieldsOf(body, "");
  const seconds = textOf(fields["timestamp"], "timestamp");
  return [
    quote("btcusd", positiveOf(fields["bid"], "bid"), positiveOf(fields["ask"], "ask"), {
      eventTime: epochMsOf(Number(seconds) * 1_000, "timestamp"),
    }),
  ];
});

const gemini = frameDecoder((body) => {
  const fields = fieldsOf(body, "");
  const volume = fieldsOf(fields["volume"], "volume");
  return [
    quote("btcusd", positiveOf(fields["bid"], "bid"), positiveOf(fields["ask"], "ask"), {
      eventTime: epochMsOf(volume["timestamp"], "volume.timestamp"),
    }),
  ];
});

function bookTicker(fields: Fields): StreamEvent[] {
  const symbol = textOf(fields["symbol"], "symbol");
  if (symbol !== "BTCUSDT") fault("symbol", symbol, "BTCUSDT");
  return [
    quote(symbol, positiveOf(fields["bidPrice"], "bidPrice"), positiveOf(fields["askPrice"], "askPrice"), {
      bidSize: amountOf(fields["bidQty"], "bidQty"),
      askSize: amountOf(fields["askQty"], "askQty"),
    }),
  ];
}

const binance = frameDecoder((body) => bookTicker(fieldsOf(body, "")));

/** Binance.US has neither reserve host nor dollars: its USDT is converted as Binance's is. */
const tickers = {
  coinbase: { url: "https://api.exchange.coinbase.com/products/BTC-USD/ticker", decoders: [coinbase] },
  kraken: { url: "https://api.kraken.com/0/public/Ticker?pair=XBTUSD,USDTUSD", decoders: kraken },
  bitstamp: { url: "https://www.bitstamp.net/api/v2/ticker/btcusd/", decoders: [bitstamp] },
  gemini: { url: "https://api.gemini.com/v1/pubticker/btcusd", decoders: [gemini] },
  // Its market-data host answers where its main host refuses callers by country (451).
  binance: {
    url: "https://data-api.binance.vision/api/v3/ticker/bookTicker?symbol=BTCUSDT",
    fallbackUrl: "https://api.binance.com/api/v3/ticker/bookTicker?symbol=BTCUSDT",
    decoders: [binance],
  },
  "binance-us": { url: "https://api.binance.us/api/v3/ticker/bookTicker?symbol=BTCUSDT", decoders: [binance] },
} as const satisfies Readonly<Record<string, Omit<VenueTicker, "venue">>>;

type VenueId = keyof typeof tickers;

/** Every venue whose ticker can be read, asked or not. */
export const knownTickers: readonly VenueTicker[] = Object.entries(tickers).map(([venue, ticker]) => ({
  venue,
  ...ticker,
}));

/**
 * The option: add `"binance-us"`, or take one away. Requests, hosts and the weights of the fair value follow. Binance.US is
 * thin: while it is asked and silent it costs confidence, and where it speaks it adds little. Kraken brings the rate of USDT:
 * without it neither Binance has a say.
 */
const asked: readonly VenueId[] = ["coinbase", "kraken", "bitstamp", "gemini", "binance"];

/** Those that are asked. The confidence is over their weights: one that is not asked costs nothing. */
export const venueTickers: readonly VenueTicker[] = asked.map((venue) => ({ venue, ...tickers[venue] }));
