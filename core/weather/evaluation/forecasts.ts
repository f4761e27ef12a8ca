/**
 * The forecasts that are compared, made from a history so that none is fitted on the days it is scored on: what is
 * fitted by leaving out the calendar month of the day, or from days whose outcome was known when the forecast came.
 */
import { emosGaussian, fitEmos } from "../emos.ts";
import { type HighPmf, mixturePmf } from "../high-pmf.ts";
import { climatologyOfMonths, climatologyOfYears, type PastHigh } from "./climatology.ts";
import { dress, errorLaw, seasonOf } from "./dressing.ts";
import { type CityHistory, daysBefore, type ForecastDay, type Lead, type LeadId, leads } from "./forecast-history.ts";

export const methods = {
  undressed: "NWS forecast taken for certain: its CRPS is its absolute error",
  dressed: "NWS forecast, dressed with its errors of the other months",
  emos: "NWS forecast through EMOS, fitted on the 40 days known before",
  persistence: "the newest known high, dressed with its errors of the other months",
  climatology: "the season's mean and its errors, from the other months",
  past_years: "highs of past years within 10 days of the date",
} as const;

export type Method = keyof typeof methods;

export interface DayForecast extends HighPmf {
  method: Method;
  city: string;
  date: string;
  lead: LeadId;
  /** What came, whole °F. */
  highF: number;
}

/** One city, one lead: the day's single-valued forecast in whole °F and what came. */
interface Case {
  date: string;
  forecastF: number;
  /** The day whose outcome the forecast repeats; null when it repeats none. */
  repeats: string | null;
  highF: number;
}

const WINDOW_DAYS = 40;
const PAST_YEARS_REACH_DAYS = 10;
/**
 * Errors of the National Weather Service's forecast at about these leads, root mean square in °F, over seven cities of
 * 2026 (Crosier, arXiv 2609.23969): what EMOS believes before its first day. Two days before, somewhat more.
 */
const PRIOR_SD: Readonly<Record<LeadId, number>> = {
  "D-2 evening": 3.0,
  "D-1 morning": 2.83,
  "D-1 evening": 2.66,
  "D morning": 2.33,
};

const monthOf = (date: string) => date.slice(0, 7);

/**
 * Every case dressed with the errors of the other months. An error that holds an outcome of the month left out (the
 * first day after it, persisted from its last) is left out with it.
 */
function leaveMonthOut(cases: readonly Case[]): { item: Case; pmf: HighPmf }[] {
  const laws = new Map<string, HighPmf | undefined>();
  return cases.flatMap((item) => {
    const month = monthOf(item.date);
    if (!laws.has(month)) {
      const others = cases.filter(
        ({ date, repeats }) => monthOf(date) !== month && (repeats === null || monthOf(repeats) !== month),
      );
      const errors = others.map(({ date, forecastF, highF }) => ({ date, errorF: highF - forecastF }));
      const law = errorLaw(errors, seasonOf(item.date));
      laws.set(month, law && dress(law, 0));
    }
    const law = laws.get(month);
    // Forecasts are whole degrees: they move the distribution of the errors by so many places.
    return law === undefined ? [] : [{ item, pmf: { pmfLow: law.pmfLow + item.forecastF, pmf: law.pmf } }];
  });
}

/** The newest high known when the lead's forecast came, as its forecast; undefined when that report did not come. */
function persisted(history: CityHistory, { newest }: Lead, { date, highF }: Case): Case | undefined {
  const repeats = daysBefore(date, newest.daysBefore);
  const day = history.get(repeats);
  const forecastF = newest.report === "final" ? day?.highF : day?.eveningHighF;
  return forecastF === null || forecastF === undefined ? undefined : { date, forecastF, repeats, highF };
}

/** Variance of the lead's forecast and the issues before it for the same day (a lagged ensemble); 0 when it is the first. */
function laggedVariance(day: ForecastDay, lead: LeadId): number {
  const until = leads.findIndex(({ id }) => id === lead);
  const issues = leads.slice(0, until + 1).flatMap(({ id }) => day.forecastF.get(id) ?? []);
  const mean = issues.reduce((sum, value) => sum + value / issues.length, 0);
  return issues.reduce((sum, value) => sum + (value - mean) ** 2 / issues.length, 0);
}

/** EMOS with a rolling window, as it would have run: each day from the days whose final high was known. */
function rollingEmos(history: CityHistory, cases: readonly Case[], lead: Lead): { item: Case; pmf: HighPmf }[] {
  const inputs = cases.flatMap(({ date, forecastF, highF }) => {
    const day = history.get(date);
    return day === undefined
      ? []
      : [{ date, forecast: forecastF, variance: laggedVariance(day, lead.id), observed: highF }];
  });
  return cases.map((item, index) => {
    const newest = daysBefore(item.date, lead.knownDaysBefore);
    const oldest = daysBefore(newest, WINDOW_DAYS - 1);
    const known = inputs.filter(({ date }) => date >= oldest && date <= newest);
    const coefficients = fitEmos(known, { sd: PRIOR_SD[lead.id] });
    const { mean, sd } = emosGaussian(coefficients, item.forecastF, inputs[index]?.variance ?? 0);
    return { item, pmf: mixturePmf([{ centre: mean, weight: 1 }], sd) };
  });
}

/** Seasonal climatology of each month from all others. */
function climatologies(history: CityHistory): Map<string, HighPmf> {
  const highs = [...history.values()].flatMap(({ date, highF }): PastHigh[] =>
    highF === null ? [] : [{ date, highF }],
  );
  const found = new Map<string, HighPmf>();
  for (const month of new Set(highs.map(({ date }) => monthOf(date)))) {
    const others = climatologyOfMonths(highs.filter(({ date }) => monthOf(date) !== month));
    if (others === undefined) continue;
    for (const { date } of highs.filter((past) => monthOf(past.date) === month)) {
      const [law, mean] = [others.lawAt(date), others.meanAt(date)];
      if (law !== undefined && mean !== undefined) found.set(date, dress(law, mean));
    }
  }
  return found;
}

/** The highs of past years at each date of the history. */
function pastYears(history: CityHistory, past: readonly PastHigh[]): Map<string, HighPmf> {
  const found = new Map<string, HighPmf>();
  for (const date of history.keys()) {
    const law = climatologyOfYears(past, date, PAST_YEARS_REACH_DAYS);
    if (law !== undefined) found.set(date, dress(law, 0));
  }
  return found;
}

/**
 * All methods' forecasts of one city, by lead and date, for the days on which a lead has a forecast and a final high.
 * A method that has nothing to say of a day (no report to persist, too few errors, no past years) is not there.
 */
export function cityForecasts(city: string, history: CityHistory, past: readonly PastHigh[]): DayForecast[] {
  const seasonal = climatologies(history);
  const ofYears = pastYears(history, past);
  return leads.flatMap((lead) => {
    const cases = [...history.values()].flatMap(({ date, forecastF, highF }): Case[] => {
      const forecast = forecastF.get(lead.id);
      return forecast === undefined || highF === null ? [] : [{ date, forecastF: forecast, repeats: null, highF }];
    });
    const stored = (found: ReadonlyMap<string, HighPmf>) =>
      cases.flatMap((item) => {
        const pmf = found.get(item.date);
        return pmf === undefined ? [] : [{ item, pmf }];
      });
    const certain = ({ forecastF }: Case): HighPmf => ({ pmfLow: forecastF, pmf: [1] });
    const made: Record<Method, { item: Case; pmf: HighPmf }[]> = {
      undressed: cases.map((item) => ({ item, pmf: certain(item) })),
      dressed: leaveMonthOut(cases),
      emos: rollingEmos(history, cases, lead),
      persistence: leaveMonthOut(cases.flatMap((item) => persisted(history, lead, item) ?? [])),
      climatology: stored(seasonal),
      past_years: stored(ofYears),
    };
    return (Object.keys(made) as Method[]).flatMap((method) =>
      made[method].map(({ item: { date, highF }, pmf }) => ({ method, city, date, lead: lead.id, highF, ...pmf })),
    );
  });
}
