/** `brier weather fit` on a lake written for it: a station whose forecasts run 3 °F cold, and a market that errs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFolderLake } from "../../../adapters/embedded/lake.ts";
import { type EmbeddedSql, openSql } from "../../../adapters/embedded/sql.ts";
import { type EmbeddedState, openState } from "../../../adapters/embedded/state.ts";
import { windowStem } from "../../../core/lake-keys.ts";
import { fuse } from "../../../core/market/fusion.ts";
import type { Lake } from "../../../core/ports.ts";
import type { Pointer } from "../../../core/source.ts";
import { seededUniform } from "../../../core/stats/prng.ts";
import { climateDay } from "../../../core/weather/climate-day.ts";
import { fahrenheitInterval } from "../../../core/weather/metar.ts";
import { parametersFor, parametersOf, priorParameters } from "../../../core/weather/parameters.ts";
import { stations } from "../../../core/weather/stations.ts";
import { stateKeys } from "../../../functions/facts.ts";
import { writeParts } from "../../../functions/parts.ts";
import { currentParameters, type Fit, fitWeather, writeFit } from "../../../runtime/weather-fit.ts";
import { fitText } from "../../../runtime/weather-fit-text.ts";
import { type FitData, fusionCases, labelledDays, modelCases } from "../../../runtime/weather-fit-data.ts";
import { type Rows, type TableRow, tables } from "../../../schemas/index.ts";
import { rowWith } from "../schemas/table-rows.ts";
import { present } from "../weather/present.ts";
import { isDeep } from "../../runs.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const station = present(stations.find(({ icao }) => icao === "KMDW"));
const dateAt = (index: number) => new Date(Date.UTC(2026, 7, 1 + index)).toISOString().slice(0, 10);
const count = 16;
const models = ["ncep_gefs_seamless", "ecmwf_ifs025_ensemble", "icon_seamless_eps"];
const asOf = climateDay(station, dateAt(count)).end;
const clock = { now: () => asOf, sleep: () => Promise.resolve() };
const cold = 3;

const uniform = seededUniform(7);
/** Box & Muller 1958. */
const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
const firstStart = climateDay(station, dateAt(0)).start;
/** Of noon, °F; between noons it goes over in a straight line. */
const levels = Array.from({ length: count + 3 }, () => 70 + 20 * uniform());
/** What a good model could know: warmest about 15 local standard time. */
function pathAt(at: number): number {
  const noons = (at - firstStart) / (24 * HOUR) + 0.5;
  const index = Math.max(0, Math.floor(noons));
  const share = Math.max(0, noons) - index;
  const level = (1 - share) * (levels[index] ?? 0) + share * (levels[index + 1] ?? 0);
  return level - 8 * (1 - Math.cos((2 * Math.PI * (noons * 24 - 12 - 15)) / 24));
}
/** What the air adds, by step of five minutes. */
const law = { phi: 0.98, sigma: 0.2 };
const gusts: number[] = [];
for (let step = 0; step < 288 * (count + 1); step++) gusts.push(law.phi * (gusts.at(-1) ?? 0) + law.sigma * normal());
const temperatureAt = (at: number) => pathAt(at) + (gusts[Math.round((at - firstStart) / (5 * MINUTE))] ?? 0);
const stepsOf = (date: string) =>
  Array.from({ length: 288 }, (_, step) => climateDay(station, date).start + step * 5 * MINUTE);
const pathHigh = (date: string) => Math.max(...stepsOf(date).map(pathAt));
const highs = Array.from({ length: count }, (_, index) =>
  Math.max(...stepsOf(dateAt(index)).map((at) => Math.round(temperatureAt(at)))),
);

function membersAt(window_at: number, change: Partial<TableRow<"weather_ensemble_members">> = {}) {
  const first_valid_at = Math.floor(window_at / HOUR) * HOUR - 24 * HOUR;
  const error = 2 * uniform() - 1;
  return models.flatMap((model) =>
    Array.from({ length: 6 }, (_, member) =>
      rowWith(tables.weather_ensemble_members, {
        station: "KMDW",
        model,
        member,
        first_valid_at,
        step_seconds: 3600,
        temperature_f: Array.from(
          { length: 96 },
          (_unused, hour) => pathAt(first_valid_at + hour * HOUR) - cold + error + 0.3 * (member - 2.5),
        ),
        window_at,
        ingested_at: window_at + MINUTE,
        ...change,
      }),
    ),
  );
}

function observationsOf(date: string): TableRow<"weather_observations">[] {
  return stepsOf(date).map((valid_at) => {
    const tenths = Math.round((Math.round(temperatureAt(valid_at)) - 32) / 1.8) * 10;
    const { low, high } = fahrenheitInterval(tenths, true);
    return rowWith(tables.weather_observations, {
      station: "KMDW",
      valid_at,
      report_type: "five_minute",
      temperature_tenths_c: tenths + 0,
      whole_celsius: true,
      low_f: low,
      high_f: high,
      window_at: valid_at,
      ingested_at: valid_at + MINUTE,
    });
  });
}

function report(date: string, hours: number, max_f: number, change: Partial<TableRow<"climate_reports">> = {}) {
  const issued_at = climateDay(station, date).end + hours * HOUR;
  const product_id = `${date}-${hours}`;
  return rowWith(tables.climate_reports, {
    product_id,
    station: "KMDW",
    pil: "CLIMDW",
    climate_date: date,
    issued_at,
    kind: "final",
    max_f,
    ingested_at: issued_at,
    ...change,
  });
}

/** Two jobs an event over three brackets: the day-ahead model is sure of what will come, the market half as much. */
function jobsOf(date: string, index: number): Rows {
  const { end } = climateDay(station, date);
  const outcome = index % 3;
  const lean = (sure: number) => [0, 1, 2].map((one) => (one === outcome ? sure : (1 - sure) / 2));
  const event_ticker = `KXHIGHCHI-${date}`;
  const rows = { predictions: [], enrichments: [], resolutions: [], market_snapshots: [] } satisfies Rows as Required<
    Pick<Rows, "predictions" | "enrichments" | "resolutions" | "market_snapshots">
  >;
  for (const lead_hours of [30, 26]) {
    const [job_id, at] = [`${date}-${lead_hours}`, end - lead_hours * HOUR];
    rows.predictions.push(
      rowWith(tables.predictions, {
        prediction_id: job_id,
        job_id,
        station: "KMDW",
        climate_date: date,
        lead_hours,
        predicted_at: at,
        model: "weather",
        new_maximum_60m: lead_hours === 26 ? 0.1 : null,
      }),
    );
    for (const [bracket, p_market] of lean(0.4).entries()) {
      rows.enrichments.push(
        rowWith(tables.enrichments, {
          job_id,
          event_ticker,
          market_ticker: `${event_ticker}-${bracket}`,
          prediction_id: job_id,
          enriched_at: at,
          quoted_at: at - MINUTE,
          p_market,
          p_day_ahead: lean(0.8)[bracket] ?? null,
          yes_bid: 300_000,
          yes_ask: 340_000,
        }),
      );
      // Of two listings at one instant one does not tell the volume.
      for (const [second, volume] of [[1, 1_000 * (bracket + 1)] as const, [2, null] as const]) {
        rows.market_snapshots.push(
          rowWith(tables.market_snapshots, {
            event_ticker,
            market_ticker: `${event_ticker}-${bracket}`,
            window_at: at - second * 1_000,
            ingested_at: at - MINUTE,
            volume,
          }),
        );
      }
    }
  }
  for (const bracket of [0, 1, 2]) {
    rows.resolutions.push(
      rowWith(tables.resolutions, {
        market_ticker: `${event_ticker}-${bracket}`,
        version: 1,
        event_ticker,
        close_time: end,
        result: bracket === outcome ? "yes" : "no",
        resolved_at: end + 7 * HOUR,
        ingested_at: end + 7 * HOUR,
      }),
    );
  }
  return rows;
}

let folder: string;
let lake: Lake;
let sql: EmbeddedSql;
let state: EmbeddedState;
let data: FitData;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "brier-fit-"));
  lake = openFolderLake(join(folder, "lake"));
  for (let index = 0; index < count; index++) {
    const date = dateAt(index);
    const { start, end } = climateDay(station, date);
    for (const lead of [38, 30, 24, 18, 6]) {
      const at = end - lead * HOUR - 20 * MINUTE;
      await writeParts(lake, windowStem("open-meteo-ensemble", at), 1, { weather_ensemble_members: membersAt(at) });
    }
    await writeParts(lake, windowStem("iem-observations", end), 1, { weather_observations: observationsOf(date) });
    const run_at = start - 18 * HOUR;
    const run = { station: "KMDW", run_at, climate_date: date, window_at: run_at, ingested_at: run_at + HOUR };
    // One run came by a backfill, another after the instant of the fit.
    if (index === 7) run.ingested_at = asOf - HOUR;
    if (index === 8) run.ingested_at = asOf + HOUR;
    const max_f = Math.round(pathHigh(date)) - 1;
    const rows = { nbm_forecasts: [rowWith(tables.nbm_forecasts, { ...run, model: "NBS", max_f, sd_f: 2 })] };
    await writeParts(lake, windowStem("iem-nbm", run_at), 1, rows);
    const reports = [report(date, -6, 40, { kind: "intermediate" }), report(date, 2, highs[index] ?? 0)];
    await writeParts(lake, windowStem("climate-reports", end), 1, { climate_reports: reports });
    await writeParts(lake, `jobs-${date}`, 1, jobsOf(date, index));
  }
  // A correction that comes after the instant of the fit, and one before it.
  const corrections = [
    report(dateAt(3), 30, 12, { ingested_at: asOf + 1 }),
    report(dateAt(4), 30, (highs[4] ?? 0) + 1, { kind: "corrected" }),
  ];
  await writeParts(lake, windowStem("climate-reports", asOf), 1, { climate_reports: corrections });
  sql = await openSql({ lakeRoot: join(folder, "lake") });
  state = openState(join(folder, "home.sqlite"), { clock });
  data = { lake, sql, stations: [station], from: "0001-01-01", to: "9999-12-31", asOf, progress: () => undefined };
});

afterAll(() => {
  sql.close();
  state.close();
  rmSync(folder, { recursive: true });
});

describe("what a fit reads", () => {
  it("labels days by the last report of the whole day that was known then", async () => {
    const days = await labelledDays(data);
    const found = days.map(({ date, officialF }) => [date, officialF]);
    const expected = highs.slice(0, count).map((high, index) => [dateAt(index), index === 4 ? high + 1 : high]);
    expect(found).toEqual(expected);
    const earlier = await labelledDays({ ...data, asOf: climateDay(station, dateAt(9)).end });
    expect(earlier.at(-1)?.date).toBe(dateAt(8));
    const some = await labelledDays({ ...data, from: dateAt(5), to: dateAt(6) });
    expect(some.map(({ date }) => date)).toEqual([dateAt(5), dateAt(6)]);
  });

  it("takes at each lead the forecasts that were known at that instant", async () => {
    const { dayAhead } = await modelCases(data, await labelledDays(data));
    const cases = present(dayAhead.get("KMDW")).filter(({ date }) => date === dateAt(7));
    expect(cases.map(({ leadHours }) => leadHours)).toEqual([38, 30, 18, 6]);
    for (const { leadHours, highs: said } of cases) {
      // The blend's run is of 42 hours before the end of the day, fetched much later, and counts for a day.
      expect(said.map(({ model }) => model)).toEqual([...(leadHours > 17 ? ["nbm"] : []), ...models]);
      for (const { model, mean } of said) {
        const off = model === "nbm" ? 1 : cold;
        expect(Math.abs(mean - (pathHigh(dateAt(7)) - off))).toBeLessThan(1.5);
      }
    }
    const after = present(dayAhead.get("KMDW")).filter(({ date }) => date === dateAt(8));
    expect(after.flatMap(({ highs: said }) => said.map(({ model }) => model))).not.toContain("nbm");
  });

  it("makes a case of each job of a settled event, an event's instants sharing one day's weight", async () => {
    const cases = await fusionCases(data);
    expect(cases.length).toBe(2 * count);
    expect(cases[0]).toMatchObject({ leadHours: 26, outcome: 0, share: 0.5, given: { market: [0.4, 0.3, 0.3] } });
    expect(cases[0]?.width).toBeCloseTo(0.12, 12);
    // What the scheme hazard-volume goes by, as it was known then.
    expect(cases[0]).toMatchObject({ newMaximumIn60: 0.1, volumes: [10, 20, 30] });
    expect(cases[1]).toMatchObject({ leadHours: 30, newMaximumIn60: null, volumes: [10, 20, 30] });
    // An event is settled some hours after its day: it is no case before.
    expect((await fusionCases({ ...data, asOf: climateDay(station, dateAt(9)).end })).length).toBe(2 * 9);
  });
});

describe("fitWeather", () => {
  let fit: Fit;
  beforeAll(async () => {
    fit = await fitWeather(data, { current: [], scheme: "log-score" });
  });

  it("fits what has the days for it, and does better on days that it has not seen", () => {
    expect(fit.lines.map(({ station: icao, part, reason }) => [icao, part, reason])).toEqual([
      ["KMDW", "day_ahead", null],
      ["KMDW", "intraday", null],
      ["*", "fusion", null],
    ]);
    for (const { scored, trained } of fit.lines) {
      expect(present(scored).after).toBeLessThan(present(scored).before);
      expect(trained).toEqual({ from: dateAt(0), until: dateAt(count - 1), days: count });
      expect(present(scored).from).toBe(dateAt(count - 4));
    }
  });

  it("gives parameters that jobs can read: warmer models, a voice to the model that knew", () => {
    const { stations: own, fusion, trainedUntil } = parametersOf(fit.rows);
    expect(trainedUntil).toBe(dateAt(count - 1));
    const { a, b } = present(present(own["KMDW"]).dayAhead.buckets[2]?.models["icon_seamless_eps"]);
    expect(a + b * 77 - 77).toBeGreaterThan(2);
    expect(present(own["KMDW"]).intraday.biasF).toBeGreaterThan(2);
    const pool = present(fusion.pool.find(({ fromHours, fromWidth }) => fromHours === 24 && fromWidth === 0));
    expect(pool.weights.dayAhead).toBeGreaterThan(0.4);
    expect(own["KMIA"]).toEqual(priorParameters.stations["KMIA"]);
  });

  it.runIf(isDeep)("is the same again for the same data and instant", async () => {
    expect(await fitWeather(data, { current: [], scheme: "log-score" })).toEqual(fit);
  });

  it("is another for other data", async () => {
    const shorter = await fitWeather({ ...data, to: dateAt(14) }, { current: [], scheme: "log-score" });
    expect(shorter.parameters_version).not.toBe(fit.parameters_version);
  });

  it("scores a scheme as it would have weighed, against the prior's own, and puts none in force that did no better", async () => {
    const lineOf = ({ lines }: Fit) => present(lines.find(({ part }) => part === "fusion"));
    const other = await fitWeather(data, { current: [], scheme: "hazard-volume" });
    const { fusion } = parametersOf(other.rows);
    expect(fusion.scheme).toBe("hazard-volume");
    const [scored, byLogScore] = [present(lineOf(other).scored), present(lineOf(fit).scored)];
    expect(scored.before).toBe(byLogScore.before);
    expect(scored.after).not.toBe(byLogScore.after);
    // A case with a hazard of 0.1, and volumes of which the mean is two thirds of the largest.
    const one = present((await fusionCases(data)).find(({ newMaximumIn60 }) => newMaximumIn60 !== null));
    expect(fuse(one.given, fusion, one)?.weights.market).toBeCloseTo(0.5 + 0.04 + 0.1 * (2 / 3), 12);

    const few = await fitWeather({ ...data, to: dateAt(3) }, { current: [], scheme: "hazard-volume" });
    expect(lineOf(few).holds).toBe("prior");
    expect(few.rows).toEqual([]);
  });

  it("writes nothing and says why where no part was fitted", async () => {
    const few = await fitWeather({ ...data, to: dateAt(3) }, { current: [], scheme: "log-score" });
    for (const { reason, trained, holds } of few.lines) {
      expect(reason).toMatch(/^4 days with forecasts and outcomes; it needs \d+/);
      expect(trained).toBeNull();
      expect(holds).toBe("prior");
    }
    expect(few).toMatchObject({ rows: [], parameters_version: priorParameters.version });
    expect(await writeFit({ lake, state, clock }, few)).toBe(false);
    expect(await currentParameters({ lake, state })).toEqual([]);
    expect(await lake.list("tables/weather_parameters/")).toEqual([]);
    const text = fitText(few, { dry: false, inForce: false });
    expect(text).toContain(`0 of 3 parts fitted: nothing is written, and ${priorParameters.version} stays in force.`);
    expect(text).not.toContain("from now on");
  });

  it("fits the fusion on all stations whichever city is chosen", async () => {
    const miami = present(stations.find(({ icao }) => icao === "KMIA"));
    const alone = await fitWeather({ ...data, stations: [miami] }, { current: [], scheme: "log-score" });
    expect(alone.lines.map(({ station: icao, part, holds }) => [icao, part, holds])).toEqual([
      ["KMIA", "day_ahead", "prior"],
      ["KMIA", "intraday", "prior"],
      ["*", "fusion", "fitted"],
    ]);
    expect(parametersOf(alone.rows).fusion).toEqual(parametersOf(fit.rows).fusion);
  });

  it("writes the part and points to it; older parameters do not take its place, and are not written", async () => {
    expect(await currentParameters({ lake, state })).toEqual([]);
    expect(await writeFit({ lake, state, clock }, fit)).toBe(true);
    const pointer = present(await state.get<Pointer>(stateKeys.pointer("weather-parameters"))).value;
    expect(pointer.window_at).toBe(asOf);
    expect(pointer.parts.weather_parameters?.length).toBe(1);
    const stored = await currentParameters({ lake, state });
    expect(parametersOf(stored)).toEqual(parametersOf(fit.rows));
    expect(new Set(stored.map(({ ingested_at }) => ingested_at))).toEqual(new Set([asOf]));
    const written = await lake.list("tables/weather_parameters/");

    const earlier = await fitWeather(
      { ...data, asOf: asOf - 48 * HOUR, to: dateAt(11) },
      { current: stored, scheme: "log-score" },
    );
    // What was fitted later than its instant is not carried over.
    const ofMidway = earlier.rows.filter(({ station: icao }) => icao === "KMDW");
    expect(ofMidway.map(({ n, trained_until }) => [n, trained_until])).toEqual([
      [0, null],
      [0, null],
    ]);
    expect(await writeFit({ lake, state, clock }, earlier)).toBe(false);
    expect(fitText(earlier, { dry: false, inForce: false })).toContain("Nothing was written: jobs go on reading newer");

    // A later one that has too few days: what was fitted stays, in the pointer and in the lake.
    const few = await fitWeather({ ...data, to: dateAt(3) }, { current: stored, scheme: "log-score" });
    expect(few.lines.map(({ holds }) => holds)).toEqual(["kept", "kept", "kept"]);
    expect(few).toMatchObject({ rows: [], parameters_version: fit.parameters_version });
    expect(await writeFit({ lake, state, clock }, few)).toBe(false);
    expect(fitText(few, { dry: false, inForce: false })).toContain("What was fitted before stays:");
    expect(present(await state.get<Pointer>(stateKeys.pointer("weather-parameters"))).value).toEqual(pointer);
    expect(await lake.list("tables/weather_parameters/")).toEqual(written);

    // One part has the days, the others keep their rows.
    const some = await fitWeather({ ...data, to: dateAt(9) }, { current: stored, scheme: "log-score" });
    expect(some.lines.map(({ part, holds }) => [part, holds])).toEqual([
      ["day_ahead", "kept"],
      ["intraday", "kept"],
      ["fusion", "fitted"],
    ]);
    expect(parametersOf(some.rows).stations).toEqual(parametersOf(stored).stations);
    expect(parametersOf(some.rows).trainedUntil).toBe(dateAt(count - 1));
    // At the same instant of a clock that stands still: later all the same.
    expect(await writeFit({ lake, state, clock }, some)).toBe(true);
    expect((await currentParameters({ lake, state })).map(({ ingested_at }) => ingested_at)).toContain(asOf + 1);

    // Another city is fitted: the rows of this one go on as they are.
    const miami = present(stations.find(({ icao }) => icao === "KMIA"));
    const next = await fitWeather({ ...data, stations: [miami] }, { current: stored, scheme: "log-score" });
    expect(parametersOf(next.rows).stations["KMDW"]).toEqual(parametersOf(fit.rows).stations["KMDW"]);
    expect(parametersFor(parametersOf(next.rows), dateAt(count - 1))).toBe(priorParameters);
  });
});
