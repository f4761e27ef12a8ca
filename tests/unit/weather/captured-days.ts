/** Captured days of the five-minute feed at two stations, replayed by the other days' model. */
import { expect } from "vitest";
import { climateDays, parseOfficialHighs, parseReadings } from "../../../core/weather/hazard/readings.ts";
import { fitDays, type RecordedDay, replay } from "../../../core/weather/hazard/replay.ts";
import { stations } from "../../../core/weather/stations.ts";
import { capture } from "./captures.ts";
import { present } from "./present.ts";

/** The days of a station, all of them read whole. */
export function capturedDays(icao: string): RecordedDay[] {
  const station = present(stations.find((one) => one.icao === icao));
  const { readings, refused } = parseReadings(capture("weather/obs/asos_5min_kmdw_kmia_2026-01-29_02-03.csv"));
  expect(refused).toEqual([]);
  const highs = parseOfficialHighs(capture("weather/obs/cli_settlement_2026-01-24_02-02.csv"));
  return [...climateDays(station, readings)].map(([date, own]) => ({
    date,
    readings: own,
    officialF: highs.get(`${icao} ${date}`),
  }));
}

/** Of the newest day with an official high: the probability that its distributions give to it, at each step. */
export function givenToOfficial(days: readonly RecordedDay[]): number[] {
  const shown = present(days.findLast(({ officialF }) => officialF !== undefined));
  const points = replay(fitDays(days.filter((one) => one !== shown)), shown.readings);
  return points.map(({ pmfLow, pmf }) => pmf[present(shown.officialF) - pmfLow] ?? 0);
}
