import { describe, expect, test } from "vitest";
import { climateDayStart } from "../../../sandbox/calendar.ts";
import { allCities } from "../../../sandbox/cities.ts";
import { createEnsembles, ensembleModels } from "../../../sandbox/ensembles.ts";
import { createNoise, normalCdf } from "../../../sandbox/noise.ts";
import { createSurprises } from "../../../sandbox/surprises.ts";
import { createThermometers } from "../../../sandbox/temperature.ts";
import { hour } from "./asking.ts";

const noise = createNoise("weather");
const thermometers = createThermometers(noise);
const ensembles = createEnsembles(noise, thermometers, createSurprises(noise));
const firstDay = 20_500;
const days = Array.from({ length: 200 }, (_, index) => firstDay + index);

function moments(values: readonly number[]): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, sd: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

describe("noise", () => {
  test("is a function of its address and spreads as it says", () => {
    const uniforms = days.flatMap((at) => [0, 1, 2, 3, 4].map((b) => noise.uniform(1, at, b)));
    expect(moments(uniforms).mean).toBeCloseTo(0.5, 1);
    expect(Math.min(...uniforms)).toBeGreaterThan(0);
    expect(Math.max(...uniforms)).toBeLessThan(1);
    const { mean, sd } = moments(days.flatMap((at) => [0, 1, 2, 3, 4].map((b) => noise.normal(2, at, b))));
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(sd).toBeCloseTo(1, 1);
    expect(createNoise("weather").normal(3, 4, 5, 6)).toBe(noise.normal(3, 4, 5, 6));
    expect(createNoise("other").normal(3, 4, 5, 6)).not.toBe(noise.normal(3, 4, 5, 6));
  });

  // scipy.stats.norm.cdf
  test.each([
    [0, 0.5],
    [1, 0.8413447460685429],
    [-1.96, 0.024997895148220435],
    [3, 0.9986501019683699],
  ])("normal distribution at %d", (x, p) => expect(normalCdf(x)).toBeCloseTo(p, 6));
});

describe("thermometers", () => {
  test("the path is continuous over midnight, and the records are its whole-degree extremes", () => {
    for (const city of allCities) {
      for (const climateDay of days.slice(0, 40)) {
        const midnight = climateDayStart(city, climateDay);
        expect(Math.abs(thermometers.smooth(city, midnight) - thermometers.smooth(city, midnight - 1000))).toBeLessThan(
          0.01,
        );
        const { readings, max, min, maxSlot } = thermometers.record(city, climateDay);
        expect(readings).toHaveLength(288);
        expect(max).toBe(Math.round(Math.max(...readings)));
        expect(min).toBe(Math.round(Math.min(...readings)));
        expect(readings[maxSlot]).toBe(Math.max(...readings));
      }
    }
  });

  test("most maxima come in the afternoon, about one in twenty at the midnight before a front", () => {
    const hours = allCities.flatMap((city) => days.map((one) => thermometers.record(city, one).maxSlot / 12));
    const share = (from: number, to: number) => hours.filter((at) => at >= from && at < to).length / hours.length;
    expect(share(13, 18)).toBeGreaterThan(0.85);
    expect(share(0, 3) + share(22, 24)).toBeGreaterThan(0.02);
    expect(share(0, 3) + share(22, 24)).toBeLessThan(0.09);
  });
});

describe("ensembles", () => {
  /** Official maximum minus the members' mean maximum, and the members' spread, by lead to 15 h. */
  const errorsAt = (lead: number) => {
    const errors: number[] = [];
    const spreads: number[] = [];
    for (const city of allCities) {
      for (const climateDay of days) {
        const start = climateDayStart(city, climateDay);
        const model = ensembleModels[1];
        if (model === undefined) throw new Error("no model");
        const run = Math.floor((start + (15 - lead) * hour) / (6 * hour)) * 6 * hour;
        const maxima = ensembles.paths(city, model, run, start, 24, model.members).map((path) => Math.max(...path));
        const { mean, sd } = moments(maxima);
        errors.push(thermometers.record(city, climateDay).max - mean);
        spreads.push(sd);
      }
    }
    return { ...moments(errors), spread: moments(spreads).mean };
  };

  test("errors grow with the lead, members spread too little, the grid is cold", () => {
    const [near, far] = [errorsAt(6), errorsAt(48)];
    expect(near.sd).toBeGreaterThan(0.9);
    expect(near.sd).toBeLessThan(1.7);
    expect(far.sd).toBeGreaterThan(2.4);
    expect(far.sd).toBeLessThan(3.5);
    for (const { mean, sd, spread } of [near, far]) {
      expect(mean).toBeGreaterThan(0.5);
      expect(mean).toBeLessThan(1.6);
      expect(spread).toBeLessThan(0.75 * sd);
      expect(spread).toBeGreaterThan(0.3 * sd);
    }
  });

  test("a run is out some hours after its nominal time, and some GEFS runs lack a member", () => {
    const [gefs, , icon] = ensembleModels;
    if (gefs === undefined || icon === undefined) throw new Error("no model");
    const midnight = Date.UTC(2026, 9, 30);
    expect(ensembles.latestRun(gefs, midnight + 5 * hour)).toBe(midnight - 6 * hour);
    expect(ensembles.latestRun(gefs, midnight + 6 * hour)).toBe(midnight);
    expect(ensembles.latestRun(icon, midnight + 16 * hour)).toBe(midnight);
    expect(ensembles.latestRun(icon, midnight + 17 * hour)).toBe(midnight + 12 * hour);
    const counts = days.map((one) => ensembles.memberCount(gefs, midnight + one * 6 * hour));
    expect(new Set(counts)).toEqual(new Set([30, 31]));
    expect(counts.filter((count) => count === 30).length).toBeLessThan(30);
  });
});
