import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fahrenheitInterval } from "../../../../core/weather/metar.ts";
import {
  LAST_READING_MINUTES,
  type PanelReading,
  temperatureColumns,
} from "../../../../core/weather/panel/temperature.ts";

const start = Date.UTC(2026, 10, 1, 6);
const minute = 60_000;

function reading(validMinute: number, tenthsC: number, more: Partial<PanelReading> = {}): PanelReading {
  const { low, high } = fahrenheitInterval(tenthsC, true);
  const validAt = start + validMinute * minute;
  return { validAt, ingestedAt: validAt, reportType: "five_minute", tenthsC, lowF: low, highF: high, ...more };
}

/** A day of readings that come late, by up to two hours and out of order. */
const readings = fc.array(
  fc
    .record({ at: fc.integer({ min: -120, max: 1439 }), celsius: fc.integer({ min: -20, max: 40 }), late: fc.nat(120) })
    .map(({ at, celsius, late }) => reading(at, celsius * 10, { ingestedAt: start + (at + late) * minute })),
  { maxLength: 120 },
);

/** The columns of one minute from the readings known then, written out. */
function direct(all: readonly PanelReading[], at: number) {
  const now = start + at * minute;
  const known = all.filter(({ ingestedAt, validAt }) => ingestedAt <= now && validAt <= now);
  const own = known.filter(({ validAt }) => validAt >= start);
  const newest = Math.max(...known.map(({ validAt }) => validAt));
  return {
    count: new Set(own.map(({ validAt }) => validAt)).size,
    maxLowF: own.length === 0 ? Number.NaN : Math.max(...own.map(({ lowF }) => lowF)),
    minHighF: own.length === 0 ? Number.NaN : Math.min(...own.map(({ highF }) => highF)),
    ageMinutes: known.length === 0 ? Number.NaN : (now - newest) / minute,
  };
}

/** One value an instant: a second one would be a correction. */
const distinct = readings.map((all) => [...new Map(all.map((one) => [one.validAt, one])).values()]);

describe("the temperature of the minute panel", () => {
  it("knows at each minute what had been made and fetched by then", () => {
    fc.assert(
      fc.property(distinct, fc.integer({ min: 0, max: 1439 }), (all, at) => {
        const columns = temperatureColumns({ start, readings: all });
        const expected = direct(all, at);
        expect(columns.readings[at]).toBe(expected.count);
        expect(columns.maxLowF[at]).toBe(expected.maxLowF);
        expect(columns.minHighF[at]).toBe(expected.minHighF);
        expect(columns.ageMinutes[at]).toBe(expected.ageMinutes);
      }),
    );
  });

  it("is the same for the day that is running as for the day that is over", () => {
    fc.assert(
      fc.property(distinct, fc.integer({ min: 1, max: 1440 }), (all, minutes) => {
        const whole = temperatureColumns({ start, readings: all });
        const now = start + (minutes - 1) * minute;
        const seen = all.filter(({ ingestedAt }) => ingestedAt <= now);
        const running = temperatureColumns({ start, minutes, readings: seen });
        for (const name of Object.keys(running) as (keyof typeof running)[])
          expect([...running[name]]).toEqual([...whole[name].subarray(0, minutes)]);
      }),
      { numRuns: 25 },
    );
  });

  it("takes back what a corrected reading had set", () => {
    const wrong = reading(600, 400);
    const corrected = reading(600, 250, { ingestedAt: start + 660 * minute });
    const {
      maxLowF,
      temperatureF,
      readings: count,
    } = temperatureColumns({
      start,
      readings: [reading(590, 240), wrong, corrected],
    });
    expect(maxLowF[659]).toBe(104);
    expect(maxLowF[660]).toBe(77);
    expect(temperatureF[660]).toBeCloseTo(77, 9);
    expect(count[660]).toBe(2);
  });

  it("takes the last reading before midnight for the temperature and not for the day's extremes", () => {
    const { temperatureF, maxLowF, ageMinutes } = temperatureColumns({ start, readings: [reading(-10, 200)] });
    expect(temperatureF[0]).toBe(68);
    expect(ageMinutes[0]).toBe(10);
    expect(maxLowF[0]).toBeNaN();
  });

  it("reaches back before midnight with its windows", () => {
    const falling = Array.from({ length: 130 }, (_, at) => reading(at - 120, 200 - at));
    const { slope60, slope30, mean60F, acceleration } = temperatureColumns({ start, readings: falling });
    expect(slope60[0]).toBeCloseTo(-10.8, 9);
    expect(slope30[0]).toBeCloseTo(-10.8, 9);
    expect(acceleration[0]).toBeCloseTo(0, 6);
    expect(mean60F[0]).toBeCloseTo((20 - 12 + 2.95) * 1.8 + 32, 9);
  });

  it("has no temperature once the last reading is too old", () => {
    const { temperatureF, ageMinutes, mean30F } = temperatureColumns({ start, readings: [reading(0, 200)] });
    expect(temperatureF[LAST_READING_MINUTES]).toBe(68);
    expect(temperatureF[LAST_READING_MINUTES + 1]).toBeNaN();
    expect(mean30F[LAST_READING_MINUTES + 1]).toBeNaN();
    expect(ageMinutes[LAST_READING_MINUTES + 1]).toBe(LAST_READING_MINUTES + 1);
  });

  it("prefers of two reports of one minute the one that names the degree", () => {
    const routine = reading(53, 283, { reportType: "routine", lowF: 83, highF: 83 });
    for (const both of [
      [reading(53, 280), routine],
      [routine, reading(53, 280)],
    ]) {
      const { temperatureF } = temperatureColumns({ start, readings: both });
      expect(temperatureF[53]).toBeCloseTo(28.3 * 1.8 + 32, 9);
    }
  });

  it("tells velocity and acceleration in °F per hour", () => {
    // One °C every ten minutes for two hours, 10.8 °F an hour, then nothing moves.
    const rising = Array.from({ length: 121 }, (_, at) => reading(at, 100 + at, {}));
    const flat = Array.from({ length: 120 }, (_, at) => reading(121 + at, 220));
    const { slope60, slope30, acceleration } = temperatureColumns({ start, readings: [...rising, ...flat] });
    expect(slope60[120]).toBeCloseTo(10.8, 9);
    expect(slope30[120]).toBeCloseTo(10.8, 9);
    expect(acceleration[120]).toBeCloseTo(0, 9);
    expect(acceleration[150]).toBeCloseTo(-21.6, 0);
  });
});
