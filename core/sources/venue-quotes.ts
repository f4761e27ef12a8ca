/**
 * Best bid and ask of bitcoin at the spot venues over REST: all venues at once, every five seconds of the minute. It is
 * the backbone under the streams: where a stream is silent, this is what the fair value is made of.
 */
import type { TableRow } from "../../schemas/index.ts";
import { knownTickers, venueTickers, type VenueTicker } from "../crypto/venues/rest.ts";
import type { Decoded, Exchange, Note, Provenance, Refusal, Source, SourceRequest } from "../source.ts";

const decoderVersion = 1;
const everyMs = 5_000;
/** The last one begins 50 s after the first and is over before the next window begins. */
const rounds = 11;
/** A venue that takes longer than this is late: the others do not wait for it. */
const timeoutMs = 1_500;
/** Refused by country or by a firewall: asking again this minute, or this hour, changes nothing. */
const refusedStatuses = [403, 451];

/** Known once a venue has shut its door: it is not asked again on that UTC day. */
const closedOn = (venue: string, at: number) => `closed-${venue}-${new Date(at).toISOString().slice(0, 10)}`;

/** Whether the venue itself refuses us. Its second host does so by country while the first one only has a bad minute. */
const shutsDoor = ({ url, status }: Exchange, ticker: VenueTicker) =>
  refusedStatuses.includes(status) && url === ticker.url;

/** Also of one that was asked then and is not now: what is stored is decoded again. */
const tickerOf = (url: string): VenueTicker | undefined =>
  knownTickers.find((ticker) => [ticker.url, ticker.fallbackUrl].includes(url));

function decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const rows = new Map<string, TableRow<"venue_quotes">>();
  const refusals = new Map<string, Refusal>();
  const known = new Set<string>();
  const notes: Note[] = [];
  exchanges.forEach((exchange, index) => {
    // Late, or nobody there: the other venues, and the next round, have prices.
    if (exchange.status === 0) return;
    const ticker = tickerOf(exchange.url);
    const venue = ticker?.venue ?? exchange.url;
    // Said once a window: eleven rounds of the same say no more.
    const refuse = (path: string, message: string) => {
      const said = { kind: "content" as const, exchange: index, path: `${venue} ${path}`.trim(), message };
      if (!refusals.has(said.path + message)) refusals.set(said.path + message, said);
    };
    if (ticker === undefined) return refuse("url", "found no venue of ours");
    if (shutsDoor(exchange, ticker)) {
      known.add(closedOn(venue, provenance.window_at));
      return refuse("status", `found HTTP ${exchange.status}: the venue refuses us; it is left out until tomorrow`);
    }
    if (refusedStatuses.includes(exchange.status)) {
      const { host } = new URL(exchange.url);
      // A note is told once, however often it is made.
      if (!notes.some(({ path }) => path === host))
        notes.push({ path: host, message: `HTTP ${exchange.status}: this host refuses us and is no reserve` });
      return undefined;
    }
    if (exchange.status !== 200) return refuse("status", `found HTTP ${exchange.status}, expected a ticker`);
    const answers = ticker.decoders.map((decoder) => decoder(exchange.body));
    for (const answer of answers) if ("refusal" in answer) refuse(answer.refusal.path, answer.refusal.message);
    for (const quote of answers.flatMap((answer) => ("refusal" in answer ? [] : answer.events))) {
      if (quote.kind !== "quote") continue;
      rows.set(`${venue} ${quote.product} ${exchange.fetched_at}`, {
        venue,
        product: quote.product,
        origin: "rest",
        quote_at: exchange.fetched_at,
        event_time: quote.eventTime,
        received_at: exchange.fetched_at,
        sequence: quote.sequence,
        bid: quote.bid,
        ask: quote.ask,
        bid_size: quote.bidSize,
        ask_size: quote.askSize,
        connection: null,
        window_at: provenance.window_at,
        ingested_at: exchange.fetched_at,
        decoder_version: decoderVersion,
        raw_key: provenance.raw_key,
      });
    }
    return undefined;
  });
  if (rows.size === 0 && refusals.size === 0) {
    refusals.set("", { kind: "content", exchange: 0, path: "$", message: "no venue answered in this minute" });
  }
  return {
    rows: rows.size === 0 ? {} : { venue_quotes: [...rows.values()] },
    refusals: [...refusals.values()],
    notes,
    known: [...known],
  };
}

/** The first round is for whoever comes late, too; the others belong to their five seconds. */
function paceOf(windowAt: number, round: number): Pick<SourceRequest, "notBefore" | "notAfter"> {
  if (round === 0) return {};
  const due = windowAt + round * everyMs;
  return { notBefore: due, notAfter: due + everyMs };
}

/** @param tickers Of the venues that are asked. */
export function quotesOf(tickers: readonly VenueTicker[]): Source {
  return {
    id: "venue-quotes",
    doc: "Best bid and ask of bitcoin at the spot venues that are asked (core/crypto/venues/rest.ts), every five seconds, and of USDT in dollars.",
    tables: ["venue_quotes"],
    schedule: { everyMinutes: 1, offsetMinutes: 0 },
    staleAfterMinutes: 3,
    keepPartsMinutes: 15,
    errorImpact: "Without streams bitcoin has no price: its events are not priced.",
    hosts: tickers.flatMap(({ url, fallbackUrl }) =>
      [url, ...(fallbackUrl === undefined ? [] : [fallbackUrl])].map((one) => new URL(one).host),
    ),
    decoderVersion,
    next(window, exchanges, known): SourceRequest[] {
      let open = tickers.filter(({ venue }) => !known.has(closedOn(venue, window.at)));
      let answered = 0;
      for (let round = 0; round < rounds && open.length > 0; round += 1) {
        if (answered === exchanges.length) {
          return open.map(({ url, fallbackUrl }) => ({
            url,
            ...(fallbackUrl === undefined ? {} : { fallbackUrl }),
            optional: true,
            timeoutMs,
            ...paceOf(window.at, round),
          }));
        }
        const answers = exchanges.slice(answered, (answered += open.length));
        open = open.filter((ticker) => !answers.some((answer) => shutsDoor(answer, ticker)));
      }
      return [];
    },
    decode,
  };
}

export const venueQuotes: Source = quotesOf(venueTickers);
