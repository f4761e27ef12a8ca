import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { climateDateAt, climateDay } from "../../../core/weather/climate-day.ts";
import { ensemblePath } from "../../../core/weather/ensemble-path.ts";
import { readingsOf } from "../../../core/weather/evidence.ts";
import { type DayRows, type IntradayForecast, openDay, predictIntraday } from "../../../core/weather/intraday.ts";
import { fahrenheitInterval, isWhole } from "../../../core/weather/metar.ts";
import { priorParameters } from "../../../core/weather/prior-parameters.ts";
import { stations } from "../../../core/weather/stations.ts";
import { present } from "./present.ts";
import { runs } from "../../runs.ts";

type Station = (typeof stations)[number];
const stationOf = (icao: string) => present(stations.find((one) => one.icao === icao));
const midway = stationOf("KMDW");
const date = "2026-07-09";
const minute = 60_000;
const hour = 60 * minute;

/** °F at an hour of the day, local standard time: 66 in the small hours, 84 at three in the afternoon. */
const warmth = (at: number) => 75 + 9 * Math.cos((2 * Math.PI * (at - 15)) / 24);

function membersOf(station: Station, day: string, change: Partial<DayRows["members"][number]> = {}, above = 0) {
  const { start } = climateDay(station, day);
  // As the request asks: from midnight UTC of the day before on.
  const first = Math.floor(start / (24 * hour)) * 24 * hour - 24 * hour;
  return ["ncep_gefs_seamless", "ecmwf_ifs025_ensemble"].flatMap((model, index) =>
    Array.from({ length: 6 }, (_, member) => ({
      station: station.icao,
      model,
      member,
      first_valid_at: first,
      step_seconds: 3600,
      temperature_f: Array.from(
        { length: 96 },
        (__, step) => warmth((first + step * hour - start) / hour) + above + (member - 2.5) + (index === 0 ? 1 : -1),
      ),
      ingested_at: start - 6 * hour,
      ...change,
    })),
  );
}

type ObservationRow = DayRows["observations"][number];

/** A row as the archive gives it: whole °C in the five-minute feed, tenths elsewhere; known ten minutes later. */
function observed(
  station: Station,
  validAt: number,
  f: number | null,
  change: Partial<ObservationRow> = {},
): ObservationRow {
  const type = change.report_type ?? "five_minute";
  const tenths =
    f === null ? null : type === "five_minute" ? Math.round((f - 32) / 1.8) * 10 : Math.round((f - 32) / 0.18);
  const interval = tenths === null ? null : fahrenheitInterval(tenths, type === "five_minute" && isWhole(tenths));
  return {
    station: station.icao,
    valid_at: validAt,
    report_type: type,
    temperature_tenths_c: tenths,
    low_f: interval?.low ?? null,
    high_f: interval?.high ?? null,
    max6h_low_f: null,
    max6h_high_f: null,
    max6h_from: null,
    max6h_until: null,
    ingested_at: validAt + 10 * minute,
    ...change,
  };
}

/** The five-minute feed of a day up to an hour, on the forecast's path in whole °F. */
function feedOf(station: Station, day: string, until: number, from = 0): ObservationRow[] {
  const { start } = climateDay(station, day);
  return Array.from({ length: (until - from) * 12 }, (_, index) => {
    const at = from * 60 + index * 5;
    return observed(station, start + at * minute, Math.round(warmth(at / 60)));
  });
}

const { start, end } = climateDay(midway, date);
const day: DayRows = {
  station: midway,
  climateDate: date,
  observations: feedOf(midway, date, 12),
  summaries: [],
  reports: [],
  members: membersOf(midway, date),
  parameters: priorParameters,
};
const at = (hours: number) => start + hours * hour;
const asked = (change: Partial<DayRows> = {}, now = at(12.2)) => predictIntraday({ ...day, ...change, now });
function told(change: Partial<DayRows> = {}, now = at(12.2)): IntradayForecast {
  const found = asked(change, now);
  if ("refusal" in found) throw new Error(found.refusal);
  return found;
}
const refused = (change: Partial<DayRows> = {}, now = at(12.2)) => {
  const found = asked(change, now);
  return "refusal" in found ? found.refusal : "not refused";
};
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const massBelow = ({ pmfLow, pmf }: IntradayForecast, k: number) => sum(pmf.slice(0, Math.max(0, k - pmfLow)));
const message = (max_f: number | null, change: Partial<DayRows["summaries"][number]> = {}) => ({
  station: "KMDW",
  climate_date: date,
  issued_at: at(12),
  kind: "intermediate",
  as_of: "1200",
  max_f,
  ingested_at: at(12) + minute,
  ...change,
});

describe("the intraday forecast", () => {
  it("is an exact distribution with what was observed beside it", () => {
    const found = told();
    for (const order of [found.pmf, found.pmf.toReversed(), found.pmf.toSorted((a, b) => a - b)])
      expect(sum(order)).toBe(1);
    // Whole grains: so the brackets' sums are exact in any order, too.
    expect(found.pmf.every((p) => Number.isInteger(p * 2 ** 52))).toBe(true);
    expect(found.pmf[0]).toBeGreaterThan(0);
    expect(found.pmf.at(-1)).toBeGreaterThan(0);
    const last = present(day.observations.at(-1));
    expect(found.lastObservedAt).toBe(last.valid_at);
    expect([found.observedLeastF, found.observedMostF]).toEqual([last.low_f, last.high_f]);
    expect(massBelow(found, present(last.low_f))).toBe(0);
    expect(found.newMaximumIn60).toBeGreaterThan(0.8);
    expect(found.setAside).toEqual([]);
  });

  it("narrows as the day goes, and knows the high in the evening but for the feed's rounding", () => {
    const whole = { observations: feedOf(midway, date, 24) };
    // To a thousandth: what the grid leaves open.
    const spreads = [1, 8, 12, 15, 18, 23].map((hours) => Math.round(told(whole, at(hours)).sd * 1000));
    expect(spreads).toEqual(spreads.toSorted((a, b) => b - a));
    const evening = told(whole, at(23));
    // 29 °C at the peak: 84 or 85 °F, or a peak between the readings.
    expect(evening.observedLeastF).toBe(84);
    expect(massBelow(evening, 86) - massBelow(evening, 84)).toBeGreaterThan(0.93);
    expect(evening.newMaximumIn60).toBeLessThan(0.01);
  });

  it("follows the readings, not the forecast, where they differ", () => {
    const warmer = day.observations.map((row) => observed(midway, row.valid_at, present(row.low_f) + 5));
    expect(told({ observations: warmer }).mean - told().mean).toBeGreaterThan(1.5);
  });

  it("says why there is none: before the day, after it, without members, without parameters, without a reading", () => {
    expect(refused({}, start - 1)).toBe(`the climate day ${date} of KMDW has not begun`);
    expect(refused({}, end)).toBe(`the climate day ${date} of KMDW is over`);
    expect(refused({ members: membersOf(stationOf("KMIA"), date) })).toMatch(
      /no ensemble with 5 members .* every hour of 2026-07-09 at KMDW: none/,
    );
    const station = { icao: "KXYZ", standardOffsetHours: -6 };
    expect(refused({ station })).toMatch(/no station KXYZ in the parameters/);
    expect(refused({ observations: [] })).toBe(`no usable reading of ${date} at KMDW yet: 0 set aside`);
  });

  it("refuses readings so far from the forecast that one of them is of another place", () => {
    const members = membersOf(midway, date, {}, 80);
    expect(refused({ members })).toMatch(/KMDW: readings lie \d+ °F from the baseline, more than 60/);
  });
});

describe("the path of the ensembles", () => {
  it("is the mean of the models' means, straight between the hours", () => {
    const path = ensemblePath(midway, date, day.members);
    if ("refusal" in path) throw new Error(path.refusal);
    expect(path).toHaveLength(288);
    // Members at ±0.5 … 2.5 about each model, the models at +1 and −1: the middle is the warmth itself.
    expect(path[0]).toBeCloseTo(warmth(0), 9);
    expect(path[180]).toBeCloseTo(warmth(15), 9);
    expect(path[6]).toBeCloseTo((warmth(0) + warmth(1)) / 2, 9);
    // A model with more members weighs no more.
    const more = [...day.members, ...day.members.filter(({ model }) => model.startsWith("ncep"))];
    const weighed = ensemblePath(midway, date, more);
    if ("refusal" in weighed) throw new Error(weighed.refusal);
    expect(Math.max(...weighed.map((value, step) => Math.abs(value - (path[step] ?? 0))))).toBeLessThan(1e-9);
  });

  it("takes each model's newest run, none with a missing hour, and names the models that are too small", () => {
    const older = membersOf(midway, date, { ingested_at: start - 12 * hour }, -20);
    expect(ensemblePath(midway, date, [...day.members, ...older])).toEqual(ensemblePath(midway, date, day.members));
    // A newest run that lacks an hour leaves the word to the one before, as in the day-ahead model.
    const cut = membersOf(midway, date, { ingested_at: start - hour }, 9).map((one) => ({
      ...one,
      temperature_f: one.temperature_f.with(40, null),
    }));
    expect(ensemblePath(midway, date, [...day.members, ...cut])).toEqual(ensemblePath(midway, date, day.members));
    const holed = day.members.map((one, index) =>
      index % 6 < 2 ? { ...one, temperature_f: one.temperature_f.with(40, null) } : one,
    );
    expect(ensemblePath(midway, date, holed)).toEqual({
      refusal:
        "no ensemble with 5 members that have every hour of 2026-07-09 at KMDW: ncep_gefs_seamless 4, ecmwf_ifs025_ensemble 4",
    });
  });
});

describe("what was known", () => {
  it("is all that is read: rows that came later change nothing", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 23 }), fc.integer({ min: 60, max: 110 }), (hours, f) => {
        const now = at(hours);
        const whole = feedOf(midway, date, 24);
        const changed = whole.map((row) =>
          row.ingested_at > now ? observed(midway, row.valid_at, f, { ingested_at: row.ingested_at }) : row,
        );
        const later = [message(f, { ingested_at: now + 1 })];
        const run = membersOf(midway, date, { ingested_at: now + 1 }, 10);
        const change = { observations: changed, summaries: later, reports: later, members: [...day.members, ...run] };
        expect(asked(change, now)).toEqual(asked({ observations: whole }, now));
      }),
      { numRuns: runs(5, 30) },
    );
  });

  it("comes in any order, once or twice", () => {
    const twice = [
      ...day.observations,
      ...day.observations.map((row) => ({ ...row, ingested_at: row.ingested_at + hour })),
    ];
    expect(asked({ observations: twice.toReversed() })).toEqual(asked());
    expect(asked({ observations: twice }, at(18))).toEqual(asked({}, at(18)));
  });

  it("may be corrected: the report that came later counts", () => {
    const last = present(day.observations.at(-1));
    const corrected = observed(midway, last.valid_at, 84, { ingested_at: last.ingested_at + minute });
    const found = told({ observations: [...day.observations, corrected] });
    expect(found.observedLeastF).toBe(present(corrected.low_f));
    expect(told({ observations: [...day.observations, corrected] }, last.ingested_at)).toEqual(
      told({}, last.ingested_at),
    );
  });

  it("gives the same answer asked step by step, at once, and after any other day", () => {
    const rows = { ...day, observations: feedOf(midway, date, 24), summaries: [message(80)] };
    const running = openDay(rows);
    const instants = Array.from({ length: 24 }, (_, index) => at(index + 0.4));
    const stepwise = instants.map((now) => running.at(now));
    for (const [index, now] of instants.entries()) {
      // Other tables take the place of those that were kept.
      if (index % 6 === 0)
        for (const station of stations)
          for (const above of [0, 7])
            predictIntraday({
              ...rows,
              station,
              observations: feedOf(station, date, 24),
              members: membersOf(station, date, {}, above),
              now,
            });
      expect(predictIntraday({ ...rows, now })).toEqual(stepwise[index]);
    }
  });

  it("is followed anew when another run of the ensembles is known", () => {
    const run = membersOf(midway, date, { ingested_at: at(9) }, 6);
    const running = openDay({ ...day, members: [...day.members, ...run] });
    const [before, after] = [running.at(at(8)), running.at(at(10))];
    expect(before).toEqual(asked({}, at(8)));
    expect(after).toEqual(asked({ members: run }, at(10)));
    expect(after).not.toEqual(asked({}, at(10)));
  });
});

describe("observations that are not what they should be", () => {
  it("without a temperature are set aside one by one, and the gap is bridged", () => {
    const silent = day.observations.map((row, index) =>
      index > 100 ? observed(midway, row.valid_at, null, { ingested_at: row.ingested_at }) : row,
    );
    const found = told({ observations: silent });
    expect(found.setAside).toHaveLength(day.observations.length - 101);
    expect(found.setAside[0]).toEqual({ validAt: start + 505 * minute, reason: "no temperature" });
    expect(found.lastObservedAt).toBe(start + 500 * minute);
    // An hour after the last reading, still on the way up: stated from the path in between.
    expect(found.newMaximumIn60).toBeGreaterThan(0.6);
    expect(found.newMaximumIn60).toBeLessThan(1);
    expect(found.sd).toBeGreaterThan(told().sd);
  });

  it("of another station are not looked at", () => {
    const ohare = feedOf({ ...midway, icao: "KORD" }, date, 12).map((row) => ({ ...row, low_f: 99, high_f: 99 }));
    expect(asked({ observations: [...ohare, ...day.observations] })).toEqual(asked());
    expect(refused({ observations: ohare })).toMatch(/no usable reading/);
  });

  it("of the evening before, local standard time, are no part of the day; in summer the clock shows 23:55 and later", () => {
    const evening = Array.from({ length: 24 }, (_, index) => observed(midway, start - (index + 1) * 5 * minute, 74));
    const found = told({ observations: [...evening, ...feedOf(midway, date, 2)] }, at(2.2));
    expect(found.observedMostF).toBeLessThan(74);
    expect(found.setAside).toEqual([]);
    expect(refused({ observations: evening }, at(0.5))).toMatch(/no usable reading .* 0 set aside/);
  });

  it("that cannot be are set aside with what was expected", () => {
    const odd = observed(midway, at(11.01), 140, { report_type: "special" });
    expect(told({ observations: [...day.observations, odd] }).setAside).toEqual([
      { validAt: at(11.01), reason: "140.0 °F cannot be; expected -60 to 130" },
    ]);
    const early = observed(midway, at(12.5), 80, { ingested_at: at(12.1) });
    expect(told({ observations: [...day.observations, early] }).setAside).toEqual([
      { validAt: at(12.5), reason: "dated after it was known" },
    ]);
  });

  it("that jump and come back lock no bracket", () => {
    const place = 100;
    const spike = observed(midway, present(day.observations[place]).valid_at, 97);
    const found = told({ observations: day.observations.with(place, spike) });
    const clean = told({ observations: day.observations.toSpliced(place, 1) });
    expect(found.pmf).toEqual(clean.pmf);
    expect(found.observedLeastF).toBe(clean.observedLeastF);
    expect(found.setAside).toHaveLength(1);
    const newest = told({ observations: [...day.observations, observed(midway, at(12), 97)] });
    expect(newest.pmf).toEqual(told().pmf);
    expect(newest.observedMostF).toBeGreaterThan(95);
    expect(newest.setAside[0]?.reason).toMatch(/not yet shown/);
    // The routine report three minutes later shows it too.
    const routine = observed(midway, at(12) + 3 * minute, 97, { report_type: "routine", ingested_at: at(12.1) });
    const confirmed = told({ observations: [...day.observations, observed(midway, at(12), 97), routine] });
    expect(confirmed.observedLeastF).toBe(97);
  });

  it("that jump for a quarter of an hour and come back lock no bracket either", () => {
    for (const count of [2, 3, 4]) {
      const struck = day.observations.map((row, index) =>
        index >= 100 && index < 100 + count ? observed(midway, row.valid_at, 97) : row,
      );
      const found = told({ observations: struck });
      expect(found.pmf).toEqual(told({ observations: day.observations.toSpliced(100, count) }).pmf);
      expect(found.setAside).toHaveLength(count);
    }
  });

  it("of Visual Crossing are no second witness, nor anything else: they are copies of the same readings", () => {
    const spike = observed(midway, at(12), 97);
    const copies = [...day.observations, spike].map((row) => ({
      ...row,
      valid_at: row.valid_at + minute,
      report_type: "visual_crossing",
    }));
    const observations = [...day.observations, spike];
    expect(asked({ observations: [...observations, ...copies] })).toEqual(asked({ observations }));
    expect(readingsOf({ ...day, observations: copies })).toEqual([]);
  });

  it("are given to those who ask for the day's readings alone, screened and in order", () => {
    const spike = observed(midway, at(5), 99);
    const readings = readingsOf({
      ...day,
      observations: [...day.observations.toReversed(), { ...spike, report_type: "x" }],
    });
    expect(readings).toHaveLength(day.observations.length);
    expect(readings.map((one) => one.minute)).toEqual(day.observations.map((_, index) => 5 * index));
  });
});

describe("six-hour maximum groups", () => {
  const group = (validAt: number, f: number, station = midway) =>
    observed(station, validAt, warmth((validAt - climateDay(station, date).start) / hour), {
      report_type: "routine",
      max6h_low_f: f,
      max6h_high_f: f,
      max6h_from: validAt - 6 * hour,
      max6h_until: validAt,
    });

  it("wholly inside the day decide what the peak was", () => {
    const observations = [...feedOf(midway, date, 20), group(Date.parse("2026-07-09T23:53:00Z"), 85)];
    const [without, found] = [told({ observations: feedOf(midway, date, 20) }, at(20)), told({ observations }, at(20))];
    expect(found.pmf[85 - found.pmfLow]).toBeGreaterThan(0.99);
    expect(without.pmf[85 - without.pmfLow]).toBeLessThan(0.7);
    // Repeated in the next answer it is no second one.
    const again = observations.map((row) => ({ ...row, ingested_at: row.ingested_at + minute }));
    expect(told({ observations: [...observations, ...again] }, at(20))).toEqual(found);
  });

  it.each([
    ["KMIA", 6],
    ["KPHL", 6],
    ["KMDW", 12],
    ["KAUS", 12],
    ["KDEN", 12],
    ["KLAX", 12],
  ])("that straddle local standard midnight say nothing: %s, the one before %i UTC", (icao, utc) => {
    const station = stationOf(icao);
    const observations = feedOf(station, date, 8);
    const validAt = Date.parse(`${date}T00:00:00Z`) + utc * hour - 7 * minute;
    const given = {
      ...day,
      station,
      members: membersOf(station, date),
      now: climateDay(station, date).start + 8.3 * hour,
    };
    const inside = climateDateAt(station, validAt) === date;
    expect(inside).toBe(true);
    const found = predictIntraday({ ...given, observations: [...observations, group(validAt, 95, station)] });
    const plain = { ...group(validAt, 95, station), max6h_low_f: null, max6h_high_f: null };
    expect(found).toEqual(predictIntraday({ ...given, observations: [...observations, plain] }));
  });

  const last = Date.parse("2026-07-09T23:53:00Z");

  it("set one reading aside that lies above them", () => {
    const feed = feedOf(midway, date, 20);
    const place = feed.findIndex(({ valid_at }) => valid_at === at(15));
    const observations = [...feed.with(place, observed(midway, at(15), 88)), group(last, 85)];
    const found = told({ observations }, at(20));
    expect(found.observedMostF).toBe(85);
    expect(found.setAside).toEqual([
      { validAt: at(15), reason: "at least 87 °F, above the 85 °F of the six-hour maximum of 23:53Z" },
    ]);
  });

  it.each([
    [28, /^at most 28 °F by the six-hour maximum of 23:53Z, but \d+ readings show more, up to 84 °F at least$/],
    [82, /^at most 82 °F by the six-hour maximum of 23:53Z, but \d+ readings show more/],
    [99, /^at least 99 °F by the six-hour maximum of 23:53Z, but the readings leave room for 91 °F/],
  ])("that say %i °F, against the feed, do not rule the day", (f, reason) => {
    const feed = feedOf(midway, date, 20);
    const plain = { ...group(last, f), max6h_low_f: null, max6h_high_f: null };
    const [without, found] = [
      told({ observations: [...feed, plain] }, at(20)),
      told({ observations: [...feed, group(last, f)] }, at(20)),
    ];
    expect({ ...found, setAside: [] }).toEqual({ ...without, setAside: [] });
    expect(found.setAside).toHaveLength(1);
    expect(found.setAside[0]).toMatchObject({ validAt: last, reason: expect.stringMatching(reason) });
  });
});

describe("summary messages and climate reports", () => {
  const now = at(13);
  it.each(["summaries", "reports"] as const)("%s of the running day are a floor and no ceiling", (table) => {
    const found = told({ [table]: [message(86)] }, now);
    expect(found.observedLeastF).toBe(86);
    expect(massBelow(found, 86)).toBe(0);
    expect(1 - massBelow(found, 87)).toBeGreaterThan(0.1);
    // What is lower than the readings says nothing.
    expect(told({ [table]: [message(70)] }, now)).toEqual(told({}, now));
  });

  it("without a maximum, of another day or another station are not looked at", () => {
    const others = [message(null), message(99, { climate_date: "2026-07-08" }), message(99, { station: "KORD" })];
    expect(told({ summaries: others, reports: others }, now)).toEqual(told({}, now));
  });

  it("are read as the newest one says: a lower one corrects those before it", () => {
    const wrong = message(87, { issued_at: at(11) });
    expect(told({ summaries: [message(85), wrong] }, now)).toEqual(told({ summaries: [message(85)] }, now));
    expect(told({ summaries: [{ ...wrong, issued_at: at(12) }] }, now).observedLeastF).toBe(87);
  });

  it.each(["summaries", "reports"] as const)("%s far above the feed wait for a second source", (table) => {
    const plain = told({}, now);
    const found = told({ [table]: [message(99)] }, now);
    expect(found.pmf).toEqual(plain.pmf);
    expect(found.observedLeastF).toBe(plain.observedLeastF);
    expect(found.setAside.at(-1)).toMatchObject({
      validAt: at(12),
      reason: expect.stringMatching(/^at least 99 °F by the intermediate .* waits for a second source$/),
    });
    const both = { summaries: [message(99)], reports: [message(99, { issued_at: at(12.5) })] };
    expect(told(both, now).observedLeastF).toBe(99);
  });

  it("of the whole day say the high, unless the readings outvote them", () => {
    const final = (max_f: number) => message(max_f, { kind: "final", as_of: null });
    const found = told({ summaries: [final(83)] }, now);
    expect([found.observedLeastF, found.observedMostF, found.setAside]).toEqual([83, 83, []]);
    const low = told({ summaries: [final(76)] }, now);
    expect(low.pmf).toEqual(told({}, now).pmf);
    expect(low.setAside.at(-1)?.reason).toMatch(/^at most 76 °F by the final summary message, but \d+ readings/);
  });

  it("that contradict each other are refused by name, not thrown", () => {
    const final = message(83, { kind: "corrected", as_of: null });
    expect(refused({ summaries: [final], reports: [message(85)] }, now)).toBe(
      `the climate day ${date} of KMDW: the official maximum so far is at least 85 °F by the intermediate climate report of 1200, and at most 83 °F by the corrected summary message`,
    );
  });
});

describe("the climate day", () => {
  // In 2026 the clocks go forward on 8 March and back on 1 November.
  it.each(stations.flatMap(({ icao }) => ["2026-03-08", "2026-11-01"].map((switched) => [icao, switched] as const)))(
    "of %s on %s has its 24 hours of standard time",
    (icao, switched) => {
      const station = stationOf(icao);
      const span = climateDay(station, switched);
      const given = {
        ...day,
        station,
        climateDate: switched,
        observations: [
          ...feedOf(station, switched, 24),
          observed(station, span.end, 99),
          observed(station, span.start - minute, 99),
        ],
        members: membersOf(station, switched),
      };
      const one = (now: number) => {
        const found = predictIntraday({ ...given, now });
        return "refusal" in found ? found.refusal : found;
      };
      expect(one(span.start - 1)).toMatch(/has not begun/);
      expect(one(span.end)).toMatch(/is over/);
      expect(one(span.start + 20 * minute)).toMatchObject({ lastObservedAt: span.start + 10 * minute });
      expect(one(span.end - 1)).toMatchObject({ observedLeastF: 84, lastObservedAt: span.end - 15 * minute });
    },
  );
});
