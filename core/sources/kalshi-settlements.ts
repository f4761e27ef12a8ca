/** How Kalshi settled: every market of the events that it lists as settled, with status, result and value. */
import type { TableRow } from "../../schemas/index.ts";
import { brokenJson, decodeExchanges } from "../market/exchanges.ts";
import { kalshiHosts, kalshiRequest, nextPages } from "../market/paging.ts";
import type { Decoded, Exchange, Provenance, Source } from "../source.ts";

const decoderVersion = 2;

const hourMs = 3_600_000;
const dayHours = 24;

/**
 * Every market of a listed event, whatever its status: an event is listed as soon as one of its markets is finalized, and
 * whoever grades must see that another is still determined, disputed or amended.
 */
function decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const { answers, refusals, notes } = decodeExchanges(exchanges, provenance, decoderVersion);
  const markets = new Map<string, TableRow<"kalshi_markets">>();
  for (const { listing } of answers.flatMap((answer) => [...answer.listed, ...answer.nested])) {
    markets.set(listing.market_ticker, listing);
  }
  return { rows: { kalshi_markets: [...markets.values()] }, refusals, notes, known: [] };
}

/** What the daily highs and bitcoin do not have in common. */
export type SettlementsFeed = Pick<Source, "id" | "doc" | "schedule" | "staleAfterMinutes" | "errorImpact"> & {
  /** Events that closed so many hours ago are asked for. */
  lookBackHours: number;
  /** And so many in the first window of these hours of the UTC day, since a settlement can be late, or corrected. */
  sweepHours: number;
  sweepAt: readonly number[];
};

const dailyHighs: SettlementsFeed = {
  id: "kalshi-settlements",
  doc: "Kalshi's outcomes: the markets of settled events that closed in the last 3 days, three times a day in the last 14.",
  schedule: { everyMinutes: 30, offsetMinutes: 10 },
  staleAfterMinutes: 120,
  errorImpact: "Forecasts wait for their grade; prices and signals are not touched.",
  // Events settle on the morning after their day, now and then a day later.
  lookBackHours: 3 * dayHours,
  // KXHIGHMIA-26APR11 settled nine days after its day.
  sweepHours: 14 * dayHours,
  sweepAt: [2, 14, 20],
};

/** @param series Tickers of the series to ask for, for example KXHIGHCHI. */
export function kalshiSettlements(series: readonly string[], feed: SettlementsFeed = dailyHighs): Source {
  const { lookBackHours, sweepHours, sweepAt, ...rest } = feed;
  return {
    ...rest,
    tables: ["kalshi_markets"],
    hosts: kalshiHosts,
    decoderVersion,
    next(window, exchanges) {
      if (exchanges.length > 0) return nextPages(exchanges);
      const at = new Date(window.at);
      const sweep = sweepAt.includes(at.getUTCHours()) && at.getUTCMinutes() === rest.schedule.offsetMinutes;
      const since = Math.floor((window.at - (sweep ? sweepHours : lookBackHours) * hourMs) / 1000);
      return series.map((ticker) =>
        kalshiRequest(
          `/events?series_ticker=${ticker}&with_nested_markets=true&status=settled&min_close_ts=${since}&limit=200`,
        ),
      );
    },
    broken: brokenJson,
    decode,
  };
}
