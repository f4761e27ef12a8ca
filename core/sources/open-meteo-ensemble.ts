/** Ensemble members of hourly 2 m temperature from Open-Meteo: three models, all stations in one call. */
import type { Source } from "../source.ts";
import { openMeteoFeed } from "./open-meteo.ts";

const DECODER_VERSION = 1;

export const openMeteoEnsemble: Source = {
  id: "open-meteo-ensemble",
  doc: "Members of the GEFS, ECMWF and ICON ensembles at the stations, hourly 2 m temperature, from Open-Meteo.",
  tables: ["weather_ensemble_members"],
  schedule: { everyMinutes: 60, offsetMinutes: 2 },
  staleAfterMinutes: 180,
  // Runs come every 6 or 12 hours and are out some 5 to 8 hours later.
  partStaleAfterMinutes: 24 * 60,
  errorImpact: "The weather desk has no forecast of its own: its events end as refused until members arrive again.",
  decoderVersion: DECODER_VERSION,
  ...openMeteoFeed({
    hosts: ["ensemble-api.open-meteo.com", "api.open-meteo.com"],
    path: "/v1/ensemble",
    models: {
      ncep_gefs_seamless: { members: 31, domain: "ncep_gefs025" },
      ecmwf_ifs025_ensemble: { members: 51, domain: "ecmwf_ifs025_ensemble" },
      icon_seamless_eps: { members: 40, domain: "dwd_icon_eps" },
    },
    pastDays: 1,
    forecastDays: 3,
    rows: (series) => ({
      weather_ensemble_members: series.map(({ path, member }) => ({
        ...path,
        member,
        decoder_version: DECODER_VERSION,
      })),
    }),
  }),
};
