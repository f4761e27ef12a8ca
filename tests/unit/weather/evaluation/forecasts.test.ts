/** That no forecast has seen what it is scored on. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { climatologyOfYears } from "../../../../core/weather/evaluation/climatology.ts";
import {
  dress,
  errorLaw,
  type PastError,
  type Season,
  valueLaw,
} from "../../../../core/weather/evaluation/dressing.ts";
import {
  type CityHistory,
  daysBefore,
  type ForecastDay,
  leads,
  parseForecastHistory,
} from "../../../../core/weather/evaluation/forecast-history.ts";
import { cityForecasts, type DayForecast, type Method } from "../../../../core/weather/evaluation/forecasts.ts";
import { present } from "../present.ts";
import { archiveCsv } from "./archive.ts";

const history = present(parseForecastHistory([{ name: "a.csv", csv: archiveCsv(["OZ"], 100) }]).get("OZ"));
const changed = (change: (day: ForecastDay) => ForecastDay): CityHistory =>
  new Map([...history].map(([date, day]) => [date, change(day)]));
const made = (days: CityHistory, method: Method) =>
  cityForecasts("OZ", days, []).filter((day) => day.method === method);
const shapes = (forecasts: DayForecast[]) =>
  forecasts.map(({ date, lead, pmfLow, pmf }) => ({ date, lead, pmfLow, pmf }));
const before = cityForecasts("OZ", history, []);

describe("what is fitted leaves the month out", () => {
  const inMonth = (month: string, forecasts: DayForecast[]) => forecasts.filter(({ date }) => date.startsWith(month));
  /** The outcomes of the month in another order, and far from what they were. */
  const shuffled = (month: string) => {
    const outcomes = [...history.values()].filter(({ date }) => date.startsWith(month)).map(({ highF }) => highF);
    return changed((day) => {
      const moved = day.date.startsWith(month) ? outcomes.pop() : undefined;
      return moved === undefined || moved === null ? day : { ...day, highF: moved + 17 };
    });
  };

  it.each(["2021-02", "2021-04"])("shuffling the outcomes of %s changes no forecast of it", (month) => {
    const days = shuffled(month);
    for (const method of ["dressed", "climatology"] as const) {
      const [then, now] = [before.filter((day) => day.method === method), made(days, method)];
      expect(inMonth(month, then).length).toBeGreaterThan(20);
      expect(shapes(inMonth(month, now))).toEqual(shapes(inMonth(month, then)));
      // The other months do learn from it.
      expect(shapes(now)).not.toEqual(shapes(then));
    }
  });

  it("persistence repeats a high of the month, but its errors are of the other months", () => {
    const [then, now] = [
      before.filter(({ method }) => method === "persistence"),
      made(shuffled("2021-04"), "persistence"),
    ];
    const evenings = (forecasts: DayForecast[]) =>
      inMonth("2021-04", forecasts).filter(({ lead }) => lead.endsWith("evening"));
    expect(shapes(evenings(now))).toEqual(shapes(evenings(then)));
    const laws = (forecasts: DayForecast[]) => inMonth("2021-04", forecasts).map(({ pmf }) => pmf);
    expect(laws(now)).toEqual(laws(then));
  });
});

describe("EMOS knows only the days before", () => {
  it("what came from the first unknown day on changes nothing", () => {
    const day = "2021-04-20";
    for (const [knownDaysBefore, sameKnown] of Map.groupBy(leads, (lead) => lead.knownDaysBefore)) {
      const firstUnknown = daysBefore(day, knownDaysBefore - 1);
      const newest = daysBefore(day, knownDaysBefore);
      const colderWhere = (isColder: (date: string) => boolean) =>
        made(
          changed((one) => (isColder(one.date) && one.highF !== null ? { ...one, highF: one.highF - 30 } : one)),
          "emos",
        );
      const [later, known] = [colderWhere((date) => date >= firstUnknown), colderWhere((date) => date === newest)];
      const emos = before.filter(({ method }) => method === "emos");
      for (const { id } of sameKnown) {
        const at = (forecasts: DayForecast[]) =>
          shapes(forecasts).find(({ date, lead }) => date === day && lead === id);
        expect(at(later)).toEqual(at(emos));
        expect(at(known)).not.toEqual(at(emos));
      }
    }
  });
});

describe("persistence", () => {
  it("repeats what was known when the forecast came: the evening's report, or the final one", () => {
    const silent = changed((day) => ({ ...day, eveningHighF: null }));
    const leadsMade = new Set(made(silent, "persistence").map(({ lead }) => lead));
    expect([...leadsMade].sort()).toEqual(["D morning", "D-1 morning"]);
  });
});

describe("dressing", () => {
  const errors = fc.array(fc.integer({ min: -12, max: 12 }), { minLength: 20, maxLength: 120 });
  it("keeps mean and variance of the errors, and is a distribution", () => {
    fc.assert(
      fc.property(errors, (values) => {
        const { pmfLow, pmf } = dress(present(valueLaw(values)), 70);
        expect(pmf.reduce((sum, p) => sum + p, 0)).toBe(1);
        const mean = values.reduce((sum, value) => sum + value / values.length, 0);
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2 / (values.length - 1), 0);
        const got = pmf.reduce((sum, p, index) => sum + p * (pmfLow + index - 70), 0);
        const spread = pmf.reduce((sum, p, index) => sum + p * (pmfLow + index - 70 - got) ** 2, 0);
        expect(Math.abs(got - mean)).toBeLessThan(0.05);
        // Rounding to whole degrees adds a twelfth; a kernel of half a degree is the least there is.
        expect(Math.abs(spread - Math.max(variance, 0.25))).toBeLessThan(0.1 * variance + 0.25);
      }),
    );
  });
  const on = (date: string, n: number, errorOf = (index: number) => index % 3): PastError[] =>
    Array.from({ length: n }, (_, index) => ({ date, errorF: errorOf(index) }));
  const momentsOf = (past: PastError[], season: Season) => {
    const { pmfLow, pmf } = dress(present(errorLaw(past, season)), 0);
    const mean = pmf.reduce((sum, p, index) => sum + p * (pmfLow + index), 0);
    return { mean, variance: pmf.reduce((sum, p, index) => sum + p * (pmfLow + index - mean) ** 2, 0) };
  };
  it("needs twenty errors", () => {
    expect(errorLaw(on("2021-07-01", 19), "May to October")).toBeUndefined();
    expect(errorLaw(on("2021-07-01", 20), "May to October")).toBeDefined();
  });
  it("gives each season its own mean and spread, drawn to those of the year as by ten errors", () => {
    const summer = on("2021-07-01", 100, (index) => (index % 2) * 2);
    const winter = on("2021-02-01", 100, (index) => 10 + (index % 2) * 8);
    const [warm, cold] = [
      momentsOf([...summer, ...winter], "May to October"),
      momentsOf([...summer, ...winter], "November to April"),
    ];
    // Means 1 and 14, of the year 7.5; each is drawn by 10/110 of the way.
    expect(warm.mean).toBeCloseTo(1 + 6.5 / 11, 1);
    expect(cold.mean).toBeCloseTo(14 - 6.5 / 11, 1);
    expect(cold.variance).toBeGreaterThan(warm.variance);
    // Nothing of a season: the year stands for it.
    const only = momentsOf(summer, "November to April");
    expect(only.mean).toBeCloseTo(1, 1);
  });
  it("takes the shape of the errors from both seasons", () => {
    const skewed = (index: number) => (index % 10 === 0 ? 9 : 0);
    const law = present(
      errorLaw([...on("2021-07-01", 25, () => 0), ...on("2021-02-01", 200, skewed)], "May to October"),
    );
    const { pmfLow, pmf } = dress(law, 0);
    const mean = pmf.reduce((sum, p, index) => sum + p * (pmfLow + index), 0);
    const skewness = pmf.reduce((sum, p, index) => sum + p * (pmfLow + index - mean) ** 3, 0);
    expect(skewness).toBeGreaterThan(1);
  });
  it("keeps errors that are all the same", () => {
    expect(
      momentsOf(
        on("2021-07-01", 40, () => 2),
        "May to October",
      ).mean,
    ).toBeCloseTo(2, 6);
  });
});

describe("climatologyOfYears", () => {
  it("takes other years' days about the date, over New Year too, never its own year", () => {
    const days = (year: number, highF: number) =>
      Array.from({ length: 41 }, (_, index) => ({
        date: new Date(Date.UTC(year, 11, 12 + index)).toISOString().slice(0, 10),
        highF,
      }));
    const law = present(climatologyOfYears([...days(2018, 30), ...days(2019, 40)], "2017-01-01", 10));
    const mean = law.centres.reduce((sum, { centre, weight }) => sum + centre * weight, 0);
    expect(mean).toBeCloseTo(35, 9);
    expect(climatologyOfYears(days(2018, 30), "2018-12-31", 10)).toBeUndefined();
  });
});
