import { column, defineTable, derivedColumns, nullable } from "./table.ts";

export const predictions = defineTable({
  name: "predictions",
  version: 3,
  doc: "A probability distribution of the official value for one event at one instant by one model version. A weather job gives one of each of its models that stands and one of all of them together (model weather), on which decisions rest; a crypto job gives one (model brti-average).",
  columns: {
    prediction_id: column("string", "prediction-<hash> of the job and the model."),
    job_id: column("string", "The job that asked for it; the prediction is a pure function of that job."),
    desk: column("string", "The desk that made it."),
    event_ticker: column("string", "The event."),
    station: column("string", "What it settles by: ICAO id of the station, or BRTI for bitcoin."),
    climate_date: column("date", "The climate day; of a bitcoin event the UTC date of its close."),
    predicted_at: column("timestamp", "The job's instant."),
    lead_hours: column(
      "double",
      "Hours from the prediction to the end of the climate day, or to the close of a bitcoin event.",
      "h",
    ),
    model: column("string", "Model name."),
    model_version: column("int", "Model version."),
    parameters_version: column("string", "Version of the parameters."),
    pmf_low: nullable("int", "The whole °F that pmf[0] stands for; null for bitcoin, as are the next three.", "°F"),
    pmf: nullable("doubles", "P(official high = pmf_low + i); sums to 1."),
    mean_f: nullable("double", "Mean of the distribution.", "°F"),
    sd_f: nullable("double", "Standard deviation of the distribution.", "°F"),
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
    mean_usd: nullable("double", "Expected settlement average of a bitcoin event; null for weather.", "$"),
    sd_usd: nullable("double", "Its standard deviation; null for weather.", "$"),
    confidence: nullable("double", "How much is known of the price it starts from, in (0, 1]; null for weather."),
    details: nullable(
      "json",
      "What a bitcoin forecast rests on: {index_source, price, price_at, noise_bps, index_share, basis, sigma, shape, seconds_to_close, prints, venues, usdt, passed}; null for weather. docs/architecture.md says what each is.",
    ),
    ...derivedColumns,
  },
  key: ["prediction_id"],
  dt: "predicted_at",
});
