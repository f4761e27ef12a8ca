import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const predictions = defineTable({
  name: "predictions",
  version: 2,
  doc: "A probability distribution of the official value for one event at one instant by one model version. A job gives one of each of its models that stands and one of all of them together (model weather), on which decisions rest.",
  columns: {
    prediction_id: column("string", "prediction-<hash> of the job and the model."),
    job_id: column("string", "The job that asked for it; the prediction is a pure function of that job."),
    desk: column("string", "The desk that made it."),
    event_ticker: column("string", "The event."),
    station: column("string", "ICAO id of the station."),
    climate_date: column("date", "The climate day."),
    predicted_at: column("timestamp", "The job's instant."),
    lead_hours: column("double", "Hours from the prediction to the end of the climate day.", "h"),
    model: column("string", "Model name."),
    model_version: column("int", "Model version."),
    parameters_version: column("string", "Version of the parameters."),
    pmf_low: column("int", "The whole °F that pmf[0] stands for.", "°F"),
    pmf: column("doubles", "P(official high = pmf_low + i); sums to 1."),
    mean_f: column("double", "Mean of the distribution.", "°F"),
    sd_f: column("double", "Standard deviation of the distribution.", "°F"),
    new_maximum_5m: nullable(
      "double",
      "P(the official maximum so far rises within 5 minutes); null without observations of the day.",
    ),
    new_maximum_60m: nullable("double", "The same within 60 minutes."),
    observed_least_f: nullable(
      "int",
      "The official maximum so far is certainly at least this; null without observations of the day.",
      "°F",
    ),
    observed_most_f: nullable("int", "And at most this; null when nothing bounds it.", "°F"),
    observed_at: nullable("timestamp", "When the newest observation was made that it rests on; null without any."),
    remarks: nullable(
      "json",
      "Array of sentences: models of the job that gave nothing, observations that were set aside; null when there are none.",
    ),
    ...derivedColumns,
  },
  key: ["prediction_id"],
  dt: "predicted_at",
});
