import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fahrenheitInterval, isWhole, parseMetar } from "../../../core/weather/metar.ts";
import { capture, haveCaptures } from "./captures.ts";

/** Reports in this file are this project's own, made after FMH-1; groups that are named after weather.md say so. */
const read = (text: string) => {
  const parsed = parseMetar(text);
  if ("refusal" in parsed) throw new Error(parsed.refusal);
  return parsed.metar;
};

describe("parseMetar", () => {
  it.each([
    ["the T group", "KMDW 201453Z AUTO 21008KT 10SM CLR 23/18 A2990 RMK AO2 SLP119 T02280178", 228, false],
    ["a negative T group", "KMDW 201453Z 21008KT 10SM CLR M04/M07 A2990 RMK AO2 T10441072=", -44, false],
    ["the body alone", "METAR KMDW 201453Z 21008KT 1/2SM BKN016 M08/M11 A2990", -80, true],
    ["a body without dew point", "KMDW 201453Z 21008KT 10SM CLR 31/ A2990 RMK AO2", 310, true],
    [
      "the five-minute feed's own T group",
      "KMDW 201455Z AUTO 21008KT 10SM CLR 23/18 A2990 RMK T02300180 MADISHF",
      230,
      true,
    ],
    ["zero below zero", "KMDW 201453Z 21008KT 10SM CLR M00/M03 A2990 RMK AO2 T10001030", 0, false],
    ["no temperature", "KMDW 201453Z 21008KT 10SM CLR // A2990 RMK AO2", null, false],
  ])("reads %s", (_what, text, tenths, whole) => {
    expect(read(text)).toMatchObject({ station: "KMDW", temperature: tenths, wholeCelsius: whole });
    expect(Object.is(read(text).temperature, -0)).toBe(false);
  });

  it("reads the six-hour maximum and no other group for it", () => {
    expect(
      read("KMDW 201753Z 21008KT 10SM CLR 23/18 A2990 RMK AO2 SLP119 60014 T02280178 10244 20117 402280117 57002")
        .max6h,
    ).toBe(244);
    expect(read("KMDW 201753Z 21008KT 10SM CLR M04/M07 A2990 RMK AO2 T10441072 11021").max6h).toBe(-21);
    expect(
      read("KMDW 201753Z 21008KT 10SM CLR 23/18 A2990 RMK AO2 PK WND 10244/1725 T02280178 402440117").max6h,
    ).toBeNull();
  });

  it("tells what a report calls itself, in any line breaks", () => {
    expect(read("SPECI KMDW 201420Z 21008KT\n     4SM BR 23/18 A2990 RMK AO2=\r\n").type).toBe("special");
    expect(read("METAR COR KMDW 201453Z 21008KT 10SM 23/18 A2990").type).toBe("routine");
    expect(read("KMDW 201453Z 21008KT 10SM 23/18 A2990").type).toBeUndefined();
  });

  it.each([
    ["an instant that is none", "QQQQ O81354Z AUTO 17027G37KT", /does not begin with a station/],
    ["a station that is none", "1QQQ 081354Z AUTO 17027G37KT", /does not begin with a station/],
    ["an hour that is none", "KMDW 202453Z 23/18", /202453Z/],
    [
      "body and T group of two readings",
      "KMDW 201453Z 10SM 23/18 A2990 RMK T02780178",
      /23 °C in the body and 27.8 °C/,
    ],
    ["more than the world has seen", "KMDW 201453Z 10SM A2990 RMK T06110178", /61.1 °C/],
    ["nothing", "", /does not begin/],
  ])("refuses %s", (_what, text, reason) => {
    const parsed = parseMetar(text);
    expect("refusal" in parsed ? parsed.refusal : "taken").toMatch(reason);
  });
});

describe("fahrenheitInterval", () => {
  it.each([
    // weather.md §3.7.
    [28, 82, 83],
    [29, 84, 85],
    [30, 86, 86],
    [31, 87, 88],
    [32, 89, 90],
    [33, 91, 92],
    [34, 93, 94],
    [35, 95, 95],
    [36, 96, 97],
    [37, 98, 99],
    [38, 100, 101],
    [-8, 17, 18],
  ])("%i °C stands for %i to %i °F", (celsius, low, high) => {
    expect(fahrenheitInterval(celsius * 10, true)).toEqual({ low, high });
  });

  it("holds every whole °F that gives the temperature, and none beside", () => {
    fc.assert(
      fc.property(fc.integer({ min: -140, max: 140 }), fc.boolean(), (f, whole) => {
        // Rounded half away from zero, on whole numbers: 5 (F - 32) / 9 degrees.
        const away = (n: number, by: number) => Math.sign(n) * Math.floor((2 * Math.abs(n) + by) / (2 * by));
        const tenthsOf = (value: number) => (whole ? away(5 * (value - 32), 9) * 10 : away(50 * (value - 32), 9));
        const { low, high } = fahrenheitInterval(tenthsOf(f), whole);
        for (let other = f - 4; other <= f + 4; other++) {
          expect(other >= low && other <= high).toBe(tenthsOf(other) === tenthsOf(f));
        }
      }),
      { numRuns: 600 },
    );
  });

  it("bounds a tenth that no whole °F gives by its neighbours", () => {
    expect(fahrenheitInterval(-78, false)).toEqual({ low: 18, high: 18 });
    expect(fahrenheitInterval(235, false)).toEqual({ low: 74, high: 75 });
  });
});

describe.skipIf(!haveCaptures)("captured collectives", () => {
  const reports = (path: string) =>
    capture(path)
      .replaceAll("\r", "")
      .split(/^METAR\n/m)[1]
      ?.split("=")
      .map((one) => one.trim())
      .filter((one) => /[A-Z]/.test(one)) ?? [];

  it("gives each report's temperature or the reason why there is none", () => {
    const parsed = reports("weather/metar/pyiem/collective.txt").map(parseMetar);
    const told = parsed.map((one) =>
      "refusal" in one
        ? "refused"
        : [one.metar.station, one.metar.temperature, one.metar.wholeCelsius, one.metar.max6h],
    );
    // Read off the groups of each report by hand.
    expect(told).toEqual([
      ["KSPS", 250, false, null],
      ["KMIA", 230, true, null],
      ["KMIA", 230, true, null],
      ["KALO", -44, false, null],
      ["PAJN", 50, false, 72],
      // 15/12 in the body and T00500022 behind it: two readings.
      "refused",
      ["KEST", 220, true, null],
      ["KAMW", 117, false, 206],
      ["KAMW", 100, false, 133],
      ["KALO", 178, false, null],
      ["KALO", 189, false, null],
      ["QQQQ", null, false, null],
      "refused",
      "refused",
    ]);
    expect(reports("weather/metar/pyiem/first.txt").map((one) => read(one).temperature)).toEqual([250, 189]);
  });

  it("never puts the five-minute feed's lower bound above the official high", () => {
    const official = new Map(
      capture("weather/obs/cli_settlement_2026-01-24_02-02.csv")
        .split("\n")
        .slice(1)
        .map((line) => line.split(","))
        .map(([station, date, high]) => [`${station} ${date}`, Number(high)]),
    );
    const bounds = new Map<string, number>();
    for (const line of capture("weather/obs/asos_5min_kmdw_kmia_2026-01-29_02-03.csv").split("\n").slice(1)) {
      const [station = "", at = "", f = ""] = line.split(",");
      if (f === "") continue;
      const tenths = Math.round(((Number(f) - 32) * 50) / 9);
      // A few hourly reports in tenths are among the whole degrees.
      const date = new Date(Date.parse(at) + (station === "KMDW" ? -6 : -5) * 3_600_000).toISOString().slice(0, 10);
      const key = `${station} ${date}`;
      bounds.set(key, Math.max(bounds.get(key) ?? -Infinity, fahrenheitInterval(tenths, isWhole(tenths)).low));
    }
    const compared = [...bounds].filter(([key]) => official.has(key));
    expect(compared.length).toBeGreaterThan(3);
    for (const [key, bound] of compared) expect(bound, key).toBeLessThanOrEqual(official.get(key) ?? Number.NaN);
  });
});
