/** The crypto desk: Kalshi's bitcoin ranges, thresholds and quarter-hour markets. */
import { cryptoLimits } from "../alerts/gates.ts";
import { blockedSources } from "../blocked-sources.ts";
import type { Desk, PlannedJob, Listing, PlanFacts, ScannedTogether } from "../desk.ts";
import { idOf } from "../identity.ts";
import { dtOf } from "../../schemas/table.ts";
import type { TableRow } from "../../schemas/index.ts";
import { type CryptoCertificate, certifyCrypto, cryptoSeries, settlementIndex } from "./certify.ts";
import { jobInputs, neededSources, sourcesRead, streamsRead } from "./job-inputs.ts";
import { cryptoOutcomes, unpriceable } from "./outcomes.ts";
import { cryptoParametersVersion, marketModelPool } from "./parameters.ts";
import { betweenMinutes, cryptoPaces, isDue } from "./paces.ts";
import { cryptoModel, predict } from "./predictions.ts";

interface OpenEvent {
  event: TableRow<"kalshi_events">;
  markets: TableRow<"kalshi_markets">[];
  closeTime: number;
  certificate: CryptoCertificate;
}

/** The events of the desk that can be traded and whose turn it is. */
function dueEvents({ series, events, markets }: Listing, now: number): OpenEvent[] {
  const marketsOf = Map.groupBy(markets, ({ event_ticker }) => event_ticker);
  return events.flatMap((event) => {
    const seriesRow = series.find(({ series_ticker }) => series_ticker === event.series_ticker);
    if (!cryptoDesk.series.includes(event.series_ticker) || seriesRow === undefined) return [];
    const listed = marketsOf.get(event.event_ticker) ?? [];
    const closeTime = Math.max(...listed.map(({ close_time }) => close_time));
    if (!listed.some(({ status }) => status === "active")) return [];
    if (!isDue(now, closeTime)) return [];
    return [
      { event, markets: listed, closeTime, certificate: certifyCrypto({ series: seriesRow, event, markets: listed }) },
    ];
  });
}

function plan(facts: PlanFacts): PlannedJob[] {
  const { now } = facts;
  const blocked_sources = JSON.stringify(blockedSources(facts.health, sourcesRead));
  const inputs = JSON.stringify(jobInputs(facts));
  const { name: model, version: model_version } = cryptoModel;
  return dueEvents(facts, now).map(({ event, markets, closeTime, certificate }) => {
    const { event_ticker, series_ticker } = event;
    const key = { desk: cryptoDesk.id, event: event_ticker, at: now, model, modelVersion: model_version };
    return {
      job_id: idOf("job", { ...key, parametersVersion: cryptoParametersVersion }),
      desk: cryptoDesk.id,
      event_ticker,
      series_ticker,
      planned_at: now,
      close_time: closeTime,
      climate_date: certificate.ok ? dtOf(closeTime) : null,
      station: certificate.ok ? settlementIndex : null,
      certified: certificate.ok,
      refusal: certificate.ok ? (unpriceable(series_ticker, markets) ?? null) : certificate.reason,
      model,
      model_version,
      parameters_version: cryptoParametersVersion,
      inputs,
      blocked_sources,
      ingested_at: now,
      decoder_version: 1,
    };
  });
}

/** All events of one close settle on the same average; the job of the first of them by name searches their books. */
function scannedTogether(job: PlannedJob, listing: Listing): ScannedTogether | undefined {
  const events = dueEvents(listing, job.planned_at)
    .filter(({ closeTime, certificate }) => closeTime === job.close_time && certificate.ok)
    .map(({ event }) => event.event_ticker)
    .sort();
  if (events[0] !== job.event_ticker) return undefined;
  return {
    events,
    settlement: `average of the sixty prints of ${settlementIndex} before ${new Date(job.close_time).toISOString()}`,
    stepsPerUnit: 100,
  };
}

export const cryptoDesk: Desk = {
  id: "crypto",
  doc: "Bitcoin ranges, thresholds and quarter-hour markets, by the minute in their last hour and less often before: the distribution of the sixty-print index average that they settle on, from the index or its venues and realised volatility.",
  series: cryptoSeries,
  sources: sourcesRead,
  listing: "kalshi-crypto-markets",
  settlements: "kalshi-crypto-settlements",
  streams: streamsRead,
  schedule: { everyMinutes: 1, offsetMinutes: 0 },
  paces: cryptoPaces,
  betweenMinutes,
  settleSchedule: { everyMinutes: 5, offsetMinutes: 4 },
  model: cryptoModel.name,
  limits: cryptoLimits,
  alertScope: "series",
  plan,
  predict,
  needs: () => neededSources,
  fusion: () => marketModelPool,
  outcomes: cryptoOutcomes,
  observedSince: () => undefined,
  scannedTogether,
  settlement: { by: "index-average", index: settlementIndex, stream: "stream-kalshi" },
};
