import { describe, expect, it } from "vitest";
import { climateDay } from "../../../core/weather/climate-day.ts";
import { crossReference } from "../../../core/weather/cross-reference.ts";
import { type Station, stations } from "../../../core/weather/stations.ts";
import { present } from "./present.ts";

const station: Station = present(stations[0]);
const climateDate = "2026-11-20";
const { start, end } = climateDay(station, climateDate);
const HOUR = 3_600_000;
const now = start + 8 * HOUR;

/** Rises to `high` at 15 hours of the day, from a day before it on. */
const path = (
  model: string,
  high: number,
  change: Partial<Parameters<typeof crossReference>[0]["members"][number]> = {},
) => ({
  station: station.icao,
  model,
  first_valid_at: start - 24 * HOUR,
  step_seconds: 3600,
  temperature_f: Array.from({ length: 96 }, (_, hour): number | null => high - Math.abs(hour - 39)),
  ingested_at: now - HOUR,
  ...change,
});
const compare = (members: ReturnType<typeof path>[], forecasts: ReturnType<typeof path>[]) =>
  crossReference({ station, climateDate, now, members, forecasts });

describe("crossReference", () => {
  it("compares the mean of the members' highs with that of the deterministic models", () => {
    const found = compare([path("a", 60), path("b", 64)], [path("hrrr", 63), path("nbm", 66)]);
    expect(found).toMatchObject({ ensembleHighF: 62, differenceF: -2.5, remark: null });
    expect(found?.highs).toEqual([
      { model: "hrrr", highF: 63 },
      { model: "nbm", highF: 66 },
    ]);
  });

  it("says in one sentence when they are more than five degrees apart, either way", () => {
    expect(compare([path("a", 60)], [path("hrrr", 65)])?.remark).toBeNull();
    expect(compare([path("a", 60)], [path("hrrr", 65.5)])?.remark).toBe(
      "the ensembles' mean high is 60.0 °F, 5.5 °F below the deterministic models (hrrr 65.5)",
    );
    expect(compare([path("a", 71)], [path("hrrr", 65.5)])?.remark).toContain("5.5 °F above");
  });

  it("uses only what covers the climate day, is of the station and was known", () => {
    const day = (values: (hour: number) => number | null) => ({
      temperature_f: Array.from({ length: 96 }, (_, hour) => values(hour)),
    });
    const members = [path("a", 60)];
    for (const bad of [
      path("short", 70, { first_valid_at: start + HOUR }),
      path("early", 70, { first_valid_at: end - 96 * HOUR - 2 * HOUR }),
      path(
        "gap",
        70,
        day((hour) => (hour === 47 ? null : 70)),
      ),
      path("elsewhere", 70, { station: "KMIA" }),
      path("later", 70, { ingested_at: now + 1 }),
    ])
      expect(compare(members, [bad]), bad.model).toBeUndefined();
    // Warm hours of the days around it are not its high.
    const around = path(
      "around",
      70,
      day((hour) => (hour >= 24 && hour <= 48 ? 61 : 90)),
    );
    expect(compare(members, [around])?.differenceF).toBe(-1);
    expect(compare([], [path("hrrr", 60)])).toBeUndefined();
  });
});
