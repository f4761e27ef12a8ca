/** The twins of the sources beside the desk's main ones, read by the product's own decoders. */
import { describe, expect, test } from "vitest";
import { openMeteoHourly } from "../../../core/sources/open-meteo-hourly.ts";
import { settlementPortal } from "../../../core/sources/twc-portal.ts";
import { visualCrossingMinutes } from "../../../core/sources/visual-crossing.ts";
import { surfaceObservations } from "../../../core/sources/iem-observations.ts";
import type { Exchange, Source } from "../../../core/source.ts";
import { demoStart } from "../../../sandbox/incidents.ts";
import { present } from "../weather/present.ts";
import { ask, askJson, day, demoWorld, hour } from "./asking.ts";

const world = demoWorld();
const noon = demoStart + 2 * day + 18 * hour;

/** A window as ingest fetches it; the hosts named are silent. */
function windowOf(source: Source, at: number, options: { known?: string[]; silent?: string; key?: string } = {}) {
  const exchanges: Exchange[] = [];
  const known = new Set(options.known);
  for (;;) {
    const requests = source.next({ at }, exchanges, known);
    if (requests.length === 0) break;
    for (const { url, headers = {}, secretParameter } of requests) {
      const address = secretParameter === undefined ? url : `${url}&${secretParameter}=${options.key ?? "SANDBOX01"}`;
      const { status, body } =
        new URL(url).host === options.silent ? { status: 0, body: "" } : ask(world, { url: address, headers }, at);
      exchanges.push({ url, status, fetched_at: at, body });
    }
  }
  return source.decode(exchanges, { window_at: at, raw_key: "raw/x" });
}

describe("deterministic forecasts", () => {
  test("of three models at six stations, close to the truth and to each other", () => {
    const { rows, refusals, notes, known } = windowOf(openMeteoHourly, noon);
    expect([refusals, notes]).toEqual([[], []]);
    expect(known).toHaveLength(3);
    const paths = present(rows.hourly_forecasts);
    expect(paths).toHaveLength(18);
    expect(new Set(paths.map(({ model }) => model)).size).toBe(3);
    for (const { run_at, temperature_f, model } of paths) {
      expect(present(run_at)).toBeLessThanOrEqual(noon);
      // Two days is as far as the finest model reaches.
      expect(temperature_f.filter((value) => value === null).length > 0).toBe(model === "ncep_hrrr_conus");
    }
    expect(windowOf(openMeteoHourly, noon + hour / 2, { known })).toMatchObject({ rows: {}, refusals: [] });
  });

  test("are answered by both forecast hosts alike, and not by the ensembles'", () => {
    const url =
      "https://api.open-meteo.com/v1/forecast?latitude=41.79&longitude=-87.75&hourly=temperature_2m&models=ecmwf_ifs025&timeformat=unixtime";
    expect(askJson(world, url.replace("api.", "previous-runs-api."), noon)).toEqual(askJson(world, url, noon));
    expect(ask(world, url.replace("api.", "ensemble-api."), noon).status).toBe(404);
    expect(ask(world, url.replace("ecmwf_ifs025", "hrrr_conus"), noon).status).toBe(400);
  });
});

describe("api.weather.gov", () => {
  test("has the archive's reports, the five-minute ones later and without their text", () => {
    // What the archive has later of the same hours.
    const archive = windowOf(surfaceObservations, noon + hour / 2);
    const other = windowOf(surfaceObservations, noon, { silent: "mesonet.agron.iastate.edu" });
    expect([archive.refusals, other.refusals]).toEqual([[], []]);
    const rows = present(other.rows.weather_observations);
    const of = (type: string) => rows.filter(({ report_type }) => report_type === type);
    const there = new Map(
      present(archive.rows.weather_observations).map((row) => [
        `${row.station} ${row.valid_at} ${row.report_type}`,
        row,
      ]),
    );
    expect(of("routine")).toHaveLength(12);
    expect(new Set(rows.map(({ station }) => station)).size).toBe(6);
    for (const row of rows.filter(({ valid_at }) => valid_at >= noon - 1.5 * hour)) {
      const same = present(there.get(`${row.station} ${row.valid_at} ${row.report_type}`));
      expect([row.low_f, row.high_f, row.max6h_tenths_c]).toEqual([same.low_f, same.high_f, same.max6h_tenths_c]);
    }
    const last = Math.max(...of("five_minute").map(({ valid_at }) => valid_at));
    expect(noon - last).toBeGreaterThanOrEqual(5 * 60_000);
    expect(noon - last).toBeLessThanOrEqual(20 * 60_000);
    for (const { metar } of of("five_minute")) expect(metar).toBeNull();
  });

  test("wants to know who asks", () => {
    expect(ask(world, "https://api.weather.gov/stations/KMDW/observations", noon).status).toBe(403);
  });
});

describe("the settlement portal", () => {
  test("says official what Kalshi settles by, and before that nothing final", () => {
    const morning = demoStart + 3 * day + 13 * hour;
    const { rows, refusals } = windowOf(settlementPortal, morning);
    expect(refusals).toEqual([]);
    const date = new Date(demoStart + 2 * day).toISOString().slice(0, 10);
    const reports = present(rows.portal_reports).filter(({ climate_date }) => climate_date === date);
    expect(reports).toHaveLength(6);
    for (const { station, status, max_f } of reports) {
      expect(["official", "revised"]).toContain(status);
      if (status === "official") expect(max_f).toBe(world.officialHigh(station, date));
    }
    const early = present(windowOf(settlementPortal, demoStart + 3 * day + 5 * hour + 27 * 60_000).rows.portal_reports);
    expect(new Set(early.filter(({ climate_date }) => climate_date === date).map(({ status }) => status))).toEqual(
      new Set(["preliminary"]),
    );
  });

  test("is not asked again for a day that is official everywhere", () => {
    const { known } = windowOf(settlementPortal, demoStart + 3 * day + 14 * hour);
    expect(known.length).toBeGreaterThan(0);
    expect(windowOf(settlementPortal, demoStart + 3 * day + 14 * hour, { known })).toMatchObject({
      rows: {},
      known: [],
    });
  });
});

describe("Visual Crossing", () => {
  test("gives a key's holder the five-minute feed, without the zeros", () => {
    const { rows, refusals } = windowOf(visualCrossingMinutes, noon);
    expect(refusals).toEqual([]);
    const feed = windowOf(surfaceObservations, noon).rows.weather_observations ?? [];
    const minutes = new Map(present(rows.weather_observations).map((row) => [`${row.station} ${row.valid_at}`, row]));
    const both = feed.filter(
      (row) => row.report_type === "five_minute" && minutes.has(`${row.station} ${row.valid_at}`),
    );
    expect(both.length).toBeGreaterThan(100);
    for (const row of both) {
      expect(minutes.get(`${row.station} ${row.valid_at}`)).toMatchObject({ low_f: row.low_f, high_f: row.high_f });
    }
  });

  test("repeats a key that it does not know, and blends the neighbours in where nobody forbids it", () => {
    const [first] = visualCrossingMinutes.next({ at: noon }, [], new Set());
    const url = present(first).url;
    expect(ask(world, `${url}&key=wrong`, noon)).toMatchObject({ status: 401, body: expect.stringContaining("wrong") });
    const unlocked = `${url.replace("maxStations=1&", "")}&key=SANDBOX01`;
    const { body, status } = ask(world, unlocked, noon);
    const refused = visualCrossingMinutes.decode([{ url, status, fetched_at: noon, body }], {
      window_at: noon,
      raw_key: "x",
    });
    expect(refused.refusals).toMatchObject([{ kind: "content", message: expect.stringContaining("XBLEND1") }]);
  });
});
