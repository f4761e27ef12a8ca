/** A day of one city through the embedded home, then looked at: the minute panel, the diagnosis and the day's story. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command } from "../../commands/weather.ts";
import { type Home, homePaths, openHome } from "../../runtime/home.ts";
import { intradayStory, storyLines } from "../../runtime/intraday-story.ts";
import { play } from "../../runtime/play.ts";
import { objects } from "../../runtime/report.ts";
import { answerOf, run } from "../unit/commands/terminal.ts";

const hour = 3_600_000;
/** The climate day of 2026-10-28 in Chicago begins at 06:00Z. */
const start = Date.UTC(2026, 9, 28, 5);
const until = start + 33 * hour;
const folder = mkdtempSync(join(tmpdir(), "brier-weather-desk-"));
let home: Home;

beforeAll(async () => {
  home = openHome({
    folder,
    surroundings: {
      kind: "sandbox",
      seed: "desk",
      start,
      days: 3,
      incidents: "none",
      cities: ["KMDW"],
      clock: "virtual",
    },
    log: { write: () => undefined },
  });
  await play(home, { until });
});

afterAll(() => {
  home.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("brier weather panel", () => {
  interface Answer {
    days: { station: string; climateDate: string; outcome: string; made: Record<string, unknown> | null }[];
  }
  const panel = async (options: Record<string, string | boolean> = {}) =>
    answerOf<Answer>(await run(command, ["panel"], { home: folder, city: "KMDW", json: true, ...options }));

  it("writes every minute of the day that is over, with what was known then", async () => {
    const { days } = await panel({ from: "2026-10-28" });
    expect(days).toMatchObject([{ station: "KMDW", climateDate: "2026-10-28", outcome: "created" }]);
    expect(Number(days[0]?.made?.["words"])).toBeGreaterThan(200);
    const { sql } = home.services;
    const [weather] = await objects(
      sql,
      `select count(*) as n, count(distinct minute_at) as minutes, count(temperature_f) as read, count(pmf) as words,
         sum(case when observed_least_f is null then 0 else 1 end) as observed from weather_minutes`,
    );
    expect(weather).toMatchObject({ n: 1440, minutes: 1440, words: 288 });
    expect(Number(weather?.["observed"])).toBeGreaterThan(1300);
    const markets = await objects(
      sql,
      `select minute, count(*) as n, sum(p_market) as market, sum(p_model) as model, sum(p_fused) as fused
       from market_minutes where minute % 60 = 30 group by minute order by minute`,
    );
    expect(markets).toHaveLength(24);
    expect(new Set(markets.map(({ n }) => n))).toEqual(new Set([6]));
    for (const { model } of markets.slice(2)) expect(Number(model)).toBeCloseTo(1, 9);
    // A market without a quote leaves the event without probabilities, and the fusion with it.
    const quoted = markets.filter(({ market }) => market !== null);
    expect(quoted.length).toBeGreaterThan(12);
    for (const { market, fused } of quoted) {
      expect(Number(market)).toBeCloseTo(1, 9);
      expect(Number(fused)).toBeCloseTo(1, 9);
    }
    expect(markets.every(({ market, fused }) => (market === null) === (fused === null))).toBe(true);
  });

  it("says what the desk's own job said at the same instant", async () => {
    const rows = await objects(
      home.services.sql,
      `select p.mean_f, p.new_maximum_60m, m.mean_f as panel_mean_f, m.new_maximum_60m as panel_60m
       from predictions p inner join weather_minutes m on m.station = p.station and m.minute_at = p.predicted_at
       where p.model = 'weather' and p.climate_date = cast('2026-10-28' as date) and p.observed_at is not null`,
    );
    expect(rows.length).toBeGreaterThan(15);
    for (const row of rows) {
      expect(Number(row["panel_mean_f"])).toBeCloseTo(Number(row["mean_f"]), 6);
      expect(Number(row["panel_60m"])).toBeCloseTo(Number(row["new_maximum_60m"]), 6);
    }
  });

  it("is made once: what is there is left as it is", async () => {
    const before = await home.services.lake.list("tables/weather_minutes/");
    const { days } = await panel({ from: "2026-10-28" });
    expect(days).toMatchObject([{ outcome: "repeated", made: null }]);
    expect(await home.services.lake.list("tables/weather_minutes/")).toEqual(before);
    // Another knowledge is another panel.
    expect((await panel({ assume: true })).days.some(({ outcome }) => outcome === "created")).toBe(true);
  });

  it("shows the present minute of the running day, and writes nothing for it", async () => {
    const before = await home.services.lake.list("tables/weather_minutes/");
    const said = await run(command, ["panel"], { home: folder, city: "Chicago", running: true, json: true });
    const answer = answerOf<{ now: number; stations: { weather: Record<string, unknown>; markets: unknown[] }[] }>(
      said,
    );
    expect(answer.stations).toHaveLength(1);
    const [{ weather, markets } = { weather: {}, markets: [] }] = answer.stations;
    expect(weather).toMatchObject({
      climate_date: "2026-10-29",
      minute: (answer.now - Date.UTC(2026, 9, 29, 6)) / 60_000,
    });
    expect(Number(weather["temperature_f"])).toBeGreaterThan(0);
    expect(markets).toHaveLength(6);
    const text = await run(command, ["panel"], { home: folder, city: "Chicago", running: true });
    expect(text.out.join("\n")).toContain("KXHIGHCHI-26OCT29");
    expect(await home.services.lake.list("tables/weather_minutes/")).toEqual(before);
    await expect(run(command, ["panel"], { home: folder, running: true, assume: true })).rejects.toThrow("--running");
  });

  it("refuses cities and days that are none", async () => {
    await expect(run(command, ["panel"], { home: folder, city: "KORD" })).rejects.toThrow('--city is "KORD"');
    await expect(run(command, ["panel"], { home: folder, from: "2026-02-30" })).rejects.toThrow("--from");
    await expect(run(command, ["panel"], { home: folder, svg: "x" })).rejects.toThrow("panel has no --svg");
  });
});

describe("brier weather diagnose", () => {
  it("scores what was settled, keeps the figures and draws them", async () => {
    const out = join(folder, "plots");
    const said = await run(command, ["diagnose"], { home: folder, out, json: true });
    const answer = answerOf<{ cases: number; scope: string; figures: { forecaster: string; measure: string }[] }>(said);
    expect(answer.cases).toBeGreaterThan(20);
    const forecasters = new Set(answer.figures.map(({ forecaster }) => forecaster));
    for (const name of ["weather", "day-ahead", "intraday", "market", "fused", "nbm"])
      expect(forecasters).toContain(name);
    for (const name of ["reliability", "pit", "pmf", "hazard"])
      expect(readFileSync(join(out, `${name}.svg`), "utf8")).toContain("<svg");
    const [kept] = await objects(home.services.sql, "select count(*) as n from weather_diagnostics");
    expect(kept?.["n"]).toBe(answer.figures.length);
    await run(command, ["diagnose"], { home: folder, out });
    expect(await home.services.lake.list("tables/weather_diagnostics/")).toHaveLength(1);
  });

  it("writes nothing into a home that another process is working in, and shows the figures", async () => {
    const lock = homePaths.lock(folder);
    const before = await home.services.lake.list("tables/weather_diagnostics/");
    // The process that started this one lives on.
    writeFileSync(lock, String(process.ppid));
    const said = await run(command, ["diagnose"], { home: folder, from: "2026-10-01" });
    rmSync(lock);
    expect(said.notes.join("\n")).toContain(`is in use by process ${process.ppid}: nothing is written there`);
    expect(said.out.join("\n")).toContain("market");
    expect(await home.services.lake.list("tables/weather_diagnostics/")).toEqual(before);
    expect(existsSync(join(folder, "weather"))).toBe(false);
  });

  it("says so when nothing of that time has settled", async () => {
    const said = await run(command, ["diagnose"], { home: folder, from: "2027-01-01" });
    expect(said.out.join("\n")).toContain("nothing to diagnose");
    expect(existsSync(join(folder, "weather", "pit.svg"))).toBe(false);
  });
});

describe("the story of a day", () => {
  it("shows the distribution narrowing to the official high, the hazard and the gates", async () => {
    const story = await intradayStory({ folder, lake: home.services.lake, now: until });
    expect(story).toMatchObject({ station: "KMDW", climateDate: "2026-10-28" });
    const { hours = [], officialF = null, gates = [], files = [] } = story ?? {};
    const widths = hours.map(({ quantiles }) => quantiles.p90 - quantiles.p10);
    expect(widths.at(-1)).toBeLessThan(widths[0] ?? 0);
    expect(officialF).not.toBeNull();
    expect(hours.at(-1)?.pModel).toBeGreaterThan(0.9);
    expect(gates.reduce((sum, { n }) => sum + n, 0)).toBeGreaterThan(100);
    for (const file of files) expect(readFileSync(file, "utf8")).toContain("<svg");
    if (story !== undefined) expect(storyLines(story)[0]).toContain(`official high ${officialF} °F`);
  });

  it("is not told of a day on which nothing was forecast", async () => {
    expect(await intradayStory({ folder, lake: home.services.lake, now: until + 240 * hour })).toBeUndefined();
  });
});
