/**
 * From what the desk has read to the distribution of a settlement value: the price chain, the volatility, what is known of
 * the averaging window. Pure: rows in, a distribution or a reason out.
 */
import type { TableRow } from "../../schemas/index.ts";
import { settlementIndex } from "./certify.ts";
import { type BasisReport, basisReport } from "./basis.ts";
import { basisPairs } from "./index-basis.ts";
import { indexLevel, type IndexLevel, type VenueQuote } from "./index-chain.ts";
import { momentumShift, recentReturn } from "./momentum.ts";
import { settlementDistribution, type SettlementDistribution } from "./pricing.ts";
import { averageOutlook, type IndexPrint, windowPrints } from "./settlement-average.ts";
import { pairOf } from "./venues/pairs.ts";
import { venueTickers } from "./venues/rest.ts";
import { type MinutePrice, realisedVolatility, type Volatility } from "./volatility.ts";

const minuteMs = 60_000;

type QuoteRow = TableRow<"venue_quotes">;
type PrintRow = TableRow<"index_prints">;
type CandleRow = TableRow<"spot_candles">;

/** A minute's last quote counts as its close when it came this shortly before its end. */
const closingMs = 15_000;

export interface CryptoForecast {
  level: IndexLevel;
  /** How far the venues were from the index while both were seen. */
  basis: BasisReport;
  volatility: Volatility;
  distribution: SettlementDistribution;
  /** Expected change of log price until the close. */
  shift: number;
  secondsToClose: number;
  used: UsedRows;
}

/** What a forecast was made of, by the keys of the rows. */
export interface UsedRows {
  /** Index prints: the newest one, and those of the averaging window that were known; null where there were none. */
  prints: { newest_at: number; window: { n: number; first_at: number; last_at: number } | null } | null;
  /** The newest quotes, of which the price was made where the index did not say it. */
  ticks: Pick<QuoteRow, "venue" | "product" | "origin" | "quote_at">[];
}

export interface ForecastRows {
  quotes: readonly QuoteRow[];
  prints: readonly PrintRow[];
  candles: readonly CandleRow[];
}

/** The newest quote of each venue, product and origin that had reached us by `now`. */
function newestQuotes(quotes: readonly QuoteRow[], now: number): QuoteRow[] {
  const newest = new Map<string, QuoteRow>();
  for (const quote of quotes) {
    if (quote.received_at > now) continue;
    const key = `${quote.venue} ${quote.product} ${quote.origin}`;
    const before = newest.get(key);
    if (before === undefined || before.received_at < quote.received_at) newest.set(key, quote);
  }
  return [...newest.values()];
}

function chainQuotes(quotes: readonly QuoteRow[]): VenueQuote[] {
  return quotes.flatMap((quote): VenueQuote[] => {
    const pair = pairOf(quote);
    if (pair !== "BTC/USD" && pair !== "BTC/USDT") return [];
    const { venue, origin, bid, ask, received_at } = quote;
    const currency = pair === "BTC/USDT" ? "USDT" : "USD";
    return [{ venue, origin: origin === "stream" ? "stream" : "rest", currency, bid, ask, receivedAt: received_at }];
  });
}

/**
 * Prices at the end of whole minutes, of one venue, since returns between venues would count their difference: its
 * candles, and for the minutes after the last of them its own last quotes.
 */
function minutePrices({ candles, quotes }: ForecastRows, now: number): MinutePrice[] {
  const known = candles.filter(({ minute_at, ingested_at }) => ingested_at <= now && minute_at + minuteMs <= now);
  const byVenue = Map.groupBy(known, ({ venue }) => venue);
  // The longest history; of two alike the first by name.
  const [longest] = [...byVenue].sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1));
  if (longest === undefined) return [];
  const [venue, rows] = longest;
  const prices = new Map(rows.map(({ minute_at, close }) => [minute_at + minuteMs, close]));
  const last = Math.max(...prices.keys());
  const pair = rows[0] === undefined ? undefined : pairOf(rows[0]);
  const own = quotes
    .filter((quote) => quote.venue === venue && pairOf(quote) === pair && quote.received_at <= now)
    .sort((a, b) => a.received_at - b.received_at);
  for (let end = last + minuteMs; end <= now; end += minuteMs) {
    const quote = own.findLast(({ received_at }) => received_at <= end && received_at > end - closingMs);
    if (quote !== undefined) prices.set(end, (quote.bid + quote.ask) / 2);
  }
  return [...prices].map(([at, price]) => ({ at, price })).sort((a, b) => a.at - b.at);
}

/**
 * The index's prints that had reached us by `now`, in the order of time. A print that two holders of the stream brought, or
 * two parts of one, is one print.
 */
function knownPrints(prints: readonly PrintRow[], now: number): PrintRow[] {
  const known = new Map<number, PrintRow>();
  for (const print of prints) {
    if (print.index_id !== settlementIndex || print.received_at > now) continue;
    const before = known.get(print.print_at);
    if (before === undefined || print.received_at < before.received_at) known.set(print.print_at, print);
  }
  return [...known.values()].sort((a, b) => a.print_at - b.print_at);
}

/**
 * The distribution of the average that an event settles on, as known at `now`.
 * @param input.closeTime End of the averaging window, epoch ms; `expected_expiration_time` is five minutes later and no clock.
 */
export function forecastSettlement(input: {
  now: number;
  closeTime: number;
  rows: ForecastRows;
}): CryptoForecast | { refusal: string } {
  const { now, closeTime, rows } = input;
  if (now >= closeTime) return { refusal: `the averaging window ended at ${new Date(closeTime).toISOString()}` };
  const prints = knownPrints(rows.prints, now);
  const newestPrint = prints.at(-1);
  const newest = newestQuotes(rows.quotes, now);
  const usdt = newest.filter((quote) => pairOf(quote) === "USDT/USD").sort((a, b) => b.received_at - a.received_at)[0];
  const basis = basisReport(basisPairs({ prints, quotes: rows.quotes }, now), now);
  const level = indexLevel({
    now,
    brti:
      newestPrint === undefined
        ? undefined
        : { value: newestPrint.value, printAt: newestPrint.print_at, receivedAt: newestPrint.received_at },
    quotes: chainQuotes(newest),
    asked: venueTickers.map(({ venue }) => venue),
    usdt: usdt === undefined ? undefined : { rate: (usdt.bid + usdt.ask) / 2, receivedAt: usdt.received_at },
    basis,
  });
  if ("none" in level) return { refusal: `no price: ${level.none}` };
  const minutes = minutePrices(rows, now);
  const volatility = realisedVolatility(minutes, now);
  if ("none" in volatility) return { refusal: `no volatility: ${volatility.none}` };
  const secondsToClose = (closeTime - now) / 1000;
  const windowStart = closeTime - windowPrints * 1000;
  const outlook = averageOutlook({
    closeTime,
    observed: { at: Math.min(now, Math.round(level.at)), value: level.price },
    prints: prints.map(({ print_at, value }): IndexPrint => ({ at: print_at, value })),
  });
  const shift = momentumShift({
    logReturn: recentReturn(minutes, now),
    sigma: volatility.sigma,
    secondsToClose,
  });
  const inWindow = prints.filter(({ print_at }) => print_at >= windowStart && print_at < closeTime);
  const [first, last] = [inWindow[0], inWindow.at(-1)];
  return {
    level,
    basis,
    volatility,
    shift,
    distribution: settlementDistribution({
      outlook,
      sigma: volatility.sigma,
      noiseBps: level.noiseBps,
      shift,
      secondsToClose,
    }),
    secondsToClose,
    used: {
      prints:
        newestPrint === undefined
          ? null
          : {
              newest_at: newestPrint.print_at,
              window:
                first === undefined || last === undefined
                  ? null
                  : { n: inWindow.length, first_at: first.print_at, last_at: last.print_at },
            },
      ticks: newest
        .map(({ venue, product, origin, quote_at }) => ({ venue, product, origin, quote_at }))
        .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    },
  };
}
