/** Climatology: what the time of the year says of the high, and nothing else. */
import { errorLaw, type ErrorLaw, seasonOf, valueLaw } from "./dressing.ts";

export interface PastHigh {
  /** `YYYY-MM-DD`. */
  date: string;
  highF: number;
}

const YEAR_DAYS = 365.2425;
const DAY_MS = 86_400_000;
/** Half the width of the window of the seasonal mean, days. It widens until it holds enough days. */
const WINDOW_DAYS = 45;
const MIN_WINDOW_VALUES = 20;

/** Signed distance in the year from `to` to `from`, days, −183 to 183. */
export function yearDistance(from: string, to: string): number {
  const days = (Date.parse(`${from}T00:00:00Z`) - Date.parse(`${to}T00:00:00Z`)) / DAY_MS;
  return days - YEAR_DAYS * Math.round(days / YEAR_DAYS);
}

/**
 * The mean high at a date: a straight line through the highs of the season, the near ones weighing more (Cleveland 1979,
 * JASA 74: tricube weights). @returns undefined when there are too few highs.
 */
function seasonalMean(highs: readonly PastHigh[], date: string): number | undefined {
  if (highs.length < MIN_WINDOW_VALUES) return undefined;
  const points = highs.map((past) => ({ at: yearDistance(past.date, date), highF: past.highF }));
  const reaches = points.map(({ at }) => Math.abs(at)).sort((a, b) => a - b);
  const window = Math.max(WINDOW_DAYS, (reaches[MIN_WINDOW_VALUES - 1] ?? 0) * 1.5);
  const sums = { w: 0, x: 0, y: 0, xx: 0, xy: 0 };
  for (const { at, highF } of points) {
    const far = Math.abs(at) / window;
    if (far >= 1) continue;
    const weight = (1 - far ** 3) ** 3;
    sums.w += weight;
    sums.x += weight * at;
    sums.y += weight * highF;
    sums.xx += weight * at * at;
    sums.xy += weight * at * highF;
  }
  const spread = sums.w * sums.xx - sums.x ** 2;
  const slope = spread > 1e-9 ? (sums.w * sums.xy - sums.x * sums.y) / spread : 0;
  return (sums.y - slope * sums.x) / sums.w;
}

/**
 * From the other months of the same history: a seasonal mean, and the errors that it makes in each of them when that
 * month is left out as well. @returns undefined when there are too few highs.
 */
export function climatologyOfMonths(
  highs: readonly PastHigh[],
): { lawAt(date: string): ErrorLaw | undefined; meanAt(date: string): number | undefined } | undefined {
  const months = new Set(highs.map(({ date }) => date.slice(0, 7)));
  const errors = [...months].flatMap((month) => {
    const others = highs.filter(({ date }) => date.slice(0, 7) !== month);
    return highs.flatMap(({ date, highF }) => {
      const mean = date.slice(0, 7) === month ? seasonalMean(others, date) : undefined;
      return mean === undefined ? [] : [{ date, errorF: highF - mean }];
    });
  });
  if (errors.length === 0) return undefined;
  return {
    lawAt: (date) => errorLaw(errors, seasonOf(date)),
    meanAt: (date) => seasonalMean(highs, date),
  };
}

/** From the highs of other years within `reach` days of the date in the year; undefined when they are too few. */
export function climatologyOfYears(highs: readonly PastHigh[], date: string, reach: number): ErrorLaw | undefined {
  const year = date.slice(0, 4);
  const near = highs.filter(
    (past) => past.date.slice(0, 4) !== year && Math.abs(yearDistance(past.date, date)) <= reach,
  );
  return valueLaw(near.map(({ highF }) => highF));
}
