import { describe, expect, it } from "vitest";
import { surfaceObservations } from "../../../core/sources/iem-observations.ts";
import { stations } from "../../../core/weather/stations.ts";
import { present } from "../weather/present.ts";

const at = Date.parse("2026-11-20T18:01:00Z");
const provenance = { window_at: at, raw_key: "raw/iem-observations/x" };
const urls = surfaceObservations.next({ at }, [], new Set()).map(({ url }) => url);
const [fiveMinute = "", routine = "", special = ""] = urls;
const exchange = (url: string, body: string, status = 200) => ({ url, status, fetched_at: at + 900, body });
const table = (url: string, ...rows: string[]) => exchange(url, ["station,valid,tmpf,metar", ...rows, ""].join("\n"));
const decode = (...exchanges: ReturnType<typeof exchange>[]) => surfaceObservations.decode(exchanges, provenance);
const rowsOf = (...exchanges: ReturnType<typeof exchange>[]) => present(decode(...exchanges).rows.weather_observations);

const report = (time: string, groups: string, station = "KMDW") =>
  `${station} ${time}Z AUTO 21008KT 10SM CLR ${groups}`;
const hourly = "MDW,2026-11-20 17:53,53.06," + report("201753", "12/06 A2990 RMK AO2 T01170056 10128 20061");

describe("next", () => {
  it("asks all stations at once, a request a type, two hours back after the full hour", () => {
    expect(urls.map((url) => new URL(url).searchParams.get("report_type"))).toEqual(["1", "3", "4"]);
    for (const url of urls) {
      const query = new URL(url).searchParams;
      expect(query.getAll("station")).toEqual(stations.map(({ site }) => site));
      expect(query.getAll("data")).toEqual(["tmpf", "metar"]);
      expect([query.get("sts"), query.get("ets"), query.get("tz")]).toEqual([
        "2026-11-20T16:01Z",
        "2026-11-20T18:01Z",
        "UTC",
      ]);
    }
  });

  it("is done after one round", () => {
    expect(surfaceObservations.next({ at }, [table(routine)], new Set())).toEqual([]);
  });
});

describe("decode", () => {
  it("gives tenths their one °F and the six-hour maximum its span", () => {
    const { rows, refusals, notes, known } = decode(table(routine, hourly));
    expect([refusals, notes, known]).toEqual([[], [], []]);
    expect(rows.weather_observations).toEqual([
      {
        station: "KMDW",
        valid_at: Date.parse("2026-11-20T17:53:00Z"),
        report_type: "routine",
        temperature_tenths_c: 117,
        whole_celsius: false,
        low_f: 53,
        high_f: 53,
        max6h_tenths_c: 128,
        max6h_low_f: 55,
        max6h_high_f: 55,
        max6h_from: Date.parse("2026-11-20T11:53:00Z"),
        max6h_until: Date.parse("2026-11-20T17:53:00Z"),
        metar: report("201753", "12/06 A2990 RMK AO2 T01170056 10128 20061"),
        window_at: at,
        ingested_at: at + 900,
        decoder_version: 1,
        raw_key: "raw/iem-observations/x",
      },
    ]);
  });

  it("keeps a whole degree Celsius as its interval, the five-minute feed's T group notwithstanding", () => {
    const [row] = rowsOf(
      table(fiveMinute, "MDW,2026-11-20 17:55,82.40," + report("201755", "28/18 A2990 RMK T02800180 MADISHF")),
    );
    expect(row).toMatchObject({ report_type: "five_minute", whole_celsius: true, low_f: 82, high_f: 83 });
    // Without the mark too: what was asked for is the five-minute feed.
    const [unmarked] = rowsOf(
      table(fiveMinute, "MDW,2026-11-20 17:55,82.40," + report("201755", "28/18 A2990 RMK T02800180")),
    );
    expect(unmarked).toMatchObject({ whole_celsius: true, low_f: 82, high_f: 83 });
  });

  it("takes the group 1snTTT only at the end of six hours, and never from the five-minute feed", () => {
    const groups = "12/06 A2990 RMK AO2 T01170056 10128 20061";
    expect(
      rowsOf(table(routine, "MDW,2026-11-20 16:53,53.06," + report("201653", groups)))[0]?.max6h_tenths_c,
    ).toBeNull();
    expect(
      rowsOf(table(fiveMinute, "MDW,2026-11-20 17:55,53.06," + report("201755", groups)))[0]?.max6h_until,
    ).toBeNull();
    expect(rowsOf(table(routine, "MDW,2026-11-20 18:00,53.06," + report("201800", groups)))[0]?.max6h_tenths_c).toBe(
      128,
    );
  });

  it("refuses a six-hour maximum below its own report's temperature, and keeps the temperature", () => {
    const garbled = "MDW,2026-11-20 17:53,60.98," + report("201753", "16/05 A3001 RMK AO2 T01610050 10028");
    const { rows, refusals } = decode(table(routine, garbled));
    expect(rows.weather_observations).toMatchObject([
      { temperature_tenths_c: 161, low_f: 61, max6h_tenths_c: null, max6h_low_f: null, max6h_from: null },
    ]);
    expect(refusals).toMatchObject([{ kind: "content", message: expect.stringMatching(/2\.8 °C, below .* 16\.1 °C/) }]);
    // The maximum may be the report's own temperature, also where only whole degrees say it.
    for (const body of ["16/05 A3001 RMK AO2 T01610050 10161", "16/05 A3001 RMK AO2 10156"])
      expect(decode(table(routine, "MDW,2026-11-20 17:53,60.98," + report("201753", body))).refusals).toEqual([]);
  });

  it("takes no trace for a number: T beside the temperature changes nothing, T for it is refused", () => {
    const hourlyLine = (body: string) => "MDW,2026-11-20 17:53,53.06," + report("201753", body);
    const [plain] = rowsOf(table(routine, hourlyLine("12/06 A2990 RMK AO2 T01170056 10128 20061")));
    // Trace of rain in the hour and in six hours.
    const [trace] = rowsOf(table(routine, hourlyLine("12/06 A2990 RMK AO2 P0000 60000 T01170056 10128 20061")));
    expect({ ...trace, metar: null }).toEqual({ ...plain, metar: null });
    for (const cell of ["T", "0.0001"]) {
      const { rows, refusals } = decode(table(routine, `MDW,2026-11-20 17:53,${cell},M`));
      expect(rows.weather_observations ?? []).toEqual([]);
      expect(refusals).toMatchObject([{ kind: "content" }]);
    }
  });

  it("keeps an observation without temperature, and one without its report", () => {
    const [blank, bare, whole] = rowsOf(
      table(
        routine,
        "MDW,2026-11-20 16:53,M," + report("201653", "// A2990 RMK AO2"),
        "MIA,2026-11-20 16:53,73.94,M",
        "AUS,2026-11-20 16:53,82.40,M",
      ),
    );
    expect(blank).toMatchObject({ temperature_tenths_c: null, whole_celsius: null, low_f: null, high_f: null });
    expect(bare).toMatchObject({ temperature_tenths_c: 233, low_f: 74, high_f: 74, metar: null });
    // Whether this one was in tenths cannot be told any more.
    expect(whole).toMatchObject({ whole_celsius: true, low_f: 82, high_f: 83 });
  });

  it("gives a repeated observation one row, a corrected report before the one it corrects, in any order", () => {
    const first = "MDW,2026-11-20 16:53,53.06," + report("201653", "12/06 A2990 RMK AO2 T01170056");
    const second = "MDW,2026-11-20 16:53,55.04,KMDW 201653Z COR 21008KT 10SM CLR 13/06 A2990 RMK AO2 T01280056";
    expect(rowsOf(table(routine, first, first))).toHaveLength(1);
    for (const order of [
      [first, second],
      [second, first],
    ]) {
      expect(rowsOf(table(routine, ...order)).map(({ low_f }) => low_f)).toEqual([55]);
    }
    const later = "MDW,2026-11-20 15:53,53.06," + report("201553", "12/06 A2990 RMK AO2 T01170056");
    expect(rowsOf(table(routine, hourly, later)).map(({ valid_at }) => new Date(valid_at).getUTCHours())).toEqual([
      17, 15,
    ]);
    expect(rowsOf(table(routine, first), table(special, first)).map(({ report_type }) => report_type)).toEqual([
      "routine",
      "special",
    ]);
  });

  it.each([
    ["a station that is not ours", "ORD,2026-11-20 16:53,53.06,M", "ORD", /expected one of ours/],
    [
      "another station's report",
      "MDW,2026-11-20 16:53,53.06," + report("201653", "12/06", "KORD"),
      "MDW",
      /the report of KORD/,
    ],
    [
      "another minute's report",
      "MDW,2026-11-20 16:53,53.06," + report("201553", "12/06"),
      "MDW",
      /the report is of 201553Z/,
    ],
    [
      "a report of two readings",
      "MDW,2026-11-20 16:53,53.06," + report("201653", "12/06 RMK T02170056"),
      "MDW",
      /in the T group/,
    ],
    ["a time of another form", "MDW,2026-11-20T16:53Z,53.06,M", "MDW", /expected YYYY-MM-DD HH:MM/],
    ["a temperature of another form", "MDW,2026-11-20 16:53,53,M", "MDW", /tmpf is "53"/],
    ["a temperature that cannot be", "MDW,2026-11-20 16:53,153.00,M", "MDW", /tmpf is "153.00"/],
    ["a torn line", "MDW,2026-11-20 16:53", "line", /has not the heading's fields/],
  ])("refuses %s alone", (_what, row, path, message) => {
    const { rows, refusals } = decode(table(routine, row, hourly));
    expect(rows.weather_observations).toHaveLength(1);
    expect(refusals).toMatchObject([{ kind: "content", exchange: 0, path: `routine ${path}` }]);
    expect(refusals[0]?.message).toMatch(message);
  });

  it.each([
    ["a renamed column", exchange(routine, "station,valid,tmp_f,metar\n"), "routine tmpf", /no such column/],
    ["an error", exchange(routine, "Invalid times provided.", 422), "routine status", /HTTP 422/],
    ["nothing", exchange(routine, ""), "routine station", /no such column/],
  ])("takes %s for drift", (_what, given, path, message) => {
    const { rows, refusals } = decode(given);
    expect([rows, refusals[0]?.kind, refusals[0]?.path]).toEqual([{}, "drift", path]);
    expect(refusals[0]?.message).toMatch(message);
  });

  it("takes a table without rows as it is", () => {
    expect(decode(table(special))).toEqual({ rows: {}, refusals: [], notes: [], known: [] });
  });

  it("tells the type of a file's reports by what they call themselves, or not at all", () => {
    const file = (groups: string, word = "") =>
      table("file:obs.csv", `MDW,2026-11-20 16:53,53.06,${word}${report("201653", groups)}`);
    expect(rowsOf(file("12/06 RMK T01200060 MADISHF"))[0]?.report_type).toBe("five_minute");
    expect(rowsOf(file("12/06", "SPECI "))[0]?.report_type).toBe("special");
    expect(decode(file("12/06")).refusals[0]?.message).toMatch(/neither the address nor the report says/);
  });
});

describe("broken", () => {
  it("asks a body that was cut short again, and no other", () => {
    expect(surfaceObservations.broken?.(exchange(routine, "station,valid,tmpf,metar\nMDW,2026-11"))).toMatch(
      /cut short/,
    );
    expect(surfaceObservations.broken?.(table(routine, hourly))).toBeUndefined();
    expect(surfaceObservations.broken?.(exchange(routine, "Invalid times provided.", 422))).toBeUndefined();
  });
});
