/** Three bitcoin events of one close as the markets' own decoder reads them, and what venues and index said before it. */
import type { PlannedJob, JobInput, PlanFacts } from "../../../core/desk.ts";
import type { Exchange, Pointer } from "../../../core/source.ts";
import { sourceOf } from "../../../core/sources.ts";
import type { Rows, TableName, TableRow } from "../../../schemas/index.ts";
import { eventPayload, marketPayload, seriesPayload, without } from "../market/payloads.ts";
import { pointerOf } from "../weather/listing.ts";

const second = 1_000;
const minute = 60_000;

/** 3 PM in New York after the end of daylight time. */
export const closeTime = Date.parse("2026-11-01T20:00:00Z");
export const ranges = "KXBTC-26NOV0115";
export const thresholds = "KXBTCD-26NOV0115";
export const quarter = "KXBTC15M-26NOV011500";

const cfBenchmarks = [{ name: "CF Benchmarks", url: "https://www.cfbenchmarks.com/" }];
const average = "the simple average of the sixty seconds of CF Benchmarks' Bitcoin Real-Time Index (BRTI)";
const short = "the simple average of the sixty seconds of CF Benchmarks' BRTI";

/** Only that of the quarter hours speaks of rounding. */
export const finePrint =
  "The price is CF Benchmarks' Real Time Index. In the last minute before expiration 60 prices are taken; the final value is the average of these prices";

type Json = Record<string, unknown>;

function level(ticker: string, says: string, strike: Json): Json {
  return marketPayload({
    ticker,
    event_ticker: ticker.split("-").slice(0, 2).join("-"),
    open_time: "2026-11-01T19:00:00Z",
    close_time: "2026-11-01T20:00:00Z",
    rules_primary: `If ${average} before 3 PM EST is ${says} at 3 PM EST on Nov 1, 2026, then the market resolves to Yes.`,
    rules_secondary: `${finePrint}.`,
    title: "Bitcoin price?",
    yes_sub_title: says,
    floor_strike: undefined,
    cap_strike: undefined,
    ...strike,
  });
}

export interface Listed {
  /** Of the quarter-hour market, dollars; undefined before it is set. */
  target: number | undefined;
  /** Replaces the quotes of a market, dollars. */
  quotes: Readonly<Record<string, { bid: string; ask: string }>>;
  /** Tickers of markets that the listing leaves out. */
  unlisted: readonly string[];
  /** Replaces fields of every market. */
  change: Json;
}

function marketsOf({ target, quotes, unlisted, change }: Listed): Record<string, Json[]> {
  const up = marketPayload({
    ticker: `${quarter}-00`,
    event_ticker: quarter,
    open_time: "2026-11-01T19:45:00Z",
    close_time: "2026-11-01T20:00:00Z",
    rules_primary: `If ${short} before 3 PM EST on Nov 1, 2026 is at least ${short} before 2:45 PM EST on November 1, 2026, then the market resolves to Yes.`,
    rules_secondary: `${finePrint}, rounded to the nearest 2 decimal places.`,
    custom_strike: { round_digits: "2" },
    title: "BTC price up in next 15 mins?",
    yes_sub_title: target === undefined ? "Target price: TBD" : `Target Price: $${target}`,
    strike_type: "greater_or_equal",
    floor_strike: target,
    cap_strike: undefined,
  });
  const all: Record<string, Json[]> = {
    [ranges]: [
      level(`${ranges}-T84000`, "below 84000", { strike_type: "less", cap_strike: 84_000 }),
      level(`${ranges}-B84050`, "between 84000-84099.99", { floor_strike: 84_000, cap_strike: 84_099.99 }),
      level(`${ranges}-T84099.99`, "above 84099.99", { strike_type: "greater", floor_strike: 84_099.99 }),
    ],
    [thresholds]: [
      level(`${thresholds}-T83999.99`, "above 83999.99", { strike_type: "greater", floor_strike: 83_999.99 }),
      level(`${thresholds}-T84099.99`, "above 84099.99", { strike_type: "greater", floor_strike: 84_099.99 }),
    ],
    [quarter]: [target === undefined ? without(up, "floor_strike") : up],
  };
  for (const markets of Object.values(all)) {
    for (const market of markets) {
      const quote = quotes[String(market["ticker"])];
      Object.assign(market, change);
      if (quote !== undefined) Object.assign(market, { yes_bid_dollars: quote.bid, yes_ask_dollars: quote.ask });
    }
  }
  return Object.fromEntries(
    Object.entries(all).map(([event, markets]) => [
      event,
      markets.filter(({ ticker }) => !unlisted.includes(String(ticker))),
    ]),
  );
}

/** What is answered at `at`, by default with the target set and quotes that agree. */
export function listingAnswers(at: number, given: Partial<Listed> = {}): Exchange[] {
  const quotes = {
    [`${ranges}-T84000`]: { bid: "0.2900", ask: "0.3100" },
    [`${ranges}-B84050`]: { bid: "0.3900", ask: "0.4100" },
    [`${ranges}-T84099.99`]: { bid: "0.2900", ask: "0.3100" },
    [`${thresholds}-T83999.99`]: { bid: "0.6900", ask: "0.7100" },
    [`${thresholds}-T84099.99`]: { bid: "0.2900", ask: "0.3100" },
    [`${quarter}-00`]: { bid: "0.4900", ask: "0.5100" },
    ...given.quotes,
  };
  const markets = marketsOf({ target: 84_050.12, unlisted: [], change: {}, ...given, quotes });
  const answer = (path: string, body: unknown) => ({
    url: `https://external-api.kalshi.com/trade-api/v2${path}`,
    status: 200,
    fetched_at: at,
    body: JSON.stringify(body),
  });
  return Object.entries(markets).flatMap(([event_ticker, own]) => {
    const ticker = event_ticker.split("-", 1)[0] ?? "";
    return [
      answer(`/series/${ticker}`, { series: seriesPayload({ ticker, settlement_sources: cfBenchmarks }) }),
      answer(`/events?series_ticker=${ticker}`, {
        cursor: "",
        events: [
          eventPayload({ event_ticker, series_ticker: ticker, mutually_exclusive: ticker === "KXBTC", markets: own }),
        ],
      }),
      answer(`/markets?series_ticker=${ticker}`, { cursor: "", markets: own }),
    ];
  });
}

/** As listed at `at`. */
export function listing(at: number, given: Partial<Listed> = {}): Rows {
  const { rows, refusals } = sourceOf("kalshi-crypto-markets").decode(listingAnswers(at, given), {
    window_at: at,
    raw_key: "raw/x",
  });
  if (refusals.length > 0) throw new Error(JSON.stringify(refusals));
  return rows;
}

const oneWindow = (source: string, tables: readonly TableName[], at: number): Pointer => ({
  ...pointerOf(source, "market_snapshots", [at]),
  parts: Object.fromEntries(tables.map((table) => [table, pointerOf(source, table, [at]).parts[table] ?? []])),
});

/** Facts of a tick at which every source has landed; no stream is held. */
export function planFacts(now: number, given: Partial<Listed> = {}, change: Partial<PlanFacts> = {}): PlanFacts {
  const rows = listing(now, given);
  const minutes = Array.from({ length: 15 }, (_, before) => now - (14 - before) * minute);
  return {
    now,
    pointers: {
      "kalshi-crypto-markets": oneWindow(
        "kalshi-crypto-markets",
        ["kalshi_series", "kalshi_events", "kalshi_markets", "market_snapshots"],
        now,
      ),
      "kalshi-crypto-books": oneWindow("kalshi-crypto-books", ["order_books"], now),
      "venue-quotes": pointerOf("venue-quotes", "venue_quotes", minutes),
      "spot-candles": pointerOf("spot-candles", "spot_candles", [now - 6 * minute]),
    },
    health: {},
    series: rows.kalshi_series ?? [],
    events: rows.kalshi_events ?? [],
    markets: rows.kalshi_markets ?? [],
    parameters: {},
    ...change,
  };
}

export const inputsIn = (job: PlannedJob): JobInput[] => JSON.parse(job.inputs) as JobInput[];

const stamp = (at: number) => ({ window_at: at, ingested_at: at, decoder_version: 1, raw_key: "raw/x" });

/** Three venues and USDT as polled at an instant, around `price`. */
export function venueQuotes(at: number, price: number): TableRow<"venue_quotes">[] {
  const quote = (venue: string, product: string, mid: number): TableRow<"venue_quotes"> => ({
    venue,
    product,
    origin: "rest",
    quote_at: at,
    event_time: null,
    received_at: at,
    sequence: null,
    bid: mid - mid * 1e-5,
    ask: mid + mid * 1e-5,
    bid_size: null,
    ask_size: null,
    connection: null,
    ...stamp(at),
  });
  return [
    quote("coinbase", "BTC-USD", price),
    quote("kraken", "XBTUSD", price + 1),
    quote("bitstamp", "btcusd", price - 1),
    quote("kraken", "USDTUSD", 1),
  ];
}

/** One-minute candles of one venue until the minute that ends at `until`: a price that moves by 3 bps a minute. */
export function candles(
  until: number,
  minutes: number,
  { venue, product } = { venue: "kraken", product: "XBTUSD" },
): TableRow<"spot_candles">[] {
  return Array.from({ length: minutes }, (_, index) => {
    const minute_at = until - (minutes - index) * minute;
    const close = 84_050 * (1 + (index % 2 === 0 ? 1.5e-4 : -1.5e-4));
    return {
      venue,
      product,
      minute_at,
      open: close,
      high: close,
      low: close,
      close,
      volume: 1,
      vwap: close,
      ...stamp(minute_at + minute),
    };
  });
}

/** Prints of the index for each second of [from, until), received half a second later. */
export function prints(from: number, until: number, valueAt: (at: number) => number): TableRow<"index_prints">[] {
  return Array.from({ length: (until - from) / second }, (_, index) => {
    const print_at = from + index * second;
    return {
      index_id: "BRTI",
      print_at,
      value: valueAt(print_at),
      average_60s: null,
      average_60s_prints: null,
      average_60s_end: null,
      quarter_hour_average: null,
      quarter_hour_prints: null,
      venue_received_at: null,
      received_at: print_at + 500,
      connection: "c",
      ...stamp(print_at + 500),
    };
  });
}

/** Everything that a job of `now` reads. */
export function inputsAt(now: number, given: Partial<Listed> = {}): Rows {
  return {
    ...listing(now, given),
    venue_quotes: [
      ...Array.from({ length: 6 }, (_, before) =>
        venueQuotes(Math.floor(now / minute) * minute - before * minute, 84_050),
      ).flat(),
      ...(now % minute === 0 ? [] : venueQuotes(now, 84_050)),
    ],
    spot_candles: candles(Math.floor(now / minute) * minute - 5 * minute, 240),
  };
}
