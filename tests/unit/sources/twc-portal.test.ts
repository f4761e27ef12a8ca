/** The settlement portal. No captured answer was at hand: the fixtures follow the shapes of weather.md §3.6. */
import { describe, expect, it } from "vitest";
import { settlementPortal } from "../../../core/sources/twc-portal.ts";
import { stations } from "../../../core/weather/stations.ts";
import { present } from "../weather/present.ts";

const at = Date.parse("2026-11-03T13:27:00Z");
const provenance = { window_at: at, raw_key: "raw/twc-portal/x" };
const requests = settlementPortal.next({ at }, [], new Set());
const url = "https://weather.com/kalshi/api/climate/primary?date=2026-11-02";
type Result = Record<string, unknown>;
const result = (icao: string, change: Result = {}, data: Result | null = {}): Result => ({
  station: { icao, city: "Somewhere", cliId: `CLI${icao.slice(1)}` },
  status: "official",
  data: data === null ? null : { maxTemp: 54, minTemp: 41, avgTemp: 47.5, issueTime: "2026-11-03T06:34:00Z", ...data },
  ...change,
});
const others = stations.slice(1).map(({ icao }) => result(icao));
const body = (first: unknown, change: Result = {}) =>
  JSON.stringify({ date: "2026-11-02", results: [result("KNYC"), first, ...others], ...change });
const exchange = (text: string, status = 200, address = url) => ({
  url: address,
  status,
  fetched_at: at + 700,
  body: text,
});
const decode = (...texts: string[]) =>
  settlementPortal.decode(
    texts.map((text) => exchange(text)),
    provenance,
  );

describe("next", () => {
  it("asks for the days of the last three that are over somewhere and not official everywhere", () => {
    const dates = (instant: string, known: string[] = []) =>
      settlementPortal
        .next({ at: Date.parse(instant) }, [], new Set(known))
        .map((one) => new URL(one.url).searchParams.get("date"));
    expect(requests.map((one) => one.url)).toEqual(
      [31, 1, 2].map((d) => url.replace("11-02", d === 31 ? "10-31" : `11-0${d}`)),
    );
    // A day ends in Philadelphia at 05 UTC, in Los Angeles at 08.
    expect(dates("2026-11-03T04:59:00Z").at(-1)).toBe("2026-11-01");
    expect(dates("2026-11-03T05:00:00Z").at(-1)).toBe("2026-11-02");
    expect(dates("2026-11-03T13:27:00Z", ["official-2026-10-31", "official-2026-11-01"])).toEqual(["2026-11-02"]);
    expect(
      dates("2026-11-03T13:27:00Z", ["official-2026-10-31", "official-2026-11-01", "official-2026-11-02"]),
    ).toEqual([]);
    expect(settlementPortal.next({ at }, [exchange(body(result("KMDW")))], new Set())).toEqual([]);
  });

  it("never asks more often than every quarter of an hour", () => {
    expect(settlementPortal.schedule.everyMinutes).toBeGreaterThanOrEqual(15);
  });

  it("brings nothing and refuses nothing where there was nothing to ask", () => {
    expect(settlementPortal.decode([], provenance)).toEqual({ rows: {}, refusals: [], notes: [], known: [] });
  });
});

describe("decode", () => {
  it("gives our stations' reports, and remembers the day once all are official", () => {
    const { rows, refusals, notes, known } = decode(body(result("KMDW")));
    expect([refusals, notes, known]).toEqual([[], [], ["official-2026-11-02"]]);
    expect(present(rows.portal_reports)).toHaveLength(6);
    expect(rows.portal_reports?.[0]).toEqual({
      station: "KMDW",
      climate_date: "2026-11-02",
      status: "official",
      max_f: 54,
      min_f: 41,
      issued_at: Date.parse("2026-11-03T06:34:00Z"),
      window_at: at,
      ingested_at: at + 700,
      decoder_version: 1,
      raw_key: "raw/twc-portal/x",
    });
  });

  it.each([
    ["preliminary", { maxTemp: 50 }, 50],
    ["pending", null, null],
    ["no_report", null, null],
  ] as const)("keeps a report that is %s, and asks for the day again", (status, data, max_f) => {
    const { rows, refusals, known } = decode(body(result("KMDW", { status }, data)));
    expect([refusals, known]).toEqual([[], []]);
    expect(rows.portal_reports?.[0]).toMatchObject({ status, max_f });
  });

  it("takes a revision for final, and both names of the maximum", () => {
    const { rows, known } = decode(body(result("KMDW", { status: "revised" }, { maxTemp: undefined, maxTempF: 55 })));
    expect(rows.portal_reports?.[0]).toMatchObject({ status: "revised", max_f: 55 });
    expect(known).toHaveLength(1);
  });

  it("keeps a word that is new, which settles nothing, and a report whose time it cannot read", () => {
    const { rows, notes, known } = decode(body(result("KMDW", { status: "amended" }, { issueTime: "6:34 AM" })));
    expect(rows.portal_reports?.[0]).toMatchObject({ status: "amended", max_f: 54, issued_at: null });
    expect(notes.map(({ path }) => path)).toEqual(["results[].status", "results[].data.issueTime"]);
    expect(known).toEqual([]);
  });

  it.each<[string, Result, RegExp]>([
    ["a maximum in tenths", result("KMDW", {}, { maxTemp: 54.4 }), /data.maxTemp is 54.4/],
    ["a maximum as text", result("KMDW", {}, { maxTemp: "54" }), /data.maxTemp is "54"/],
    ["a maximum that no place has had", result("KMDW", {}, { maxTemp: 912 }), /data.maxTemp is 912/],
    ["two maxima", result("KMDW", {}, { maxTempF: 55 }), /data.maxTemp and data.maxTempF differ/],
    ["an official report without a maximum", result("KMDW", {}, null), /data.maxTemp is missing/],
    ["a maximum below the minimum", result("KMDW", {}, { maxTemp: 40 }), /maximum 40 is below minimum 41/],
    [
      "another station's report id",
      result("KMDW", { station: { icao: "KMDW", cliId: "CLIORD" } }),
      /cliId is "CLIORD"; expected CLIMDW/,
    ],
    ["a report of another day", result("KMDW", {}, { reportDate: "2026-11-01" }), /reportDate is "2026-11-01"/],
    [
      "a status against its own flag",
      result("KMDW", {}, { isOfficial: false }),
      /isOfficial is false, the status official/,
    ],
    ["no status", result("KMDW", { status: 7 }), /status is 7/],
  ])("sets aside %s, and that station alone", (_, bad, message) => {
    const { rows, refusals, known } = decode(body(bad));
    expect(rows.portal_reports).toHaveLength(5);
    expect(refusals).toMatchObject([{ kind: "content", exchange: 0, path: "results[1]" }]);
    expect(refusals[0]?.message).toMatch(message);
    // Not remembered: the day is asked for again.
    expect(known).toEqual([]);
  });

  it("sets aside the second report of a station", () => {
    expect(decode(body(result("KMIA"))).refusals).toMatchObject([{ kind: "content", message: "KMIA is there twice" }]);
  });

  it.each([
    ["another day's answer", body(result("KMDW"), { date: "2026-11-01" }), "date"],
    ["no list", body(result("KMDW"), { results: {} }), "results"],
    ["an answer without our stations", JSON.stringify({ date: "2026-11-02", results: [result("KNYC")] }), "results"],
    ["a result without a station", body({ status: "official" }), "results[1].station.icao"],
  ])("refuses %s as drift", (_, text, path) => {
    const { rows, refusals } = decode(text);
    expect(rows).toEqual({});
    expect(refusals).toMatchObject([{ kind: "drift", path }]);
  });

  it("refuses a page that is no answer, and asks again for one that was cut short", () => {
    expect(settlementPortal.decode([exchange("<html>", 403)], provenance).refusals).toMatchObject([
      { kind: "drift", path: "status" },
    ]);
    expect(settlementPortal.broken?.(exchange('{"date":"2026'))).toMatch(/no JSON/);
  });
});
