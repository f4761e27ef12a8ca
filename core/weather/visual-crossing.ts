/**
 * Five-minute temperatures of one station from Visual Crossing's Timeline: minutes inside hours inside days. Its days are
 * civil days, so only the epoch seconds are read; its values are filled from other stations unless it is told not to, so
 * an answer that names another one is not taken.
 */
import { bareTemperature, type Observation, visualCrossingType } from "./observation.ts";
import { fahrenheitInterval } from "./metar.ts";
import type { Station } from "./stations.ts";
import { plausibleF } from "./temperature-range.ts";

type Json = Readonly<Record<string, unknown>>;
const objectOf = (value: unknown): Json | undefined =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Json) : undefined;
const shown = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80));

export interface Fault {
  /** drift: of another shape. content: well formed, but not of this station alone. */
  kind: "drift" | "content";
  path: string;
  message: string;
}

const drift = (path: string, found: unknown, expected: string): Fault => ({
  kind: "drift",
  path,
  message: `found ${shown(found)}, expected ${expected}`,
});

/** Stations that a part of the answer was made of, other than the one that was asked for. */
function foreign(stations: unknown, station: Station): string[] {
  const names = Array.isArray(stations) ? (stations as unknown[]).map(String) : Object.keys(objectOf(stations) ?? {});
  return names.filter((name) => name !== station.icao);
}

/** The list under a name, with where it stands. */
function listOf(holder: unknown, name: string, path: string): { path: string; item: Json }[] | Fault {
  const list = objectOf(holder)?.[name];
  if (!Array.isArray(list)) return drift(`${path}${name}`, list, "a list: minutes lie inside hours inside days");
  const items: { path: string; item: Json }[] = [];
  for (const [index, given] of (list as unknown[]).entries()) {
    const item = objectOf(given);
    if (item === undefined) return drift(`${path}${name}[${index}]`, given, "an object");
    items.push({ path: `${path}${name}[${index}].`, item });
  }
  return items;
}

/** @returns the minutes of the answer with where they stand and what the nearest level says of their making */
function minutesOf(body: unknown): { path: string; item: Json; source: unknown; parents: Json[] }[] | Fault {
  const found: { path: string; item: Json; source: unknown; parents: Json[] }[] = [];
  const days = listOf(body, "days", "");
  if ("kind" in days) return days;
  for (const day of days) {
    const hours = listOf(day.item, "hours", day.path);
    if ("kind" in hours) return hours;
    for (const hour of hours) {
      // An hour without observations has none.
      if (hour.item["minutes"] === undefined) continue;
      const minutes = listOf(hour.item, "minutes", hour.path);
      if ("kind" in minutes) return minutes;
      for (const minute of minutes) {
        const source = minute.item["source"] ?? hour.item["source"] ?? day.item["source"];
        found.push({ ...minute, source, parents: [day.item, hour.item, minute.item] });
      }
    }
  }
  return found;
}

/**
 * The station's observations until `until` (epoch ms).
 * @returns the first thing that makes the answer unusable as a whole, else its observations
 */
export function readVisualCrossing(body: unknown, station: Station, until: number): Observation[] | Fault {
  const answer = objectOf(body);
  const address = answer?.["address"];
  const own = typeof address === "string" ? address.toUpperCase().replace(/^STN:/, "") : address;
  if (own !== undefined && own !== station.icao) {
    return { kind: "content", path: "address", message: `found ${shown(address)}, expected stn:${station.icao} alone` };
  }
  const others = foreign(answer?.["stations"], station);
  if (others.length > 0) return notAlone("stations", others, station);
  const minutes = minutesOf(body);
  if ("kind" in minutes) return minutes;
  const observations = new Map<number, Observation>();
  for (const { path, item, source, parents } of minutes) {
    const named = parents.flatMap((level) => foreign(level["stations"], station));
    if (named.length > 0) return notAlone(`${path}stations`, named, station);
    const { datetimeEpoch, temp } = item;
    if (typeof datetimeEpoch !== "number" || !Number.isInteger(datetimeEpoch) || datetimeEpoch % 60 !== 0)
      return drift(`${path}datetimeEpoch`, datetimeEpoch, "whole minutes in epoch seconds");
    if (temp !== undefined && temp !== null && typeof temp !== "number")
      return drift(`${path}temp`, temp, "°F or null");
    const validAt = datetimeEpoch * 1000;
    // What was not measured: forecasts, minutes to come, gaps. A missing value has been seen as zero, too.
    if (source === "fcst" || validAt > until || temp === undefined || temp === null || temp === 0) continue;
    if (temp < plausibleF.low || temp > plausibleF.high)
      return drift(`${path}temp`, temp, `${plausibleF.low} to ${plausibleF.high} °F`);
    const { temperature, wholeCelsius } = bareTemperature(Math.round(((temp - 32) * 50) / 9));
    const interval = fahrenheitInterval(temperature ?? 0, wholeCelsius);
    observations.set(validAt, {
      station: station.icao,
      valid_at: validAt,
      report_type: visualCrossingType,
      temperature_tenths_c: temperature,
      whole_celsius: wholeCelsius,
      low_f: interval.low,
      high_f: interval.high,
      max6h_tenths_c: null,
      max6h_low_f: null,
      max6h_high_f: null,
      max6h_from: null,
      max6h_until: null,
      metar: null,
    });
  }
  return [...observations.values()].sort((a, b) => a.valid_at - b.valid_at);
}

function notAlone(path: string, others: readonly string[], station: Station): Fault {
  const names = [...new Set(others)].slice(0, 5).join(", ");
  return { kind: "content", path, message: `the answer is made of ${names} too, expected ${station.icao} alone` };
}
