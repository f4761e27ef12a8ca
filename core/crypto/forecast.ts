/**
 * From what the desk has read to the distribution of a settlement value: the price chain, the volatility, what is known of
 * the averaging window. Pure: rows in, a distribution or a reason out.
 */
import type { TableRow } from "../../schemas/index.ts";
import { type BasisReport, basisReport } from "./basis.ts";
import { basisPairs, knownPrints, mistimedPrint } from "./index-basis.ts";
import { indexLevel, type IndexLevel, type VenueQuote } from "./index-chain.ts";
import { streamedVenues } from "./job-inputs.ts";
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
function minutePrices(
  venue: string,
  candles: readonly CandleRow[],
  quotes: readonly QuoteRow[],
  now: number,
): MinutePrice[] {
  const prices = new Map(candles.map(({ minute_at, close }) => [minute_at + minuteMs, close]));
  const last = Math.max(...prices.keys());
  const pair = candles[0] === undefined ? undefined : pairOf(candles[0]);
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
 * The volatility of the venue with the longest history that has one: the longest may have ended, or have a hole.
 * @returns why none of them has one.
 */
function volatilityOf({ candles, quotes }: ForecastRows, now: number) {
  const known = candles.filter(({ minute_at, ingested_at }) => ingested_at <= now && minute_at + minuteMs <= now);
  // Windows overlap: a minute that several of them brought is one.
  const minutesOf = (rows: readonly CandleRow[]) => new Set(rows.map(({ minute_at }) => minute_at)).size;
  // Of two alike the first by name.
  const venues = [...Map.groupBy(known, ({ venue }) => venue)]
    .map(([venue, rows]) => ({ venue, rows, minutes: minutesOf(rows) }))
    .sort((a, b) => b.minutes - a.minutes || (a.venue < b.venue ? -1 : 1));
  const reasons: string[] = [];
  for (const { venue, rows } of venues) {
    const minutes = minutePrices(venue, rows, quotes, now);
    const volatility = realisedVolatility(minutes, now);
    if (!("none" in volatility)) return { minutes, volatility };
    reasons.push(`${venue}: ${volatility.none}`);
  }
  return { none: reasons.length === 0 ? "no candle of any venue" : reasons.join("; ") };
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
  const history = volatilityOf(rows, now);
  if ("none" in history) return { refusal: `no volatility: ${history.none}` };
  const { minutes, volatility } = history;
  const prints = knownPrints(rows.prints, now);
  const newestPrint = prints.at(-1);
  const chainPrint = mistimedPrint(rows.prints, prints, now) ?? newestPrint;
  const newest = newestQuotes(rows.quotes, now);
  const usdt = newest.filter((quote) => pairOf(quote) === "USDT/USD").sort((a, b) => b.received_at - a.received_at)[0];
  const basis = basisReport(basisPairs({ prints, quotes: rows.quotes }, now), now);
  const level = indexLevel({
    now,
    brti:
      chainPrint === undefined
        ? undefined
        : { value: chainPrint.value, printAt: chainPrint.print_at, receivedAt: chainPrint.received_at },
    quotes: chainQuotes(newest),
    asked: { stream: streamedVenues, rest: venueTickers.map(({ venue }) => venue) },
    usdt: usdt === undefined ? undefined : { rate: (usdt.bid + usdt.ask) / 2, receivedAt: usdt.received_at },
    basis,
    sigma: volatility.sigma,
  });
  if ("none" in level) return { refusal: `no price: ${level.none}` };
  const secondsToClose = (closeTime - now) / 1000;
  const windowStart = closeTime - windowPrints * 1000;
  const inWindow = prints.filter(({ print_at }) => print_at >= windowStart && print_at < closeTime);
  // Prints are what settles, and one that is not believed leaves open what that is. The window has begun when either clock
  // says so.
  if (level.contradiction !== null && Math.max(now, chainPrint?.print_at ?? now) >= windowStart) {
    return { refusal: `no price inside the averaging window: ${level.contradiction}` };
  }
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
