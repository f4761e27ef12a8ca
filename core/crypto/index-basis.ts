/**
 * The venues beside the settlement index, print by print: how far each of them is from it, and the proxy that is made of
 * them where the index itself is not seen.
 */
import type { TableRow } from "../../schemas/index.ts";
import { newestRows } from "../newest-rows.ts";
import { basisNoiseBps, type BasisPair, basisReport, type BasisReport, medianOf } from "./basis.ts";
import { settlementIndex } from "./certify.ts";
import { clocksApart } from "./index-chain.ts";
import { basisParameters, indexParameters } from "./parameters.ts";
import { pairOf } from "./venues/pairs.ts";

const maxApartMs = basisParameters.maxPairSeconds * 1000;
const usdtStaleMs = indexParameters.usdtStaleSeconds * 1000;

export interface SeenRows {
  prints: readonly TableRow<"index_prints">[];
  quotes: readonly TableRow<"venue_quotes">[];
}

export interface VenueBasis {
  venue: string;
  report: BasisReport;
}

/** The last minutes of one index and of those who stand in for it. */
export interface IndexBasis {
  index: string;
  /** The newest print: epoch ms, $. */
  print: { at: number; value: number };
  /** The newest proxy that a print could be set beside. */
  proxy: { at: number; value: number } | undefined;
  /** Of the proxy. */
  report: BasisReport;
  /** Standard deviation that a price made of the venues is given while they agree with each other, basis points. */
  noiseBps: number;
  /** Each venue for itself, the furthest off first. */
  venues: readonly VenueBasis[];
}

type PrintRow = TableRow<"index_prints">;

const arrived = ({ index_id, received_at }: PrintRow, now: number) =>
  index_id === settlementIndex && received_at <= now;

/**
 * The index's prints that had reached us by `now`, in the order of time. One that came far from its own time is not known:
 * a clock is off, and by ours it may be of the future. A print that two holders of the stream brought, or two parts of one,
 * is one print: the newest copy, since one with another value corrects the one before it, and the view, settle and the
 * buffer of a running minute take that one as well.
 */
export function knownPrints(prints: SeenRows["prints"], now: number): PrintRow[] {
  const known = prints.filter(
    (print) =>
      arrived(print, now) && clocksApart({ printAt: print.print_at, receivedAt: print.received_at }) === undefined,
  );
  return newestRows("index_prints", known).sort((a, b) => a.print_at - b.print_at);
}

/**
 * The print that reached us last, where no holder's copy of it is known; undefined while the clocks agree.
 * @param known what `knownPrints` gives of the same prints at the same instant
 */
export function mistimedPrint(
  prints: SeenRows["prints"],
  known: readonly PrintRow[],
  now: number,
): PrintRow | undefined {
  const last = prints
    .filter((print) => arrived(print, now))
    .sort((a, b) => a.received_at - b.received_at || a.print_at - b.print_at)
    .at(-1);
  return known.some(({ print_at }) => print_at === last?.print_at) ? undefined : last;
}

interface DollarMid {
  venue: string;
  /** When it reached us. */
  at: number;
  mid: number;
  /** From USDT. It has a say in the price, and none in the proxy. */
  converted: boolean;
}

/** In the order of their arrival; what is in USDT by the rate of that instant, and not at all without a fresh one. */
function dollarMids(quotes: SeenRows["quotes"], now: number): DollarMid[] {
  let usdt: { rate: number; at: number } | undefined;
  return quotes
    .filter(({ received_at }) => received_at <= now)
    .sort((a, b) => a.received_at - b.received_at)
    .flatMap((quote): DollarMid[] => {
      const { venue, received_at: at } = quote;
      const mid = (quote.bid + quote.ask) / 2;
      switch (pairOf(quote)) {
        case "BTC/USD":
          return [{ venue, at, mid, converted: false }];
        case "BTC/USDT":
          if (usdt === undefined || at - usdt.at > usdtStaleMs) return [];
          return [{ venue, at, mid: mid * usdt.rate, converted: true }];
        case "USDT/USD":
          usdt = { rate: mid, at };
          return [];
        default:
          return [];
      }
    });
}

/** A print, and what the venues showed at that second. */
interface PrintBeside {
  at: number;
  index: number;
  fresh: DollarMid[];
}

/** @param seen.prints As `knownPrints` gives them. */
function printsBeside({ prints, quotes }: SeenRows, now: number): PrintBeside[] {
  const mids = dollarMids(quotes, now);
  const latest = new Map<string, DollarMid>();
  let next = 0;
  return prints.map(({ print_at, value }) => {
    for (let mid = mids[next]; mid !== undefined && mid.at <= print_at; mid = mids[++next]) latest.set(mid.venue, mid);
    // In older quotes the move of the price since then would pass for a basis.
    return {
      at: print_at,
      index: value,
      fresh: [...latest.values()].filter(({ at }) => print_at - at <= maxApartMs),
    };
  });
}

function proxyPairs(beside: readonly PrintBeside[]): BasisPair[] {
  return beside.flatMap(({ at, index, fresh }) => {
    const direct = fresh.filter(({ converted }) => !converted);
    if (direct.length === 0) return [];
    const oldest = Math.min(...direct.map((mid) => mid.at));
    return [{ at, apartSeconds: (at - oldest) / 1000, index, proxy: medianOf(direct.map(({ mid }) => mid)) }];
  });
}

/**
 * Index prints beside what the venues showed at that second: how far the proxy is from the index.
 * @param rows.prints As `knownPrints` gives them.
 */
export const basisPairs = (rows: SeenRows, now: number): BasisPair[] => proxyPairs(printsBeside(rows, now));

function venueReports(beside: readonly PrintBeside[], now: number): VenueBasis[] {
  const pairs = beside.flatMap(({ at, index, fresh }) =>
    fresh.map(({ venue, mid, at: seenAt }) => ({ venue, at, apartSeconds: (at - seenAt) / 1000, index, proxy: mid })),
  );
  return [...Map.groupBy(pairs, ({ venue }) => venue)]
    .map(([venue, own]) => ({ venue, report: basisReport(own, now, basisParameters, venue) }))
    .sort((a, b) => farOf(b) - farOf(a) || (a.venue < b.venue ? -1 : 1));
}

/** Those that are not measured come last. */
const farOf = ({ report: { meanBps } }: VenueBasis) => (meanBps === null ? -1 : Math.abs(meanBps));

/**
 * @param rows of the last minutes; a print that two holders wrote counts once.
 * @returns undefined when no print of the window is known.
 */
export function measureIndexBasis({ prints, quotes }: SeenRows, now: number): IndexBasis | undefined {
  const since = now - basisParameters.windowSeconds * 1000;
  const own = knownPrints(prints, now).filter(({ print_at }) => print_at > since);
  const newest = own.at(-1);
  if (newest === undefined) return undefined;
  const beside = printsBeside({ prints: own, quotes }, now);
  const pairs = proxyPairs(beside);
  const report = basisReport(pairs, now);
  const pair = pairs.at(-1);
  return {
    index: settlementIndex,
    print: { at: newest.print_at, value: newest.value },
    proxy: pair === undefined ? undefined : { at: pair.at, value: pair.proxy },
    report,
    noiseBps: basisNoiseBps(report, 0),
    venues: venueReports(beside, now),
  };
}
