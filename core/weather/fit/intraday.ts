/**
 * The intraday model's parameters of one station from its past days: bias of the ensembles' path, AR(1) law of what
 * remains, offset of the official high over the feed's. All are drawn to the prior by the number of days.
 */
import { crps } from "../../stats/scoring.ts";
import { climateDay } from "../climate-day.ts";
import { ensemblePath, type MemberRow } from "../ensemble-path.ts";
import { type ObservedRows, readingsOf } from "../evidence.ts";
import { stepsPerDay } from "../hazard/coefficients.ts";
import { fitPeakOffset } from "../hazard/peak-offset.ts";
import { longestGap, pathOf } from "../hazard/readings.ts";
import { fitResidualModel } from "../hazard/residual-model.ts";
import { openDay } from "../intraday.ts";
import { asKnown, assumedDelayMinutes } from "../panel/knowledge.ts";
import { type IntradayParameters, priorParameters } from "../parameters.ts";
import type { Station } from "../stations.ts";
import type { Dated } from "./held-out.ts";

export interface IntradayCase extends Dated {
  station: Pick<Station, "icao" | "standardOffsetHours">;
  /** Of this station, from an hour before the day on. */
  observations: ObservedRows["observations"];
  /** Of this station, as known when the day began. */
  members: readonly MemberRow[];
  /** °F by step: what the readings showed (NaN without one) minus the ensembles' path. */
  residuals: Float64Array;
  /** Mean over the readings of what their rounding adds, °F²: an interval of w whole degrees is w²/12. */
  readingVariance: number;
  /** The feed's highest value, °F; null when it has a hole in which the peak may lie. */
  feedMaxF: number | null;
  /** Last corrected report, whole °F. */
  officialF: number;
}

/** Climate days that the scored fit needs. */
export const minDays = 10;
/** Newest days that count. */
const windowDays = 60;

/** Days that the prior's law of the residual counts for. */
const LAW_DAYS = 20;
/** Days that its bias counts for: a day's mean residual strays by 2 °F, the prior by 0.7. */
const BIAS_DAYS = 8;
/** An hour: a feed with longer holes may have missed its peak. */
const WHOLE_FEED_STEPS = 12;
/** A day with fewer readings says little of its path. */
const MIN_READINGS = 100;
/**
 * The path's bias is that of the hours in which most days reach their high: models that are too warm at night and too cold
 * by day have none on the whole. Local standard time, the last one excluded.
 */
const biasHours = { from: 9, until: 18 };
/** Local standard hours at which a day is scored: before the peak, on the way to it, and about it. */
const scoredHours = [9, 12, 15];
const HOUR_MS = 3_600_000;

/** The case of a day, or why it is none. */
export function intradayCase(day: {
  station: Pick<Station, "icao" | "standardOffsetHours">;
  date: string;
  observations: ObservedRows["observations"];
  members: readonly MemberRow[];
  officialF: number;
}): IntradayCase | { refusal: string } {
  const { station, date, members, officialF } = day;
  const path = ensemblePath(station, date, members);
  if ("refusal" in path) return path;
  // By the readings as a desk at work would have had them: those of a backfill nobody knew at any hour of their day.
  const observations = asKnown(
    day.observations,
    "assumed",
    climateDay(station, date).end,
    ({ valid_at }) => valid_at,
    assumedDelayMinutes.observation,
  );
  const readings = readingsOf({ station, climateDate: date, observations });
  const shown = pathOf(readings.map((one) => ({ ...one, temperatureF: (one.leastF + one.mostF) / 2 })));
  const count = shown.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0);
  if (count < MIN_READINGS)
    return {
      refusal: `${count} of ${stepsPerDay} five-minute readings of ${date} at ${station.icao}; it needs ${MIN_READINGS}`,
    };
  const hasHole = longestGap(readings) > WHOLE_FEED_STEPS;
  return {
    date,
    block: `${station.icao} ${date}`,
    station,
    observations,
    members,
    residuals: shown.map((value, step) => value - (path[step] ?? Number.NaN)),
    readingVariance: meanOf(readings.map(({ leastF, mostF }) => (mostF - leastF + 1) ** 2 / 12)),
    feedMaxF: hasHole ? null : Math.max(...readings.map(({ temperatureF }) => temperatureF)),
    officialF,
  };
}

function meanOf(values: Iterable<number>): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

/** Between two positive numbers, by the share of the second; in the logarithm, where both ends stay positive. */
const between = (from: number, to: number, share: number) =>
  Math.exp((1 - share) * Math.log(from) + share * Math.log(to));

/** @param cases of one station; the newest `windowDays` count */
export function fitIntraday(cases: readonly IntradayCase[], prior: IntradayParameters): IntradayParameters {
  const used = cases.toSorted((a, b) => (a.date < b.date ? -1 : 1)).slice(-windowDays);
  if (used.length === 0) return prior;
  const perHour = stepsPerDay / 24;
  const means = used
    .map(({ residuals }) => meanOf(residuals.subarray(biasHours.from * perHour, biasHours.until * perHour)))
    .filter((mean) => !Number.isNaN(mean));
  const biasF = (BIAS_DAYS * prior.biasF + means.reduce((sum, mean) => sum + mean, 0)) / (BIAS_DAYS + means.length);
  const found = fitResidualModel(
    used.map(({ residuals }) => residuals.map((value) => value - biasF)),
    meanOf(used.map(({ readingVariance }) => readingVariance)),
  );
  const share = used.length / (used.length + LAW_DAYS);
  const offsets = used.flatMap(({ feedMaxF, officialF }) => (feedMaxF === null ? [] : [{ officialF, feedMaxF }]));
  return {
    biasF,
    buckets: prior.buckets.map(({ fromMinute, phi, sigma }) => {
      const own = found.buckets.findLast((bucket) => bucket.fromMinute <= fromMinute);
      if (own === undefined) throw new RangeError(`residual model: no bucket for minute ${fromMinute}`);
      // By what is forgotten in a step: from 0.992 to 0.996 the memory doubles.
      return { fromMinute, phi: 1 - between(1 - phi, 1 - own.phi, share), sigma: between(sigma, own.sigma, share) };
    }),
    spread: between(prior.spread, found.spread, share),
    peakOffset: offsets.length === 0 ? prior.peakOffset : fitPeakOffset(offsets),
  };
}

/** CRPS at each of the scored hours, °F, from the runs that were known when the day began; null where the model refuses. */
export function intradayLosses(parameters: IntradayParameters, one: IntradayCase): (number | null)[] {
  const { station, date, observations, members, officialF } = one;
  const { [station.icao]: prior } = priorParameters.stations;
  if (prior === undefined) throw new RangeError(`no prior for station ${station.icao}`);
  const stations = { [station.icao]: { ...prior, intraday: parameters } };
  const day = openDay({
    station,
    climateDate: date,
    observations,
    summaries: [],
    reports: [],
    members,
    parameters: { ...priorParameters, stations },
  });
  const { start } = climateDay(station, date);
  return scoredHours.map((hour) => {
    const forecast = day.at(start + hour * HOUR_MS);
    return "refusal" in forecast ? null : crps(forecast.pmfLow, forecast.pmf, officialF);
  });
}
