/** The weather desk: Kalshi's daily highs of six cities. */
import type { Desk, Job, JobInput, PlanFacts, SettlementDay } from "../desk.ts";
import { idOf } from "../identity.ts";
import { partitionOf } from "../market/strikes.ts";
import { dailyEventOf } from "../market/tickers.ts";
import type { Rows, TableName, TableRow } from "../../schemas/index.ts";
import { certify } from "./certify.ts";
import { climateDay } from "./climate-day.ts";
import { bracketProbabilities, predictHigh } from "./day-ahead.ts";
import { parametersVersion } from "./parameters.ts";
import { stationBySeries, stations } from "./stations.ts";

const model = "day-ahead-ensemble";
const modelVersion = 1;

/** Which parts of which source a job reads. */
const inputTables: Readonly<Record<string, readonly TableName[]>> = {
  "kalshi-markets": ["kalshi_series", "kalshi_events", "kalshi_markets", "market_snapshots"],
  "open-meteo-ensemble": ["weather_ensemble_members"],
};

function inputsAt(pointers: PlanFacts["pointers"]): JobInput[] {
  return Object.entries(inputTables).flatMap(([source, tables]) => {
    const pointer = pointers[source];
    if (pointer === undefined) return [];
    return tables.flatMap((table) =>
      (pointer.parts[table] ?? []).map((part) => ({ source, table, ...part, fetched_at: pointer.fetched_at })),
    );
  });
}

function plan({ now, pointers, health, series, events, markets }: PlanFacts): Job[] {
  const inputs = JSON.stringify(inputsAt(pointers));
  const blocked_sources = JSON.stringify(
    Object.keys(inputTables).flatMap((source) => {
      const found = health[source];
      if (found?.status !== "blocked") return [];
      const [refusal] = found.refusals.filter(({ kind }) => kind === "drift");
      return [{ source, reason: refusal === undefined ? "refused" : `${refusal.path}: ${refusal.message}` }];
    }),
  );
  const marketsOf = Map.groupBy(markets, (market) => market.event_ticker);
  return events.flatMap((event) => {
    const seriesRow = series.find(({ series_ticker }) => series_ticker === event.series_ticker);
    if (!weatherDesk.series.includes(event.series_ticker) || seriesRow === undefined) return [];
    const listed = marketsOf.get(event.event_ticker) ?? [];
    const close_time = Math.max(...listed.map((market) => market.close_time));
    if (!listed.some(({ status }) => status === "active") || close_time <= now) return [];
    const certificate = certify({ series: seriesRow, event, markets: listed });
    const key = { desk: "weather", event: event.event_ticker, at: now, model, modelVersion, parametersVersion };
    return [
      {
        job_id: idOf("job", key),
        desk: "weather",
        event_ticker: event.event_ticker,
        series_ticker: event.series_ticker,
        planned_at: now,
        close_time,
        climate_date: certificate.ok ? certificate.climateDate : null,
        station: certificate.ok ? certificate.station.icao : null,
        certified: certificate.ok,
        refusal: certificate.ok ? null : certificate.reason,
        model,
        model_version: modelVersion,
        parameters_version: parametersVersion,
        inputs,
        blocked_sources,
        ingested_at: now,
        decoder_version: 1,
      },
    ];
  });
}

function predict(job: Job, inputs: Rows): { rows: Rows } | { refusal: string } {
  const station = stations.find(({ icao }) => icao === job.station);
  if (job.refusal !== null || station === undefined || job.climate_date === null) {
    return { refusal: job.refusal ?? `no station ${job.station ?? "(none)"} in the list` };
  }
  const markets = (inputs.kalshi_markets ?? []).filter(({ event_ticker }) => event_ticker === job.event_ticker);
  const partition = partitionOf(markets);
  if ("fault" in partition)
    return { refusal: `the strikes of ${job.event_ticker} are no partition: ${partition.fault}` };
  const { intervals } = partition;
  const members = (inputs.weather_ensemble_members ?? []).filter((member) => member.station === station.icao);
  const high = predictHigh({ station, climateDate: job.climate_date, now: job.planned_at, members });
  if ("refusal" in high) return high;
  const prediction_id = idOf("prediction", { job: job.job_id, model });
  const common = { predicted_at: job.planned_at, ingested_at: job.planned_at, decoder_version: job.model_version };
  const prediction: TableRow<"predictions"> = {
    prediction_id,
    job_id: job.job_id,
    desk: job.desk,
    event_ticker: job.event_ticker,
    station: station.icao,
    climate_date: job.climate_date,
    lead_hours: (climateDay(station, job.climate_date).end - job.planned_at) / 3_600_000,
    model: job.model,
    model_version: job.model_version,
    parameters_version: job.parameters_version,
    pmf_low: high.pmfLow,
    pmf: high.pmf,
    mean_f: high.mean,
    sd_f: high.sd,
    ...common,
  };
  const probabilities = bracketProbabilities(high, intervals);
  const prediction_markets = markets.map((market, index): TableRow<"prediction_markets"> => {
    const interval = intervals[index];
    const probability = probabilities[index];
    if (interval === undefined || probability === undefined)
      throw new Error(`no probability for ${market.market_ticker}`);
    const { market_ticker, event_ticker } = market;
    return { prediction_id, market_ticker, event_ticker, ...interval, probability, ...common };
  });
  return { rows: { predictions: [prediction], prediction_markets } };
}

function settlementDay(eventTicker: string): SettlementDay | undefined {
  const daily = dailyEventOf(eventTicker);
  const station = daily === undefined ? undefined : stationBySeries(daily.series);
  if (daily === undefined || station === undefined) return undefined;
  return { station: station.icao, climateDate: daily.date, ...climateDay(station, daily.date) };
}

export const weatherDesk: Desk = {
  id: "weather",
  doc: "Daily highs at six stations, from ensembles, settled by the official climate day.",
  series: stations.map(({ highSeries }) => highSeries),
  sources: Object.keys(inputTables),
  schedule: { everyMinutes: 60, offsetMinutes: 5 },
  settleSchedule: { everyMinutes: 30, offsetMinutes: 12 },
  plan,
  predict,
  settlementDay,
};
