/**
 * What the models say, every five minutes of a climate day, from what was known then: the same functions that the jobs
 * call. Their last word holds until the next.
 */
import type { TableRow } from "../../../schemas/index.ts";
import { climateDay } from "../climate-day.ts";
import { type MemberPath, predictDayAhead } from "../day-ahead.ts";
import type { HighForecast } from "../high-pmf.ts";
import type { IntradayDay, IntradayForecast } from "../intraday.ts";
import type { WeatherParameters } from "../parameters.ts";
import { together } from "../predictions.ts";
import type { Station } from "../stations.ts";
import { MINUTE_MS, minutesPerDay, newColumn } from "./minutes.ts";

/** The step of the intraday model. */
export const WORD_MINUTES = 5;
const HOUR_MS = 3_600_000;

/** What was said at one minute; a model that had nothing to say is undefined. */
export interface ModelWord {
  minute: number;
  dayAhead: HighForecast | undefined;
  intraday: IntradayForecast | undefined;
  /** Both as one, without the market. */
  together: HighForecast | undefined;
}

/** One value a minute; NaN where there is none. */
export interface ModelColumns {
  newMaximumIn5: Float64Array;
  newMaximumIn60: Float64Array;
  /** The official maximum so far, whole °F. */
  observedLeastF: Float64Array;
  observedMostF: Float64Array;
  /** Of both models together, °F. */
  meanF: Float64Array;
  sdF: Float64Array;
  /** In the order of time, one every `WORD_MINUTES`. */
  words: ModelWord[];
}

export interface DayInputs {
  station: Station;
  climateDate: string;
  /** Every version of every row; each call reads only those that were known. */
  members: readonly (MemberPath & Pick<TableRow<"weather_ensemble_members">, "ingested_at" | "window_at">)[];
  nbm: readonly TableRow<"nbm_forecasts">[];
  parameters: WeatherParameters;
}

/** The day-ahead model through the day: asked again only when something new is known, or another bucket begins. */
function dayAheadOf(input: DayInputs, start: number): (now: number) => HighForecast | undefined {
  const buckets = input.parameters.stations[input.station.icao]?.dayAhead.buckets ?? [];
  const changes = [
    ...[...input.members, ...input.nbm].map(({ ingested_at }) => ingested_at),
    // A bucket holds its own instant: the next begins just after.
    ...buckets.map(({ fromHours }) => start + (24 - fromHours) * HOUR_MS + 1),
  ].toSorted((a, b) => a - b);
  let seen = -1;
  let last: HighForecast | undefined;
  return (now) => {
    let count = Math.max(0, seen);
    while ((changes[count] ?? Infinity) <= now) count++;
    if (count === seen) return last;
    seen = count;
    const members = input.members.filter(({ ingested_at }) => ingested_at <= now);
    const newest = new Map<string, number>();
    for (const { model, window_at } of members) newest.set(model, Math.max(window_at, newest.get(model) ?? 0));
    const said = predictDayAhead({
      ...input,
      now,
      members: members.filter(({ model, window_at }) => window_at === newest.get(model)),
    });
    last = "refusal" in said ? undefined : said;
    return last;
  };
}

/**
 * @param input.intraday the intraday model of this day
 * @param input.minutes how many minutes of the day to fill: all, or up to the present one
 */
export function modelColumns(
  input: DayInputs & {
    intraday: IntradayDay;
    minutes?: number;
  },
): ModelColumns {
  const { station, climateDate, parameters, minutes = minutesPerDay } = input;
  const { start, end } = climateDay(station, climateDate);
  const columns: ModelColumns = {
    newMaximumIn5: newColumn(minutes),
    newMaximumIn60: newColumn(minutes),
    observedLeastF: newColumn(minutes),
    observedMostF: newColumn(minutes),
    meanF: newColumn(minutes),
    sdF: newColumn(minutes),
    words: [],
  };
  const dayAheadAt = dayAheadOf(input, start);
  for (let minute = 0; minute < minutes; minute += WORD_MINUTES) {
    const now = start + minute * MINUTE_MS;
    const dayAhead = dayAheadAt(now);
    const said = input.intraday.at(now);
    const intraday = "refusal" in said ? undefined : said;
    const both = together({ dayAhead, intraday }, parameters, (end - now) / HOUR_MS);
    columns.words.push({ minute, dayAhead, intraday, together: both });
    const until = Math.min(minutes, minute + WORD_MINUTES);
    columns.newMaximumIn5.fill(intraday?.newMaximumIn5 ?? Number.NaN, minute, until);
    columns.newMaximumIn60.fill(intraday?.newMaximumIn60 ?? Number.NaN, minute, until);
    columns.observedLeastF.fill(intraday?.observedLeastF ?? Number.NaN, minute, until);
    columns.observedMostF.fill(intraday?.observedMostF ?? Number.NaN, minute, until);
    columns.meanF.fill(both?.mean ?? Number.NaN, minute, until);
    columns.sdF.fill(both?.sd ?? Number.NaN, minute, until);
  }
  return columns;
}
