/** How Kalshi settled: the markets of the settled events of the last two weeks, with result and value. */
import type { TableRow } from "../../schemas/index.ts";
import { brokenJson, decodeExchanges } from "../market/exchanges.ts";
import { kalshiHosts, kalshiRequest, nextPages } from "../market/paging.ts";
import type { Decoded, Exchange, Provenance, Source } from "../source.ts";

const decoderVersion = 1;

/** KXHIGHMIA-26APR11 settled nine days after its day; two weeks leave room for a correction. */
const lookBackSeconds = 14 * 86_400;

/** Only `finalized` markets: a determined result can still be disputed and amended. */
function decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded {
  const { answers, refusals, notes } = decodeExchanges(exchanges, provenance, decoderVersion);
  const markets = new Map<string, TableRow<"kalshi_markets">>();
  for (const { listing } of answers.flatMap((answer) => [...answer.listed, ...answer.nested])) {
    if (listing.status === "finalized") markets.set(listing.market_ticker, listing);
  }
  return { rows: { kalshi_markets: [...markets.values()] }, refusals, notes, known: [] };
}

/** @param series Tickers of the series to ask for, for example KXHIGHCHI. */
export function kalshiSettlements(series: readonly string[]): Source {
  return {
    id: "kalshi-settlements",
    doc: "Kalshi's outcomes: finalized markets of events that closed in the last 14 days.",
    tables: ["kalshi_markets"],
    schedule: { everyMinutes: 30, offsetMinutes: 10 },
    staleAfterMinutes: 120,
    errorImpact: "Forecasts wait for their grade; prices and signals are not touched.",
    hosts: kalshiHosts,
    decoderVersion,
    next(window, exchanges) {
      if (exchanges.length > 0) return nextPages(exchanges);
      const since = Math.floor(window.at / 1000) - lookBackSeconds;
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
