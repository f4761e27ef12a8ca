/** The list of tables. A table is one file and one line here. */
import { alerts } from "./alerts.ts";
import { arbitrages } from "./arbitrages.ts";
import { bookTops } from "./book_tops.ts";
import { climateMonthly } from "./climate_monthly.ts";
import { climateReports } from "./climate_reports.ts";
import { dailySummaries } from "./daily_summaries.ts";
import { enrichments } from "./enrichments.ts";
import { feedHealth } from "./feed_health.ts";
import { gateOutcomes } from "./gate_outcomes.ts";
import { grades } from "./grades.ts";
import { hourlyForecasts } from "./hourly_forecasts.ts";
import { indexBasis } from "./index_basis.ts";
import { indexPrints } from "./index_prints.ts";
import { ingestLedger } from "./ingest_ledger.ts";
import { jobs } from "./jobs.ts";
import { kalshiEvents } from "./kalshi_events.ts";
import { kalshiMarkets } from "./kalshi_markets.ts";
import { kalshiSeries } from "./kalshi_series.ts";
import { marketCandles } from "./market_candles.ts";
import { marketMinutes } from "./market_minutes.ts";
import { marketSnapshots } from "./market_snapshots.ts";
import { marketTrades } from "./market_trades.ts";
import { nbmForecasts } from "./nbm_forecasts.ts";
import { orderBooks } from "./order_books.ts";
import { portalReports } from "./portal_reports.ts";
import { predictionMarkets } from "./prediction_markets.ts";
import { predictions } from "./predictions.ts";
import { resolutions } from "./resolutions.ts";
import { settlementChecks } from "./settlement_checks.ts";
import { signals } from "./signals.ts";
import { spotCandles } from "./spot_candles.ts";
import { streamChecks } from "./stream_checks.ts";
import type { Row } from "./table.ts";
import { weatherDiagnostics } from "./weather_diagnostics.ts";
import { venueQuotes } from "./venue_quotes.ts";
import { venueTrades } from "./venue_trades.ts";
import { weatherEnsembleMembers } from "./weather_ensemble_members.ts";
import { weatherMinutes } from "./weather_minutes.ts";
import { weatherObservations } from "./weather_observations.ts";
import { weatherParameters } from "./weather_parameters.ts";

export const tables = {
  kalshi_series: kalshiSeries,
  kalshi_events: kalshiEvents,
  kalshi_markets: kalshiMarkets,
  market_snapshots: marketSnapshots,
  market_trades: marketTrades,
  market_candles: marketCandles,
  order_books: orderBooks,
  weather_ensemble_members: weatherEnsembleMembers,
  weather_observations: weatherObservations,
  hourly_forecasts: hourlyForecasts,
  nbm_forecasts: nbmForecasts,
  climate_reports: climateReports,
  climate_monthly: climateMonthly,
  daily_summaries: dailySummaries,
  portal_reports: portalReports,
  weather_parameters: weatherParameters,
  weather_diagnostics: weatherDiagnostics,
  weather_minutes: weatherMinutes,
  market_minutes: marketMinutes,
  venue_quotes: venueQuotes,
  venue_trades: venueTrades,
  index_prints: indexPrints,
  book_tops: bookTops,
  feed_health: feedHealth,
  stream_checks: streamChecks,
  index_basis: indexBasis,
  jobs,
  predictions,
  prediction_markets: predictionMarkets,
  enrichments,
  gate_outcomes: gateOutcomes,
  signals,
  arbitrages,
  alerts,
  resolutions,
  settlement_checks: settlementChecks,
  grades,
  ingest_ledger: ingestLedger,
  spot_candles: spotCandles,
} as const;

export type TableName = keyof typeof tables;
export type TableRow<N extends TableName> = Row<(typeof tables)[N]>;

/** Rows by table, as decoders and desks hand them to whoever writes parts. */
export type Rows = { [N in TableName]?: TableRow<N>[] };
