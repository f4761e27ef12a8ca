import { describe, expect, it } from "vitest";
import { climateDay } from "../../../core/weather/climate-day.ts";
import { type BlendForecast, type MemberPath, predictDayAhead } from "../../../core/weather/day-ahead.ts";
import { type DayAheadBucket, priorParameters, type WeatherParameters } from "../../../core/weather/parameters.ts";
import { stations } from "../../../core/weather/stations.ts";
import { present } from "./present.ts";

const HOUR = 3_600_000;
const denver = present(stations.find(({ icao }) => icao === "KDEN"));
const date = "2026-11-01";
const { start, end } = climateDay(denver, date);
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const noon = start - 12 * HOUR;

/** Members whose highest hour of the climate day is `high`; hours outside it are hotter, to be left out. */
function members(model: string, highs: number[], change: Partial<MemberPath> = {}): MemberPath[] {
  return highs.map((high, member) => ({
    station: "KDEN",
    model,
    member,
    first_valid_at: start - 7 * HOUR,
    step_seconds: 3600,
    temperature_f: Array.from({ length: 96 }, (_, hour) => (hour < 7 || hour >= 31 ? 130 : high - Math.abs(hour - 22))),
    window_at: noon - HOUR,
    ingested_at: noon - HOUR,
    ...change,
  }));
}

function blend(max_f: number, sd_f: number | null, change: Partial<BlendForecast> = {}): BlendForecast {
  return {
    station: "KDEN",
    run_at: noon - 3 * HOUR,
    climate_date: date,
    max_f,
    sd_f,
    ingested_at: noon - HOUR,
    ...change,
  };
}

/** The prior with other numbers for Denver at every lead. */
function withBucket(change: Partial<DayAheadBucket>): WeatherParameters {
  const { dayAhead, intraday } = present(priorParameters.stations["KDEN"]);
  const buckets = dayAhead.buckets.map((bucket) => ({ ...bucket, ...change }));
  return { ...priorParameters, stations: { KDEN: { dayAhead: { buckets }, intraday } } };
}

const priorAt = (fromHours: number) =>
  present(present(priorParameters.stations["KDEN"]).dayAhead.buckets.find((bucket) => bucket.fromHours === fromHours));
const gefs = (fromHours: number) => present(priorAt(fromHours).models["ncep_gefs_seamless"]);
const bias = gefs(36).a;

const forecast = (given: MemberPath[], nbm: BlendForecast[] = [], now = noon, parameters = priorParameters) =>
  predictDayAhead({ station: denver, climateDate: date, now, members: given, nbm, parameters });
function predicted(...given: Parameters<typeof forecast>) {
  const high = forecast(...given);
  if ("refusal" in high) throw new Error(high.refusal);
  return high;
}
const flat = (count: number, high: number) => Array.from({ length: count }, () => high);
const both = (high: number) => [
  ...members("ncep_gefs_seamless", flat(31, high)),
  ...members("ecmwf_ifs025_ensemble", flat(51, high)),
];

describe("predictDayAhead, ensembles", () => {
  it("takes the highest hour of the climate day alone, moved by the bias", () => {
    const high = predicted(both(60));
    expect(high.mean).toBeCloseTo(60 + bias, 6);
    // Rounding to whole numbers adds 1/12 to the variance (Sheppard's correction).
    expect(high.sd).toBeCloseTo(Math.sqrt(gefs(36).c + 1 / 12), 3);
    expect(total(high.pmf)).toBe(1);
  });

  it("begins the day at standard midnight: a midnight high counts, an hour before it does not", () => {
    const peakAt = (instant: number) =>
      both(40).map((member) => ({
        ...member,
        temperature_f: member.temperature_f.map((_, hour) =>
          member.first_valid_at + hour * HOUR === instant ? 90 : 40,
        ),
      }));
    const mean = (instant: number) => Math.round(predicted(peakAt(instant)).mean - bias);
    expect([mean(start - HOUR), mean(start), mean(end - HOUR), mean(end)]).toEqual([40, 90, 90, 40]);
  });

  it("weighs models alike, however many members they have", () => {
    const given = [...members("ncep_gefs_seamless", flat(10, 50)), ...members("ecmwf_ifs025_ensemble", flat(50, 60))];
    expect(predicted(given).mean).toBeCloseTo(55 + bias, 6);
  });

  it("keeps both humps of a day with a front", () => {
    const given = [...members("ncep_gefs_seamless", flat(20, 45)), ...members("ecmwf_ifs025_ensemble", flat(20, 65))];
    const { pmfLow, pmf } = predicted(given);
    const at = (value: number) => pmf[Math.round(value + bias) - pmfLow] ?? 0;
    expect(at(55)).toBeLessThan(0.05 * at(45));
    expect(at(65)).toBeCloseTo(at(45), 6);
  });

  it("stretches and dresses members so that the whole has EMOS's mean and variance", () => {
    const models = {
      ncep_gefs_seamless: { a: 3, b: 0.9, c: 4, d: 2.25, weight: 0.5 },
      ecmwf_ifs025_ensemble: { a: 3, b: 0.9, c: 4, d: 2.25, weight: 0.5 },
    };
    const highs = [56, 58, 60, 62, 64];
    const given = [...members("ncep_gefs_seamless", highs), ...members("ecmwf_ifs025_ensemble", highs)];
    const one = predicted(given, [], noon, withBucket({ models }));
    expect(one.mean).toBeCloseTo(3 + 0.9 * 60, 6);
    expect(one.sd ** 2).toBeCloseTo(4 + 2.25 * 8 + 1 / 12, 3);
    const wide = predicted(given, [], noon, withBucket({ models, spread: 1.5 }));
    expect(wide.mean).toBeCloseTo(one.mean, 6);
    expect(wide.sd ** 2).toBeCloseTo(2.25 * 22 + 1 / 12, 3);
  });

  it("takes of each model the newest window that has its members", () => {
    const given = [
      ...members("ncep_gefs_seamless", flat(31, 60)),
      ...members("ncep_gefs_seamless", flat(31, 50), { window_at: noon - 7 * HOUR }),
      ...members("ecmwf_ifs025_ensemble", flat(51, 60), { window_at: noon - 7 * HOUR }),
      ...members("ecmwf_ifs025_ensemble", flat(3, 99)),
    ];
    expect(predicted(given)).toEqual(predicted(both(60)));
  });

  it("leaves out other stations, models without a weight, members without the hours and what was not known", () => {
    const strange = [
      ...members("ncep_gefs_seamless", flat(20, 99), { station: "KMDW" }),
      ...members("some_new_model", flat(20, 99)),
      ...members("icon_seamless_eps", flat(20, 99), { temperature_f: Array.from({ length: 96 }, () => null) }),
      ...members("icon_seamless_eps", flat(4, 99)),
      ...members("icon_seamless_eps", flat(20, 99), { window_at: noon, ingested_at: noon + 1 }),
    ];
    expect(predicted([...both(60), ...strange])).toEqual(predicted(both(60)));
  });

  it("asks for nine hours in ten", () => {
    const missing = (hours: number) =>
      both(60).map((member) => ({
        ...member,
        temperature_f: member.temperature_f.map((value, hour) => (hour >= 7 && hour < 7 + hours ? null : value)),
      }));
    expect(forecast(missing(2))).toHaveProperty("pmf");
    expect(forecast(missing(3))).toHaveProperty("refusal");
  });

  it.each([
    [
      "one model",
      members("ncep_gefs_seamless", flat(31, 60)),
      /ncep_gefs_seamless 31 \(0 too short\); expected 2 ensembles of 5/,
    ],
    [
      "a second model of four",
      [...members("ncep_gefs_seamless", flat(31, 60)), ...members("icon_seamless_eps", flat(4, 60))],
      /icon_seamless_eps 4/,
    ],
    ["nothing", [], /: none/],
    ["three-hourly paths", both(60).map((member) => ({ ...member, step_seconds: 10_800 })), /82 too short/],
    [
      "paths that end before",
      both(60).map((member) => ({ ...member, temperature_f: member.temperature_f.slice(0, 20) })),
      /82 too short/,
    ],
  ])("refuses %s", (_what, given, reason) => {
    const high = forecast(given);
    expect("refusal" in high ? high.refusal : "not refused").toMatch(reason);
  });

  it("refuses a day that is over and a station without parameters", () => {
    expect(forecast(both(60), [], end)).toMatchObject({ refusal: expect.stringContaining("is over") });
    const station = { icao: "KSFO", standardOffsetHours: -8 };
    expect(
      predictDayAhead({
        station,
        climateDate: date,
        now: start,
        members: both(60),
        nbm: [],
        parameters: priorParameters,
      }),
    ).toMatchObject({ refusal: `no station KSFO in the parameters ${priorParameters.version}` });
  });

  it("widens with the lead, and tells Miami's highs best", () => {
    const late = both(60).map((member) => ({ ...member, ingested_at: 0 }));
    const widths = [1, 13, 25, 40].map((hours) => predicted(late, [], end - hours * HOUR).sd);
    expect(widths).toEqual([...widths].sort((a, b) => a - b));
    expect(new Set(widths).size).toBe(4);
    expect(
      present(present(priorParameters.stations["KMIA"]).dayAhead.buckets[0]).models["icon_seamless_eps"]?.c,
    ).toBeLessThan(gefs(0).c);
  });
});

describe("predictDayAhead, the blend", () => {
  it("has a Gaussian of its own, and stands alone when there are no ensembles", () => {
    const high = predicted([], [blend(64, 2)]);
    const { a, b, c, d } = present(priorAt(36).models["nbm"]);
    expect(high.mean).toBeCloseTo(a + b * 64, 6);
    expect(high.sd ** 2).toBeCloseTo(c + d * 4 + 1 / 12, 3);
  });

  it("has half the weight beside all three ensembles, more where one is missing", () => {
    const icon = members("icon_seamless_eps", flat(40, 60));
    const at = (given: MemberPath[]) => predicted(given, [blend(70, 2)]).mean;
    expect(at([...both(60), ...icon])).toBeCloseTo(0.5 * 70 + 0.5 * (60 + bias), 6);
    expect(at(both(60))).toBeCloseTo((70 * 0.5 + (60 + bias) / 3) / (0.5 + 1 / 3), 6);
  });

  it("is the newest run that was known, of this station and day, with a spread, a day old at most", () => {
    const runs = [
      blend(64, 2, { run_at: noon - 9 * HOUR, ingested_at: noon - 8 * HOUR }),
      blend(99, 2, { run_at: noon - 10 * HOUR, ingested_at: noon - 8 * HOUR }),
      blend(99, 2, { run_at: noon - HOUR, ingested_at: noon + 1 }),
      blend(99, null, { run_at: noon - 2 * HOUR }),
      blend(99, 2, { station: "KMDW" }),
      blend(99, 2, { climate_date: "2026-11-02" }),
    ];
    expect(predicted([], runs)).toEqual(predicted([], [blend(64, 2)]));
    const old = blend(64, 2, { run_at: noon - 25 * HOUR, ingested_at: noon - 24 * HOUR });
    expect(forecast([], [old])).toMatchObject({ refusal: expect.stringContaining("no run of the blend") });
  });
});
