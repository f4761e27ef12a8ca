import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const weatherDiagnostics = defineTable({
  name: "weather_diagnostics",
  version: 1,
  doc: "How the weather desk's forecasts did, as brier weather diagnose found it: one row a figure. Every forecaster is scored on the instants at which the desk predicted, from what was known then; intervals draw whole city-days.",
  columns: {
    as_of: column("timestamp", "When the newest outcome that it knows was seen."),
    scope: column(
      "string",
      "The climate days and stations that it looked at, for example KMDW 2026-10-28 to 2026-11-03.",
    ),
    forecaster: column(
      "string",
      "A model of predictions, market, fused (the pool of enrichments), or nbm, climatology, persistence: what they could have said then.",
    ),
    slice: column("string", "all, station, lead, season, hour (of the climate day) or bin (of probability)."),
    slice_value: column("string", "Which of them; empty for all."),
    measure: column(
      "string",
      "crps (°F), log_score (nats, of the degree), bracket_log_score (nats), rps, bias (°F, mean minus what came), coverage_50/80/90, pit, pmf_sum_error, bracket_reliability, new_maximum_reliability.",
    ),
    against: column(
      "string",
      "The forecaster whose value is taken away, on the cases that both have: below 0 is better. Empty for none.",
    ),
    n: column("int", "Forecasts."),
    days: column("int", "City-days: the blocks of the interval."),
    value: nullable("double", "The mean, or the share that came in a bin; null for a histogram."),
    low: nullable("double", "Lower end of the 95 % interval; null where there is none."),
    high: nullable("double", "Upper end."),
    mean_probability: nullable("double", "Mean of what was said in a bin of a reliability curve; null elsewhere."),
    bins: nullable("doubles", "PIT histogram in ten bins, 1 = calibrated; null elsewhere."),
    ...derivedColumns,
  },
  key: ["as_of", "scope", "forecaster", "slice", "slice_value", "measure", "against"],
  dt: "as_of",
});
