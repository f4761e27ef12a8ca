/**
 * A history of forecast and observed daily highs as a table (CSV): one row a city and date, a column an issue of the
 * forecast. The columns are those of the archive of National Weather Service forecasts by mail; `NA` is a mail that
 * did not come.
 */

/** One issue of the forecast, and what was known of past highs when it came. */
export interface Lead {
  id: LeadId;
  column: string;
  /** The newest day whose final high was known: so many days before the forecast's. */
  knownDaysBefore: number;
  /** The newest high known at all: an evening's report of the day itself comes before its final one. */
  newest: { daysBefore: number; report: "evening" | "final" };
}

export type LeadId = "D-2 evening" | "D-1 morning" | "D-1 evening" | "D morning";

/** Earliest first. A morning's mail brings the final high of the day before, an evening's the high so far of its own day. */
export const leads: readonly Lead[] = [
  {
    id: "D-2 evening",
    column: "forecast_hi_2_prev_PM",
    knownDaysBefore: 3,
    newest: { daysBefore: 2, report: "evening" },
  },
  { id: "D-1 morning", column: "forecast_hi_prev_AM", knownDaysBefore: 2, newest: { daysBefore: 2, report: "final" } },
  {
    id: "D-1 evening",
    column: "forecast_hi_prev_PM",
    knownDaysBefore: 2,
    newest: { daysBefore: 1, report: "evening" },
  },
  { id: "D morning", column: "forecast_hi_current_AM", knownDaysBefore: 1, newest: { daysBefore: 1, report: "final" } },
];

const EVENING_COLUMN = "actual_hi_current_PM";
const FINAL_COLUMN = "actual_hi_next_AM";
/** The records of the world, rounded outward, °F. */
const PLAUSIBLE_F = { low: -140, high: 140 };
const DAY_MS = 86_400_000;

export interface ForecastDay {
  city: string;
  /** `YYYY-MM-DD`. */
  date: string;
  /** Whole °F; a lead without a forecast is not there. */
  forecastF: ReadonlyMap<LeadId, number>;
  /** As reported in the evening of the day, whole °F; the day may still have risen. */
  eveningHighF: number | null;
  /** As reported on the morning after, whole °F: the label. */
  highF: number | null;
}

/** The days of one city in the order of time, by date. */
export type CityHistory = ReadonlyMap<string, ForecastDay>;

/** `YYYY-MM-DD` so many days before a date. */
export function daysBefore(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * DAY_MS).toISOString().slice(0, 10);
}

function wholeDegrees(text: string | undefined, where: string): number | null {
  if (text === "NA" || text === "") return null;
  const value = text !== undefined && /^-?\d+$/.test(text) ? Number(text) + 0 : Number.NaN;
  if (!(value >= PLAUSIBLE_F.low && value <= PLAUSIBLE_F.high)) {
    throw new Error(
      `${where}: "${text}" is no high in whole °F from ${PLAUSIBLE_F.low} to ${PLAUSIBLE_F.high}, and not NA`,
    );
  }
  return value;
}

/** The days of one table. @throws when a column is missing or a value is no high in whole °F. */
function parseDays(name: string, csv: string): ForecastDay[] {
  const [head = "", ...lines] = csv
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .filter((line) => line !== "");
  const header = head.split(",");
  const columns = ["date", "city", EVENING_COLUMN, FINAL_COLUMN, ...leads.map(({ column }) => column)];
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length > 0) throw new Error(`${name}: the header lacks ${missing.join(", ")}; found "${head}"`);
  return lines.map((line, index) => {
    const cells = line.split(",");
    const where = `${name}, row ${index + 2}`;
    const cell = (column: string) => cells[header.indexOf(column)];
    const degrees = (column: string) => wholeDegrees(cell(column), `${where}, column ${column}`);
    const [date = "", city = ""] = [cell("date"), cell("city")];
    if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(Date.parse(date)) || daysBefore(date, 0) !== date) {
      throw new Error(`${where}: date is "${date}"; it must be a calendar date YYYY-MM-DD`);
    }
    if (city === "") throw new Error(`${where}: no city`);
    const forecastF = new Map<LeadId, number>();
    for (const { id, column } of leads) {
      const value = degrees(column);
      if (value !== null) forecastF.set(id, value);
    }
    return { city, date, forecastF, eveningHighF: degrees(EVENING_COLUMN), highF: degrees(FINAL_COLUMN) };
  });
}

/**
 * One or more tables as one history: cities in the order in which they come up, the days of each in the order of time.
 * @throws when a table cannot be read, or a city has a date twice.
 */
export function parseForecastHistory(tables: readonly { name: string; csv: string }[]): Map<string, CityHistory> {
  const cities = new Map<string, ForecastDay[]>();
  for (const day of tables.flatMap(({ name, csv }) => parseDays(name, csv))) {
    const days = cities.get(day.city);
    if (days === undefined) cities.set(day.city, [day]);
    else days.push(day);
  }
  return new Map(
    [...cities].map(([city, days]) => {
      const sorted = days.toSorted((a, b) => (a.date < b.date ? -1 : 1));
      const twice = sorted.find(({ date }, index) => date === sorted[index + 1]?.date);
      if (twice !== undefined) throw new Error(`${city} has ${twice.date} twice`);
      return [city, new Map(sorted.map((day) => [day.date, day]))];
    }),
  );
}
