/** The list of tables. A table is one file and one line here. */
import { alerts } from "./alerts.ts";
import { climateReports } from "./climate_reports.ts";
import { enrichments } from "./enrichments.ts";
import { gateOutcomes } from "./gate_outcomes.ts";
import { grades } from "./grades.ts";
import { ingestLedger } from "./ingest_ledger.ts";
import { jobs } from "./jobs.ts";
import { kalshiEvents } from "./kalshi_events.ts";
import { kalshiMarkets } from "./kalshi_markets.ts";
import { kalshiSeries } from "./kalshi_series.ts";
import { marketSnapshots } from "./market_snapshots.ts";
import { predictionMarkets } from "./prediction_markets.ts";
import { predictions } from "./predictions.ts";
import { resolutions } from "./resolutions.ts";
import { signals } from "./signals.ts";
import type { Row } from "./table.ts";
import { weatherEnsembleMembers } from "./weather_ensemble_members.ts";

export const tables = {
  kalshi_series: kalshiSeries,
  kalshi_events: kalshiEvents,
  kalshi_markets: kalshiMarkets,
  market_snapshots: marketSnapshots,
  weather_ensemble_members: weatherEnsembleMembers,
  climate_reports: climateReports,
  jobs,
  predictions,
  prediction_markets: predictionMarkets,
  enrichments,
  gate_outcomes: gateOutcomes,
  signals,
  alerts,
  resolutions,
  grades,
  ingest_ledger: ingestLedger,
} as const;

export type TableName = keyof typeof tables;
export type TableRow<N extends TableName> = Row<(typeof tables)[N]>;

/** Rows by table, as decoders and desks hand them to whoever writes parts. */
export type Rows = { [N in TableName]?: TableRow<N>[] };
