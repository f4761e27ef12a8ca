import { describe, expect, it } from "vitest";
import { callWeight } from "../../../core/sources/open-meteo.ts";
import { openMeteoEnsemble } from "../../../core/sources/open-meteo-ensemble.ts";
import { stations } from "../../../core/weather/stations.ts";
import { capture, haveCaptures } from "../weather/captures.ts";
import { openMeteoAnswer, tenths } from "./fixtures/open-meteo-answer.ts";
import { present } from "../weather/present.ts";

const window = { at: Date.parse("2026-11-01T12:02:00Z") };
const provenance = { window_at: window.at, raw_key: "raw/open-meteo-ensemble/x" };
const firstHour = Date.parse("2026-10-31T00:00:00Z") / 1000;
/** The models' meta.json, in the order asked; undefined = not found. */
const metas = (runs: readonly (number | undefined)[]) =>
  openMeteoEnsemble.next(window, [], new Set()).map(({ url }, index) => ({
    url,
    status: runs[index] === undefined ? 404 : 200,
    fetched_at: window.at + 500,
    body: JSON.stringify(runs[index] === undefined ? {} : { last_run_initialisation_time: runs[index] }),
  }));
const request = present(openMeteoEnsemble.next(window, metas([]), new Set())[0]);
const models = { ncep_gefs_seamless: 31, ecmwf_ifs025_ensemble: 51, icon_seamless_eps: 40 };

type Answer = ReturnType<typeof openMeteoAnswer>[number];
const answers = (options: Partial<Parameters<typeof openMeteoAnswer>[1]> = {}) =>
  openMeteoAnswer(stations, {
    models: { ncep_gefs_seamless: 2, ecmwf_ifs025_ensemble: 3 },
    firstHour,
    hours: 4,
    ...options,
  });
const exchange = (body: unknown, url = request.url, status = 200) => ({
  url,
  status,
  fetched_at: window.at + 1500,
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const decode = (body: unknown, url?: string, status?: number) =>
  openMeteoEnsemble.decode([exchange(body, url, status)], provenance);
/** The answer with one thing changed at one place. */
const changed = (change: (answer: Answer & Record<string, unknown>) => void, place = 2) => {
  const given = answers();
  change(present(given[place]));
  return given;
};

describe("request", () => {
  it("asks all stations and models in one call, with the other host behind it", () => {
    const url = new URL(request.url);
    expect(url.host + url.pathname).toBe("ensemble-api.open-meteo.com/v1/ensemble");
    for (const [name, field] of [
      ["latitude", "latitude"],
      ["longitude", "longitude"],
      ["elevation", "elevationM"],
    ] as const) {
      expect(url.searchParams.get(name)?.split(",").map(Number)).toEqual(stations.map((station) => station[field]));
    }
    expect(url.searchParams.get("models")).toBe("ncep_gefs_seamless,ecmwf_ifs025_ensemble,icon_seamless_eps");
    expect(url.searchParams.get("hourly")).toBe("temperature_2m");
    expect(url.searchParams.get("timeformat")).toBe("unixtime");
    expect([url.searchParams.get("past_days"), url.searchParams.get("forecast_days")]).toEqual(["1", "3"]);
    expect(url.searchParams.has("timezone")).toBe(false);
    expect(request.fallbackUrl).toBe(request.url.replace("ensemble-api.open-meteo.com", "api.open-meteo.com"));
    expect(openMeteoEnsemble.next(window, [exchange(answers())], new Set())).toEqual([]);
  });

  it("is not made again for the same runs, only when a model has a new one or does not say which it has", () => {
    const runs = [1_793_318_400, 1_793_318_400, 1_793_296_800];
    const first = metas(runs);
    expect(first.map(({ url }) => new URL(url).pathname)).toEqual([
      "/data/ncep_gefs025/static/meta.json",
      "/data/ecmwf_ifs025_ensemble/static/meta.json",
      "/data/dwd_icon_eps/static/meta.json",
    ]);
    expect(openMeteoEnsemble.next(window, first, new Set())).toEqual([request]);
    const landed = openMeteoEnsemble.decode([...first, exchange(answers())], provenance);
    expect(landed.refusals).toEqual([]);
    expect(landed.known).toHaveLength(3);
    const known = new Set(landed.known);
    expect(openMeteoEnsemble.next(window, first, known)).toEqual([]);
    expect(openMeteoEnsemble.decode(first, provenance)).toEqual({ rows: {}, refusals: [], notes: [], known: [] });
    expect(openMeteoEnsemble.next(window, metas([...runs.slice(0, 2), 1_793_340_000]), known)).toEqual([request]);
    expect(openMeteoEnsemble.next(window, metas([...runs.slice(0, 2), undefined]), known)).toEqual([request]);
    // A refused forecast leaves its runs unknown: they are asked for again.
    expect(openMeteoEnsemble.decode([...first, exchange("null")], provenance).known).toEqual([]);
  });

  it("weighs 73.2 calls: six places of 12.2", () => {
    expect(callWeight({ locations: 1, variables: 1, members: 31, days: 7 })).toBeCloseTo(3.1, 12);
    expect(callWeight({ locations: 1, variables: 1, members: 122, days: 7 })).toBeCloseTo(12.2, 12);
    expect(callWeight({ locations: 1, variables: 1, members: 1, days: 7 })).toBe(1);
    expect(callWeight({ locations: 2, variables: 1, members: 100, days: 28 })).toBeCloseTo(40, 12);
    expect(request.weight).toBeCloseTo(73.2, 12);
  });
});

describe("decode", () => {
  const key = "temperature_2m_member01_ncep_gefs_seamless";

  it("gives one row a station, model and member, in °F", () => {
    const { rows, refusals, notes, known } = decode(answers());
    expect([refusals, known]).toEqual([[], []]);
    expect(notes.map(({ message }) => message)).toEqual([
      "model icon_seamless_eps was asked for and is not in the answer",
    ]);
    const members = present(rows.weather_ensemble_members);
    expect(members).toHaveLength(6 * 5);
    expect(members.map(({ station }) => station)).toEqual(stations.flatMap(({ icao }) => Array<string>(5).fill(icao)));
    expect(members.slice(0, 5).map(({ model, member }) => [model, member])).toEqual([
      ["ncep_gefs_seamless", 0],
      ["ncep_gefs_seamless", 1],
      ["ecmwf_ifs025_ensemble", 0],
      ["ecmwf_ifs025_ensemble", 1],
      ["ecmwf_ifs025_ensemble", 2],
    ]);
    const last = present(members.at(-1));
    expect(last).toMatchObject({
      first_valid_at: firstHour * 1000,
      step_seconds: 3600,
      window_at: window.at,
      ingested_at: window.at + 1500,
      decoder_version: 1,
      raw_key: "raw/open-meteo-ensemble/x",
      elevation_m: present(stations[5]).elevationM,
    });
    expect(last.temperature_f).toEqual(
      [0, 1, 2, 3].map((hour) => Number((tenths(5, 1, 2, hour) * 1.8 + 32).toFixed(2))),
    );
  });

  it("takes °F as it is, and the whole answer of today's size", () => {
    const whole = answers({ models, hours: 96, unit: "°F" });
    const members = present(decode(whole).rows.weather_ensemble_members);
    expect(members).toHaveLength(6 * 122);
    expect(present(members[1]).temperature_f).toEqual(
      present(whole[0]).hourly["temperature_2m_member01_ncep_gefs_seamless"],
    );
  });

  it("counts members: 30 instead of 31 is no fault, nor is a gap in their numbers", () => {
    const given = answers({ models: { ...models, ncep_gefs_seamless: 30 } });
    delete present(given[0]).hourly["temperature_2m_member07_ncep_gefs_seamless"];
    const members = present(decode(given).rows.weather_ensemble_members);
    expect(members.filter(({ station, model }) => station === "KMDW" && model === "ncep_gefs_seamless")).toHaveLength(
      29,
    );
    expect(members.filter(({ station, model }) => station === "KMIA" && model === "ncep_gefs_seamless")).toHaveLength(
      30,
    );
  });

  it("keeps nulls, and models of other names with a note", () => {
    const given = answers({ models: { ncep_gefs_seamless: 2, some_new_ensemble: 1 } });
    present(present(given[0]).hourly["temperature_2m_ncep_gefs_seamless"]).fill(null);
    const { rows, notes } = decode(given);
    expect(present(present(rows.weather_ensemble_members)[0]).temperature_f).toEqual([null, null, null, null]);
    expect(notes.map(({ message }) => message)).toContain(
      "model some_new_ensemble was not asked for; its series are kept",
    );
  });

  it("notes an unknown variable and does not read it", () => {
    const { rows, notes } = decode(
      changed(({ hourly }) => void (hourly["rain_member01_ncep_gefs_seamless"] = [0, 0, 0, 0])),
    );
    expect(rows.weather_ensemble_members).toHaveLength(30);
    expect(notes).toContainEqual({
      path: "[2].hourly.rain_member01_ncep_gefs_seamless",
      message: "unknown variable rain_member01_ncep_gefs_seamless, not read",
    });
  });

  it.each(["temperature_2m_max", "temperature_2m_previous_day1", "temperature_2m_spread"])(
    "takes %s for no model's temperature",
    (name) => {
      const body = changed(({ hourly, hourly_units }) => {
        hourly[name] = present(hourly[key]);
        hourly_units[name] = "°C";
      });
      const { rows, notes } = decode(body);
      expect(present(rows.weather_ensemble_members).length).toBe(
        present(decode(answers()).rows.weather_ensemble_members).length,
      );
      expect(notes.map(({ message }) => message)).toContain(`unknown variable ${name}, not read`);
    },
  );

  it("refuses an array without answers also where no request says how many there should be", () => {
    expect(decode([], "file:answer.json")).toMatchObject({ rows: {}, refusals: [{ kind: "drift", path: "$" }] });
  });

  it("reads an object for one place and an array for more, by what the request asked", () => {
    const one = (station: (typeof stations)[number]) =>
      `https://ensemble-api.open-meteo.com/v1/ensemble?latitude=${station.latitude}&longitude=${station.longitude}`;
    const [answer] = openMeteoAnswer([present(stations[4])], { models, firstHour, hours: 3 });
    expect(
      new Set(
        present(decode(answer, one(present(stations[4]))).rows.weather_ensemble_members).map(({ station }) => station),
      ),
    ).toEqual(new Set(["KDEN"]));
    expect(decode(answer, one(present(stations[3]))).refusals[0]).toMatchObject({ kind: "drift", path: "latitude" });
    expect(present(present(decode(answer, "file:answer.json").rows.weather_ensemble_members)[0]).station).toBe("KDEN");
    expect(decode([answer, { ...answer, location_id: 1 }], "file:answer.json").refusals[0]).toMatchObject({
      path: "[1].latitude",
    });
    expect(decode(answer).refusals[0]?.message).toMatch(/found "1 answers", expected 6: KMDW, KMIA/);
  });

  it.each<[string, unknown, string, RegExp]>([
    [
      "answers in another order",
      answers()
        .toReversed()
        .map((answer, index) => ({ ...answer, location_id: index })),
      "[0].latitude",
      /expected a cell within 0.3° of KMDW/,
    ],
    [
      "a location id of another place",
      changed((answer) => (answer["location_id"] = 3)),
      "[2].location_id",
      /expected 2/,
    ],
    ["a cell too far north", changed((answer) => (answer.latitude += 0.5)), "[2].latitude", /within 0.3° of KAUS/],
    ["a cell too far west", changed((answer) => (answer.longitude -= 0.5)), "[2].latitude", /within 0.3° of KAUS/],
    [
      "a latitude in text",
      changed((answer) => Object.assign(answer, { latitude: "30.25" })),
      "[2].latitude",
      /found "30.25", expected a number/,
    ],
    [
      "kelvin",
      changed(({ hourly_units }) => (hourly_units[key] = "K")),
      `[2].hourly_units.${key}`,
      /found "K", expected °C or °F/,
    ],
    [
      "a unit that is missing",
      changed(({ hourly_units }) => delete hourly_units[key]),
      `[2].hourly_units.${key}`,
      /found nothing/,
    ],
    [
      "times in text",
      changed((answer) => (answer.hourly_units["time"] = "iso8601")),
      "[2].hourly_units.time",
      /iso8601/,
    ],
    [
      "a time zone",
      changed((answer) => (answer.utc_offset_seconds = -21_600)),
      "[2].utc_offset_seconds",
      /found -21600/,
    ],
    [
      "times off the hour",
      changed(({ hourly }) => (hourly["time"] = present(hourly["time"]).map((at) => (at ?? 0) + 900))),
      "[2].hourly.time[0]",
      /whole hour/,
    ],
    [
      "a jump in time",
      changed(({ hourly }) => (hourly["time"] = present(hourly["time"]).with(3, firstHour + 4 * 3600))),
      "[2].hourly.time[3]",
      /step is constant/,
    ],
    [
      "half-hourly times",
      changed(({ hourly }) => (hourly["time"] = present(hourly["time"]).map((at, index) => (at ?? 0) - index * 1800))),
      "[2].hourly.time[1]",
      /whole hours/,
    ],
    [
      "times that go back",
      changed(({ hourly }) => (hourly["time"] = present(hourly["time"]).toReversed())),
      "[2].hourly.time[1]",
      /whole hours/,
    ],
    ["no times", changed(({ hourly }) => delete hourly["time"]), "[2].hourly.time", /found nothing/],
    [
      "a value in text",
      changed(({ hourly }) => Object.assign(present(hourly[key]), { 2: "3.5" })),
      `[2].hourly.${key}[2]`,
      /found "3.5", expected a number or null/,
    ],
    [
      "degrees that are none, such as kelvin under another unit",
      changed(({ hourly }) => Object.assign(present(hourly[key]), { 1: 285.2 })),
      `[2].hourly.${key}[1]`,
      /found "285.2 °C", expected -140 to 140 °F/,
    ],
    [
      "a number beyond all numbers",
      JSON.stringify(changed(({ hourly }) => Object.assign(present(hourly[key]), { 1: 98_765 }))).replace(
        "98765",
        "1e999",
      ),
      `[2].hourly.${key}[1]`,
      /found "Infinity °C"/,
    ],
    [
      "milliseconds",
      changed(({ hourly }) => (hourly["time"] = present(hourly["time"]).map((at) => (at ?? 0) * 1000))),
      "[2].hourly.time[1]",
      /6 at most, in seconds/,
    ],
    [
      "a member that comes twice",
      changed(({ hourly, hourly_units }) => {
        hourly["temperature_2m_member00_ncep_gefs_seamless"] = present(hourly[key]);
        hourly_units["temperature_2m_member00_ncep_gefs_seamless"] = "°C";
      }),
      "[2].hourly.temperature_2m_member00_ncep_gefs_seamless",
      /one series a member/,
    ],
    ["an empty array", [], "$", /expected one answer a station/],
    [
      "a short series",
      changed(({ hourly }) => present(hourly[key]).pop()),
      `[2].hourly.${key}`,
      /found "3 values", expected 4 values/,
    ],
    ["no hourly", changed((answer) => delete (answer as Partial<Answer>).hourly), "[2].hourly", /expected an object/],
    [
      "no units",
      changed((answer) => delete (answer as Partial<Answer>).hourly_units),
      "[2].hourly_units",
      /expected an object/,
    ],
    [
      "no members",
      changed((answer) => (answer.hourly = { time: present(answer.hourly["time"]) })),
      "[2].hourly",
      /expected paths/,
    ],
    [
      "one model, whose name is then left out",
      answers({ models: { icon_seamless_eps: 40 } }),
      "[0].hourly.temperature_2m",
      /only one model answered, and which cannot be told/,
    ],
    ["too few answers", answers().slice(1), "$", /found "5 answers", expected 6/],
    ["text", "oops", "$", /expected JSON/],
    ["null", null, "$", /1 answers/],
    ["numbers", [1, 2, 3, 4, 5, 6], "[0]", /expected an object/],
  ])("refuses %s as drift, by its path, and takes no part of it", (_what, body, path, message) => {
    const { rows, refusals } = decode(body);
    expect(rows).toEqual({});
    expect(refusals).toMatchObject([{ kind: "drift", exchange: 0, path }]);
    expect(refusals[0]?.message).toMatch(message);
  });

  it("takes nothing from an answer that is no success, whatever it holds", () => {
    expect(decode(answers(), request.url, 503)).toMatchObject({
      rows: {},
      refusals: [{ kind: "drift", path: "reason" }],
    });
  });

  it("passes on the reason of an error", () => {
    const reason = "Minutely API request limit exceeded. Please try again in one minute.";
    expect(decode({ error: true, reason }, request.url, 429).refusals).toMatchObject([
      { kind: "drift", path: "reason", message: expect.stringContaining(`HTTP 429: ${reason}`) },
    ]);
  });
});

describe("broken", () => {
  const broken = (body: string) => openMeteoEnsemble.broken?.(exchange(body));
  it("tells a body cut short or ended by an error from a whole one", () => {
    const whole = JSON.stringify(answers());
    expect(broken(whole)).toBeUndefined();
    expect(broken(`${whole.slice(0, 500)}Unexpected error while streaming data: timeout`)).toMatch(/streaming error/);
    expect(broken(whole.slice(0, -7))).toMatch(/no JSON/);
    expect(broken("")).toMatch(/no JSON/);
  });
});

describe.skipIf(!haveCaptures)("captured answers of other Open-Meteo services", () => {
  it.each([
    ["forecast_hourly_london_2026-01-19.json", /expected a cell within 0.3° of a station/],
    ["forecast_current_nyc_2026-05-11.json", /expected a cell within 0.3° of a station/],
    ["previous_runs_knyc_ecmwf.json", /expected a cell within 0.3° of a station/],
    ["error_single_run_not_available.json", /The requested model run is not available/],
  ])("%s is refused with a reason", (name, message) => {
    const { rows, refusals } = decode(capture(`weather/openmeteo/${name}`), `file:${name}`);
    expect(rows).toEqual({});
    expect(refusals).toMatchObject([{ kind: "drift" }]);
    expect(refusals[0]?.message).toMatch(message);
  });

  it.each([
    ["forecast_hourly_london_2026-01-19.json", "hourly_units.time"],
    ["forecast_current_nyc_2026-05-11.json", "utc_offset_seconds"],
    ["previous_runs_knyc_ecmwf.json", "hourly_units"],
  ])("%s is refused at a station's place, too", (name, path) => {
    const answer: object = JSON.parse(capture(`weather/openmeteo/${name}`));
    const moved = {
      ...answer,
      latitude: 39.85,
      longitude: -104.65,
    };
    expect(decode(moved, `file:${name}`).refusals).toMatchObject([{ kind: "drift", path }]);
  });
});
