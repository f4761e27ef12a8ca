/**
 * What the thermometer had said, minute by minute, as it was known: a reading counts from the later of the minute in
 * which it was made and the one in which it was fetched. Used on history and on the day that is running alike.
 */
import { rollMeansAndSlopes } from "../../stats/rolling.ts";
import { MINUTE_MS, minutesPerDay, newColumns } from "./minutes.ts";

/** Older than this the last reading is no present temperature: the routine report is hourly and up to 20 minutes late. */
export const LAST_READING_MINUTES = 90;
/** The two windows of the rolling means and slopes, minutes. */
const [SHORT, LONG] = [30, 60];
const PER_HOUR = 60;
/** The windows of the day's first minutes reach back before midnight: the acceleration to a slope of half an hour ago. */
const LEAD_MINUTES = LONG + SHORT;

export interface PanelReading {
  /** Epoch ms UTC. */
  validAt: number;
  /** When it was fetched, epoch ms UTC. */
  ingestedAt: number;
  /** five_minute, routine or special: two reports of one minute are two readings. */
  reportType: string;
  /** 0.1 °C. */
  tenthsC: number;
  /** The whole °F that it can stand for. */
  lowF: number;
  highF: number;
}

/** One value a minute; NaN where there is none. */
export interface TemperatureColumns {
  /** The newest reading, °F as the feed gives it. */
  temperatureF: Float64Array;
  /** Since that reading was made, minutes. */
  ageMinutes: Float64Array;
  /** The highest reading of the climate day so far is at least this and at most that, whole °F. */
  maxLowF: Float64Array;
  maxHighF: Float64Array;
  /** The lowest one likewise. */
  minLowF: Float64Array;
  minHighF: Float64Array;
  /** Of the temperature over the last 30 and 60 minutes, °F. */
  mean30F: Float64Array;
  mean60F: Float64Array;
  /** Least-squares slopes over the same, °F per hour: the velocity. */
  slope30: Float64Array;
  slope60: Float64Array;
  /** Change of slope30 in the last half hour, °F per hour and hour. */
  acceleration: Float64Array;
  /** Readings of the climate day known so far. */
  readings: Float64Array;
}

const names = [
  "temperatureF",
  "ageMinutes",
  "maxLowF",
  "maxHighF",
  "minLowF",
  "minHighF",
  "mean30F",
  "mean60F",
  "slope30",
  "slope60",
  "acceleration",
  "readings",
] as const satisfies (keyof TemperatureColumns)[];

interface Extremes {
  maxLowF: number;
  maxHighF: number;
  minLowF: number;
  minHighF: number;
}

const none = (): Extremes => ({
  maxLowF: Number.NaN,
  maxHighF: Number.NaN,
  minLowF: Number.NaN,
  minHighF: Number.NaN,
});

/** NaN knows nothing: any value is beyond it. */
function widen(extremes: Extremes, { lowF, highF }: PanelReading): void {
  if (!(extremes.maxLowF >= lowF)) extremes.maxLowF = lowF;
  if (!(extremes.maxHighF >= highF)) extremes.maxHighF = highF;
  if (!(extremes.minLowF <= lowF)) extremes.minLowF = lowF;
  if (!(extremes.minHighF <= highF)) extremes.minHighF = highF;
}

const width = ({ lowF, highF }: PanelReading) => highF - lowF;

/** Of two readings the later; of one minute the one that says more. */
function isNewer(reading: PanelReading, than: PanelReading | undefined): boolean {
  if (than === undefined || reading.validAt !== than.validAt) return reading.validAt > (than?.validAt ?? -Infinity);
  return width(reading) <= width(than);
}

const knownAt = ({ validAt, ingestedAt }: PanelReading) => Math.max(validAt, ingestedAt);

const sameReport = (a: PanelReading, b: PanelReading) => a.validAt === b.validAt && a.reportType === b.reportType;

function byReport(a: PanelReading, b: PanelReading): number {
  if (a.validAt !== b.validAt) return a.validAt - b.validAt;
  if (a.reportType !== b.reportType) return a.reportType < b.reportType ? -1 : 1;
  return knownAt(a) - knownAt(b);
}

const byKnowledge = (a: PanelReading, b: PanelReading) => knownAt(a) - knownAt(b) || a.validAt - b.validAt;

/** Sorts in place what is not in order already: readings mostly come so, and looking is cheaper. */
function inOrder(readings: PanelReading[], compare: (a: PanelReading, b: PanelReading) => number): PanelReading[] {
  for (let index = 1; index < readings.length; index++)
    if (compare(readings[index - 1] as PanelReading, readings[index] as PanelReading) > 0)
      return readings.sort(compare);
  return readings;
}

/**
 * In the order in which they became known, without those that say again what was known; `corrections` hold what differs
 * from what the same report said before.
 */
function arrivals(readings: readonly PanelReading[], from: number) {
  const sorted = inOrder(
    readings.filter(({ validAt }) => validAt >= from),
    byReport,
  );
  const corrections = new Set<PanelReading>();
  const news: PanelReading[] = [];
  for (const reading of sorted) {
    const before = news.at(-1);
    if (before !== undefined && sameReport(before, reading)) {
      if (before.tenthsC === reading.tenthsC && before.lowF === reading.lowF && before.highF === reading.highF)
        continue;
      corrections.add(reading);
    }
    news.push(reading);
  }
  return { arriving: inOrder(news, byKnowledge), corrections };
}

/** The newest version of each report. */
function standing(readings: readonly PanelReading[]): PanelReading[] {
  return [...new Map(readings.map((one) => [`${one.validAt} ${one.reportType}`, one])).values()];
}

/**
 * @param input.start local standard midnight, epoch ms UTC
 * @param input.minutes how many minutes of the day to fill: all, or up to the present one
 * @param input.readings of the day and the last ones before it, in any order
 */
export function temperatureColumns(input: {
  start: number;
  minutes?: number;
  readings: readonly PanelReading[];
}): TemperatureColumns {
  const { start, minutes = minutesPerDay } = input;
  const { arriving, corrections } = arrivals(input.readings, start - (LEAD_MINUTES + LAST_READING_MINUTES) * MINUTE_MS);
  const length = LEAD_MINUTES + minutes;
  const columns: TemperatureColumns = newColumns(names, length);
  let extremes = none();
  let newest: PanelReading | undefined;
  let temperatureF = Number.NaN;
  let count = 0;
  let next = 0;
  for (let minute = -LEAD_MINUTES; minute < minutes; minute++) {
    const at = start + minute * MINUTE_MS;
    const first = next;
    for (let one = arriving[next]; one !== undefined && knownAt(one) <= at; one = arriving[++next]) {
      if (corrections.has(one)) {
        // What the wrong one had set must go.
        extremes = none();
        newest = undefined;
        for (const reading of standing(arriving.slice(0, next + 1))) {
          if (reading.validAt >= start) widen(extremes, reading);
          if (isNewer(reading, newest)) newest = reading;
        }
        continue;
      }
      if (one.validAt >= start) {
        widen(extremes, one);
        count++;
      }
      if (isNewer(one, newest)) newest = one;
    }
    if (next > first && newest !== undefined) temperatureF = newest.tenthsC * 0.18 + 32;
    const age = newest === undefined ? Number.NaN : (at - newest.validAt) / MINUTE_MS;
    const place = LEAD_MINUTES + minute;
    if (age <= LAST_READING_MINUTES) columns.temperatureF[place] = temperatureF;
    columns.ageMinutes[place] = age;
    columns.readings[place] = count;
    columns.maxLowF[place] = extremes.maxLowF;
    columns.maxHighF[place] = extremes.maxHighF;
    columns.minLowF[place] = extremes.minLowF;
    columns.minHighF[place] = extremes.minHighF;
  }
  rollMeansAndSlopes(columns.temperatureF, SHORT, { means: columns.mean30F, slopes: columns.slope30 });
  rollMeansAndSlopes(columns.temperatureF, LONG, { means: columns.mean60F, slopes: columns.slope60 });
  const { slope30, slope60, acceleration } = columns;
  for (let place = 0; place < length; place++) {
    slope30[place] = (slope30[place] as number) * PER_HOUR;
    slope60[place] = (slope60[place] as number) * PER_HOUR;
    if (place >= SHORT)
      acceleration[place] = ((slope30[place] as number) - (slope30[place - SHORT] as number)) * (PER_HOUR / SHORT);
  }
  for (const name of names) columns[name] = columns[name].subarray(LEAD_MINUTES);
  return columns;
}
