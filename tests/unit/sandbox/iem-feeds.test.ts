/** The simulated archive's observations, guidance and texts, as its own shapes and as the sources read them. */
import { describe, expect, test } from "vitest";
import { monthlyClimateData } from "../../../core/sources/cf6.ts";
import { dailySummaryMessages } from "../../../core/sources/dsm.ts";
import { surfaceObservations } from "../../../core/sources/iem-observations.ts";
import { nbmGuidance } from "../../../core/sources/nbm.ts";
import type { Source } from "../../../core/source.ts";
import type { TableName, TableRow } from "../../../schemas/index.ts";
import { allCities } from "../../../sandbox/cities.ts";
import { demoStart } from "../../../sandbox/incidents.ts";
import { ask, day, demoWorld, hour } from "./asking.ts";

const world = demoWorld();
const end = demoStart + 6 * day;
const date = (at: number) => new Date(at).toISOString().slice(0, 10);

/** Every row that windows bring from the third to the sixth day, over the end of daylight time. */
function played<N extends TableName>(source: Source, table: N): TableRow<N>[] {
  const known = new Set<string>();
  const rows: TableRow<N>[] = [];
  const { everyMinutes, offsetMinutes } = source.schedule;
  for (let at = demoStart + 2 * day + offsetMinutes * 60_000; at < end; at += everyMinutes * 60_000) {
    const exchanges = source.next({ at }, [], known).map(({ url }) => {
      const { status, body } = ask(world, url, at);
      const exchange = { url, status, fetched_at: at, body };
      expect(source.broken?.(exchange)).toBeUndefined();
      return exchange;
    });
    const decoded = source.decode(exchanges, { window_at: at, raw_key: "raw/x" });
    expect(decoded.refusals).toEqual([]);
    for (const id of decoded.known) known.add(id);
    rows.push(...((decoded.rows[table] ?? []) as TableRow<N>[]));
  }
  return rows;
}

describe("observations", () => {
  const rows = played(surfaceObservations, "weather_observations");

  test("bound the official high from below, and reach it within the feed's resolution", () => {
    for (const { icao, offsetHours } of allCities) {
      const climateDate = "2026-10-31";
      const mine = rows.filter(
        (row) => row.station === icao && date(row.valid_at + offsetHours * hour) === climateDate,
      );
      const official = world.officialHigh(icao, climateDate);
      expect(Math.max(...mine.map((row) => row.low_f ?? -Infinity))).toBeLessThanOrEqual(official);
      expect(Math.max(...mine.map((row) => row.high_f ?? -Infinity))).toBeGreaterThanOrEqual(official - 1);
      for (const { max6h_high_f, max6h_from, max6h_until } of mine) {
        if (max6h_high_f === null || max6h_from === null || max6h_until === null) continue;
        const inside = [max6h_from, max6h_until - 1].every((at) => date(at + offsetHours * hour) === climateDate);
        if (inside) expect(max6h_high_f).toBeLessThanOrEqual(official);
      }
    }
  });

  test("come late, get lost and lack a temperature now and then", () => {
    const unique = new Map(rows.map((row) => [`${row.station} ${row.valid_at} ${row.report_type}`, row]));
    const five = [...unique.values()].filter((row) => row.report_type === "five_minute");
    const whole = five.filter(({ valid_at }) => valid_at >= demoStart + 2 * day && valid_at < demoStart + 5 * day);
    expect(whole.length / (6 * 3 * 288)).toBeGreaterThan(0.97);
    expect(whole.length / (6 * 3 * 288)).toBeLessThan(0.99);
    expect(five.some((row) => row.temperature_tenths_c === null)).toBe(true);
    expect(five.every((row) => row.ingested_at > row.valid_at)).toBe(true);
    expect(new Set(rows.map((row) => row.report_type)).size).toBe(3);
    expect([...unique.values()].some((row) => row.max6h_tenths_c !== null)).toBe(true);
  });
});

describe("guidance", () => {
  const rows = played(nbmGuidance, "nbm_forecasts");

  test("is known an hour after its run and errs by some degrees, less for the day itself", () => {
    expect(new Set(rows.map(({ run_at }) => new Date(run_at).getUTCHours()))).toEqual(new Set([1, 7, 13, 19]));
    expect(Math.min(...rows.map(({ ingested_at, run_at }) => ingested_at - run_at))).toBeGreaterThan(hour);
    const errors = rows
      .filter(({ climate_date }) => climate_date < date(end))
      .map(({ station, climate_date, max_f }) => Math.abs(max_f - world.officialHigh(station, climate_date)));
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(mean).toBeGreaterThan(0.3);
    expect(mean).toBeLessThan(3.5);
  });
});

describe("texts", () => {
  test("a day's summaries: one of the afternoon, one after standard midnight with the official high", () => {
    const rows = played(dailySummaryMessages, "daily_summaries");
    for (const { icao } of allCities) {
      for (const climateDate of ["2026-10-31", "2026-11-01"]) {
        const mine = rows.filter((row) => row.station === icao && row.climate_date === climateDate);
        expect(mine.some(({ kind, as_of }) => kind === "intermediate" && as_of === "1600")).toBe(true);
        const last = mine.filter(({ kind }) => kind !== "intermediate");
        expect(new Set(last.map(({ max_f }) => max_f))).toEqual(new Set([world.officialHigh(icao, climateDate)]));
      }
    }
  });

  test("a month's days with the official highs, the last day of October in October's page", () => {
    const rows = played(monthlyClimateData, "climate_monthly");
    for (const { icao } of allCities) {
      const mine = rows.filter((row) => row.station === icao);
      expect(mine.some(({ climate_date }) => climate_date === "2026-10-01")).toBe(true);
      for (const climateDate of ["2026-10-31", "2026-11-01"]) {
        const found = new Set(mine.filter((row) => row.climate_date === climateDate).map(({ max_f }) => max_f));
        expect(found).toEqual(new Set([world.officialHigh(icao, climateDate)]));
      }
    }
  });
});

describe("refusals of the archive's services", () => {
  const iem = "https://mesonet.agron.iastate.edu/cgi-bin";
  test.each([
    [`${iem}/request/asos.py?station=MDW&data=tmpf`, 422],
    [`${iem}/request/mos.py?station=KMDW&model=NBS&format=csv`, 422],
    [`${iem}/request/mos.py?station=KMDW&model=XYZ&sts=2026-10-28T00:00Z&ets=2026-10-29T00:00Z&format=csv`, 422],
    [`${iem}/afos/retrieve.py?pil=AB`, 422],
    [`${iem}/afos/retrieve.py?pil=DSMMDW&sdate=x`, 422],
  ])("%s", (url, status) => {
    expect(ask(world, url, demoStart).status).toBe(status);
  });

  test("nothing found is status 200 with a word for it", () => {
    expect(ask(world, `${iem}/afos/retrieve.py?pil=DSMORD&limit=5`, demoStart)).toMatchObject({
      status: 200,
      body: "ERROR: Could not Find: DSMORD",
    });
  });
});
