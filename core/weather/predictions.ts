/**
 * What a weather job's models say: the day-ahead and the intraday model, each where it stands, and both together. One that
 * has nothing to say is no reason for the other to be silent; why it was silent is kept beside the prediction.
 */
import type { PlannedJob } from "../desk.ts";
import { idOf } from "../identity.ts";
import { modelWeights } from "../market/fusion.ts";
import { partitionOf } from "../market/strikes.ts";
import type { Rows, TableRow } from "../../schemas/index.ts";
import { climateDay } from "./climate-day.ts";
import { crossReference } from "./cross-reference.ts";
import { predictDayAhead } from "./day-ahead.ts";
import { bracketProbabilities, type HighForecast, poolHighs, withMoments } from "./high-pmf.ts";
import { type IntradayForecast, predictIntraday } from "./intraday.ts";
import { parametersFor, parametersOf, priorParameters, type WeatherParameters } from "./parameters.ts";
import { type Station, stations } from "./stations.ts";

/**
 * The models by the names that predictions and grades bear. A version is raised when the model would say something else
 * from the same inputs and parameters, that of `weather` when either of the others would.
 */
export const models = {
  weather: { name: "weather", version: 2 },
  dayAhead: { name: "day-ahead", version: 2 },
  intraday: { name: "intraday", version: 2 },
} as const;

const hour = 3_600_000;
/** A feed without temperatures sets aside hundreds of reports a day; the newest tell the story. */
const remarksShown = 5;

/**
 * The parameters that may speak of a climate day at an instant: the prior where there are none, or where they know what was
 * not known then or were trained on that day or a later one.
 * @throws RangeError naming the field when the rows are not as they must be
 */
export function parametersAt(
  rows: readonly TableRow<"weather_parameters">[],
  climateDate: string,
  now: number,
): WeatherParameters {
  if (rows.length === 0 || rows.some(({ as_of }) => as_of > now)) return priorParameters;
  return parametersFor(parametersOf(rows), climateDate);
}

/** The job's parameters from its inputs. Those that the job does not name are not used in their place. */
export function parametersOfJob(job: PlannedJob, inputs: Rows): WeatherParameters {
  if (job.climate_date === null) return priorParameters;
  const parameters = parametersAt(inputs.weather_parameters ?? [], job.climate_date, job.planned_at);
  if (parameters.version !== job.parameters_version) {
    throw new RangeError(
      `the job names the parameters ${job.parameters_version}; its inputs give ${parameters.version} for ${job.climate_date} at ${new Date(job.planned_at).toISOString()}`,
    );
  }
  return parameters;
}

interface Spoken {
  dayAhead: HighForecast | undefined;
  intraday: IntradayForecast | undefined;
  /** Why a model said nothing, what of the observations was set aside, and what contradicts the ensembles. */
  remarks: string[];
}

function speak(job: PlannedJob, station: Station, inputs: Rows, parameters: WeatherParameters): Spoken {
  const climateDate = job.climate_date ?? "";
  const given = {
    station,
    climateDate,
    now: job.planned_at,
    members: inputs.weather_ensemble_members ?? [],
    parameters,
  };
  const spoken: Spoken = { dayAhead: undefined, intraday: undefined, remarks: [] };
  const dayAhead = predictDayAhead({ ...given, nbm: inputs.nbm_forecasts ?? [] });
  if ("refusal" in dayAhead) spoken.remarks.push(`${models.dayAhead.name}: ${dayAhead.refusal}`);
  else spoken.dayAhead = dayAhead;
  const beside = crossReference({ ...given, forecasts: inputs.hourly_forecasts ?? [] });
  if (beside !== undefined && beside.remark !== null) spoken.remarks.push(beside.remark);
  // Before its day has begun there is nothing to be said of it that the day-ahead model does not say.
  if (job.planned_at < climateDay(station, climateDate).start) return spoken;
  const intraday = predictIntraday({
    ...given,
    observations: inputs.weather_observations ?? [],
    summaries: inputs.daily_summaries ?? [],
    reports: inputs.climate_reports ?? [],
  });
  if ("refusal" in intraday) spoken.remarks.push(`${models.intraday.name}: ${intraday.refusal}`);
  else {
    spoken.intraday = intraday;
    const { setAside } = intraday;
    for (const { validAt, reason } of setAside.slice(-remarksShown))
      spoken.remarks.push(`set aside ${new Date(validAt).toISOString().slice(0, 16)}Z: ${reason}`);
    if (setAside.length > remarksShown)
      spoken.remarks.push(`and ${setAside.length - remarksShown} earlier ones set aside`);
  }
  return spoken;
}

/** Both models as one, by the weights of the fusion without the market; undefined when neither spoke. */
export function together(
  { dayAhead, intraday }: Pick<Spoken, "dayAhead" | "intraday">,
  parameters: WeatherParameters,
  leadHours: number,
): HighForecast | undefined {
  const present = (["dayAhead", "intraday"] as const).filter(
    (name) => (name === "dayAhead" ? dayAhead : intraday) !== undefined,
  );
  if (present.length === 0) return undefined;
  const weights = modelWeights(parameters.fusion, leadHours, present);
  return withMoments(
    poolHighs([
      ...(dayAhead === undefined ? [] : [{ high: dayAhead, weight: weights.dayAhead }]),
      ...(intraday === undefined ? [] : [{ high: intraday, weight: weights.intraday }]),
    ]),
  );
}

type Observed = Pick<
  TableRow<"predictions">,
  "new_maximum_5m" | "new_maximum_60m" | "observed_least_f" | "observed_most_f" | "observed_at"
>;

function observedBy(intraday: IntradayForecast | undefined): Observed {
  return {
    new_maximum_5m: intraday?.newMaximumIn5 ?? null,
    new_maximum_60m: intraday?.newMaximumIn60 ?? null,
    observed_least_f: intraday?.observedLeastF ?? null,
    observed_most_f: intraday?.observedMostF ?? null,
    observed_at: intraday?.lastObservedAt ?? null,
  };
}

/** Pure: the same job and inputs give the same rows. The models together come first. */
export function predict(job: PlannedJob, inputs: Rows): { rows: Rows } | { refusal: string } {
  const station = stations.find(({ icao }) => icao === job.station);
  const { climate_date } = job;
  if (job.refusal !== null || station === undefined || climate_date === null)
    return { refusal: job.refusal ?? `no station ${job.station ?? "(none)"} in the list` };
  const markets = (inputs.kalshi_markets ?? []).filter(({ event_ticker }) => event_ticker === job.event_ticker);
  const partition = partitionOf(markets);
  if ("fault" in partition)
    return { refusal: `the strikes of ${job.event_ticker} are no partition: ${partition.fault}` };
  let parameters: WeatherParameters;
  try {
    parameters = parametersOfJob(job, inputs);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { refusal: error.message };
  }
  const spoken = speak(job, station, inputs, parameters);
  const lead_hours = (climateDay(station, climate_date).end - job.planned_at) / hour;
  const all = together(spoken, parameters, lead_hours);
  if (all === undefined) return { refusal: spoken.remarks.join("; ") };

  const common = { predicted_at: job.planned_at, ingested_at: job.planned_at, decoder_version: job.model_version };
  const predictions: TableRow<"predictions">[] = [];
  const prediction_markets: TableRow<"prediction_markets">[] = [];
  const say = (
    model: { name: string; version: number },
    high: HighForecast,
    observed: Observed,
    remarks: readonly string[],
  ) => {
    const prediction_id = idOf("prediction", { job: job.job_id, model: model.name });
    predictions.push({
      prediction_id,
      job_id: job.job_id,
      desk: job.desk,
      event_ticker: job.event_ticker,
      station: station.icao,
      climate_date,
      lead_hours,
      model: model.name,
      model_version: model.version,
      parameters_version: parameters.version,
      pmf_low: high.pmfLow,
      pmf: high.pmf,
      mean_f: high.mean,
      sd_f: high.sd,
      ...observed,
      remarks: remarks.length === 0 ? null : JSON.stringify(remarks),
      mean_usd: null,
      sd_usd: null,
      confidence: null,
      details: null,
      ...common,
    });
    const probabilities = bracketProbabilities(high, partition.intervals);
    for (const [index, { market_ticker, event_ticker }] of markets.entries()) {
      const interval = partition.intervals[index];
      const probability = probabilities[index];
      if (interval === undefined || probability === undefined) throw new Error(`no probability for ${market_ticker}`);
      prediction_markets.push({
        prediction_id,
        market_ticker,
        event_ticker,
        ...interval,
        lowest_cents: null,
        highest_cents: null,
        probability,
        ...common,
      });
    }
  };
  say(models.weather, all, observedBy(spoken.intraday), spoken.remarks);
  if (spoken.dayAhead !== undefined) say(models.dayAhead, spoken.dayAhead, observedBy(undefined), []);
  if (spoken.intraday !== undefined) say(models.intraday, spoken.intraday, observedBy(spoken.intraday), []);
  return { rows: { predictions, prediction_markets } };
}
