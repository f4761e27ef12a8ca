/** When the weather offices issue which Daily Climate Report (CLI), and what it says: weather.md §3.4. */
import { atWallClock, climateDayStart, day, hour, minute, stampUtc } from "./calendar.ts";
import type { City } from "./cities.ts";
import type { Incident } from "./incidents.ts";
import { hashText, type Noise } from "./noise.ts";
import { slotAt, slotsPerDay, type Thermometers } from "./temperature.ts";

export interface Report {
  productId: string;
  city: City;
  /** The day it speaks of. */
  climateDay: number;
  /** Whole minute, epoch ms UTC. */
  issuedAt: number;
  bbb: string | undefined;
  kind: "intermediate" | "final" | "corrected";
  /** Clock time (minute of the local day) up to which an intermediate report reaches. */
  asOf: number | undefined;
  /** Whether the text calls itself a correction. */
  marked: boolean;
  /** The PIL and the station of the text; those of a neighbour in the wrong-station incident. */
  pil: string;
  headline: string;
  max: number;
  min: number;
  /** Minutes of the climate day (standard time) at which they were reached. */
  maxMinute: number;
  minMinute: number;
}

export interface Reports {
  /** All reports that speak of the climate day, in the order of issue, whether they are out yet or not. */
  about(city: City, climateDay: number): readonly Report[];
  /** The first report that is not preliminary: Kalshi settles by it. */
  firstFinal(city: City, climateDay: number): Report;
}

const streams = {
  finalJitter: hashText("final jitter"),
  dayJitter: hashText("afternoon jitter"),
  morning: hashText("morning report"),
  correction: hashText("correction"),
  correctionKind: hashText("correction kind"),
  correctionChange: hashText("correction change"),
};

/** Share of days whose final report is replaced, apart from scripted incidents. */
const correctedShare = 0.04;
const slotMinutes = 1440 / slotsPerDay;

export function createReports(noise: Noise, thermometers: Thermometers, incidents: readonly Incident[]): Reports {
  const known = new Map<string, readonly Report[]>();

  const report = (
    city: City,
    climateDay: number,
    issuedAt: number,
    kind: Report["kind"],
    values: Pick<Report, "max" | "min" | "maxMinute" | "minMinute">,
    options: { asOf?: number; bbb?: string; marked?: boolean; pil?: string; headline?: string } = {},
  ): Report => ({
    productId:
      [stampUtc(issuedAt), city.office.id, city.office.wmo, city.pil].join("-") +
      (options.bbb === undefined ? "" : `-${options.bbb}`),
    city,
    climateDay,
    issuedAt,
    bbb: options.bbb,
    kind,
    asOf: options.asOf,
    marked: options.marked ?? false,
    pil: options.pil ?? city.pil,
    headline: options.headline ?? city.headline,
    ...values,
  });

  /** Values of the part of the day that is over at `until`. */
  const valuesUntil = (city: City, climateDay: number, until: number) => {
    const { readings } = thermometers.record(city, climateDay);
    const slots = Math.max(1, slotAt(city, climateDay, until));
    let maxSlot = 0;
    let minSlot = 0;
    for (let slot = 1; slot < slots; slot += 1) {
      const value = readings[slot] ?? Number.NaN;
      if (value > (readings[maxSlot] ?? Number.NaN)) maxSlot = slot;
      if (value < (readings[minSlot] ?? Number.NaN)) minSlot = slot;
    }
    return {
      max: Math.round(readings[maxSlot] ?? Number.NaN),
      min: Math.round(readings[minSlot] ?? Number.NaN),
      maxMinute: maxSlot * slotMinutes,
      minMinute: minSlot * slotMinutes,
    };
  };

  const build = (city: City, climateDay: number): readonly Report[] => {
    const jitter = (stream: number, width: number) =>
      Math.round((noise.uniform(stream, city.index, climateDay) - 0.5) * 2 * width) * minute;
    const list: Report[] = [];
    const intermediate = (asOf: number, issuedAt: number) => {
      const asOfAt = atWallClock(city.offsetHours, climateDay, asOf);
      list.push(report(city, climateDay, issuedAt, "intermediate", valuesUntil(city, climateDay, asOfAt), { asOf }));
    };
    if (noise.uniform(streams.morning, city.index, climateDay) < city.report.morning) {
      intermediate(6 * 60, atWallClock(city.offsetHours, climateDay, 6 * 60 + 31));
    }
    const asOf = city.report.asOfHour * 60;
    const afternoon = atWallClock(city.offsetHours, climateDay, asOf + city.report.delay);
    intermediate(asOf, afternoon + jitter(streams.dayJitter, 6));

    const whole = valuesUntil(city, climateDay, climateDayStart(city, climateDay + 1));
    const issuedAt = (climateDay + 1) * day + city.report.finalUtc * minute + jitter(streams.finalJitter, 4);
    list.push(report(city, climateDay, issuedAt, "final", whole));

    const scripted = incidents.find(
      (one) => one.kind === "corrected_report" && one.series === city.series && one.climateDay === climateDay,
    );
    if (scripted?.kind === "corrected_report") {
      const values = { ...whole, max: whole.max + scripted.change };
      list.push(report(city, climateDay, scripted.from, "corrected", values, { bbb: "CCA", marked: true }));
    } else if (noise.uniform(streams.correction, city.index, climateDay) < correctedShare) {
      // Half of the corrections say so; most concern something other than the maximum.
      const marked = noise.uniform(streams.correctionKind, city.index, climateDay) < 0.5;
      const change = noise.uniform(streams.correctionChange, city.index, climateDay) < 0.25 ? 1 : 0;
      const values = { ...whole, max: whole.max + change, min: whole.min - 1 };
      list.push(
        report(city, climateDay, issuedAt + 5 * hour, "corrected", values, marked ? { bbb: "CCA", marked } : {}),
      );
    }
    for (const one of incidents) {
      if (one.kind !== "wrong_station" || one.series !== city.series || one.climateDay !== climateDay) continue;
      const values = { ...whole, max: whole.max + one.change };
      list.push(report(city, climateDay, one.from, "final", values, { pil: one.pil, headline: one.headline }));
    }
    return list.toSorted((a, b) => a.issuedAt - b.issuedAt);
  };

  const about = (city: City, climateDay: number) => {
    const key = `${city.index}/${climateDay}`;
    let list = known.get(key);
    if (list === undefined) {
      list = build(city, climateDay);
      known.set(key, list);
    }
    return list;
  };

  return {
    about,
    firstFinal(city, climateDay) {
      const first = about(city, climateDay).find((one) => one.kind === "final" && one.pil === city.pil);
      if (first === undefined) throw new Error(`no final report for ${city.pil}, day ${climateDay}`);
      return first;
    },
  };
}
