/** The second host of the observations: api.weather.gov. */
import { describe, expect, it } from "vitest";
import { surfaceObservations } from "../../../core/sources/iem-observations.ts";
import { stations } from "../../../core/weather/stations.ts";
import { capture, haveCaptures } from "../weather/captures.ts";
import { present } from "../weather/present.ts";

const at = Date.parse("2026-11-20T18:01:00Z");
const provenance = { window_at: at, raw_key: "raw/iem-observations/x" };
const exchange = (url: string, body: string, status = 200) => ({ url, status, fetched_at: at + 900, body });
const archive = surfaceObservations.next({ at }, [], new Set());
const silent = archive.map(({ url }) => exchange(url, "", 0));
const [fiveMinute = "", routine = ""] = archive.map(({ url }) => url);
const second = surfaceObservations.next({ at }, silent, new Set());
const [midway = { url: "" }] = second;

interface Given {
  at?: string;
  raw?: string | null;
  value?: unknown;
  quality?: string;
  unit?: string;
  station?: string;
}
const feature = ({
  at: time = "2026-11-20T17:55:00+00:00",
  raw = "",
  value = 28,
  quality = "V",
  unit = "wmoUnit:degC",
  station = "KMDW",
}: Given) => ({
  type: "Feature",
  properties: {
    station: `https://api.weather.gov/stations/${station}`,
    timestamp: time,
    rawMessage: raw,
    temperature: { unitCode: unit, value, qualityControl: quality },
  },
});
const list = (...given: Given[]) => JSON.stringify({ type: "FeatureCollection", features: given.map(feature) });
const decode = (body: string, ...before: ReturnType<typeof exchange>[]) =>
  surfaceObservations.decode([...silent, ...before, exchange(midway.url, body)], provenance);
const rowsOf = (...given: Given[]) => decode(list(...given)).rows.weather_observations ?? [];

describe("next", () => {
  it("asks the archive in requests that may stay without an answer", () => {
    expect(archive.map(({ optional }) => optional)).toEqual([true, true, true]);
  });

  it("asks a station at a time, with a name of its own, when the archive was silent in part or whole", () => {
    expect(second.map(({ url }) => new URL(url).pathname)).toEqual(
      stations.map(({ icao }) => `/stations/${icao}/observations`),
    );
    expect(new URL(midway.url).search).toBe("?start=2026-11-20T16:01:00Z&end=2026-11-20T18:01:00Z");
    for (const { headers, optional } of second) {
      expect(headers?.["User-Agent"]).toMatch(/brier/);
      expect(optional).toBeUndefined();
    }
    const answered = exchange(routine, "station,valid,tmpf,metar\n");
    expect(surfaceObservations.next({ at }, [answered, ...silent.slice(1)], new Set())).toHaveLength(6);
    expect(surfaceObservations.next({ at }, [answered], new Set())).toEqual([]);
    expect(surfaceObservations.next({ at }, [...silent, exchange(midway.url, list())], new Set())).toEqual([]);
  });
});

describe("decode", () => {
  it("takes a row without its report for the five-minute feed: whole degrees, an interval", () => {
    expect(rowsOf({ value: 28 })).toMatchObject([
      {
        station: "KMDW",
        valid_at: Date.parse("2026-11-20T17:55:00Z"),
        report_type: "five_minute",
        temperature_tenths_c: 280,
        whole_celsius: true,
        low_f: 82,
        high_f: 83,
        metar: null,
        window_at: at,
        ingested_at: at + 900,
      },
    ]);
    expect(rowsOf({ value: null, quality: "Z" })).toMatchObject([{ temperature_tenths_c: null, low_f: null }]);
  });

  it("reads a report as the archive's is read: tenths, six-hour groups, its type by its minute", () => {
    const raw = "KMDW 201753Z AUTO 21008KT 10SM CLR 12/06 A2990 RMK AO2 T01170056 10128 20061";
    const special = "KMDW 201720Z AUTO 21008KT 10SM CLR 12/06 A2990 RMK AO2 T01170056";
    const rows = rowsOf(
      { at: "2026-11-20T17:53:00+00:00", raw, value: 11.7 },
      { at: "2026-11-20T17:20:00+00:00", raw: special, value: null, quality: "Z" },
      { at: "2026-11-20T16:48:00+00:00", raw: special.replace("KMDW 201720Z", "SPECI KMDW 201648Z"), value: 11.7 },
    );
    expect(rows).toMatchObject([
      { report_type: "routine", low_f: 53, high_f: 53, max6h_tenths_c: 128 },
      { report_type: "special", low_f: 53, high_f: 53, max6h_tenths_c: null },
      { report_type: "special" },
    ]);
    // The same row as the archive's, had it answered.
    const line = `station,valid,tmpf,metar\nMDW,2026-11-20 17:53,53.06,${raw}\n`;
    const same = surfaceObservations.decode([exchange(routine, line)], provenance).rows.weather_observations;
    expect(same).toEqual([present(rows[0])]);
  });

  it("refuses a garbled six-hour group and keeps the row", () => {
    const raw = "KMDW 201753Z AUTO 21008KT 10SM CLR 12/06 A2990 RMK AO2 T01170056 11028 20061";
    const { rows, refusals } = surfaceObservations.decode(
      [...silent, exchange(midway.url, list({ at: "2026-11-20T17:53:00+00:00", raw, value: 11.7 }))],
      provenance,
    );
    expect(rows.weather_observations).toMatchObject([{ low_f: 53, max6h_tenths_c: null }]);
    expect(refusals).toMatchObject([{ kind: "content", message: expect.stringMatching(/-2\.8 °C, below/) }]);
  });

  it("lets the archive's row stand where both have one, and says once that the other host was asked", () => {
    const csv = "station,valid,tmpf,metar\nMDW,2026-11-20 17:55,80.60,M\n";
    const { rows, refusals, notes } = surfaceObservations.decode(
      [
        exchange(fiveMinute, csv),
        ...silent.slice(1),
        exchange(midway.url, list({ value: 28 }, { at: "2026-11-20T17:50:00Z" })),
      ],
      provenance,
    );
    expect(refusals).toEqual([]);
    expect(notes).toHaveLength(1);
    expect(present(rows.weather_observations).map(({ temperature_tenths_c }) => temperature_tenths_c)).toEqual([
      270, 280,
    ]);
  });

  it("takes no value that was judged wrong upstream, whatever the report says", () => {
    const raw = "KMDW 201753Z AUTO 21008KT 10SM CLR 12/06 A2990 RMK AO2 T01170056";
    for (const quality of ["X", "Q", "B"])
      expect(rowsOf({ at: "2026-11-20T17:53:00Z", raw, value: 11.7, quality })).toMatchObject([
        { low_f: null, metar: null },
      ]);
  });

  it.each<[string, Given, RegExp]>([
    ["another station", { station: "KNYC" }, /expected one of ours/],
    ["a station that was not asked for", { station: "KMIA" }, /found an observation of KMIA, expected KMDW/],
    ["an unknown judgement", { quality: "?" }, /qualityControl is "\?"/],
    ["another unit", { unit: "wmoUnit:degF" }, /unitCode is "wmoUnit:degF"/],
    ["a text for a number", { value: "28" }, /value is "28"/],
    ["what no thermometer shows", { value: 82.4 }, /value is 82.4; expected −90 to 60/],
    ["a time without zone", { at: "2026-11-20T17:55:00" }, /timestamp/],
    [
      "two readings in one row",
      { at: "2026-11-20T17:53:00Z", raw: "KMDW 201753Z AUTO 12/06 A2990", value: 13.9 },
      /12 °C in the report and 13.9/,
    ],
    ["a report of another minute", { raw: "KMDW 201753Z AUTO 12/06 A2990", value: 12 }, /the report is of 201753Z/],
  ])("sets aside %s, and nothing else of the answer", (_, bad, message) => {
    const { rows, refusals } = decode(list(bad, { at: "2026-11-20T17:50:00Z" }));
    expect(rows.weather_observations).toHaveLength(1);
    expect(refusals).toMatchObject([{ kind: "content", exchange: 3, path: "KMDW features[0]" }]);
    expect(refusals[0]?.message).toMatch(message);
  });

  it("refuses as drift what is no list, and an archive that is silent without its second host", () => {
    for (const body of ["{}", "[]", '{"features":{}}'])
      expect(decode(body).refusals, body).toMatchObject([{ kind: "drift", path: "KMDW $" }]);
    expect(surfaceObservations.decode(silent, provenance).refusals).toHaveLength(3);
    const gone = surfaceObservations.decode([...silent, exchange(midway.url, "{}", 404)], provenance);
    expect(gone.refusals).toMatchObject([{ kind: "drift", path: "KMDW status" }]);
  });

  it("takes no silence of all stations for an answer: a window of long ago is not there any more", () => {
    const empty = second.map(({ url }) => exchange(url, list()));
    const { rows, refusals } = surfaceObservations.decode([...silent, ...empty], provenance);
    expect(rows).toEqual({});
    expect(refusals).toMatchObject([{ kind: "drift", exchange: 3, path: "features" }]);
    const one = [...empty.slice(1), exchange(midway.url, list({}))];
    expect(surfaceObservations.decode([...silent, ...one], provenance).refusals).toEqual([]);
  });

  it("asks again for a body that was cut short", () => {
    expect(surfaceObservations.broken?.(exchange(midway.url, '{"features":['))).toMatch(/no JSON/);
    expect(surfaceObservations.broken?.(exchange(midway.url, list()))).toBeUndefined();
  });
});

describe.skipIf(!haveCaptures)("captures", () => {
  it("reads the real observation as if it were of a station of ours, and refuses it as the neighbour's that it is", () => {
    const real = capture("weather/nws/observation_latest_knyc_2026-01-20.json");
    const file = (body: string) => surfaceObservations.decode([exchange("observation.json", body)], provenance);
    expect(file(real).refusals).toMatchObject([
      { kind: "content", message: expect.stringContaining("expected one of ours") },
    ]);
    const { value } = (JSON.parse(real) as { properties: { temperature: { value: number } } }).properties.temperature;
    const [row] = present(file(real.replaceAll("KNYC", "KPHL")).rows.weather_observations);
    expect(row).toMatchObject({
      station: "KPHL",
      report_type: "routine",
      whole_celsius: false,
      temperature_tenths_c: Math.round(value * 10),
    });
    expect(row?.low_f).toBe(row?.high_f);
    expect(file(capture("weather/nws/error_404_points.json")).refusals).toMatchObject([{ kind: "drift" }]);
  });
});
