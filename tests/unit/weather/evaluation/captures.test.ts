/** The dressed forecasts on the captured archive. Skipped where there are no captures. */
import { describe, expect, it } from "vitest";
import { hourlyBeliefs, parseMinutePrices } from "../../../../core/weather/evaluation/minute-prices.ts";
import { capture, haveCaptures } from "../captures.ts";
import { present } from "../present.ts";
import { capturedCities, cityFigures, filesIn } from "./captured-archive.ts";

describe.skipIf(!haveCaptures)("the captured archive of forecasts", () => {
  // The other cities take as long each: tests/deep/captures.test.ts has them all.
  it.each(capturedCities().slice(0, 1))(
    "%s: coverage within 3 points of nominal, CRPS below climatology and persistence",
    (city, history) => {
      const { days, offNominal, crps, references } = cityFigures(city, history);
      expect(days).toBeGreaterThan(700);
      expect(Math.max(...offNominal)).toBeLessThan(0.03);
      expect(crps).toBeLessThan(Math.min(...references));
    },
  );

  it("the minute prices give a distribution for every hour but the first ones", () => {
    const files = filesIn("kalshi/weather/miami_minute_prices");
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const prices = parseMinutePrices(capture(file));
      const beliefs = hourlyBeliefs(prices, present(prices.minutes.at(-1)?.at));
      expect(beliefs.length).toBeGreaterThan(30);
      for (const { probabilities } of beliefs) {
        expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
      }
    }
  });
});
