/** That no forecast has seen what it is scored on. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { climatologyOfYears } from "../../../../core/weather/evaluation/climatology.ts";
import { dress, errorLaw, type PastError, valueLaw } from "../../../../core/weather/evaluation/dressing.ts";
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
    for (const { id, knownDaysBefore } of leads) {
      const firstUnknown = daysBefore(day, knownDaysBefore - 1);
      const later = changed((one) =>
        one.date >= firstUnknown && one.highF !== null ? { ...one, highF: one.highF - 30 } : one,
      );
      const newest = daysBefore(day, knownDaysBefore);
      const known = changed((one) =>
        one.date === newest && one.highF !== null ? { ...one, highF: one.highF - 30 } : one,
      );
      const at = (days: CityHistory) =>
        shapes(made(days, "emos")).find(({ date, lead }) => date === day && lead === id);
      const now = shapes(before.filter(({ method }) => method === "emos")).find(
        ({ date, lead }) => date === day && lead === id,
      );
      expect(at(later)).toEqual(now);
      expect(at(known)).not.toEqual(now);
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
  it("needs twenty errors, and those of the other half-year count a quarter", () => {
    const on = (date: string, n: number): PastError[] =>
      Array.from({ length: n }, (_, index) => ({ date, errorF: index % 3 }));
    expect(errorLaw(on("2021-07-01", 19), "May to October")).toBeUndefined();
    expect(errorLaw(on("2021-07-01", 20), "May to October")).toBeDefined();
    const mixed = [...on("2021-07-01", 30), ...on("2021-02-01", 30).map((error) => ({ ...error, errorF: 50 }))];
    const { pmfLow, pmf } = dress(present(errorLaw(mixed, "May to October")), 0);
    expect(pmf.slice(25 - pmfLow).reduce((sum, p) => sum + p, 0)).toBeCloseTo(0.2, 3);
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
