/**
 * One-minute candles as the live endpoints (names ending in `_dollars` and `_fp`) and the historical one (names without)
 * write them (OpenAPI 3.30.0, `MarketCandlestick` and `MarketCandlestickHistorical`).
 */
import * as z from "zod";
import type { TableRow } from "../../schemas/index.ts";
import type { Stamp } from "./decode.ts";
import { join, note, parsed, read, type Findings } from "./findings.ts";
import { dollar, parseCount, parsePrice, type Price } from "./price.ts";
import { eventOfTicker } from "./tickers.ts";

const quoted = z.string().nullable();
const traded = z.string().nullish();

/** Bid and ask are always there; null in a candle that was carried over from before its span. */
const liveQuote = z.object({
  open_dollars: quoted,
  low_dollars: quoted,
  high_dollars: quoted,
  close_dollars: quoted,
});
const historicalQuote = z.object({ open: quoted, low: quoted, high: quoted, close: quoted });

export const liveCandleWire = z.object({
  end_period_ts: z.int(),
  yes_bid: liveQuote,
  yes_ask: liveQuote,
  // A minute without trade has none of them, or the previous price alone.
  price: z
    .object({
      open_dollars: traded,
      low_dollars: traded,
      high_dollars: traded,
      close_dollars: traded,
      mean_dollars: traded,
      previous_dollars: traded,
    })
    .nullish(),
  volume_fp: z.string(),
  open_interest_fp: z.string(),
});

export const historicalCandleWire = z.object({
  end_period_ts: z.int(),
  yes_bid: historicalQuote,
  yes_ask: historicalQuote,
  price: z.object({ open: traded, low: traded, high: traded, close: traded, mean: traded, previous: traded }).nullish(),
  volume: z.string(),
  open_interest: z.string(),
});

/** Of the price, known and not read: seen beside low and high and meaning the same. */
export const unreadPriceFields = ["min_dollars", "max_dollars"] as const;

const knownFields = {
  live: {
    candle: new Set<string>(Object.keys(liveCandleWire.shape)),
    quote: new Set<string>(Object.keys(liveQuote.shape)),
    price: new Set<string>([...Object.keys(liveCandleWire.shape.price.unwrap().unwrap().shape), ...unreadPriceFields]),
  },
  historical: {
    candle: new Set<string>(Object.keys(historicalCandleWire.shape)),
    quote: new Set<string>(Object.keys(historicalQuote.shape)),
    price: new Set<string>(Object.keys(historicalCandleWire.shape.price.unwrap().unwrap().shape)),
  },
} as const;

/** Also of a candle that is refused: beside a missing field, a new one says what it was renamed to. */
function noteUnknownFields(
  value: Readonly<Record<string, unknown>>,
  historical: boolean,
  path: string,
  findings: Findings,
): void {
  const known = knownFields[historical ? "historical" : "live"];
  const look = (object: unknown, names: ReadonlySet<string>, at: string) => {
    if (typeof object !== "object" || object === null) return;
    for (const field of Object.keys(object)) {
      if (!names.has(field)) note(findings, join(at, field), "unknown field, left in the raw payload");
    }
  };
  look(value, known.candle, path);
  look(value["yes_bid"], known.quote, join(path, "yes_bid"));
  look(value["yes_ask"], known.quote, join(path, "yes_ask"));
  look(value["price"], known.price, join(path, "price"));
}

const priceNames = ["open", "low", "high", "close", "mean", "previous"] as const;
const rangeNames = ["open", "low", "high", "close"] as const;

type Prices = Record<(typeof rangeNames)[number], Price | null>;
const nothing: Prices = { open: null, low: null, high: null, close: null };

const isSet = (price: Price | null): price is Price => price !== null;

/** Low and high must hold open and close between them. */
function requireOrder(prices: Prices, path: string, findings: Findings): void {
  const { low, high, open, close } = prices;
  if (!isSet(low) || !isSet(high) || !isSet(open) || !isSet(close)) return;
  if (low <= Math.min(open, close) && high >= Math.max(open, close)) return;
  findings.faults.push({
    path: join(path, "low"),
    message: `low ${low / dollar} and high ${high / dollar} do not hold open ${open / dollar} and close ${close / dollar} between them`,
  });
}

type Read = (object: Readonly<Record<string, unknown>>, name: string, path: string) => Price | null;

/** One side's best quotes. An empty side shows 0 (bid) or 1 (ask): that is no quote. */
function quotesOf(
  object: Readonly<Record<string, unknown>>,
  empty: Price,
  path: string,
  readPrice: Read,
  findings: Findings,
): Prices {
  const shown: Prices = { ...nothing };
  for (const name of rangeNames) {
    shown[name] = readPrice(object, name, path);
    // The other side's sign of emptiness is nothing that anybody can quote here.
    if (shown[name] === dollar - empty) {
      findings.faults.push({
        path: join(path, name),
        message: `${shown[name] / dollar} is no price that anybody can quote`,
      });
    }
  }
  requireOrder(shown, path, findings);
  const orNone = (price: Price | null) => (price === empty ? null : price);
  return { open: orNone(shown.open), low: orNone(shown.low), high: orNone(shown.high), close: orNone(shown.close) };
}

/** Undefined when it gained a fault. */
function decodeCandle(
  value: unknown,
  ticker: string,
  path: string,
  stamp: Stamp,
  findings: Findings,
): TableRow<"market_candles"> | undefined {
  const before = findings.faults.length;
  const historical = typeof value === "object" && value !== null && "volume" in value;
  noteUnknownFields((value ?? {}) as Readonly<Record<string, unknown>>, historical, path, findings);
  const live = historical ? undefined : read(liveCandleWire, value, path, findings);
  const past = historical ? read(historicalCandleWire, value, path, findings) : undefined;
  const wire = live ?? past;
  if (wire === undefined) return undefined;
  const suffix = historical ? "" : "_dollars";
  const readPrice: Read = (object, name, at) => {
    const text = object[`${name}${suffix}`] ?? null;
    if (text === null) return null;
    const field = join(at, `${name}${suffix}`);
    const price = parsed(parsePrice, text, field, findings) ?? null;
    if (price !== null && price > dollar)
      findings.faults.push({ path: field, message: `${JSON.stringify(text)} is more than a dollar` });
    return price;
  };
  let bid = quotesOf(wire.yes_bid, 0, join(path, "yes_bid"), readPrice, findings);
  let ask = quotesOf(wire.yes_ask, dollar, join(path, "yes_ask"), readPrice, findings);
  if (isSet(bid.close) && isSet(ask.close) && bid.close >= ask.close) {
    note(findings, join(path, "yes_bid"), "a candle that ends with a bid not below the ask: taken as no quote");
    bid = nothing;
    ask = nothing;
  }
  const pricePath = join(path, "price");
  const [open, low, high, close, mean, previous] = priceNames.map((name) =>
    wire.price == null ? null : readPrice(wire.price, name, pricePath),
  ) as [Price | null, Price | null, Price | null, Price | null, Price | null, Price | null];
  requireOrder({ open, low, high, close }, pricePath, findings);
  const [volumeName, volumeText, interestName, interestText] =
    live === undefined
      ? (["volume", past?.volume, "open_interest", past?.open_interest] as const)
      : (["volume_fp", live.volume_fp, "open_interest_fp", live.open_interest_fp] as const);
  const volume = parsed(parseCount, volumeText, join(path, volumeName), findings) ?? 0;
  const openInterest = parsed(parseCount, interestText, join(path, interestName), findings) ?? 0;
  if (volume > 0 && close === null) {
    findings.faults.push({ path: join(pricePath, "close"), message: `missing beside ${volumeName} "${volumeText}"` });
  }
  const end_at = wire.end_period_ts * 1000;
  if (end_at % 60_000 !== 0) {
    findings.faults.push({
      path: join(path, "end_period_ts"),
      message: `${wire.end_period_ts} is not the end of a minute`,
    });
  }
  if (findings.faults.length > before) return undefined;
  return {
    market_ticker: ticker,
    event_ticker: eventOfTicker(ticker),
    end_at,
    yes_bid_open: bid.open,
    yes_bid_low: bid.low,
    yes_bid_high: bid.high,
    yes_bid_close: bid.close,
    yes_ask_open: ask.open,
    yes_ask_low: ask.low,
    yes_ask_high: ask.high,
    yes_ask_close: ask.close,
    price_open: open,
    price_low: low,
    price_high: high,
    price_close: close,
    price_mean: mean,
    price_previous: previous,
    volume,
    open_interest: openInterest,
    ...stamp,
  };
}

const batchWire = z.object({
  markets: z.array(z.object({ market_ticker: z.string().min(1), candlesticks: z.array(z.unknown()) })),
});
const singleWire = z.object({ ticker: z.string().min(1), candlesticks: z.array(z.unknown()) });

export interface DecodedCandles {
  /** The markets that the answer speaks of, those without candles too. */
  tickers: string[];
  rows: TableRow<"market_candles">[];
}

/** `{markets: [{market_ticker, candlesticks}]}`, or `{ticker, candlesticks}` of one market. */
export function decodeCandles(body: unknown, stamp: Stamp, findings: Findings): DecodedCandles {
  const single = typeof body === "object" && body !== null && "candlesticks" in body;
  const one = single ? read(singleWire, body, "", findings) : undefined;
  const markets = single
    ? one === undefined
      ? []
      : [{ market_ticker: one.ticker, candlesticks: one.candlesticks, path: "" }]
    : (read(batchWire, body, "", findings)?.markets ?? []).map((market, index) => ({
        ...market,
        path: join("markets", index),
      }));
  const decoded: DecodedCandles = { tickers: markets.map(({ market_ticker }) => market_ticker), rows: [] };
  for (const { market_ticker, candlesticks, path } of markets) {
    candlesticks.forEach((value, index) => {
      const row = decodeCandle(value, market_ticker, join(join(path, "candlesticks"), index), stamp, findings);
      if (row !== undefined) decoded.rows.push(row);
    });
  }
  return decoded;
}

/** A candle in which there was neither quote nor trade. */
export function isEmpty(row: TableRow<"market_candles">): boolean {
  return (
    row.volume === 0 &&
    [row.yes_bid_high, row.yes_bid_close, row.yes_ask_low, row.yes_ask_close].every((price) => price === null)
  );
}
