/**
 * One-minute candles of bitcoin: half a day from Kraken, five hours from Coinbase. Either is enough. While both are silent
 * the window is tried again; what answers without a candle is drift. Shapes: crypto-and-trading.md §1.2, §1.4.
 */
import type { TableRow } from "../../schemas/index.ts";
import { bodyOf } from "../exchange-body.ts";
import type { Decoded, Exchange, Provenance, Refusal, Source } from "../source.ts";
import {
  amountOf,
  fault,
  fieldsOf,
  type FrameDecoder,
  frameDecoder,
  listOf,
  positiveOf,
  wholeOf,
} from "../stream/frame.ts";

const decoderVersion = 1;
const staleAfterMinutes = 25;
const minuteMs = 60_000;

type Candle = Pick<TableRow<"spot_candles">, "minute_at" | "open" | "high" | "low" | "close" | "volume" | "vwap">;

/** Seconds of a whole minute → epoch ms. */
function minuteOf(value: unknown, path: string): number {
  const seconds = wholeOf(value, path);
  if (seconds % 60 !== 0 || seconds < 1e9 || seconds >= 1e10) fault(path, value, "epoch seconds of a whole minute");
  return seconds * 1_000;
}

function sound(candle: Candle, path: string): Candle {
  const { open, high, low, close } = candle;
  if (high < Math.max(open, close, low) || low > Math.min(open, close))
    fault(path, [open, high, low, close].join("/"), "high and low around open and close");
  return candle;
}

/** Kraken's own name of the pair that we ask for as XBTUSD. Another pair is another price. */
const krakenPair = "XXBTZUSD";

/** `[time, open, high, low, close, vwap, volume, count]`, oldest first. */
const kraken = frameDecoder<Candle>((body) => {
  const answer = fieldsOf(body, "");
  const errors = listOf(answer["error"], "error");
  if (errors.length > 0) fault("error", errors[0], "no error");
  const result = fieldsOf(answer["result"], "result");
  return listOf(result[krakenPair], `result.${krakenPair}`).map((row, index) => {
    const path = `result.${krakenPair}[${index}]`;
    const [time, open, high, low, close, vwap, volume] = listOf(row, path);
    const traded = amountOf(volume, `${path}[6]`);
    return sound(
      {
        minute_at: minuteOf(time, `${path}[0]`),
        open: positiveOf(open, `${path}[1]`),
        high: positiveOf(high, `${path}[2]`),
        low: positiveOf(low, `${path}[3]`),
        close: positiveOf(close, `${path}[4]`),
        vwap: traded === 0 ? null : positiveOf(vwap, `${path}[5]`),
        volume: traded,
      },
      path,
    );
  });
});

/** It is down or has had enough of us, with status 200: no answer, as 503 and 429 are none. */
const KRAKEN_AWAY = /^E(Service:|API:Rate limit|General:Too many requests)/;

function broken(exchange: Exchange): string | undefined {
  const body = bodyOf(exchange);
  const value = "value" in body ? (body.value as { error?: unknown } | null) : null;
  const errors: unknown[] = Array.isArray(value?.error) ? value.error : [];
  const away = errors.find((error): error is string => typeof error === "string" && KRAKEN_AWAY.test(error));
  return away === undefined ? undefined : `says ${away}`;
}

/** `[time, low, high, open, close, volume]`, newest first: low stands before high, and open third. */
const coinbase = frameDecoder<Candle>((body) =>
  listOf(body, "").map((row, index) => {
    const path = `[${index}]`;
    const [time, low, high, open, close, volume] = listOf(row, path);
    return sound(
      {
        minute_at: minuteOf(time, `${path}[0]`),
        low: positiveOf(low, `${path}[1]`),
        high: positiveOf(high, `${path}[2]`),
        open: positiveOf(open, `${path}[3]`),
        close: positiveOf(close, `${path}[4]`),
        volume: amountOf(volume, `${path}[5]`),
        vwap: null,
      },
      path,
    );
  }),
);

interface Feed {
  venue: string;
  product: string;
  host: string;
  path: string;
  decode: FrameDecoder<Candle>;
}

const feeds: readonly Feed[] = [
  {
    venue: "kraken",
    product: "XBTUSD",
    host: "api.kraken.com",
    path: "/0/public/OHLC?pair=XBTUSD&interval=1",
    decode: kraken,
  },
  {
    venue: "coinbase",
    product: "BTC-USD",
    host: "api.exchange.coinbase.com",
    path: "/products/BTC-USD/candles?granularity=60",
    decode: coinbase,
  },
];

function decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const rows = new Map<string, TableRow<"spot_candles">>();
  const refusals: Refusal[] = [];
  exchanges.forEach((exchange, index) => {
    const feed = feeds.find(({ host }) => URL.canParse(exchange.url) && new URL(exchange.url).host === host);
    const refuse = (path: string, message: string) =>
      refusals.push({ kind: "content", exchange: index, path: `${feed?.venue ?? exchange.url} ${path}`, message });
    if (feed === undefined) return refuse("url", "found no venue of ours");
    // Nobody answered: the other venue has the minutes.
    if (exchange.status === 0) return undefined;
    if (exchange.status !== 200) return refuse("status", `found HTTP ${exchange.status}, expected candles`);
    const read = feed.decode(exchange.body);
    if ("refusal" in read) return refuse(read.refusal.path, read.refusal.message);
    for (const candle of read.events) {
      // The minute that is still running is no candle yet.
      if (candle.minute_at + minuteMs > exchange.fetched_at) continue;
      const { venue, product } = feed;
      rows.set(`${venue} ${candle.minute_at}`, {
        venue,
        product,
        ...candle,
        window_at: provenance.window_at,
        ingested_at: exchange.fetched_at,
        decoder_version: decoderVersion,
        raw_key: provenance.raw_key,
      });
    }
    return undefined;
  });
  // That nobody can be reached says nothing about what they send.
  if (rows.size === 0 && exchanges.some(({ status }) => status !== 0)) {
    refusals.push({ kind: "drift", exchange: 0, path: "$", message: "found no candle of any venue, expected some" });
  }
  return { rows: rows.size === 0 ? {} : { spot_candles: [...rows.values()] }, refusals, notes: [], known: [] };
}

export const spotCandles: Source = {
  id: "spot-candles",
  doc: "One-minute candles of bitcoin from Kraken and Coinbase: realised volatility is measured on them.",
  tables: ["spot_candles"],
  schedule: { everyMinutes: 10, offsetMinutes: 6 },
  // A pause of three minutes is a gap that ends the volatility, and only candles fill it.
  askedAtStart: true,
  staleAfterMinutes,
  // A job of the window's own minute cannot know its candles yet: what it reads are those of the window before, or of the one
  // before that where that did not land.
  keepPartsMinutes: staleAfterMinutes,
  errorImpact: "The volatility of bitcoin is not known: its events are not priced.",
  hosts: feeds.map(({ host }) => host),
  decoderVersion,
  next: (_, exchanges) =>
    exchanges.length > 0 ? [] : feeds.map(({ host, path }) => ({ url: `https://${host}${path}`, optional: true })),
  broken,
  decode,
};
