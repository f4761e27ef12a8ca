import { describe, expect, test } from "vitest";
import {
  atWallClock,
  climateDayAt,
  climateDayStart,
  isDaylightTime,
  parseIsoDate,
  wallClock,
} from "../../../sandbox/calendar.ts";
import { allCities } from "../../../sandbox/cities.ts";

const dayOf = (date: string) => parseIsoDate(date) ?? Number.NaN;

describe("clocks", () => {
  // Switch dates as published by the U.S. Naval Observatory.
  test.each([
    ["2026-03-08", "2026-11-01"],
    ["2027-03-14", "2027-11-07"],
    ["2028-03-12", "2028-11-05"],
  ])("daylight time from %s to %s", (spring, autumn) => {
    for (const { offsetHours } of allCities) {
      const begins = Date.parse(`${spring}T02:00:00Z`) - offsetHours * 3_600_000;
      const ends = Date.parse(`${autumn}T01:00:00Z`) - offsetHours * 3_600_000;
      expect([begins - 1, begins, ends - 1, ends].map((at) => isDaylightTime(offsetHours, at))).toEqual([
        false,
        true,
        true,
        false,
      ]);
    }
  });

  test("the climate day has 24 hours on both switch days, whatever the clock on the wall does", () => {
    for (const city of allCities) {
      for (const date of ["2026-03-08", "2026-11-01"]) {
        const climateDay = dayOf(date);
        const start = climateDayStart(city, climateDay);
        expect(climateDayStart(city, climateDay + 1) - start).toBe(86_400_000);
        expect(climateDayAt(city, start - 1)).toBe(climateDay - 1);
        expect(climateDayAt(city, start)).toBe(climateDay);
      }
    }
  });

  test("a clock time is found again on the wall", () => {
    for (const { offsetHours } of allCities) {
      for (const date of ["2026-03-08", "2026-07-09", "2026-10-31", "2026-11-01", "2026-11-02"]) {
        for (const minute of [0, 390, 994, 1439]) {
          const at = atWallClock(offsetHours, dayOf(date), minute);
          expect(wallClock(offsetHours, at)).toBe(Date.parse(`${date}T00:00:00Z`) + minute * 60_000);
        }
      }
    }
  });

  test("what is no date is refused", () => {
    expect(["2026-02-29", "2026-13-01", "26-01-01", ""].map(parseIsoDate)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
