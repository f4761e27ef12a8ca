import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { visualCrossingMinutes } from "../../../core/sources/visual-crossing.ts";
import { climateDateAt, climateDay } from "../../../core/weather/climate-day.ts";
import { stations } from "../../../core/weather/stations.ts";
import { capture, haveCaptures } from "../weather/captures.ts";
import { present } from "../weather/present.ts";

const at = Date.parse("2026-11-20T18:32:00Z");
const provenance = { window_at: at, raw_key: "raw/visual-crossing/x" };
const requests = visualCrossingMinutes.next({ at }, [], new Set());
const [first = { url: "" }] = requests;
const epoch = (time: string) => Date.parse(`2026-11-20T${time}:00Z`) / 1000;
type Json = Record<string, unknown>;
const minute = (time: string, temp: unknown, change: Json = {}): Json => ({
  datetimeEpoch: epoch(time),
  temp,
  ...change,
});
/** Not captured: minutes as weather.md §2 has them, inside hours inside days. */
const answer = (minutes: Json[], change: Json = {}, day: Json = {}) =>
  JSON.stringify({
    queryCost: minutes.length,
    address: "stn:KMDW",
    days: [
      {
        datetime: "2026-11-20",
        source: "comb",
        stations: ["KMDW"],
        hours: [{ minutes }, { datetime: "18:00:00" }],
        ...day,
      },
    ],
    stations: { KMDW: { id: "KMDW" } },
    ...change,
  });
const exchange = (body: string, status = 200, url = first.url) => ({ url, status, fetched_at: at + 800, body });
const decode = (body: string) => visualCrossingMinutes.decode([exchange(body)], provenance);

describe("request", () => {
  it("is locked to the station, in UTC, and carries no key", () => {
    expect(requests).toHaveLength(stations.length);
    const url = new URL(first.url);
    expect(url.pathname).toBe("/VisualCrossingWebServices/rest/services/timeline/stn:KMDW/2026-11-20/2026-11-20");
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      maxStations: "1",
      maxDistance: "0",
      timezone: "Z",
      include: "minutes",
      options: "useobs,minuteinterval_5,nonulls",
      unitGroup: "us",
    });
    for (const one of requests) {
      expect(one.secretParameter).toBe("key");
      expect(new URL(one.url).searchParams.has("key")).toBe(false);
    }
    expect(visualCrossingMinutes.next({ at }, [exchange(answer([]))], new Set())).toEqual([]);
  });

  it("covers every climate day whole, on days of both clock changes too, at all stations", () => {
    const days = fc.constantFrom("2026-03-08", "2026-11-01", "2026-07-15", "2026-12-31");
    fc.assert(
      fc.property(fc.constantFrom(...stations), days, (station, date) => {
        const { start, end } = climateDay(station, date);
        const covered = new Set<string>();
        const { everyMinutes, offsetMinutes } = visualCrossingMinutes.schedule;
        const period = everyMinutes * 60_000;
        const begin = Math.floor(start / period) * period + offsetMinutes * 60_000;
        for (let window = begin; window < end + 2 * period; window += period) {
          const one = visualCrossingMinutes
            .next({ at: window }, [], new Set())
            .find(({ url }) => url.includes(station.icao));
          const [, from = "", until = ""] = /\/([\d-]{10})\/([\d-]{10})\?/.exec(present(one).url) ?? [];
          // What is asked for now can be known up to now.
          for (
            let t = Math.max(start, Date.parse(`${from}T00:00Z`));
            t < Math.min(end, window, Date.parse(`${until}T00:00Z`) + 86_400_000);
            t += 300_000
          )
            covered.add(String(t));
        }
        expect(covered.size).toBe(288);
        expect(climateDateAt(station, end - 1)).toBe(date);
      }),
    );
  });
});

describe("decode", () => {
  it("gives minutes as observations of their own kind, whole degrees Celsius as intervals", () => {
    const { rows, refusals } = decode(answer([minute("17:50", 82.4), minute("17:55", 80.6), minute("17:53", 53.1)]));
    expect(refusals).toEqual([]);
    expect(rows.weather_observations).toMatchObject([
      { station: "KMDW", report_type: "visual_crossing", whole_celsius: true, low_f: 82, high_f: 83, metar: null },
      { valid_at: epoch("17:53") * 1000, whole_celsius: false, low_f: 53, high_f: 53 },
      { temperature_tenths_c: 270, ingested_at: at + 800, window_at: at },
    ]);
  });

  it("takes no null, no zero, no forecast and nothing of the time to come for an observation", () => {
    const minutes = [
      minute("17:35", null),
      minute("17:40", 0),
      minute("17:45", 82.4, { source: "fcst" }),
      minute("18:40", 82.4),
      { datetimeEpoch: epoch("17:30") },
      minute("17:50", 82.4, { source: "obs" }),
    ];
    const { rows, refusals } = decode(answer(minutes));
    expect(refusals).toEqual([]);
    expect(rows.weather_observations?.map(({ valid_at }) => valid_at)).toEqual([epoch("17:50") * 1000]);
    expect(decode(answer([minute("17:50", 82.4)], {}, { source: "fcst" })).rows).toEqual({});
  });

  it.each<[string, string]>([
    ["in its list", answer([minute("17:50", 82.4)], { stations: { KMDW: {}, KORD: {} } })],
    ["in a day", answer([minute("17:50", 82.4)], {}, { stations: ["KMDW", "KORD"] })],
    ["in a minute", answer([minute("17:50", 82.4), minute("17:55", 82.4, { stations: ["KORD"] })])],
    ["as its address", answer([minute("17:50", 82.4)], { address: "41.787,-87.7716" })],
  ])("refuses a whole answer that names another station %s", (_, body) => {
    const { rows, refusals } = decode(body);
    expect(rows).toEqual({});
    expect(refusals).toMatchObject([{ kind: "content", exchange: 0 }]);
    expect(refusals[0]?.message).toMatch(/KMDW alone/);
  });

  it.each<[string, string, string]>([
    ["days without hours", answer([], {}, { hours: undefined }), "days[0].hours"],
    ["no days", answer([], { days: undefined }), "days"],
    ["minutes that are no list", answer([], {}, { hours: [{ minutes: {} }] }), "days[0].hours[0].minutes"],
    [
      "times as text",
      answer([minute("17:50", 82.4, { datetimeEpoch: "17:50:00" })]),
      "days[0].hours[0].minutes[0].datetimeEpoch",
    ],
    ["a temperature as text", answer([minute("17:50", "82.4")]), "days[0].hours[0].minutes[0].temp"],
    ["kelvin", answer([minute("17:50", 301)]), "days[0].hours[0].minutes[0].temp"],
  ])("refuses %s as drift, by the path", (_, body, path) => {
    const { rows, refusals } = decode(body);
    expect(rows).toEqual({});
    expect(refusals).toMatchObject([{ kind: "drift", path: `KMDW ${path}` }]);
  });

  it("refuses an error, which is plain text, and asks again for a body that was cut short", () => {
    const failed = visualCrossingMinutes.decode([exchange("Bad API Request", 400)], provenance);
    expect(failed.refusals).toMatchObject([
      { kind: "drift", path: "status", message: expect.stringContaining("HTTP 400") },
    ]);
    expect(visualCrossingMinutes.broken?.(exchange('{"days":['))).toMatch(/no JSON/);
  });
});

describe.skipIf(!haveCaptures)("captures", () => {
  it.each(["il_2026-01-09_to_2026-01-22", "tx_2026-01-18_to_2026-01-31"])(
    "%s is what it is: days, blended for a point of the map, and no station's minutes",
    (name) => {
      const body = capture(`weather/visualcrossing/${name}.json`);
      const file = visualCrossingMinutes.decode([exchange(body, 200, `${name}.json`)], provenance);
      expect(file.rows).toEqual({});
      expect(file.refusals).toMatchObject([{ kind: "content", path: "address" }]);
      // As an answer to our own request it is another place's, too.
      expect(decode(body).refusals).toMatchObject([{ kind: "content", path: "KMDW address" }]);
      const locked = JSON.stringify({ ...(JSON.parse(body) as Json), address: "stn:KMDW", stations: {} });
      expect(decode(locked).refusals).toMatchObject([{ kind: "drift", path: "KMDW days[0].hours" }]);
    },
  );
});
