import { describe, expect, it } from "vitest";
import {
  climateDays,
  type FeedReading,
  longestGap,
  parseOfficialHighs,
  parseReadings,
  stepOf,
} from "../../../core/weather/hazard/readings.ts";
import { fitDays, type RecordedDay, replay } from "../../../core/weather/hazard/replay.ts";
import { heldReach } from "../../../core/weather/hazard/residual-grid.ts";
import { coefficientsOf } from "../../../core/weather/hazard/residual-model.ts";
import { stations } from "../../../core/weather/stations.ts";
import { capturedDays, givenToOfficial } from "./captured-days.ts";
import { haveCaptures } from "./captures.ts";
import { seededNormal } from "./hazard-monte-carlo.ts";
import { present } from "./present.ts";

const midway = present(stations.find(({ icao }) => icao === "KMDW"));
const miami = present(stations.find(({ icao }) => icao === "KMIA"));

/** Days of a made-up feed: a daily cycle, a level a day, a slow residual. */
function madeUp(count: number): RecordedDay[] {
  const normal = seededNormal(2);
  return Array.from({ length: count }, (_, index) => {
    const level = 50 + 3 * normal();
    let residual = normal();
    const readings = Array.from({ length: 288 }, (__, step) => {
      residual = 0.98 * residual + 0.3 * normal();
      const temperatureF = level + 8 * Math.cos((2 * Math.PI * (step - 180)) / 288) + residual;
      const [leastF, mostF] = [Math.floor(temperatureF), Math.ceil(temperatureF)];
      return { minute: 5 * step, kind: "five_minute", temperatureF, leastF, mostF };
    });
    const officialF = Math.round(Math.max(...readings.map(({ temperatureF }) => temperatureF)));
    return { date: `2026-03-0${index + 1}`, readings, officialF };
  });
}

const moved = (one: FeedReading, byF: number): FeedReading => ({
  ...one,
  temperatureF: one.temperatureF + byF,
  leastF: one.leastF + byF,
  mostF: one.mostF + byF,
});

describe("a replay", () => {
  const [shown, ...others] = madeUp(6);
  const fit = fitDays(others);
  const readings = present(shown).readings;
  const whole = replay(fit, readings);

  it("does not look ahead: cutting or changing the future changes nothing before it", () => {
    for (const until of [0, 130]) {
      const known = readings.filter(({ minute }) => minute <= 5 * until);
      const changed = [...known, ...readings.slice(known.length).map((one) => moved(one, 5))];
      expect(replay(fit, known, until)).toEqual(whole.slice(0, until + 1));
      expect(replay(fit, changed).slice(0, until + 1)).toEqual(whole.slice(0, until + 1));
    }
    // The guard guards: the same change is seen at once where it is made.
    const changed = readings.map((one) => (one.minute === 97 * 5 ? moved(one, 5) : one));
    expect(replay(fit, changed, 97).at(-1)).not.toEqual(whole[97]);
  });

  it("goes on with a wider table from a reading that no other day resembles, and not before it", () => {
    const odd = readings.map((one) => (one.minute >= 750 ? moved(one, 50) : one));
    const found = replay(fit, odd);
    expect(found.slice(0, 150)).toEqual(whole.slice(0, 150));
    // One reading so far from the others is not believed yet.
    expect(present(found[150]).last?.minute).toBe(745);
    // The rest of the day is cut off by no table's end: the high lies where the feed is, and some degrees above.
    const { pmfLow, pmf, feedMaxF } = present(found[151]);
    expect(heldReach(coefficientsOf(fit.residuals))).toBeLessThan(50);
    expect(pmfLow + pmf.length).toBeGreaterThan(present(feedMaxF) + 8);
    expect(pmf.at(-1)).toBeLessThan(1e-6);
    expect(present(found.at(-1)).pmf.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
  });

  it("takes the offset from days with an official high and a whole feed only", () => {
    const [a, b, c, d] = madeUp(4).map((one) => present(one));
    const torn = { ...present(b), readings: present(b).readings.filter(({ minute }) => minute < 750 || minute > 850) };
    const given = fitDays([present(a), torn, { ...present(c), officialF: undefined }, present(d)]);
    expect(given.offsetDates).toEqual([present(a).date, present(d).date]);
    expect(given.dates).toHaveLength(4);
  });

  it("cannot be fitted on two days", () => {
    expect(() => fitDays(madeUp(2))).toThrow(/baseline: 1 days/);
  });
});

describe("recorded readings", () => {
  const csv = (...lines: string[]) => ["stid,valid_utc,temp_f", ...lines].join("\n");

  it("are cut into climate days of standard time, in order, each instant once", () => {
    const { readings, refused } = parseReadings(
      csv(
        "KMDW,2026-07-02T05:57:00+00:00,70.0",
        "KMDW,2026-07-02T06:00:00Z,69.8",
        "KMDW,2026-07-01T06:02:00Z,68.0",
        "KMDW,2026-07-02T06:00:00Z,69.8",
        "KMIA,2026-07-02T06:00:00Z,80.6",
      ),
    );
    expect(refused).toEqual([]);
    const days = climateDays(midway, readings);
    expect([...days.keys()]).toEqual(["2026-07-01", "2026-07-02"]);
    expect(days.get("2026-07-01")?.map(({ minute }) => [minute, stepOf(minute)])).toEqual([
      [2, 0],
      [1437, 287],
    ]);
    expect(days.get("2026-07-02")).toEqual([
      { minute: 0, kind: "five_minute", temperatureF: 69.8, leastF: 69, mostF: 70 },
    ]);
    expect(climateDays(miami, readings).get("2026-07-02")).toHaveLength(1);
  });

  it("are refused one by one, with the reason, where they cannot be", () => {
    const { readings, refused } = parseReadings(
      csv("KMDW,2026-07-02T05:55:00Z,M", "KMDW,2026-07-02T06:00:00,70", "KMDW,2026-07-02T06:05:00Z,700", "KMDW,x"),
    );
    expect(readings).toEqual([]);
    expect(refused).toHaveLength(4);
    expect(refused.join("\n")).toMatch(/temp_f is "M"/);
    expect(refused.join("\n")).toMatch(/valid_utc is "2026-07-02T06:00:00"; expected an instant with its zone/);
    expect(() => parseReadings("station,valid,tmpf\n")).toThrow(/no column stid/);
  });

  it("have official highs beside them; a missing one is none, and never 0", () => {
    const highs = parseOfficialHighs("station,climate_date,cli_tmax_f\nKMDW,2026-01-30,21\nKMDW,2026-01-31,MM\n");
    expect([...highs]).toEqual([["KMDW 2026-01-30", 21]]);
    expect(() => parseOfficialHighs("station,climate_date,cli_tmax_f\nKMDW,2026-01-30,21.5\n")).toThrow(/21\.5/);
  });

  it("have gaps, the day's ends included", () => {
    const at = (step: number) => ({ minute: 5 * step, kind: "five_minute", temperatureF: 1, leastF: 1, mostF: 1 });
    expect(longestGap([at(0), at(287)])).toBe(286);
    expect(longestGap([at(100), at(101)])).toBe(186);
    expect(longestGap([])).toBe(288);
  });
});

describe.skipIf(!haveCaptures)("the captured days", () => {
  // Each station takes a second: tests/deep/captures.test.ts has Miami, too.
  it("are read whole, and the distribution ends nearer to the official high than it began", () => {
    const given = givenToOfficial(capturedDays("KMDW"));
    expect(given.at(-1)).toBeGreaterThan(given[0] ?? 1);
    expect(given.at(-1)).toBeGreaterThan(0.05);
  });
});
