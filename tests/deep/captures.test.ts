/** What the unit tests hold one city or station of the captures to, of all of them. Skipped where there are none. */
import { describe, expect, it } from "vitest";
import { capturedDays, givenToOfficial } from "../unit/weather/captured-days.ts";
import { haveCaptures } from "../unit/weather/captures.ts";
import { capturedCities, cityFigures } from "../unit/weather/evaluation/captured-archive.ts";

describe.skipIf(!haveCaptures)("the captures", () => {
  it.each(capturedCities())(
    "%s: coverage within 3 points of nominal, CRPS below climatology and persistence",
    (city, history) => {
      const { days, offNominal, crps, references } = cityFigures(city, history);
      expect(days).toBeGreaterThan(700);
      expect(Math.max(...offNominal)).toBeLessThan(0.03);
      expect(crps).toBeLessThan(Math.min(...references));
    },
  );

  it.each(["KMDW", "KMIA"])("%s: a day's distribution ends nearer to its official high than it began", (icao) => {
    const given = givenToOfficial(capturedDays(icao));
    expect(given.at(-1)).toBeGreaterThan(given[0] ?? 1);
    expect(given.at(-1)).toBeGreaterThan(0.05);
  });
});
