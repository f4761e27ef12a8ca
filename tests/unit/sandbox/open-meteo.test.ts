import { describe, expect, test } from "vitest";
import { demoStart } from "../../../sandbox/incidents.ts";
import { ask, askJson, day, demoWorld, ensembleUrl, hour, type Json } from "./asking.ts";

const world = demoWorld();
const now = demoStart + 2 * day + 10 * hour;
const memberKey = /^temperature_2m(?:_member(\d+))?(?:_(.+))?$/;
const replaced = (name: string, value: string) => {
  const url = new URL(ensembleUrl);
  url.searchParams.set(name, value);
  return url.href;
};
const oneStation = (changes: Record<string, string> = {}) => {
  const url = new URL(replaced("latitude", "41.79"));
  for (const [name, value] of Object.entries({ longitude: "-87.75", elevation: "188", ...changes }))
    url.searchParams.set(name, value);
  return url.href;
};

describe("ensemble answers (weather.md §1.3)", () => {
  test("several locations: an array in the order asked, without location_id in the first", () => {
    const answer = askJson(world, ensembleUrl, now);
    expect(answer).toHaveLength(6);
    expect(answer.map((one: Json) => one.location_id)).toEqual([undefined, 1, 2, 3, 4, 5]);
    expect(answer.map((one: Json) => one.elevation)).toEqual([188, 3, 148, 38, 1650, 2]);
    expect(answer[0]).toMatchObject({ utc_offset_seconds: 0, timezone: "GMT", timezone_abbreviation: "GMT" });
  });

  test("members of several models, hours from the day before on", () => {
    const [chicago] = askJson(world, ensembleUrl, now);
    const counts: Record<string, number> = {};
    for (const key of Object.keys(chicago.hourly).slice(1)) {
      const model = memberKey.exec(key)?.[2] ?? "";
      counts[model] = (counts[model] ?? 0) + 1;
      expect(chicago.hourly[key]).toHaveLength(96);
      expect(chicago.hourly_units[key]).toBe("°C");
    }
    expect([30, 31]).toContain(counts["ncep_gefs_seamless"]);
    expect(counts).toMatchObject({ ecmwf_ifs025_ensemble: 51, icon_seamless_eps: 40 });
    const { time } = chicago.hourly;
    expect(time[0]).toBe((demoStart + day) / 1000);
    expect(time.at(-1)).toBe((demoStart + 5 * day - hour) / 1000);
    expect(chicago.hourly_units.time).toBe("unixtime");
  });

  test("one location is an object, one model has no suffix, aliases are renamed", () => {
    const one = askJson(world, oneStation({ models: "ecmwf_ifs025" }), now);
    expect(Object.keys(one.hourly).slice(1, 3)).toEqual(["temperature_2m", "temperature_2m_member01"]);
    const two = askJson(world, oneStation({ models: "gfs_seamless,ecmwf_ifs025" }), now);
    expect(Object.keys(two.hourly)).toContain("temperature_2m_member01_ncep_gefs_seamless");
  });

  test("°F on request, and null beyond a model's reach", () => {
    const url = (unit: string) =>
      oneStation({ models: "icon_seamless_eps", temperature_unit: unit, forecast_days: "10" });
    const [celsius, fahrenheit] = [askJson(world, url("celsius"), now), askJson(world, url("fahrenheit"), now)];
    expect(fahrenheit.hourly_units.temperature_2m).toBe("°F");
    for (const [index, value] of celsius.hourly.temperature_2m.entries()) {
      const warm = fahrenheit.hourly.temperature_2m[index];
      if (value === null) expect(warm).toBeNull();
      else expect(Math.abs(value * 1.8 + 32 - warm)).toBeLessThan(0.15);
    }
    expect(celsius.hourly.temperature_2m.at(-1)).toBeNull();
    expect(celsius.hourly.temperature_2m[30]).not.toBeNull();
  });

  test("the fallback host gives the same bytes", () => {
    const fallback = ensembleUrl.replace("ensemble-api.", "api.");
    expect(ask(world, fallback, now).body).toBe(ask(world, ensembleUrl, now).body);
  });

  test("a new run changes the answer, the time between runs does not", () => {
    const at = (hours: number) => ask(world, ensembleUrl, demoStart + 2 * day + hours * hour).body;
    expect(at(9)).toBe(at(10));
    expect(at(10)).not.toBe(at(12));
  });

  test.each([
    ["an unknown model", replaced("models", "gfs_ensemble"), /for key models/],
    ["a latitude off the globe", replaced("latitude", "99,25.8,30.2,33.9,39.8,39.9"), /Latitude must be in range/],
    ["a place without data", replaced("latitude", "10,25.8,30.2,33.9,39.8,39.9"), /No data is available/],
    ["lists of unequal length", replaced("longitude", "-87.75"), /same number/],
    ["a word for a number", replaced("latitude", "x,25.8,30.2,33.9,39.8,39.9"), /for key latitude/],
    ["too many days", replaced("forecast_days", "37"), /forecast_days/],
    ["another variable", replaced("hourly", "rain"), /for key hourly/],
  ])("%s is refused with error and reason (§1.6)", (_, url, reason) => {
    const answer = ask(world, url, now);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({ error: true, reason: expect.stringMatching(reason) });
  });
});
