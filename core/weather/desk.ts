/** The weather desk: Kalshi's daily highs of six cities. */
import { weatherLimits } from "../alerts/gates.ts";
import { blockedSources } from "../blocked-sources.ts";
import type { Desk, PlannedJob, JobInput, PlanFacts, SettlementDay } from "../desk.ts";
import { idOf } from "../identity.ts";
import { exclusiveOutcomes } from "../market/event-outcomes.ts";
import { dailyEventOf } from "../market/tickers.ts";
import { certify } from "./certify.ts";
import { climateDay } from "./climate-day.ts";
import { fitted, jobInputs, neededSources, parameterInputs, sourcesRead } from "./job-inputs.ts";
import { priorParameters } from "./parameters.ts";
import { models, parametersAt, parametersOfJob, predict } from "./predictions.ts";
import { stationBySeries, stations } from "./stations.ts";

/** Begin of the job's climate day when it has begun; undefined otherwise. */
function runningSince({
  planned_at,
  station,
  climate_date,
}: Pick<PlannedJob, "planned_at" | "station" | "climate_date">) {
  const found = stations.find(({ icao }) => icao === station);
  if (found === undefined || climate_date === null) return undefined;
  const { start } = climateDay(found, climate_date);
  return planned_at >= start ? start : undefined;
}

/** The version of the parameters that may speak of the day, and the parts that hold them; the prior has none. */
function parametersOfDay(facts: PlanFacts, climateDate: string | null) {
  const prior = { version: priorParameters.version, inputs: [], fault: null };
  if (climateDate === null) return prior;
  try {
    const { version } = parametersAt(facts.parameters.weather_parameters ?? [], climateDate, facts.now);
    return version === prior.version ? prior : { version, inputs: parameterInputs(facts), fault: null };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Fitted parameters that cannot be read are no reason to fall back on what they replaced.
    return { ...prior, fault: error.message };
  }
}

function plan(facts: PlanFacts): PlannedJob[] {
  const { now, series, events, markets } = facts;
  const blocked_sources = JSON.stringify(blockedSources(facts.health, sourcesRead));
  const marketsOf = Map.groupBy(markets, (market) => market.event_ticker);
  // Days of one offset begin together: most jobs of a tick name the same inputs.
  const inputsSince = new Map<number | undefined, JobInput[]>();
  const inputsOf = (since: number | undefined) => {
    let inputs = inputsSince.get(since);
    if (inputs === undefined) inputsSince.set(since, (inputs = jobInputs(facts, since)));
    return inputs;
  };
  return events.flatMap((event) => {
    const seriesRow = series.find(({ series_ticker }) => series_ticker === event.series_ticker);
    if (!weatherDesk.series.includes(event.series_ticker) || seriesRow === undefined) return [];
    const listed = marketsOf.get(event.event_ticker) ?? [];
    const close_time = Math.max(...listed.map((market) => market.close_time));
    if (!listed.some(({ status }) => status === "active") || close_time <= now) return [];
    const certificate = certify({ series: seriesRow, event, markets: listed });
    const climate_date = certificate.ok ? certificate.climateDate : null;
    const station = certificate.ok ? certificate.station.icao : null;
    const parameters = parametersOfDay(facts, climate_date);
    const { name: model, version: modelVersion } = models.weather;
    const key = { desk: "weather", event: event.event_ticker, at: now, model, modelVersion };
    return [
      {
        job_id: idOf("job", { ...key, parametersVersion: parameters.version }),
        desk: "weather",
        event_ticker: event.event_ticker,
        series_ticker: event.series_ticker,
        planned_at: now,
        close_time,
        climate_date,
        station,
        certified: certificate.ok,
        refusal: certificate.ok ? parameters.fault : certificate.reason,
        model,
        model_version: modelVersion,
        parameters_version: parameters.version,
        inputs: JSON.stringify([
          ...inputsOf(runningSince({ planned_at: now, station, climate_date })),
          ...parameters.inputs,
        ]),
        blocked_sources,
        ingested_at: now,
        decoder_version: 2,
      },
    ];
  });
}

function settlementDay(eventTicker: string): SettlementDay | undefined {
  const daily = dailyEventOf(eventTicker);
  const station = daily === undefined ? undefined : stationBySeries(daily.series);
  if (daily === undefined || station === undefined) return undefined;
  return { station: station.icao, climateDate: daily.date, ...climateDay(station, daily.date) };
}

export const weatherDesk: Desk = {
  id: "weather",
  doc: "Daily highs at six stations: a day-ahead model on the National Blend and ensembles, an intraday model on the day's observations, settled by the official climate day.",
  series: stations.map(({ highSeries }) => highSeries),
  sources: sourcesRead,
  listing: "kalshi-markets",
  settlements: "kalshi-settlements",
  streams: [],
  parameters: fitted,
  schedule: { everyMinutes: 60, offsetMinutes: 5 },
  settleSchedule: { everyMinutes: 30, offsetMinutes: 12 },
  model: models.weather.name,
  limits: weatherLimits,
  alertScope: "event",
  plan,
  predict,
  needs: (job) => neededSources(runningSince(job) !== undefined),
  fusion: (job, inputs) => parametersOfJob(job, inputs).fusion,
  outcomes: exclusiveOutcomes,
  observedSince: runningSince,
  scannedTogether: ({ event_ticker }) => ({ events: [event_ticker], settlement: event_ticker, stepsPerUnit: 1 }),
  settlement: { by: "climate-report", day: settlementDay },
};
