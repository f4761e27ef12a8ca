import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const weatherParameters = defineTable({
  name: "weather_parameters",
  version: 1,
  doc: "Parameters of the weather models, as `brier weather fit` found them: one row a station and part. A version holds every station and part; those that were not fitted are of the version before, or the prior's, with n 0.",
  columns: {
    parameters_version: column("string", "fit-<hash> of what follows: the same data give the same version."),
    station: column("string", "ICAO id, or * for the fusion, which all stations share."),
    part: column("string", "day_ahead, intraday or fusion."),
    as_of: column("timestamp", "Nothing that was known later is in it."),
    trained_from: nullable("date", "First climate day that it was fitted on; null when it is the prior's."),
    trained_until: nullable(
      "date",
      "Last climate day that it was fitted on: neither that day nor an earlier one is predicted with it. Null when it is the prior's.",
    ),
    n: column("int", "Climate days (fusion: days of a station) that it was fitted on."),
    values: column("json", "The numbers; see core/weather/parameters.ts."),
    ...derivedColumns,
    ingested_at: column("timestamp", "When jobs were pointed to it."),
  },
  key: ["parameters_version", "station", "part"],
  dt: "as_of",
});
