import { column, defineTable, nullable, sourceColumns } from "./table.ts";

export const hourlyForecasts = defineTable({
  name: "hourly_forecasts",
  version: 1,
  doc: "Hourly 2 m temperature paths of deterministic models, per station: one row a model and window.",
  columns: {
    station: column("string", "ICAO id of the station that the path was asked for."),
    model: column("string", "Open-Meteo's canonical model name, for example ncep_hrrr_conus."),
    run_at: nullable(
      "timestamp",
      "Newest run of the model that was named just before the path was fetched; null when none was named.",
    ),
    first_valid_at: column("timestamp", "Valid time of the first value."),
    step_seconds: column("int", "Distance of the values in time.", "s"),
    temperature_f: column("doubles", "The path; null where the model gives none.", "°F"),
    grid_latitude: column("double", "Latitude of the grid cell that answered.", "°"),
    grid_longitude: column("double", "Longitude of the grid cell that answered.", "°"),
    elevation_m: nullable("double", "Elevation that the values were scaled to; null when not given.", "m"),
    ...sourceColumns,
  },
  key: ["station", "model", "window_at"],
  dt: "window_at",
});
