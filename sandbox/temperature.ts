/**
 * What the thermometers feel: per station a path that is continuous over the years, made of the season, a day-to-day
 * anomaly (AR(1)), a daily cycle, clouds, fronts and gusts. All temperatures °F.
 */
import { climateDayStart, day, hour, minute } from "./calendar.ts";
import type { City } from "./cities.ts";
import { hashText, type Noise } from "./noise.ts";

/** Readings a day: one every five minutes. */
export const slotsPerDay = 288;
const slotMinutes = 5;

const streams = {
  anomaly: hashText("anomaly"),
  front: hashText("front"),
  frontDepth: hashText("front depth"),
  frontRise: hashText("front rise"),
  cloud: hashText("cloud"),
  peak: hashText("peak"),
  dawn: hashText("dawn"),
  half: hashText("half-hour noise"),
  gust: hashText("gust"),
};

/** Memory of the day-to-day anomaly. */
const persistence = 0.62;
/** Days after which its memory is below 1e-4. */
const memory = 20;

interface DayShape {
  high: number;
  highAt: number;
  low: number;
  lowAt: number;
}

interface DayRecord {
  /** Whole °F, as the sensor's own rounding gives the official values. */
  max: number;
  min: number;
  /** Slots at which they were first reached. */
  maxSlot: number;
  minSlot: number;
  /** Unrounded readings. */
  readings: Float64Array;
  /** Largest unrounded reading from this slot to the end of the day. */
  maxFrom: Float64Array;
  /** Largest unrounded reading before this slot; -Infinity before the first. */
  maxBefore: Float64Array;
}

export interface Thermometers {
  /** The smooth path, without gusts: what a good model could know. */
  smooth(city: City, at: number): number;
  record(city: City, climateDay: number): DayRecord;
  /** The season's mean maximum and minimum: the "normals" of the reports. */
  normals(city: City, climateDay: number): { high: number; low: number };
}

/** A number for a station's day. */
const addressOf = (city: City, climateDay: number) => climateDay * 8 + city.index;

const normals = (city: City, climateDay: number) => {
  const ofYear = climateDay - Date.UTC(new Date(climateDay * day).getUTCFullYear(), 0, 1) / day;
  const swing = Math.cos((2 * Math.PI * (ofYear - city.climate.peakDay)) / 365.25);
  const { high, low } = city.climate;
  return { high: high[0] + high[1] * swing, low: low[0] + low[1] * swing };
};

/** From one temperature to another along half a cosine. */
const between = (from: number, to: number, share: number) => to + (from - to) * 0.5 * (1 + Math.cos(Math.PI * share));

export function createThermometers(noise: Noise): Thermometers {
  const shapes = new Map<number, DayShape>();
  const records = new Map<number, DayRecord>();
  const anomaly = (city: City, climateDay: number) => {
    let sum = 0;
    let weight = Math.sqrt(1 - persistence * persistence);
    for (let back = 0; back < memory; back += 1) {
      sum += weight * noise.normal(streams.anomaly, city.index, climateDay - back);
      weight *= persistence;
    }
    return sum * city.climate.anomaly;
  };

  const drawsFront = (city: City, climateDay: number) =>
    noise.uniform(streams.front, city.index, climateDay) < city.climate.fronts;
  /** Never two days running: the second would have no warm evening to fall from. */
  const isFront = (city: City, climateDay: number) => drawsFront(city, climateDay) && !drawsFront(city, climateDay - 1);

  const shape = (city: City, climateDay: number): DayShape => {
    const key = addressOf(city, climateDay);
    const known = shapes.get(key);
    if (known !== undefined) return known;
    const normal = normals(city, climateDay);
    const today = anomaly(city, climateDay);
    const cloud = noise.uniform(streams.cloud, city.index, climateDay) ** 2;
    let cooling = 0;
    for (let back = 1; back <= 3; back += 1) if (isFront(city, climateDay - back)) cooling += 8 * 0.5 ** back;
    const highAt = (14.4 + 1.5 * noise.uniform(streams.peak, city.index, climateDay)) * 60;
    const lowAt = (5.7 + noise.uniform(streams.dawn, city.index, climateDay)) * 60;
    let result: DayShape;
    if (isFront(city, climateDay)) {
      const before = shape(city, climateDay - 1).high;
      const low = before - 10 - 6 * noise.uniform(streams.frontDepth, city.index, climateDay);
      result = { low, lowAt, high: low - 3 + 4 * noise.uniform(streams.frontRise, city.index, climateDay), highAt };
    } else {
      const high = normal.high + today - 4 * cloud - cooling;
      const range = (normal.high - normal.low) * (1.1 - 0.6 * cloud);
      // The night keeps less of the anomaly than the day, but it is always colder than the afternoons around it.
      const usual = Math.min(high - range * 0.85, normal.low + 0.75 * today + 3 * cloud - cooling);
      // No night after a front is warmer than the front's own cold afternoon.
      const low = isFront(city, climateDay - 1) ? Math.min(usual, shape(city, climateDay - 1).high - 2) : usual;
      result = { low, lowAt, high, highAt };
    }
    shapes.set(key, result);
    return result;
  };

  /** `minuteOfDay` may be fractional. */
  const smoothAt = (city: City, climateDay: number, minuteOfDay: number) => {
    const here = shape(city, climateDay);
    if (minuteOfDay < here.lowAt) {
      const last = shape(city, climateDay - 1);
      const span = 1440 - last.highAt + here.lowAt;
      return between(last.high, here.low, (minuteOfDay + 1440 - last.highAt) / span);
    }
    if (minuteOfDay < here.highAt) {
      return between(here.low, here.high, (minuteOfDay - here.lowAt) / (here.highAt - here.lowAt));
    }
    const next = shape(city, climateDay + 1);
    return between(here.high, next.low, (minuteOfDay - here.highAt) / (1440 - here.highAt + next.lowAt));
  };

  const record = (city: City, climateDay: number): DayRecord => {
    const key = addressOf(city, climateDay);
    const known = records.get(key);
    if (known !== undefined) return known;
    const readings = new Float64Array(slotsPerDay);
    const maxFrom = new Float64Array(slotsPerDay + 1).fill(-Infinity);
    const maxBefore = new Float64Array(slotsPerDay + 1).fill(-Infinity);
    let maxSlot = 0;
    let minSlot = 0;
    for (let slot = 0; slot < slotsPerDay; slot += 1) {
      const absolute = climateDay * slotsPerDay + slot;
      const value =
        smoothAt(city, climateDay, slot * slotMinutes) +
        0.4 * noise.drift(streams.half, absolute / 6, city.index) +
        0.25 * noise.normal(streams.gust, city.index, absolute);
      readings[slot] = value;
      if (value > (readings[maxSlot] ?? 0)) maxSlot = slot;
      if (value < (readings[minSlot] ?? 0)) minSlot = slot;
      maxBefore[slot + 1] = Math.max(maxBefore[slot] ?? -Infinity, value);
    }
    for (let slot = slotsPerDay - 1; slot >= 0; slot -= 1) {
      maxFrom[slot] = Math.max(maxFrom[slot + 1] ?? -Infinity, readings[slot] ?? -Infinity);
    }
    const result = {
      max: Math.round(readings[maxSlot] ?? Number.NaN),
      min: Math.round(readings[minSlot] ?? Number.NaN),
      maxSlot,
      minSlot,
      readings,
      maxFrom,
      maxBefore,
    };
    records.set(key, result);
    return result;
  };

  return {
    normals,
    record,
    smooth(city, at) {
      const standard = at + city.offsetHours * hour;
      const climateDay = Math.floor(standard / day);
      return smoothAt(city, climateDay, (standard - climateDay * day) / minute);
    },
  };
}

/** The first slot of the climate day that is not yet over at `at`: 0 … slotsPerDay. */
export function slotAt(city: City, climateDay: number, at: number): number {
  const passed = Math.floor((at - climateDayStart(city, climateDay)) / (slotMinutes * minute));
  return Math.max(0, Math.min(slotsPerDay, passed));
}
