/** What a job's models say together, and what becomes of the others when one has nothing to say. */
import { describe, expect, it } from "vitest";
import type { PlannedJob } from "../../../core/desk.ts";
import { weatherDesk } from "../../../core/weather/desk.ts";
import { priorParameters } from "../../../core/weather/parameters.ts";
import { predict } from "../../../core/weather/predictions.ts";
import { type Rows, type TableRow, tables } from "../../../schemas/index.ts";
import { rowWith } from "../schemas/table-rows.ts";
import { fittedRows } from "./fitted-rows.ts";
import { listing, planFacts } from "./listing.ts";
import { present } from "./present.ts";

const minute = 60_000;
const hour = 60 * minute;
/** Chicago's climate day of 2 November begins at 06Z. */
const begin = Date.parse("2026-11-02T06:00:00Z");
const at = (hours: number) => begin + hours * hour + 5 * minute;

function jobAt(now: number, day = 2): PlannedJob {
  return present(weatherDesk.plan(planFacts(now, [day]))[0]);
}

/** A day that rises from 40 °F to 50 at its sixteenth hour, as members and sensor have it. */
const warmth = (hours: number) => 45 - 5 * Math.cos(((hours - 4) / 12) * Math.PI);

function members(now: number): TableRow<"weather_ensemble_members">[] {
  const first = begin - 24 * hour;
  return ["ncep_gefs_seamless", "ecmwf_ifs025_ensemble"].flatMap((model) =>
    Array.from({ length: 6 }, (_, member) => ({
      station: "KMDW",
      model,
      member,
      first_valid_at: first,
      step_seconds: 3_600,
      temperature_f: Array.from({ length: 96 }, (_hour, index) => warmth(index - 24) + (member - 2.5) / 2),
      grid_latitude: 41.8,
      grid_longitude: -87.8,
      elevation_m: 187,
      window_at: now - hour,
      ingested_at: now - hour,
      decoder_version: 1,
      raw_key: "raw/x",
    })),
  );
}

/** Routine reports of every hour and five-minute ones until ten minutes ago. */
function observations(now: number): TableRow<"weather_observations">[] {
  const rows: TableRow<"weather_observations">[] = [];
  for (let valid_at = begin; valid_at <= now - 10 * minute; valid_at += 5 * minute) {
    const f = Math.round(warmth((valid_at - begin) / hour));
    rows.push(
      rowWith(tables.weather_observations, {
        station: "KMDW",
        valid_at,
        report_type: "routine",
        temperature_tenths_c: Math.round(((f - 32) * 50) / 9),
        whole_celsius: false,
        low_f: f,
        high_f: f,
        window_at: now - 5 * minute,
        ingested_at: now - 5 * minute,
        decoder_version: 1,
        raw_key: "raw/x",
      }),
    );
  }
  return rows;
}

const inputsAt = (now: number, day = 2): Rows => ({
  ...listing(now - 5 * minute, [day]),
  weather_ensemble_members: members(now),
  weather_observations: observations(now),
});

function predicted(job: PlannedJob, inputs: Rows) {
  const result = predict(job, inputs);
  if ("refusal" in result) throw new Error(result.refusal);
  return { predictions: result.rows.predictions ?? [], markets: result.rows.prediction_markets ?? [] };
}

const named = (predictions: readonly TableRow<"predictions">[], name: string) =>
  present(predictions.find(({ model }) => model === name));

describe("a job of a running day", () => {
  const now = at(14);
  const { predictions, markets } = predicted(jobAt(now), inputsAt(now));

  it("gives the models together first, then each of them, every one a distribution over the brackets", () => {
    expect(predictions.map(({ model }) => model)).toEqual(["weather", "day-ahead", "intraday"]);
    expect(new Set(predictions.map(({ prediction_id }) => prediction_id)).size).toBe(3);
    for (const { prediction_id, pmf } of predictions) {
      expect(present(pmf).reduce((sum: number, p) => sum + (p ?? 0), 0)).toBe(1);
      const own = markets.filter((row) => row.prediction_id === prediction_id);
      expect(own).toHaveLength(3);
      expect(own.reduce((sum, { probability }) => sum + probability, 0)).toBe(1);
    }
  });

  it("keeps beside the prediction what was observed, and beside the day-ahead model nothing of it", () => {
    const intraday = named(predictions, "intraday");
    const weather = named(predictions, "weather");
    expect(intraday.observed_at).toBe(now - 10 * minute);
    expect(intraday.observed_least_f).toBe(Math.round(warmth(14)));
    expect(intraday.new_maximum_60m).toBeGreaterThan(0.5);
    const { observed_at, observed_least_f, observed_most_f, new_maximum_5m, new_maximum_60m } = intraday;
    expect(weather).toMatchObject({ observed_at, observed_least_f, observed_most_f, new_maximum_5m, new_maximum_60m });
    expect(named(predictions, "day-ahead")).toMatchObject({
      observed_at: null,
      observed_least_f: null,
      new_maximum_5m: null,
    });
    expect(weather).toMatchObject({ remarks: null, parameters_version: priorParameters.version });
  });

  it("lies between its models where both have a weight, and is the intraday one in the last hours", () => {
    const morning = predicted(jobAt(at(5)), inputsAt(at(5))).predictions;
    const [mixed, dayAhead, intraday] = ["weather", "day-ahead", "intraday"].map((name) => named(morning, name));
    expect(present(mixed).pmf).not.toEqual(present(intraday).pmf);
    const [low, high] = [present(present(dayAhead).mean_f), present(present(intraday).mean_f)].toSorted(
      (a, b) => a - b,
    );
    expect(present(mixed).mean_f).toBeGreaterThan(present(low) - 0.5);
    expect(present(mixed).mean_f).toBeLessThan(present(high) + 0.5);
    expect(named(predictions, "weather").pmf).toEqual(named(predictions, "intraday").pmf);
  });

  it("says the same again from the same inputs", () => {
    expect(predict(jobAt(now), inputsAt(now))).toEqual(predict(jobAt(now), inputsAt(now)));
  });

  it("narrows as the day goes", () => {
    const spread = (hours: number) =>
      present(named(predicted(jobAt(at(hours)), inputsAt(at(hours))).predictions, "intraday").sd_f);
    expect(spread(12)).toBeLessThan(spread(2));
    expect(spread(20)).toBeLessThan(spread(12));
  });
});

describe("a job of a day that has not begun", () => {
  it("has the day-ahead model alone, and says so of both names", () => {
    const { predictions } = predicted(jobAt(at(14), 3), inputsAt(at(14), 3));
    expect(predictions.map(({ model }) => model)).toEqual(["weather", "day-ahead"]);
    expect(predictions[0]?.pmf).toEqual(predictions[1]?.pmf);
    expect(predictions[0]?.remarks).toBeNull();
  });
});

describe("a model that has nothing to say", () => {
  const now = at(14);

  it("is missed, its reason kept: without observations the day-ahead model stands", () => {
    const { predictions } = predicted(jobAt(now), { ...inputsAt(now), weather_observations: [] });
    expect(predictions.map(({ model }) => model)).toEqual(["weather", "day-ahead"]);
    expect(JSON.parse(predictions[0]?.remarks ?? "[]")).toEqual([
      expect.stringMatching(/^intraday: no usable reading of 2026-11-02 at KMDW/),
    ]);
    expect(predictions[0]?.pmf).toEqual(predictions[1]?.pmf);
  });

  it("is missed the other way: one ensemble and no blend leave the intraday model", () => {
    const weather_ensemble_members = members(now).filter(({ model }) => model === "ncep_gefs_seamless");
    const { predictions } = predicted(jobAt(now), { ...inputsAt(now), weather_ensemble_members });
    expect(predictions.map(({ model }) => model)).toEqual(["weather", "intraday"]);
    expect(JSON.parse(predictions[0]?.remarks ?? "[]")).toEqual([
      expect.stringMatching(/^day-ahead: no run of the blend/),
    ]);
  });

  it("makes no prediction when the other has nothing to say either: both reasons are told", () => {
    const nothing = predict(jobAt(now), { ...inputsAt(now), weather_ensemble_members: [] });
    expect(nothing).toEqual({ refusal: expect.stringMatching(/^day-ahead: .*; intraday: /) });
  });

  it("tells of the newest observations that were set aside, and how many there were", () => {
    const blank = observations(now).map((row, index) =>
      index % 3 === 0 ? { ...row, temperature_tenths_c: null, low_f: null, high_f: null } : row,
    );
    const { predictions } = predicted(jobAt(now), { ...inputsAt(now), weather_observations: blank });
    const remarks = JSON.parse(predictions[0]?.remarks ?? "[]") as string[];
    expect(remarks).toHaveLength(6);
    expect(remarks[0]).toMatch(/^set aside 2026-11-02T\d\d:\d\dZ: no temperature$/);
    expect(remarks[5]).toBe(`and ${blank.filter(({ low_f }) => low_f === null).length - 5} earlier ones set aside`);
  });
});

describe("deterministic models beside the ensembles", () => {
  const now = at(14);
  const beside = (shift: number): TableRow<"hourly_forecasts">[] =>
    members(now)
      .slice(0, 1)
      .map((path) => ({
        ...path,
        model: "ncep_hrrr_conus",
        run_at: now - 3 * hour,
        temperature_f: path.temperature_f.map((f) => (f ?? 0) + shift),
      }));
  const run = (shift: number) =>
    predicted(jobAt(now), { ...inputsAt(now), hourly_forecasts: beside(shift) }).predictions;

  it("are said to contradict them where they do, and change no number", () => {
    const [near, far] = [run(0), run(9)];
    expect(near[0]?.remarks).toBeNull();
    expect(JSON.parse(far[0]?.remarks ?? "[]")).toEqual([
      expect.stringMatching(/below the deterministic models \(ncep_hrrr_conus/),
    ]);
    expect(far.map(({ pmf }) => pmf)).toEqual(near.map(({ pmf }) => pmf));
  });
});

describe("parameters", () => {
  const now = at(14);
  const fittedJob = { ...jobAt(now), parameters_version: "fit-1" };
  const given = (change: Parameters<typeof fittedRows>[0]) => ({
    ...inputsAt(now),
    weather_parameters: fittedRows(change),
  });

  it("of earlier days speak, and the prediction names them", () => {
    const { predictions } = predicted(fittedJob, given({ trained_until: "2026-11-01", as_of: now - hour }));
    expect(predictions.map(({ parameters_version }) => parameters_version)).toEqual(["fit-1", "fit-1", "fit-1"]);
  });

  it.each([
    ["that were trained on the day itself", { trained_until: "2026-11-02", as_of: now - hour }],
    ["that were trained on a later day", { trained_until: "2026-11-09", as_of: now - hour }],
    ["that were made after the forecast", { trained_until: "2026-11-01", as_of: now + 1 }],
  ])("%s are refused, even where a job names them", (_what, change) => {
    expect(predict(fittedJob, given(change))).toEqual({
      refusal: expect.stringMatching(/^the job names the parameters fit-1; its inputs give /),
    });
  });

  it("that the job names and its inputs do not hold are not replaced by others", () => {
    expect(predict(fittedJob, inputsAt(now))).toEqual({ refusal: expect.stringMatching(/names the parameters fit-1/) });
    expect(predict(jobAt(now), given({ trained_until: "2026-11-01", as_of: now - hour }))).toEqual({
      refusal: expect.stringMatching(/its inputs give fit-1/),
    });
  });
});
