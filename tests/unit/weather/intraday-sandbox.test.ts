import { describe, expect, it } from "vitest";
import { dailySummaryMessages } from "../../../core/sources/dsm.ts";
import { surfaceObservations } from "../../../core/sources/iem-observations.ts";
import { openMeteoEnsemble } from "../../../core/sources/open-meteo-ensemble.ts";
import { climateDay } from "../../../core/weather/climate-day.ts";
import { predictDayAhead } from "../../../core/weather/day-ahead.ts";
import { openDay } from "../../../core/weather/intraday.ts";
import { priorParameters as parameters } from "../../../core/weather/prior-parameters.ts";
import { stations } from "../../../core/weather/stations.ts";
import type { Rows } from "../../../schemas/index.ts";
import { demoWorld } from "../sandbox/asking.ts";
import { windowOf } from "./sandbox-rows.ts";

const hour = 3_600_000;
const minute = 60_000;

/** Everything that the sources brought in a day of the simulated world, hour by hour. */
function brought(climateDate: string): Rows {
  const world = demoWorld();
  const from = climateDay({ standardOffsetHours: -5 }, climateDate).start - hour;
  const until = climateDay({ standardOffsetHours: -8 }, climateDate).end;
  const windows: Rows[] = [windowOf(world, openMeteoEnsemble, from + 2 * minute)];
  for (let at = from; at <= until; at += hour) {
    windows.push(windowOf(world, surfaceObservations, at + minute));
    if (at % (6 * hour) === 0) windows.push(windowOf(world, dailySummaryMessages, at + 7 * minute));
  }
  return {
    weather_ensemble_members: windows.flatMap((rows) => rows.weather_ensemble_members ?? []),
    weather_observations: windows.flatMap((rows) => rows.weather_observations ?? []),
    daily_summaries: windows.flatMap((rows) => rows.daily_summaries ?? []),
  };
}

describe("a day of the simulated world through the desk's own decoders", () => {
  const climateDate = "2026-10-29";
  const rows = brought(climateDate);
  const world = demoWorld();

  it("narrows to the high at all six stations, and at noon says more of it than the day-ahead model", () => {
    let [noon, dayAhead, evening] = [0, 0, 0];
    for (const station of stations) {
      const given = { station, climateDate, members: rows.weather_ensemble_members ?? [], parameters };
      const day = openDay({
        ...given,
        observations: rows.weather_observations ?? [],
        summaries: rows.daily_summaries ?? [],
        reports: [],
      });
      const { start } = climateDay(station, climateDate);
      const official = world.officialHigh(station.icao, climateDate);
      const score = (found: { pmfLow: number; pmf: number[] } | { refusal: string }) => {
        if ("refusal" in found) throw new Error(found.refusal);
        return -Math.log(found.pmf[official - found.pmfLow] ?? 0);
      };
      const sds = [3, 9, 13, 17, 21].map((hours) => {
        const found = day.at(start + hours * hour + 5 * minute);
        if ("refusal" in found) throw new Error(found.refusal);
        expect(found.setAside.every(({ reason }) => reason === "no temperature")).toBe(true);
        return found.sd;
      });
      expect(sds.at(-1)).toBeLessThan(0.3 * (sds[0] ?? 0));
      noon += score(day.at(start + 12 * hour + 5 * minute));
      dayAhead += score(predictDayAhead({ ...given, nbm: [], now: start + 12 * hour + 5 * minute }));
      evening += score(day.at(start + 23 * hour + 5 * minute));
    }
    expect(noon).toBeLessThan(dayAhead);
    expect(evening / stations.length).toBeLessThan(0.7);
  });
});
