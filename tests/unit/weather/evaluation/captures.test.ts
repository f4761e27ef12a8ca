/** The dressed forecasts on the captured archive. Skipped where there are no captures. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseForecastHistory } from "../../../../core/weather/evaluation/forecast-history.ts";
import { cityForecasts, type Method } from "../../../../core/weather/evaluation/forecasts.ts";
import { hourlyBeliefs, parseMinutePrices } from "../../../../core/weather/evaluation/minute-prices.ts";
import { levels, scoreDay } from "../../../../core/weather/evaluation/scores.ts";
import { capture, haveCaptures } from "../captures.ts";
import { present } from "../present.ts";

const root = process.env["BRIER_CAPTURES"] ?? "../shared/captures";
const filesIn = (folder: string) =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => `${folder}/${name}`) : [];

describe.skipIf(!haveCaptures)("the captured archive of forecasts", () => {
  const tables = filesIn("weather/forecasts").map((name) => ({ name, csv: capture(name) }));
  const cities = tables.length === 0 ? [] : [...parseForecastHistory(tables)];

  it.each(cities)(
    "%s: coverage within 3 points of nominal, CRPS below climatology and persistence",
    (city, history) => {
      const rows = cityForecasts(city, history, []).map(scoreDay);
      const meanOf = (method: Method, valueOf: (row: (typeof rows)[number]) => number) => {
        const own = rows.filter((row) => row.method === method);
        return own.reduce((sum, row) => sum + valueOf(row) / own.length, 0);
      };
      expect(rows.filter(({ method }) => method === "dressed").length).toBeGreaterThan(700);
      for (const [index, level] of levels.entries()) {
        expect(Math.abs(meanOf("dressed", ({ covered }) => covered[index] ?? Number.NaN) - level)).toBeLessThan(0.03);
      }
      const crps = (method: Method) => meanOf(method, (row) => row.crps);
      expect(crps("dressed")).toBeLessThan(crps("climatology"));
      expect(crps("dressed")).toBeLessThan(crps("persistence"));
      expect(crps("dressed")).toBeLessThan(crps("undressed"));
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
