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
import { MINUTE_MS, newColumn } from "./minutes.ts";

/** The step of the intraday model. */
const WORD_MINUTES = 5;
const HOUR_MS = 3_600_000;

/** The parameters in force at an instant, epoch ms UTC. */
export type ParametersAt = (now: number) => WeatherParameters;

/** What was said at one minute; a model that had nothing to say is undefined. */
export interface ModelWord {
  minute: number;
  /** By which it was said. */
  parameters: WeatherParameters;
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
  /** In the order of time, one every `WORD_MINUTES` and, of a running day, one of the present minute. */
  words: ModelWord[];
}

export interface DayInputs {
  station: Station;
  climateDate: string;
  /** Every version of every row; each call reads only those that were known. */
  members: readonly (MemberPath & Pick<TableRow<"weather_ensemble_members">, "ingested_at" | "window_at">)[];
  nbm: readonly TableRow<"nbm_forecasts">[];
}

/** The day-ahead model through the day: asked again only when something new is known, or another bucket begins. */
function dayAheadOf(
  input: DayInputs & { parameters: WeatherParameters },
  start: number,
): (now: number) => HighForecast | undefined {
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

/** Minutes at which the models are asked. */
function wordMinutes(minutes: number, isRunning: boolean): number[] {
  const asked = Array.from({ length: Math.ceil(minutes / WORD_MINUTES) }, (_, index) => index * WORD_MINUTES);
  const last = minutes - 1;
  return isRunning && asked.length > 0 && asked.at(-1) !== last ? [...asked, last] : asked;
}

/**
 * @param input.openDay the intraday model of this day by some parameters
 * @param input.minutes how many minutes of the day to fill: all, or up to the present one
 * @param input.isRunning whether the last of them is the present one
 */
export function modelColumns(
  input: DayInputs & {
    parametersAt: ParametersAt;
    openDay: (parameters: WeatherParameters) => IntradayDay;
    minutes: number;
    isRunning: boolean;
  },
): ModelColumns {
  const { station, climateDate, parametersAt, openDay, minutes, isRunning } = input;
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
  const models = new Map<string, { dayAheadAt: ReturnType<typeof dayAheadOf>; intraday: IntradayDay }>();
  const modelsBy = (parameters: WeatherParameters) => {
    let found = models.get(parameters.version);
    if (found === undefined) {
      found = { dayAheadAt: dayAheadOf({ ...input, parameters }, start), intraday: openDay(parameters) };
      models.set(parameters.version, found);
    }
    return found;
  };
  for (const minute of wordMinutes(minutes, isRunning)) {
    const now = start + minute * MINUTE_MS;
    const parameters = parametersAt(now);
    const { dayAheadAt, intraday: day } = modelsBy(parameters);
    const dayAhead = dayAheadAt(now);
    const said = day.at(now);
    const intraday = "refusal" in said ? undefined : said;
    const both = together({ dayAhead, intraday }, parameters, (end - now) / HOUR_MS);
    columns.words.push({ minute, parameters, dayAhead, intraday, together: both });
    const fill = (column: Float64Array, value: number | null | undefined) => column.fill(value ?? Number.NaN, minute);
    fill(columns.newMaximumIn5, intraday?.newMaximumIn5);
    fill(columns.newMaximumIn60, intraday?.newMaximumIn60);
    fill(columns.observedLeastF, intraday?.observedLeastF);
    fill(columns.observedMostF, intraday?.observedMostF);
    fill(columns.meanF, both?.mean);
    fill(columns.sdF, both?.sd);
  }
  return columns;
}
