/**
 * Days and clocks. A climate day is a whole number: days since 1970-01-01 counted in local standard time, which keeps
 * one offset all year; only printed times follow the clock on the wall.
 */
import type { City } from "./cities.ts";

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** The climate day that holds the instant. */
export function climateDayAt(city: City, at: number): number {
  return Math.floor((at + city.offsetHours * hour) / day);
}

/** The instant (epoch ms UTC) at which the climate day begins: midnight, local standard time. */
export function climateDayStart(city: City, climateDay: number): number {
  return climateDay * day - city.offsetHours * hour;
}

/** Day of the month of the `nth` Sunday of a month, as days since 1970-01-01. `month` is 0-based. */
function nthSunday(year: number, month: number, nth: number): number {
  const first = Date.UTC(year, month, 1) / day;
  // 1970-01-01 was a Thursday, so day 3 was a Sunday.
  const toSunday = (((3 - first) % 7) + 7) % 7;
  return first + toSunday + 7 * (nth - 1);
}

/**
 * Whether clocks in the United States show daylight time: from 2 a.m. standard time on the second Sunday of March to
 * 2 a.m. daylight time (1 a.m. standard) on the first Sunday of November (Energy Policy Act of 2005).
 */
export function isDaylightTime(offsetHours: number, at: number): boolean {
  const standard = at + offsetHours * hour;
  const year = new Date(standard).getUTCFullYear();
  return standard >= nthSunday(year, 2, 2) * day + 2 * hour && standard < nthSunday(year, 10, 1) * day + hour;
}

/** Clock time as milliseconds of a date that reads in UTC what the wall clock shows. */
export function wallClock(offsetHours: number, at: number): number {
  return at + offsetHours * hour + (isDaylightTime(offsetHours, at) ? hour : 0);
}

/** The instant at which the clock on the wall shows `minuteOfDay` on that date; the first one where there are two. */
export function atWallClock(offsetHours: number, date: number, minuteOfDay: number): number {
  const standard = date * day + minuteOfDay * minute - offsetHours * hour;
  return isDaylightTime(offsetHours, standard - hour) ? standard - hour : standard;
}

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

export function pad(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}

/** `YYYY-MM-DD` of days since 1970-01-01. */
export function isoDate(days: number): string {
  return new Date(days * day).toISOString().slice(0, 10);
}

/** Days since 1970-01-01, or undefined where the text is no date. */
export function parseIsoDate(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const days = Date.parse(`${text}T00:00:00Z`) / day;
  return Number.isFinite(days) && isoDate(days) === text ? days : undefined;
}

export interface DateParts {
  year: number;
  month: number;
  dayOfMonth: number;
  monthName: string;
  weekday: string;
}

export function dateParts(days: number): DateParts {
  const date = new Date(days * day);
  const month = date.getUTCMonth();
  return {
    year: date.getUTCFullYear(),
    month: month + 1,
    dayOfMonth: date.getUTCDate(),
    monthName: months[month] ?? "",
    weekday: weekdays[date.getUTCDay()] ?? "",
  };
}

/** `YYYYMMDDHHMM` in UTC. */
export function stampUtc(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replaceAll(/[-:T]/g, "");
}

/** RFC 3339 without a fraction. */
export function rfc3339(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
}
