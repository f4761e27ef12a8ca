import { column, defineTable, derivedColumns } from "./table.ts";

export const predictions = defineTable({
  name: "predictions",
  version: 1,
  doc: "A probability distribution of the official value for one event at one instant by one model version.",
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
    ...derivedColumns,
  },
  key: ["prediction_id"],
  dt: "predicted_at",
});
