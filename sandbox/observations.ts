/** IEM's `asos.py`: surface observations as a table, a request for one or more types of report (weather.md §3.2, §3.7). */
import type { HttpResponse } from "../core/ports.ts";
import { json, plainText } from "./answer.ts";
import { climateDayAt, climateDayStart, day, hour, minute } from "./calendar.ts";
import type { City } from "./cities.ts";
import { hashText, type Noise } from "./noise.ts";
import { slotsPerDay, type Thermometers } from "./temperature.ts";

/** Report types as the service numbers them. */
const fiveMinute = 1;
const routine = 3;
const special = 4;

interface Line {
  at: number;
  /** When the archive has it. */
  outAt: number;
  /** Temperature in tenths of a degree Celsius; null without one. */
  tenths: number | null;
  fields: Readonly<Record<string, string>>;
}

const streams = {
  lost: hashText("observation lost"),
  blank: hashText("observation without temperature"),
  delay: hashText("observation delay"),
  special: hashText("special report"),
};
/** Shares of five-minute reports that never come and that come without a temperature, and of hours with a special. */
const lostShare = 0.02;
const blankShare = 0.003;
const specialShare = 0.02;
const slot = day / slotsPerDay;

/** Three-letter id, as the service names stations of the contiguous states. */
const siteOf = (city: City) => city.icao.slice(1);

const body = (celsius: number) => `${celsius < 0 ? "M" : ""}${String(Math.abs(celsius)).padStart(2, "0")}`;
const tenthsGroup = (tenths: number) => `${tenths < 0 ? 1 : 0}${String(Math.abs(tenths)).padStart(3, "0")}`;

/** One report, as other services pass it on. */
export interface SurfaceReport {
  at: number;
  /** Tenths of a degree Celsius; null without a temperature. */
  tenths: number | null;
  isFiveMinute: boolean;
  text: string;
}

export interface Observations {
  answer(url: URL, now: number): HttpResponse;
  /** A city's reports of [from, until), whenever they came out, in the order of time. */
  reports(city: City, from: number, until: number): SurfaceReport[];
}

export function createObservations(cities: readonly City[], noise: Noise, thermometers: Thermometers): Observations {
  const days = new Map<string, ReadonlyMap<number, readonly Line[]>>();

  /** The sensor's whole °F at an instant: the reading of the five minutes that hold it. */
  const wholeF = (city: City, at: number) => {
    const climateDay = climateDayAt(city, at);
    const { readings } = thermometers.record(city, climateDay);
    return Math.round(readings[Math.floor((at - climateDayStart(city, climateDay)) / slot)] ?? Number.NaN);
  };

  /** @param tenths of a degree Celsius; null without a temperature */
  const line = (city: City, at: number, tenths: number | null, remarks: string, delay: number): Line => {
    const stamp = new Date(at).toISOString();
    const time = `${stamp.slice(8, 10)}${stamp.slice(11, 13)}${stamp.slice(14, 16)}Z`;
    const dew = tenths === null ? null : tenths - 60;
    const temperatures =
      tenths === null || dew === null ? "//" : `${body(Math.round(tenths / 10))}/${body(Math.round(dew / 10))}`;
    return {
      at,
      outAt: at + delay,
      tenths,
      fields: {
        station: siteOf(city),
        valid: stamp.slice(0, 16).replace("T", " "),
        tmpf: tenths === null ? "M" : ((tenths * 9) / 50 + 32).toFixed(2),
        metar: `${city.icao} ${time} AUTO 21008KT 10SM CLR ${temperatures} A2990 RMK${remarks}`,
      },
    };
  };

  const linesOf = (city: City, climateDay: number): ReadonlyMap<number, readonly Line[]> => {
    const key = `${city.index}/${climateDay}`;
    const known = days.get(key);
    if (known !== undefined) return known;
    const start = climateDayStart(city, climateDay);
    const uniform = (stream: number, number: number) => noise.uniform(stream, city.index, climateDay, number);
    const lines = new Map<number, Line[]>([
      [fiveMinute, []],
      [routine, []],
      [special, []],
    ]);
    const add = (type: number, one: Line) => lines.get(type)?.push(one);
    for (let index = 0; index < slotsPerDay; index += 1) {
      if (uniform(streams.lost, index) < lostShare) continue;
      const at = start + index * slot;
      // Whole °F of the sensor, sent on in whole °C.
      const celsius = Math.round((wholeF(city, at) - 32) / 1.8);
      const blank = uniform(streams.blank, index) < blankShare;
      const remarks = blank ? "" : ` T${tenthsGroup(celsius * 10)}${tenthsGroup(celsius * 10 - 60)}`;
      const delay = (5 + Math.floor(10 * uniform(streams.delay, index))) * minute;
      add(fiveMinute, line(city, at, blank ? null : celsius * 10, `${remarks} MADISHF`, delay));
    }
    for (let index = 0; index < 24; index += 1) {
      const at = start + index * hour + 53 * minute;
      const tenths = Math.round((wholeF(city, at) - 32) / 0.18);
      let groups = ` AO2 T${tenthsGroup(tenths)}${tenthsGroup(tenths - 60)}`;
      if ((at + 7 * minute) % (6 * hour) === 0) {
        let max = -Infinity;
        for (let back = at - 6 * hour; back <= at; back += slot) max = Math.max(max, wholeF(city, back));
        groups += ` 1${tenthsGroup(Math.round((max - 32) / 0.18))}`;
      }
      add(routine, line(city, at, tenths, groups, 3 * minute));
      if (uniform(streams.special, index) < specialShare) {
        const when = start + index * hour + 20 * minute;
        const then = Math.round((wholeF(city, when) - 32) / 0.18);
        add(special, line(city, when, then, ` AO2 T${tenthsGroup(then)}${tenthsGroup(then - 60)}`, 3 * minute));
      }
    }
    days.set(key, lines);
    return lines;
  };

  return {
    reports(city, from, until) {
      const found: SurfaceReport[] = [];
      for (let at = climateDayAt(city, from); at <= climateDayAt(city, until); at += 1) {
        for (const [type, lines] of linesOf(city, at)) {
          for (const { at: when, tenths, fields } of lines) {
            if (when < from || when >= until) continue;
            found.push({ at: when, tenths, isFiveMinute: type === fiveMinute, text: fields["metar"] ?? "" });
          }
        }
      }
      return found.toSorted((a, b) => a.at - b.at);
    },
    answer(url, now) {
      const query = url.searchParams;
      const lists = (name: string) => query.getAll(name).flatMap((value) => value.split(","));
      const [from, until] = ["sts", "ets"].map((name) => Date.parse(query.get(name) ?? ""));
      if (from === undefined || until === undefined || Number.isNaN(from) || Number.isNaN(until)) {
        return plainText(422, "Invalid times provided.");
      }
      const types = lists("report_type").map(Number);
      if (types.some(Number.isNaN)) return json(422, { detail: "report_type: whole numbers are expected" });
      const columns = ["station", "valid", ...lists("data").filter((name) => name === "tmpf" || name === "metar")];
      const asked = lists("station").map((name) => (/^K[A-Z0-9]{3}$/.test(name) ? name.slice(1) : name));
      const found: Line[] = [];
      for (const city of cities.filter((one) => asked.includes(siteOf(one)))) {
        for (let at = climateDayAt(city, from); at <= climateDayAt(city, until); at += 1) {
          for (const [type, lines] of linesOf(city, at)) {
            if (types.length > 0 && !types.includes(type)) continue;
            for (const one of lines) if (one.at >= from && one.at < until && one.outAt <= now) found.push(one);
          }
        }
      }
      found.sort((a, b) => a.at - b.at);
      const rows = found.map(({ fields }) => columns.map((name) => fields[name]).join(","));
      return plainText(200, [columns.join(","), ...rows, ""].join("\n"));
    },
  };
}
