import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StrikeInterval } from "../../../core/market/strikes.ts";
import { climateDay } from "../../../core/weather/climate-day.ts";
import {
  bracketProbabilities,
  kernelSd,
  type MemberPath,
  mixturePmf,
  predictHigh,
} from "../../../core/weather/day-ahead.ts";
import { biasF, kernelSdByLead } from "../../../core/weather/parameters.ts";
import { stations } from "../../../core/weather/stations.ts";
import { present } from "./present.ts";

const HOUR = 3_600_000;
const denver = present(stations.find(({ icao }) => icao === "KDEN"));
const date = "2026-11-01";
const { start, end } = climateDay(denver, date);
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** Members whose highest hour of the climate day is `high`; hours outside it are hotter, to be left out. */
function members(model: string, highs: number[], change: Partial<MemberPath> = {}): MemberPath[] {
  return highs.map((high, member) => ({
    station: "KDEN",
    model,
    member,
    first_valid_at: start - 7 * HOUR,
    step_seconds: 3600,
    temperature_f: Array.from({ length: 96 }, (_, hour) => (hour < 7 || hour >= 31 ? 130 : high - Math.abs(hour - 22))),
    ...change,
  }));
}
const forecast = (given: MemberPath[], now = start - 12 * HOUR) =>
  predictHigh({ station: denver, climateDate: date, now, members: given });
const flat = (count: number, high: number) => Array.from({ length: count }, () => high);

describe("mixturePmf", () => {
  // P(|Z| < 1/4), P(1/4 < Z < 3/4) and P(Z > 19/4): differences of erf and erfc of CPython's math module.
  it("gives the Gaussian's shares of whole degrees", () => {
    const { pmfLow, pmf } = mixturePmf([{ centre: 70, weight: 1 }], 2);
    expect(pmf[70 - pmfLow]).toBeCloseTo(0.1974126513658474, 12);
    expect(pmf[71 - pmfLow]).toBeCloseTo(0.17466632194020804, 12);
    expect(pmf[69 - pmfLow]).toBeCloseTo(0.17466632194020804, 12);
    expect(total(pmf.slice(80 - pmfLow)) / 1.0170832425687061e-6).toBeCloseTo(1, 6);
    expect(total(pmf.slice(0, 61 - pmfLow)) / 1.0170832425687061e-6).toBeCloseTo(1, 6);
  });

  it("keeps both humps of two groups", () => {
    const { pmfLow, pmf } = mixturePmf(
      [
        { centre: 50, weight: 0.5 },
        { centre: 70, weight: 0.5 },
      ],
      2,
    );
    expect(pmf[50 - pmfLow]).toBeCloseTo(0.5 * 0.1974126513658474, 12);
    expect(pmf[60 - pmfLow]).toBeLessThan(1e-5);
  });

  const mixtures = fc.tuple(
    fc.array(fc.double({ min: -40, max: 125, noNaN: true }), { minLength: 1, maxLength: 130 }),
    fc.double({ min: 0.5, max: 5, noNaN: true }),
  );
  it("sums to exactly 1 in any order, has no negative share and the mixture's mean", () => {
    fc.assert(
      fc.property(mixtures, ([centres, sd]) => {
        const { pmfLow, pmf } = mixturePmf(
          centres.map((centre) => ({ centre, weight: 1 / centres.length })),
          sd,
        );
        expect(Math.min(...pmf)).toBeGreaterThanOrEqual(0);
        expect(total(pmf)).toBe(1);
        expect(total(pmf.toReversed())).toBe(1);
        expect(total([...pmf].sort((a, b) => a - b))).toBe(1);
        const mean = total(pmf.map((p, index) => p * (pmfLow + index)));
        expect(mean).toBeCloseTo(total(centres) / centres.length, 1);
      }),
    );
  });

  it("moves with its centres: a whole degree more shifts the whole distribution", () => {
    fc.assert(
      fc.property(mixtures, ([centres, sd]) => {
        const rounded = centres.map((centre) => Math.round(centre * 16) / 16);
        const at = (move: number) =>
          mixturePmf(
            rounded.map((centre) => ({ centre: centre + move, weight: 1 / rounded.length })),
            sd,
          );
        const [here, there] = [at(0), at(3)];
        expect(there.pmfLow).toBe(here.pmfLow + 3);
        expect(there.pmf.every((p, index) => Math.abs(p - (here.pmf[index] ?? 0)) < 1e-12)).toBe(true);
      }),
    );
  });
});

describe("bracketProbabilities", () => {
  it("sums to exactly 1 over any partition, in any order", () => {
    const cuts = fc.uniqueArray(fc.integer({ min: -60, max: 140 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        cuts,
        fc.double({ min: -20, max: 110, noNaN: true }),
        fc.double({ min: 0.5, max: 5, noNaN: true }),
        (unsorted, centre, sd) => {
          const sorted = [...unsorted].sort((a, b) => a - b);
          const intervals: StrikeInterval[] = [
            { lowest: null, highest: present(sorted[0]) - 1 },
            ...sorted.map((lowest, index) => ({
              lowest,
              highest: index + 1 < sorted.length ? present(sorted[index + 1]) - 1 : null,
            })),
          ];
          const probabilities = bracketProbabilities(mixturePmf([{ centre, weight: 1 }], sd), intervals);
          expect(total(probabilities)).toBe(1);
          expect(total(probabilities.toReversed())).toBe(1);
        },
      ),
    );
  });

  it("sums what lies within, both ends included", () => {
    const high = { pmfLow: 40, pmf: [0.125, 0.25, 0.5, 0.125] };
    const intervals = [
      { lowest: null, highest: 40 },
      { lowest: 41, highest: 42 },
      { lowest: 43, highest: null },
      { lowest: 50, highest: 51 },
      { lowest: 30, highest: 39 },
      { lowest: null, highest: null },
    ];
    expect(bracketProbabilities(high, intervals)).toEqual([0.125, 0.75, 0.125, 0, 0, 1]);
  });
});

describe("predictHigh", () => {
  const both = (high: number) => [
    ...members("ncep_gefs_seamless", flat(31, high)),
    ...members("ecmwf_ifs025_ensemble", flat(51, high)),
  ];

  it("takes the highest hour of the climate day alone, moved by the bias", () => {
    const high = forecast(both(60));
    if ("refusal" in high) throw new Error(high.refusal);
    expect(high.mean).toBeCloseTo(60 + present(biasF["KDEN"]), 6);
    const sd = kernelSd(denver, 36);
    // Rounding to whole numbers adds 1/12 to the variance (Sheppard's correction).
    expect(high.sd).toBeCloseTo(Math.sqrt(sd ** 2 + 1 / 12), 3);
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
    const mean = (instant: number) => {
      const high = forecast(peakAt(instant));
      return "refusal" in high ? high.refusal : Math.round(high.mean - present(biasF["KDEN"]));
    };
    expect([mean(start - HOUR), mean(start), mean(end - HOUR), mean(end)]).toEqual([40, 90, 90, 40]);
  });

  it("weighs models alike, however many members they have", () => {
    const high = forecast([
      ...members("ncep_gefs_seamless", flat(10, 50)),
      ...members("ecmwf_ifs025_ensemble", flat(50, 60)),
    ]);
    expect("refusal" in high ? high.refusal : high.mean).toBeCloseTo(55 + present(biasF["KDEN"]), 6);
  });

  it("leaves out other stations, models without a weight and members without the hours", () => {
    const strange = [
      ...members("ncep_gefs_seamless", flat(20, 99), { station: "KMDW" }),
      ...members("some_new_model", flat(20, 99)),
      ...members("icon_seamless_eps", flat(20, 99), { temperature_f: Array.from({ length: 96 }, () => null) }),
      ...members("icon_seamless_eps", flat(4, 99)),
    ];
    expect(forecast([...both(60), ...strange])).toEqual(forecast(both(60)));
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
      /ncep_gefs_seamless 31 \(0 too short\); expected 2 models of 5/,
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
    expect(forecast(both(60), end)).toMatchObject({ refusal: expect.stringContaining("is over") });
    expect(
      predictHigh({
        station: { icao: "KSFO", standardOffsetHours: -8 },
        climateDate: date,
        now: start,
        members: both(60),
      }),
    ).toMatchObject({ refusal: expect.stringContaining("no bias for station KSFO") });
  });

  it("is surer with less time left, and in Miami", () => {
    const widths = [0, 6, 12, 18, 30, 36, 48, 60, 100].map((lead) => kernelSd(denver, lead));
    expect([...widths].sort((a, b) => a - b)).toEqual(widths);
    expect([widths[0], widths.at(-1)]).toEqual([present(kernelSdByLead[0]).sdF, present(kernelSdByLead.at(-1)).sdF]);
    expect(kernelSd(denver, 12)).toBeCloseTo((present(kernelSdByLead[0]).sdF + present(kernelSdByLead[1]).sdF) / 2, 12);
    expect(kernelSd({ icao: "KMIA" }, 36)).toBeLessThan(kernelSd(denver, 36));
  });
});
