/** The list of views, each after those that it reads. A view is one file and one line here. */
import { calibration } from "./calibration.ts";
import { climateReportVersions } from "./climate_report_versions.ts";
import { gateFunnel } from "./gate_funnel.ts";
import { ingestLedgerGaps } from "./ingest_ledger_gaps.ts";
import { latestBooks } from "./latest_books.ts";
import { latestQuotes } from "./latest_quotes.ts";
import { latestResolutions } from "./latest_resolutions.ts";
import { latestSettlementChecks } from "./latest_settlement_checks.ts";
import { predictionAccuracy } from "./prediction_accuracy.ts";
import { settledBrackets } from "./settled_brackets.ts";
import { settlementLabels } from "./settlement_labels.ts";
import { settlementRollup } from "./settlement_rollup.ts";
import type { View } from "./view.ts";

export const views: readonly View[] = [
  latestQuotes,
  latestBooks,
  climateReportVersions,
  latestResolutions,
  predictionAccuracy,
  calibration,
  gateFunnel,
  ingestLedgerGaps,
  settledBrackets,
  latestSettlementChecks,
  settlementRollup,
  settlementLabels,
];
