import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { climateDateAt, climateDay } from "../../../core/weather/climate-day.ts";
import { stations } from "../../../core/weather/stations.ts";
import { present } from "./present.ts";

const HOUR = 3_600_000;

/** Zones of the stations: only to know the clock on the wall; the product asks no time zone. */
const zones: Record<string, string> = {
  KMDW: "America/Chicago",
  KMIA: "America/New_York",
  KAUS: "America/Chicago",
  KLAX: "America/Los_Angeles",
  KDEN: "America/Denver",
  KPHL: "America/New_York",
};

const wallClock = (zone: string, at: number) =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short", timeStyle: "short", hour12: false }).format(
    at,
  );

describe("climateDay", () => {
  it("is midnight to midnight local standard time in July: 1 a.m. on the clock in Chicago", () => {
    const chicago = present(stations.find(({ icao }) => icao === "KMDW"));
    expect(climateDay(chicago, "2026-07-09")).toEqual({
      start: Date.parse("2026-07-09T06:00:00Z"),
      end: Date.parse("2026-07-10T06:00:00Z"),
    });
  });

  it.each(stations.map((station) => [station.icao, station] as const))(
    "%s: offset is the zone's in winter; the day begins at 00:00 on the winter clock and 01:00 on the summer clock",
    (icao, station) => {
      const zone = present(zones[icao]);
      expect(wallClock(zone, climateDay(station, "2026-01-15").start)).toMatch(/^2026-01-15, (00|24):00$/);
      expect(wallClock(zone, climateDay(station, "2026-07-15").start)).toBe("2026-07-15, 01:00");
    },
  );

  const switchDays = ["2026-03-08", "2026-11-01"];
  it.each(stations.flatMap((station) => switchDays.map((date) => [station.icao, date, station] as const)))(
    "%s on the switch day %s: 24 hours, and its neighbours touch it without gap or overlap",
    (_icao, date, station) => {
      const { start, end } = climateDay(station, date);
      expect(end - start).toBe(24 * HOUR);
      const dayAfter = climateDateAt(station, end);
      expect(climateDay(station, dayAfter).start).toBe(end);
      expect(climateDateAt(station, start)).toBe(date);
      expect(climateDateAt(station, start - 1)).not.toBe(date);
      expect(climateDateAt(station, end - 1)).toBe(date);
      expect(dayAfter).not.toBe(date);
    },
  );

  it("every instant lies in exactly the day that climateDateAt names", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...stations),
        fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) }),
        (station, at) => {
          const { start, end } = climateDay(station, climateDateAt(station, at));
          expect(start <= at && at < end).toBe(true);
          expect(end - start).toBe(24 * HOUR);
        },
      ),
    );
  });

  it.each(["2026-02-30", "2026-7-9", "", "20260709", "2026-13-01"])("refuses %j as a date", (date) => {
    expect(() => climateDay(present(stations[0]), date)).toThrow(/calendar date/);
  });
});

describe("stations", () => {
  it("names each city, code and series once", () => {
    for (const field of ["city", "icao", "pil", "site", "highSeries", "twcCode"] as const) {
      expect(new Set(stations.map((station) => station[field])).size).toBe(6);
    }
    for (const { pil, site, icao } of stations) expect([pil, icao]).toEqual([`CLI${site}`, `K${site}`]);
  });
});
