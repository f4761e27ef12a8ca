/** The list of sources. A source is one file and one line here, under its desk; schedule, alarms and permissions follow from it. */
import { streamsRead } from "./crypto/job-inputs.ts";
import type { Source } from "./source.ts";
import { monthlyClimateData } from "./sources/cf6.ts";
import { climateReports } from "./sources/climate-reports.ts";
import { dailySummaryMessages } from "./sources/dsm.ts";
import { surfaceObservations } from "./sources/iem-observations.ts";
import { kalshiBooks } from "./sources/kalshi-books.ts";
import { kalshiCandles } from "./sources/kalshi-candles.ts";
import {
  kalshiCryptoBooks,
  kalshiCryptoCandles,
  kalshiCryptoMarkets,
  kalshiCryptoSettlements,
  kalshiCryptoTrades,
} from "./sources/kalshi-crypto.ts";
import { kalshiMarkets } from "./sources/kalshi-markets.ts";
import { kalshiSettlements } from "./sources/kalshi-settlements.ts";
import { kalshiTrades } from "./sources/kalshi-trades.ts";
import { nbmGuidance } from "./sources/nbm.ts";
import { openMeteoEnsemble } from "./sources/open-meteo-ensemble.ts";
import { openMeteoHourly } from "./sources/open-meteo-hourly.ts";
import { spotCandles } from "./sources/spot-candles.ts";
import { settlementPortal } from "./sources/twc-portal.ts";
import { venueQuotes } from "./sources/venue-quotes.ts";
import { visualCrossingMinutes } from "./sources/visual-crossing.ts";
import { stations } from "./weather/stations.ts";

/** From the stations, not from the desk: who reads sources needs none of its models. */
const series = stations.map(({ highSeries }) => highSeries);

/** By the id of the desk that they are read for. One that several desks read stands with each of them. */
export const sourcesByDesk: Readonly<Record<string, readonly Source[]>> = {
  weather: [
    kalshiMarkets(series),
    kalshiSettlements(series),
    kalshiTrades(series),
    kalshiCandles(series),
    kalshiBooks(series),
    openMeteoEnsemble,
    openMeteoHourly,
    surfaceObservations,
    nbmGuidance,
    climateReports,
    dailySummaryMessages,
    monthlyClimateData,
    settlementPortal,
    visualCrossingMinutes,
  ],
  crypto: [
    venueQuotes,
    spotCandles,
    kalshiCryptoMarkets,
    kalshiCryptoBooks,
    kalshiCryptoSettlements,
    kalshiCryptoTrades,
    kalshiCryptoCandles,
  ],
};

/** Pointers of the streams that are read for a desk, by its id; of one without any there is nothing to compare with polls. */
export const streamsByDesk: Readonly<Record<string, readonly string[]>> = { weather: [], crypto: streamsRead };

/**
 * What desks read, each source once.
 * @param desks ids of `sourcesByDesk`; @throws for another one, with those there are.
 */
export function sourcesOf(desks: readonly string[]): readonly Source[] {
  const read = desks.flatMap((id) => {
    const own = sourcesByDesk[id];
    if (own === undefined) throw new Error(`no desk "${id}"; there are ${Object.keys(sourcesByDesk).join(", ")}`);
    return own;
  });
  return [...new Set(read)];
}

export const sources = sourcesOf(Object.keys(sourcesByDesk));

/** @throws when no source has that id; the message lists those there are. */
export function sourceOf(id: string): Source {
  const source = sources.find((candidate) => candidate.id === id);
  if (source === undefined) {
    throw new Error(`no source "${id}"; there are ${sources.map((candidate) => candidate.id).join(", ")}`);
  }
  return source;
}
