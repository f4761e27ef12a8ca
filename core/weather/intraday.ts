/**
 * The intraday model: the official high of a day that has begun, from the ensembles' path through it, the residual of the
 * observations so far, and what six-hour groups, summary messages and intermediate reports say of the maximum until now.
 */
import { climateDay } from "./climate-day.ts";
import { ensemblePath, type MemberRow } from "./ensemble-path.ts";
import { clockOf, evidenceOf, type ObservedRows, type SetAside, type StationDay } from "./evidence.ts";
import { stepMinutes } from "./hazard/coefficients.ts";
import { coefficientsOf } from "./hazard/residual-model.ts";
import { followDay, type RunningDay } from "./hazard/running-day.ts";
import { exactPmf, type HighForecast, withMoments } from "./high-pmf.ts";
import type { IntradayParameters, WeatherParameters } from "./parameters.ts";

const MINUTE_MS = 60_000;

export interface DayRows extends StationDay, ObservedRows {
  /** Of any runs, models and stations. */
  members: readonly MemberRow[];
  parameters: WeatherParameters;
}

export type IntradayForecast = HighForecast & {
  /** P(the official maximum rises within 5 minutes, 60 minutes). */
  newMaximumIn5: number;
  newMaximumIn60: number;
  /**
   * The official maximum so far, whole °F: certainly at least this, and the highest that what was seen can stand for (a
   * peak between readings may lie above).
   */
  observedLeastF: number | null;
  observedMostF: number | null;
  /** When the newest reading was made that counts, epoch ms UTC. */
  lastObservedAt: number;
  /** Readings that do not count, in order of time; behind them the groups and messages that do not. */
  setAside: SetAside;
};

export interface IntradayDay {
  /** What was to be said at an instant (epoch ms UTC), of the rows that were known then. */
  at(now: number): IntradayForecast | { refusal: string };
}

/**
 * A climate day, to be asked at any instants of it. Asked in order of time each answer goes on from the one before; it is
 * the same as if it were asked alone.
 */
export function openDay(day: DayRows): IntradayDay {
  const { station, climateDate, members, parameters } = day;
  const { start, end } = climateDay(station, climateDate);
  const own = parameters.stations[station.icao]?.intraday;
  const evidenceAt = evidenceOf(day, day);
  const paths = members.filter((member) => member.station === station.icao);
  let running: { newest: number; day: RunningDay } | undefined;

  /** By the runs that were known; the day is followed anew when there is another one. */
  const runningAt = (now: number, { biasF, peakOffset, ...residual }: IntradayParameters) => {
    const known = paths.filter(({ ingested_at }) => ingested_at <= now);
    const newest = known.reduce((latest, { ingested_at }) => Math.max(latest, ingested_at), -Infinity);
    if (running?.newest === newest) return running.day;
    const path = ensemblePath(station, climateDate, known);
    if ("refusal" in path) return path;
    const baseline = path.map((value) => value + biasF);
    running = { newest, day: followDay({ baseline, coefficients: coefficientsOf(residual), peakOffset }) };
    return running.day;
  };

  /** @throws RangeError when model and readings cannot go together */
  const forecast = (now: number, model: IntradayParameters): IntradayForecast | { refusal: string } => {
    const followed = runningAt(now, model);
    if ("refusal" in followed) return followed;
    const { setAside, ...evidence } = evidenceAt(now);
    const { pmf, pmfLow, last, ...outlook } = followed.at(
      Math.floor((now - start) / MINUTE_MS / stepMinutes),
      evidence,
    );
    for (const { reading, reason } of outlook.setAside)
      if (reading.minute >= 0) setAside.push({ validAt: start + reading.minute * MINUTE_MS, reason });
    setAside.sort((a, b) => a.validAt - b.validAt);
    for (const { bound, reason } of outlook.boundsSetAside)
      setAside.push({ validAt: start + bound.saidAtMinute * MINUTE_MS, reason });
    const { newMaximumIn5, newMaximumIn60, observedLeastF, observedMostF } = outlook;
    if (last === null || newMaximumIn5 === null || newMaximumIn60 === null) {
      const [first] = setAside;
      const why = first === undefined ? "" : `, the first at ${clockOf(first.validAt)}: ${first.reason}`;
      return {
        refusal: `no usable reading of ${climateDate} at ${station.icao} yet: ${setAside.length} set aside${why}`,
      };
    }
    const exact = exactPmf(pmf);
    const from = exact.findIndex((p) => p > 0);
    const to = exact.findLastIndex((p) => p > 0);
    return {
      ...withMoments({ pmfLow: pmfLow + from, pmf: exact.slice(from, to + 1) }),
      newMaximumIn5,
      newMaximumIn60,
      observedLeastF,
      observedMostF,
      lastObservedAt: start + last.minute * MINUTE_MS,
      setAside,
    };
  };

  return {
    at(now) {
      const where = `the climate day ${climateDate} of ${station.icao}`;
      if (now < start) return { refusal: `${where} has not begun` };
      if (now >= end) return { refusal: `${where} is over` };
      if (own === undefined) return { refusal: `no station ${station.icao} in the parameters ${parameters.version}` };
      try {
        return forecast(now, own);
      } catch (error) {
        if (error instanceof RangeError) return { refusal: `${where}: ${error.message}` };
        throw error;
      }
    },
  };
}

/** The distribution of the official high as known at `now` (epoch ms UTC), or why there is none. */
export function predictIntraday(input: DayRows & { now: number }): IntradayForecast | { refusal: string } {
  return openDay(input).at(input.now);
}
