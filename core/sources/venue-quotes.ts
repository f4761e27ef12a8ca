/**
 * Best bid and ask of bitcoin at the spot venues over REST: all venues at once, every five seconds of the minute. It is
 * the backbone under the streams: where a stream is silent, this is what the fair value is made of.
 */
import type { TableRow } from "../../schemas/index.ts";
import { knownTickers, venueTickers, type VenueTicker } from "../crypto/venues/rest.ts";
import type { Decoded, Exchange, Note, Provenance, Refusal, Source, SourceRequest } from "../source.ts";
import { askedTooOften } from "../throttling.ts";

const decoderVersion = 1;
const minuteMs = 60_000;
const dayMs = 86_400_000;
const everyMs = 5_000;
/** The last one begins 50 s after the first and is over before the next window begins. */
const rounds = 11;
/** A venue that takes longer than this is late: the others do not wait for it. */
const timeoutMs = 1_500;
/** Refused by country or by a firewall: asking again this minute, or this hour, changes nothing. */
const refusedStatuses = [403, 451];

/** Ends of shut doors that outlast their window are rounded up to this: one known id serves many windows. */
const doorGridMs = 10 * minuteMs;

/** Begin of the id that is known while a venue's door is shut; the end follows. It outlives window and process. */
const doorOf = (venue: string) => `closed-${venue}-until-`;

const isOpen = ({ venue }: VenueTicker, known: ReadonlySet<string>, at: number) =>
  ![...known].some((id) => id.startsWith(doorOf(venue)) && Date.parse(id.slice(doorOf(venue).length)) > at);

/**
 * Until when a venue is left alone (epoch ms) after this answer to a window, at least for the rest of its minute; undefined
 * while its door is open. Refused by the venue itself, or banned without a word of how long: until the next UTC day. Its
 * second host refuses by country while the first one only has a bad minute; what it counts, it counts with the first.
 */
function shutUntil(exchange: Exchange, ticker: VenueTicker, windowAt: number): number | undefined {
  const { url, status, retry_at } = exchange;
  const tomorrow = Math.floor(windowAt / dayMs) * dayMs + dayMs;
  if (refusedStatuses.includes(status) && url === ticker.url) return tomorrow;
  if (!askedTooOften(exchange)) return undefined;
  const until = retry_at ?? (status === 418 ? tomorrow : 0);
  const windowEnd = windowAt + minuteMs;
  return until <= windowEnd ? windowEnd : Math.ceil(until / doorGridMs) * doorGridMs;
}

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
    const until = shutUntil(exchange, ticker, provenance.window_at);
    if (until !== undefined) {
      const end = new Date(until).toISOString();
      if (until > provenance.window_at + minuteMs) known.add(`${doorOf(venue)}${end}`);
      return refuse("status", `found HTTP ${exchange.status}: the venue refuses us; it is left out until ${end}`);
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
      let open = tickers.filter((ticker) => isOpen(ticker, known, window.at));
      let answered = 0;
      let round = 0;
      while (round < rounds && open.length > 0) {
        if (answered === exchanges.length) {
          return open.map(({ url, fallbackUrl }) => ({
            url,
            ...(fallbackUrl === undefined ? {} : { fallbackUrl }),
            optional: true,
            heedsThrottling: true,
            timeoutMs,
            ...paceOf(window.at, round),
          }));
        }
        const answers = exchanges.slice(answered, (answered += open.length));
        open = open.filter((ticker, index) => {
          const answer = answers[index];
          return answer === undefined || shutUntil(answer, ticker, window.at) === undefined;
        });
        // Of rounds whose five seconds have passed none is made up for.
        const last = Math.max(...answers.map(({ fetched_at }) => fetched_at));
        round = Math.max(round + 1, Math.floor((last - window.at) / everyMs));
      }
      return [];
    },
    decode,
  };
}

export const venueQuotes: Source = quotesOf(venueTickers);
