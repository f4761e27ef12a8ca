import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseForecastHistory } from "../../../../core/weather/evaluation/forecast-history.ts";
import { cityForecasts, type DayForecast } from "../../../../core/weather/evaluation/forecasts.ts";
import { reportOn } from "../../../../core/weather/evaluation/report.ts";
import {
  bracketOutcomes,
  bracketReliability,
  compare,
  scoreDay,
  summarise,
} from "../../../../core/weather/evaluation/scores.ts";
import { mixturePmf } from "../../../../core/weather/high-pmf.ts";
import { present } from "../present.ts";
import { archiveCsv } from "./archive.ts";

const forecast = (change: Partial<DayForecast> = {}): DayForecast => ({
  method: "dressed",
  city: "OZ",
  date: "2021-02-03",
  lead: "D morning",
  highF: 70,
  pmfLow: 69,
  pmf: [0.25, 0.5, 0.25],
  ...change,
});

describe("scoreDay", () => {
  it("gives the values of hand", () => {
    const day = scoreDay(forecast());
    expect(day.crps).toBeCloseTo(0.25 ** 2 + 0.25 ** 2, 12);
    expect(day.logScore).toBeCloseTo(Math.LN2, 12);
    expect(day.pit).toEqual({ from: 0.25, to: 0.75 });
    expect(day.covered).toEqual([1, 1, 1]);
    expect(day.season).toBe("November to April");
    expect(scoreDay(forecast({ highF: 90 })).logScore).toBeCloseTo(-Math.log(1e-4), 9);
  });
});

describe("summarise and compare", () => {
  const days = ["2021-02-03", "2021-02-04", "2021-03-01"];
  const rows = days.flatMap((date, index) =>
    (["dressed", "persistence"] as const).map((method) =>
      scoreDay(forecast({ date, method, highF: method === "dressed" ? 70 : 71 + index })),
    ),
  );
  it("counts leads of one city-day as one block", () => {
    const both = summarise([scoreDay(forecast()), scoreDay(forecast({ lead: "D-1 evening" }))]);
    expect(present(both)).toMatchObject({ n: 2, days: 1, crps: { months: 1 } });
    expect(summarise([])).toBeUndefined();
  });
  it("compares on the days that both have", () => {
    const found = present(compare(rows.slice(0, -1), "dressed", "persistence"));
    expect(found.n).toBe(2);
    expect(found.crps.mean).toBeLessThan(0);
    expect(found.crps.byDay.high).toBeLessThan(0);
    expect(compare(rows, "dressed", "emos")).toBeUndefined();
  });
});

describe("bracketOutcomes", () => {
  it("is a partition: probabilities sum to 1, one bracket comes", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -20, max: 110, noNaN: true }),
        fc.double({ min: 0.5, max: 12, noNaN: true }),
        fc.integer({ min: -60, max: 150 }),
        (centre, sd, highF) => {
          const brackets = bracketOutcomes(forecast({ ...mixturePmf([{ centre, weight: 1 }], sd), highF }));
          expect(brackets).toHaveLength(6);
          expect(brackets.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
          expect(brackets.reduce((sum, { outcome }) => sum + outcome, 0)).toBe(1);
        },
      ),
    );
  });
  it("are put into bins with their interval", () => {
    const points = bracketReliability([forecast(), forecast({ date: "2021-02-04", highF: 71 })]);
    expect(points.reduce((sum, { n }) => sum + n, 0)).toBe(12);
    expect(points.filter(({ n }) => n === 0).every(({ interval }) => interval === null)).toBe(true);
  });
});

describe("reportOn", () => {
  const cities = parseForecastHistory([{ name: "a.csv", csv: archiveCsv(["OZ"], 90) }]);
  const rows = [...cities].flatMap(([city, history]) => cityForecasts(city, history, [])).map(scoreDay);
  it("tells a forecast from its references", () => {
    const { verdict, comparisons } = reportOn(rows);
    expect(verdict.cities).toMatchObject([{ city: "OZ", better: true }]);
    expect(verdict.cells).toMatchObject({ n: 4, better: 4 });
    const against = present(
      comparisons.find((row) => row.city === "OZ" && row.lead === null && row.against === "persistence"),
    );
    expect(against.crps.byDay.high).toBeLessThan(0);
  });
  it("says no when the forecast is no better, or promises too much", () => {
    const swapped = rows.map((row) => (row.method === "dressed" ? { ...row, crps: row.crps + 50 } : row));
    expect(reportOn(swapped).verdict).toMatchObject({ holds: false, cells: { better: 0 } });
    const narrow = rows.map((row) => (row.method === "dressed" ? { ...row, covered: [0.4, 0.8, 0.9] } : row));
    const { verdict } = reportOn(narrow);
    expect(verdict.holds).toBe(false);
    expect(present(verdict.cities[0])).toMatchObject({ worst: 0.5, holds: false });
    expect(reportOn([]).verdict.holds).toBe(false);
  });
  it("says no when one season's intervals miss, though the city's hold on average", () => {
    const opposite = { "November to April": [0.4, 0.8, 0.9], "May to October": [0.6, 0.8, 0.9] };
    const even = rows
      .filter(({ method }) => method === "dressed")
      .filter(({ season }, index, all) => {
        const least = Math.min(...Object.keys(opposite).map((name) => all.filter((row) => row.season === name).length));
        return all.slice(0, index).filter((row) => row.season === season).length < least;
      })
      .map((row) => ({ ...row, covered: opposite[row.season] }));
    const rest = rows.filter(({ method }) => method !== "dressed");
    const { verdict } = reportOn([...rest, ...even]);
    expect(verdict.cities).toMatchObject([{ holds: true }]);
    expect(verdict.seasons).toMatchObject([
      { season: "November to April", worst: 0.5, holds: false },
      { season: "May to October", worst: 0.5, holds: false },
    ]);
    expect(verdict.holds).toBe(false);
  });
});
