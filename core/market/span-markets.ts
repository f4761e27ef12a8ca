/**
 * Which markets of a series could be traded in a span of time, asked round by round: Kalshi lists by time of close what it
 * holds live, and keeps what settled before its cutoff in an archive that is asked event by event (kalshi-api.md §2.3, §2.5).
 */
import * as z from "zod";
import type { Exchange, Note, Refusal, Schedule, SourceRequest } from "../source.ts";
import { join, parsed, read, type Findings } from "./findings.ts";
import { parseInstant } from "./instant.ts";
import { endlessListings, kalshiRequest, nextPages, unasked } from "./paging.ts";
import { dollar, parseCount, parsePrice, type Price } from "./price.ts";
import { dailyEventTicker, seriesOfTicker } from "./tickers.ts";
import { wholeAnswer } from "./whole-answer.ts";

const dayMs = 86_400_000;

/** Epoch ms, half-open. */
export interface Span {
  from: number;
  until: number;
}

/** What the markets of a series have in common. */
export interface MarketLives {
  /** From the opening to the close at most; what closes later was not open yet in the span. */
  longestDays: number;
  /** Tickers of the events of a series that could be traded in a span. */
  eventsIn(series: string, span: Span): string[];
}

/** Daily markets open the day before their day and close after it; none lives longer. */
export const dailyLives: MarketLives = {
  longestDays: 4,
  eventsIn(series, { from, until }) {
    const tickers: string[] = [];
    for (let at = from - dayMs; at <= until + dayMs; at += dayMs) {
      tickers.push(dailyEventTicker({ series, date: new Date(at).toISOString().slice(0, 10) }));
    }
    return tickers;
  },
};

/** The last whole period of the schedule before the window: the spans of a source's windows follow each other without gap. */
export function spanOf(windowAt: number, { everyMinutes }: Schedule): Span {
  const period = everyMinutes * 60_000;
  const until = Math.floor(windowAt / period) * period;
  return { from: until - period, until };
}

export interface SpanMarket {
  ticker: string;
  /** Epoch ms. */
  openAt: number;
  closeAt: number;
  /** Whether anything was ever traded. */
  traded: boolean;
  /** Middle of the best quotes, micro-dollars; null where one side is empty or the listing shows no quotes. */
  mid: Price | null;
  archived: boolean;
}

/** Before these instants Kalshi's answers are found in its archive only. Epoch ms. */
export interface Cutoffs {
  settled: number;
  trades: number;
}

const cutoffWire = z.object({ market_settled_ts: z.string(), trades_created_ts: z.string() });

const marketWire = z.object({
  ticker: z.string().min(1),
  event_ticker: z.string().min(1),
  open_time: z.string(),
  close_time: z.string(),
  volume_fp: z.string(),
  yes_bid_dollars: z.string().optional(),
  yes_ask_dollars: z.string().optional(),
});

const cutoffPath = "/historical/cutoff";
const archivePath = "/historical/markets";

type Kind = "cutoff" | "live" | "archive";

/** What the exchange answers, undefined for anything but cutoff and listings. A file has no address that says so. */
function kindOf({ url }: Exchange): Kind | undefined {
  const { pathname } = new URL(url);
  if (pathname.endsWith(cutoffPath)) return "cutoff";
  if (pathname.endsWith(archivePath)) return "archive";
  return pathname.endsWith("/trade-api/v2/markets") ? "live" : undefined;
}

function askedSeries({ url }: Exchange): string | undefined {
  const { searchParams } = new URL(url);
  return searchParams.get("series_ticker") ?? searchParams.get("event_ticker")?.split("-", 1)[0];
}

/** An event is asked for by a name that we made: the archive need not have it. */
function isNoSuchEvent(kind: Kind, status: number): boolean {
  return kind === "archive" && status === 404;
}

function cutoffsIn(value: unknown, findings: Findings): Cutoffs | undefined {
  const wire = read(cutoffWire, value, "", findings);
  if (wire === undefined) return undefined;
  const settled = parsed(parseInstant, wire.market_settled_ts, "market_settled_ts", findings);
  const trades = parsed(parseInstant, wire.trades_created_ts, "trades_created_ts", findings);
  return settled === undefined || trades === undefined ? undefined : { settled, trades };
}

/** @returns undefined when a quote is no price, which is then a fault. */
function midOf(
  { yes_bid_dollars, yes_ask_dollars }: z.infer<typeof marketWire>,
  path: string,
  findings: Findings,
): Price | null | undefined {
  if (yes_bid_dollars === undefined || yes_ask_dollars === undefined) return null;
  const bid = parsed(parsePrice, yes_bid_dollars, join(path, "yes_bid_dollars"), findings);
  const ask = parsed(parsePrice, yes_ask_dollars, join(path, "yes_ask_dollars"), findings);
  if (bid === undefined || ask === undefined) return undefined;
  return bid === 0 || ask === dollar ? null : Math.round((bid + ask) / 2);
}

function marketsIn(value: unknown, series: string | undefined, archived: boolean, findings: Findings): SpanMarket[] {
  const listing = read(z.object({ markets: z.array(z.unknown()).nullable() }), value, "", findings);
  return (listing?.markets ?? []).flatMap((item, index) => {
    const path = join("markets", index);
    const wire = read(marketWire, item, path, findings);
    if (wire === undefined) return [];
    // An upstream that no longer knows the filter answers with all there is.
    if (series !== undefined && seriesOfTicker(wire.event_ticker) !== series) {
      findings.faults.push({ path: join(path, "event_ticker"), message: `"${wire.event_ticker}", expected ${series}` });
      return [];
    }
    const openAt = parsed(parseInstant, wire.open_time, join(path, "open_time"), findings);
    const closeAt = parsed(parseInstant, wire.close_time, join(path, "close_time"), findings);
    const volume = parsed(parseCount, wire.volume_fp, join(path, "volume_fp"), findings);
    const mid = midOf(wire, path, findings);
    if (openAt === undefined || closeAt === undefined || volume === undefined || mid === undefined) return [];
    return [{ ticker: wire.ticker, openAt, closeAt, traded: volume > 0, mid, archived }];
  });
}

export interface Catalogue {
  cutoffs: Cutoffs | undefined;
  /** A market that both listings hold stands in it twice. */
  markets: SpanMarket[];
  refusals: Refusal[];
  notes: Note[];
  /** The exchanges that are of neither kind, with their place in the window. */
  others: { exchange: Exchange; index: number }[];
}

/** What the exchanges so far say of cutoff and markets. A listing that cannot be read whole gives no market. */
export function catalogueOf(exchanges: readonly Exchange[]): Catalogue {
  const catalogue: Catalogue = { cutoffs: undefined, markets: [], refusals: [], notes: [], others: [] };
  exchanges.forEach((exchange, index) => {
    const kind = kindOf(exchange);
    if (kind === undefined) {
      catalogue.others.push({ exchange, index });
      return;
    }
    if (isNoSuchEvent(kind, exchange.status)) return;
    const before = catalogue.refusals.length;
    const answer = wholeAnswer(exchange, index, catalogue.refusals, catalogue.notes, (value, findings) =>
      kind === "cutoff"
        ? { cutoffs: cutoffsIn(value, findings), markets: [] }
        : { cutoffs: undefined, markets: marketsIn(value, askedSeries(exchange), kind === "archive", findings) },
    );
    // Without its listings a window knows nothing: no failure of theirs concerns one market alone.
    for (const refusal of catalogue.refusals.slice(before)) refusal.kind = "drift";
    if (answer?.cutoffs !== undefined) catalogue.cutoffs = answer.cutoffs;
    catalogue.markets.push(...(answer?.markets ?? []));
  });
  for (const { exchange, message } of endlessListings(exchanges)) {
    catalogue.refusals.push({ kind: "drift", exchange, path: "cursor", message });
  }
  return catalogue;
}

function liveListing(series: string, { from }: Span, { longestDays }: MarketLives): SourceRequest {
  const seconds = (at: number) => Math.floor(at / 1000);
  const closes = `min_close_ts=${seconds(from)}&max_close_ts=${seconds(from + longestDays * dayMs)}`;
  return kalshiRequest(`/markets?series_ticker=${series}&${closes}&mve_filter=exclude&limit=1000`);
}

/** The archive knows no filter by time, and a whole series is thousands of markets: hence by event. */
function archiveListings(series: string, span: Span, lives: MarketLives): SourceRequest[] {
  return lives
    .eventsIn(series, span)
    .map((ticker) => kalshiRequest(`${archivePath}?event_ticker=${ticker}&limit=1000`));
}

/**
 * The next round: cutoff and live listing, further pages, the archive's listing where the span reaches behind the cutoff, and
 * then whatever `fetches` asks for the markets that could be traded in the span. A listing that cannot be read ends the
 * window: decoding refuses it.
 */
export function nextOfSpan(
  { series, lives, span }: { series: readonly string[]; lives: MarketLives; span: Span },
  exchanges: readonly Exchange[],
  fetches: (markets: readonly SpanMarket[], cutoffs: Cutoffs) => SourceRequest[],
): SourceRequest[] {
  if (exchanges.length === 0) return [kalshiRequest(cutoffPath), ...series.map((one) => liveListing(one, span, lives))];
  const pages = nextPages(exchanges);
  if (pages.length > 0) return pages;
  const { cutoffs, markets, refusals } = catalogueOf(exchanges);
  if (cutoffs === undefined || refusals.length > 0) return [];
  // What settled before the cutoff had closed before it.
  const archive = span.from < cutoffs.settled ? series.flatMap((one) => archiveListings(one, span, lives)) : [];
  const listings = unasked(archive, exchanges);
  if (listings.length > 0) return listings;
  const inSpan = markets.filter(({ openAt, closeAt }) => openAt < span.until && closeAt > span.from);
  return unasked(fetches(inSpan, cutoffs), exchanges);
}
