import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const jobs = defineTable({
  name: "jobs",
  version: 2,
  doc: "The unit of prediction: one event at one instant, with every input named by lake key and hash.",
  columns: {
    job_id: column("string", "job-<hash> of desk, event, instant and versions."),
    desk: column("string", "The desk that planned it."),
    event_ticker: column("string", "The event to be predicted."),
    series_ticker: column("string", "Its series."),
    planned_at: column("timestamp", "The scheduled instant of the tick; the job's notion of now."),
    close_time: column("timestamp", "When the event's markets close."),
    climate_date: nullable(
      "date",
      "The climate day on which rule text, ticker and close time agree; null when they do not. Of a bitcoin event the UTC date of its close.",
    ),
    station: nullable(
      "string",
      "What it settles by: ICAO id of the station, or BRTI; null when the settlement is not certified.",
    ),
    certified: column("boolean", "Whether the settlement mapping is certified."),
    refusal: nullable("string", "Why the event cannot be priced; null when it can."),
    model: column("string", "The model that decisions rest on; the models that it is made of run with it."),
    model_version: column("int", "Its version."),
    parameters_version: column("string", "Version of its parameters."),
    inputs: column(
      "json",
      "Array of {source, table, key, sha256, window_at, fetched_at}: every part that the job reads, quotes too.",
    ),
    blocked_sources: column(
      "json",
      "Array of {source, reason}: sources that had stopped feeding decisions at that instant.",
    ),
    freshness: nullable(
      "json",
      "By the source that the job cannot do without, as far as it has landed: minutes after which its newest answer, and a part that it still vouches for (null: none), feed no decision. {source: {answer, part}}; null in jobs of before.",
    ),
    ...derivedColumns,
  },
  key: ["job_id"],
  dt: "planned_at",
});
