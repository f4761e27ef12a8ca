/** The captured archive of forecasts by city, and how the dressed ones did in each. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type CityHistory, parseForecastHistory } from "../../../../core/weather/evaluation/forecast-history.ts";
import { cityForecasts, type Method } from "../../../../core/weather/evaluation/forecasts.ts";
import { levels, scoreDay } from "../../../../core/weather/evaluation/scores.ts";
import { capture } from "../captures.ts";

const root = process.env["BRIER_CAPTURES"] ?? "../shared/captures";

/** Names of a folder's files, as `capture` takes them; none where there are no captures. */
export const filesIn = (folder: string) =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => `${folder}/${name}`) : [];

export function capturedCities(): [city: string, history: CityHistory][] {
  const tables = filesIn("weather/forecasts").map((name) => ({ name, csv: capture(name) }));
  return tables.length === 0 ? [] : [...parseForecastHistory(tables)];
}

/** How the dressed forecasts of a city did: days, how far each coverage is from nominal, mean CRPS by method. */
export function cityFigures(city: string, history: CityHistory) {
  const rows = cityForecasts(city, history, []).map(scoreDay);
  const meanOf = (method: Method, valueOf: (row: (typeof rows)[number]) => number) => {
    const own = rows.filter((row) => row.method === method);
    return own.reduce((sum, row) => sum + valueOf(row) / own.length, 0);
  };
  const crps = (method: Method) => meanOf(method, (row) => row.crps);
  return {
    days: rows.filter(({ method }) => method === "dressed").length,
    offNominal: levels.map((level, index) =>
      Math.abs(meanOf("dressed", ({ covered }) => covered[index] ?? Number.NaN) - level),
    ),
    crps: crps("dressed"),
    references: (["climatology", "persistence", "undressed"] as const).map(crps),
  };
}
