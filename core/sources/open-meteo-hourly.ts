/**
 * Deterministic hourly forecasts of 2 m temperature from Open-Meteo, beside the ensembles: a fine grid (HRRR), the National
 * Blend and the model whose ensemble weighs most. The second host answers the same request from the same runs.
 */
import type { Source } from "../source.ts";
import { openMeteoFeed } from "./open-meteo.ts";

const DECODER_VERSION = 1;

export const openMeteoHourly: Source = {
  id: "open-meteo-hourly",
  doc: "Hourly 2 m temperature at the stations as HRRR, the National Blend and ECMWF's IFS forecast it, from Open-Meteo.",
  tables: ["hourly_forecasts"],
  // HRRR and the blend run every hour: the cadence, not the news, says how often they are fetched.
  schedule: { everyMinutes: 180, offsetMinutes: 4 },
  staleAfterMinutes: 400,
  partStaleAfterMinutes: 24 * 60,
  errorImpact: "The ensembles stand without their cross-reference; forecasts, prices and grades are not touched.",
  decoderVersion: DECODER_VERSION,
  ...openMeteoFeed({
    hosts: ["api.open-meteo.com", "previous-runs-api.open-meteo.com"],
    path: "/v1/forecast",
    models: {
      ncep_hrrr_conus: { members: 1, domain: "ncep_hrrr_conus" },
      ncep_nbm_conus: { members: 1, domain: "ncep_nbm_conus" },
      ecmwf_ifs025: { members: 1, domain: "ecmwf_ifs025" },
    },
    pastDays: 1,
    forecastDays: 3,
    rows: (series) => ({
      hourly_forecasts: series.map(({ path, runAt }) => ({ ...path, run_at: runAt, decoder_version: DECODER_VERSION })),
    }),
  }),
};
