import { column, defineTable, nullable, sourceColumns } from "./table.ts";

export const nbmForecasts = defineTable({
  name: "nbm_forecasts",
  version: 1,
  doc: "Daytime maxima of the National Blend of Models (NBS guidance) at the stations: one row a run and day. The blend's day is 7 a.m. to 7 p.m.; a climate day whose warmest moment is at night is not in it.",
  columns: {
    station: column("string", "ICAO id, for example KMDW."),
    run_at: column("timestamp", "Nominal instant of the run. It is known an hour or more later: see ingested_at."),
    climate_date: column("date", "The climate day whose daytime the maximum is of."),
    model: column("string", "The guidance as the archive calls it: NBS."),
    max_f: column("int", "Forecast maximum (txn).", "°F"),
    sd_f: nullable("double", "Its standard deviation (xnd); null when the run gives none.", "°F"),
    ...sourceColumns,
  },
  key: ["station", "run_at", "climate_date"],
  dt: "run_at",
});
