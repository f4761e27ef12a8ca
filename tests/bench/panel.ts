/**
 * The temperature side of the minute panel, six cities and a year: as-of reading, extremes as intervals, rolling means,
 * slopes and acceleration, by updates; beside it the same columns with every window looked through again at every minute.
 */
import { fahrenheitInterval } from "../../core/weather/metar.ts";
import { minutesPerDay } from "../../core/weather/panel/minutes.ts";
import { type PanelReading, temperatureColumns } from "../../core/weather/panel/temperature.ts";
import { type Figure, medianMs } from "./figure.ts";

const days = 6 * 365;
const minuteMs = 60_000;
const dayMs = minutesPerDay * minuteMs;

/** A reading every five minutes from two hours before midnight on, fetched once an hour. */
function readingsOf(start: number, seed: number): PanelReading[] {
  return Array.from({ length: 26 * 12 }, (_, index) => {
    const validAt = start + (index - 24) * 5 * minuteMs;
    const celsius = Math.round(15 + 8 * Math.sin(index / 46 + seed) + ((index * 7 + seed) % 3));
    const { low, high } = fahrenheitInterval(celsius * 10, true);
    const ingestedAt = Math.ceil(validAt / (60 * minuteMs)) * 60 * minuteMs;
    return { validAt, ingestedAt, reportType: "five_minute", tenthsC: celsius * 10, lowF: low, highF: high };
  });
}

/** Mean and least-squares slope of the values up to `at`, at most `size`, summed anew. */
function window(values: Float64Array, at: number, size: number): { mean: number; slope: number } {
  let from = at;
  while (from > 0 && at - from + 1 < size && !Number.isNaN(values[from - 1])) from--;
  const count = at - from + 1;
  let [sum, moment] = [0, 0];
  for (let index = from; index <= at; index++) {
    sum += values[index] as number;
    moment += (index - from) * (values[index] as number);
  }
  const slope = (moment - ((count - 1) / 2) * sum) / ((count * (count * count - 1)) / 12);
  return { mean: sum / count, slope };
}

/** What `temperatureColumns` gives, as one would write it down first. @returns a sum, so that nothing is left out. */
function again(start: number, readings: readonly PanelReading[]): number {
  const lead = 90;
  const path = new Float64Array(lead + minutesPerDay).fill(Number.NaN);
  let total = 0;
  for (let minute = -lead; minute < minutesPerDay; minute++) {
    const at = start + minute * minuteMs;
    let newest: PanelReading | undefined;
    let [maxLow, maxHigh, minLow, minHigh] = [-Infinity, -Infinity, Infinity, Infinity];
    for (const reading of readings) {
      if (reading.validAt > at || reading.ingestedAt > at) continue;
      if (newest === undefined || reading.validAt > newest.validAt) newest = reading;
      if (reading.validAt < start) continue;
      maxLow = Math.max(maxLow, reading.lowF);
      maxHigh = Math.max(maxHigh, reading.highF);
      minLow = Math.min(minLow, reading.lowF);
      minHigh = Math.min(minHigh, reading.highF);
    }
    if (newest !== undefined) path[lead + minute] = newest.tenthsC * 0.18 + 32;
    if (minute < 0) continue;
    const [short, long] = [window(path, lead + minute, 30), window(path, lead + minute, 60)];
    const before = window(path, lead + minute - 30, 30);
    total += short.mean + long.mean + short.slope + long.slope + (short.slope - before.slope) * 2;
    if (maxLow > -Infinity) total += maxLow + maxHigh + minLow + minHigh;
  }
  return total;
}

export async function measure(): Promise<Figure[]> {
  const start = Date.UTC(2026, 0, 1, 6);
  const all = Array.from({ length: days }, (_, day) => ({
    start: start + day * dayMs,
    readings: readingsOf(start + day * dayMs, day),
  }));
  let shown = 0;
  const ms = await medianMs(3, () => {
    for (const one of all) shown += temperatureColumns(one).maxLowF[minutesPerDay - 1] ?? 0;
  });
  // The slow way is timed on one day in twenty.
  const every = 20;
  const some = all.filter((_, index) => index % every === 0);
  const slowMs = await medianMs(1, () => {
    for (const one of some) shown += again(one.start, one.readings);
  });
  if (Number.isNaN(shown)) throw new Error("the panel of a day that is full of readings has a hole");
  const baseline = (slowMs * all.length) / some.length / 1000;
  return [{ name: "minute-panel-year", value: ms / 1000, unit: "s", baseline }];
}
