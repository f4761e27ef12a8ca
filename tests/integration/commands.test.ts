/**
 * The commands on a home that was played for a day and nine hours: those that read, and what they say when its bytes are
 * damaged; then the minute panel, the diagnosis and the story of the day.
 */
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../adapters/embedded/clock.ts";
import { command as doctor } from "../../commands/doctor.ts";
import { command as replay } from "../../commands/replay.ts";
import { command as sql } from "../../commands/sql.ts";
import { command as trace } from "../../commands/trace.ts";
import { command as weather } from "../../commands/weather.ts";
import { command as why } from "../../commands/why.ts";
import type { Check } from "../../core/health/checks.ts";
import { HttpError } from "../../core/ports.ts";
import { sources } from "../../core/sources.ts";
import { CommandError, UsageError } from "../../runtime/command.ts";
import { examine } from "../../runtime/doctor.ts";
import { gateTick } from "../../runtime/gate-tick.ts";
import { type Home, homePaths, openHome } from "../../runtime/home.ts";
import { intradayStory, storyLines } from "../../runtime/intraday-story.ts";
import { hashLake, type LakeContents } from "../../runtime/lake-hash.ts";
import { type Link, trace as traceIn } from "../../runtime/lineage.ts";
import { play } from "../../runtime/play.ts";
import { objects } from "../../runtime/report.ts";
import type { Replay } from "../../runtime/replay.ts";
import { answerOf, run } from "../unit/commands/terminal.ts";

const hour = 3_600_000;
/** The climate day of 2026-10-28 in Chicago begins at 06:00Z; at 14:00Z the next day's events are listed. */
const start = Date.UTC(2026, 9, 28, 5);
const until = start + 33 * hour;
const folder = mkdtempSync(join(tmpdir(), "brier-commands-"));
let home: Home;
let asPlayed: LakeContents;

beforeAll(async () => {
  home = openHome({
    folder,
    surroundings: {
      kind: "sandbox",
      seed: "brier",
      start,
      days: 3,
      incidents: "none",
      cities: ["KMDW"],
      clock: "virtual",
    },
    log: { write: () => undefined },
  });
  await play(home, { until });
  asPlayed = await hashLake(home.services.lake);
});
// The home stays open throughout: reading takes no ownership.
afterAll(() => {
  home.close();
  rmSync(folder, { recursive: true });
});

const ask = async (query: string) => (await home.services.sql.query(query)).rows;
const anId = async (query: string) => String((await ask(query))[0]?.[0]);

/** Looks at the home while one object of it is damaged by `change`. */
async function damaged<T>(
  prefix: string,
  has: string,
  change: (path: string) => void,
  look: () => Promise<T>,
): Promise<T> {
  const under = join(folder, "lake", prefix);
  const found = readdirSync(under, { recursive: true, encoding: "utf8" }).find((path) => path.includes(has));
  if (found === undefined) throw new Error(`nothing under ${prefix} has ${has}`);
  const path = join(under, found);
  const whole = readFileSync(path);
  change(path);
  try {
    return await look();
  } finally {
    writeFileSync(path, whole);
  }
}

describe("brier sql", () => {
  it("answers as a table and as JSON, with a note on the number of rows", async () => {
    const { out, notes, code } = await run(
      sql,
      ["select series_ticker, count(*) as n from jobs group by series_ticker"],
      { home: folder },
    );
    expect(code).toBe(0);
    expect(out[0]).toMatch(/^series_ticker {2,}n\n-+ {2}-+\nKXHIGHCHI +\d+$/);
    expect(notes).toEqual(["1 row"]);
    const json = await run(sql, ["select 1 as one, null as nothing"], { home: folder, json: true });
    expect(answerOf<{ rows: unknown[][] }>(json).rows).toEqual([[1, null]]);
  });

  it("shows at most 200 rows and says so", async () => {
    const { out, notes } = await run(sql, ["select market_ticker from market_snapshots"], { home: folder });
    expect(out[0]?.split("\n")).toHaveLength(202);
    expect(notes.at(-1)).toMatch(/^\d+ rows, the first 200 are shown/);
  });

  it("says what to do next when the query fails, and writes nothing", async () => {
    await expect(run(sql, ["select * from nowhere"], { home: folder })).rejects.toThrow(
      /The query failed: .*nowhere[\s\S]*docs\/tables\.md/,
    );
    await expect(run(sql, ["drop view jobs"], { home: folder })).rejects.toThrow(CommandError);
    await expect(run(sql, [], { home: folder })).rejects.toThrow(UsageError);
    await expect(run(sql, ["select 1"], { home: folder, stack: "S" })).rejects.toThrow(/exclude each other/);
  });
});

describe("brier why", () => {
  it("shows every candidate of the newest tick, with one gate each, and the nearest miss", async () => {
    const { out, code } = await run(why, ["kxhighchi"], { home: folder });
    const text = out.join("\n");
    expect(code).toBe(0);
    expect(text).toMatch(/^KXHIGHCHI at 2026-10-29 13:05 UTC: \d+ candidates, \d+ signals?/);
    expect(text).toMatch(/Nearest miss: (?:yes|no) of KXHIGHCHI-26OCT\d\d-\S+ passed \d+ gates and ended in \w+/);
    expect(text).toMatch(/For it to pass: /);
  });

  it("finds the tick at or before an instant, by hour, by date and exactly", async () => {
    const { out } = await run(why, ["KXHIGHCHI"], { home: folder, json: true, at: "20:00", date: "2026-10-28" });
    expect(answerOf<{ at: string }>({ out }).at).toBe("2026-10-28T19:05:00.000Z");
    const at = async ({ at: moment, date }: { at?: string; date?: string }) => {
      const tick = await gateTick(home.services.sql, "KXHIGHCHI", { at: moment, date });
      return tick === undefined ? undefined : new Date(tick.at).toISOString();
    };
    expect(await at({ at: "12:00" })).toBe("2026-10-29T11:05:00.000Z");
    expect(await at({ at: "12:05" })).toBe("2026-10-29T12:05:00.000Z");
    expect(await at({ at: "12:04:59" })).toBe("2026-10-29T11:05:00.000Z");
    expect(await at({ at: "12:05:00" })).toBe("2026-10-29T12:05:00.000Z");
    expect(await at({ date: "2026-10-28" })).toBe("2026-10-28T23:05:00.000Z");
    expect(await at({ at: "2026-10-28T20:30Z" })).toBe("2026-10-28T20:05:00.000Z");
  });

  it("takes an event or a market as well, and agrees with the table", async () => {
    const [event, market] = [
      "KXHIGHCHI-26OCT29",
      await anId(
        "select market_ticker from kalshi_markets where event_ticker = 'KXHIGHCHI-26OCT29' order by 1 limit 1",
      ),
    ];
    const candidates = async (target: string) => {
      const { out } = await run(why, [target], { home: folder, json: true, at: "2026-10-28T20:05Z" });
      return answerOf<{ candidates: { event_ticker: string }[] }>({ out }).candidates;
    };
    expect(await candidates(event)).toHaveLength(12);
    expect(await candidates(market)).toHaveLength(2);
    const [[n] = []] = await ask(
      "select count(*) from gate_outcomes where event_ticker = 'KXHIGHCHI-26OCT29' and decided_at = timestamp '2026-10-28 20:05:00'",
    );
    expect(n).toBe(12);
  });

  it("exits 1 before the first tick, and names what there is when the target is unknown", async () => {
    expect((await run(why, ["KXHIGHCHI"], { home: folder, at: "2020-01-01T00:00Z" })).code).toBe(1);
    await expect(run(why, ["KXNOPE"], { home: folder })).rejects.toThrow(/No gate outcome of "KXNOPE".*KXHIGHCHI/);
    await expect(run(why, ["KXHIGHCHI"], { home: folder, at: "noon" })).rejects.toThrow(UsageError);
  });
});

function all(link: Link): Link[] {
  return [link, ...link.children.flatMap(all)];
}

/** Through the home's own database, which is open already. */
async function named(id: string, has: (link: Link) => boolean): Promise<string> {
  const found = all(await traceIn(home.services, id)).find(has);
  if (found === undefined) throw new Error(`nothing like it under ${id}`);
  return found.name;
}
const isEnsemblePart = ({ kind, name }: Link) => kind === "part" && name.includes("weather_ensemble");

async function traced(id: string) {
  const { out, code } = await run(trace, [id], { home: folder, json: true });
  const { chain } = answerOf<{ chain: Link }>({ out });
  return { code, links: all(chain) };
}

describe("brier trace", () => {
  it.each([
    ["prediction", "select prediction_id from predictions order by 1 limit 1", ["prediction", "job", "part", "raw"]],
    ["job", "select job_id from jobs order by 1 limit 1", ["job", "part", "raw"]],
    ["signal", "select signal_id from signals order by 1 limit 1", ["signal", "prediction", "job", "part", "raw"]],
    [
      "grade",
      "select grade_id from grades order by 1 limit 1",
      ["grade", "prediction", "job", "part", "raw", "resolution"],
    ],
    [
      "alert",
      "select alert_id from alerts where rule = 'edge-signal' order by 1 limit 1",
      ["alert", "signal", "prediction", "job", "part", "raw"],
    ],
  ])("follows a %s down to the raw bytes, all of them OK", async (_kind, query, kinds) => {
    const links = all(await traceIn(home.services, await anId(query)));
    expect(new Set(links.map(({ kind }) => kind))).toEqual(expect.objectContaining(new Set(kinds)));
    for (const kind of kinds) expect(links.map((link) => link.kind)).toContain(kind);
    const checked = links.filter(({ kind }) => kind === "part" || kind === "raw");
    expect(checked.length).toBeGreaterThan(5);
    expect(new Set(checked.map(({ verdict }) => verdict))).toEqual(new Set(["OK"]));
  });

  it("exits 0 where all is as it was named, in JSON and in words", async () => {
    const id = await anId("select prediction_id from predictions order by predicted_at limit 1");
    expect((await traced(id)).code).toBe(0);
    const { out } = await run(trace, [id], { home: folder });
    expect(out.at(-1)).toMatch(/^All \d+ objects are the bytes that were named: OK$/);
  });

  it("says DIFFERS of a raw object that was changed, and exits 1", async () => {
    const id = await anId("select prediction_id from predictions order by predicted_at limit 1");
    const raw = await named(id, ({ kind }) => kind === "raw");
    const { code, links } = await damaged(
      "raw",
      raw.split("/").at(-1) ?? "",
      (path) => appendFileSync(path, "x"),
      () => traced(id),
    );
    expect(code).toBe(1);
    expect(links.filter(({ verdict }) => verdict === "DIFFERS").map(({ kind }) => kind)).toContain("raw");
  });

  it("says MISSING of an input part that is gone, and exits 1", async () => {
    const id = await anId("select prediction_id from predictions order by predicted_at limit 1");
    const part = await named(id, isEnsemblePart);
    const { code, links } = await damaged(
      "tables/weather_ensemble_members",
      part.split("/").at(-1) ?? "",
      (path) => rmSync(path),
      () => traced(id),
    );
    expect(code).toBe(1);
    expect(links.find(({ name }) => name === part)?.verdict).toBe("MISSING");
  });

  it("tells an id of another home from what is no id", async () => {
    await expect(run(trace, ["prediction-00000000000000000000"], { home: folder })).rejects.toThrow(
      /is not in this lake/,
    );
    await expect(run(trace, ["KXHIGHCHI"], { home: folder })).rejects.toThrow(UsageError);
  });
});

async function replayed(id: string) {
  const { out, code } = await run(replay, [id], { home: folder, json: true });
  return { code, ...answerOf<Replay>({ out }) };
}

describe("brier replay", () => {
  it("makes the same bytes again", async () => {
    const result = await replayed(await anId("select prediction_id from predictions order by 1 limit 1"));
    expect(result).toMatchObject({ code: 0, equal: true, fault: null });
    expect(result.parts).toHaveLength(2);
  });

  it("exits 1 and names the part when the stored prediction was changed", async () => {
    const id = await anId("select prediction_id from predictions order by 1 limit 1");
    const job_id = await named(id, ({ kind }) => kind === "job");
    const result = await damaged(
      "tables/predictions",
      job_id,
      (path) => appendFileSync(path, "x"),
      () => replayed(id),
    );
    expect(result).toMatchObject({ code: 1, equal: false });
    expect(result.parts.map(({ equal }) => equal)).toEqual([false, true]);
    expect(result.parts[0]?.difference).toBeTruthy();
  });

  it("exits 1 when an input is not the one that the job names", async () => {
    const id = await anId("select prediction_id from predictions order by predicted_at limit 1");
    const part = await named(id, isEnsemblePart);
    const result = await damaged(
      "tables/weather_ensemble_members",
      part.split("/").at(-1) ?? "",
      (path) => appendFileSync(path, "x"),
      () => replayed(id),
    );
    expect(result).toMatchObject({
      code: 1,
      equal: false,
      fault: expect.stringContaining(`the input ${part} has hash`),
    });
  });
});

describe("brier doctor", () => {
  it("finds no problem in the simulated world, and each source's shape in order", async () => {
    const { out, code } = await run(doctor, [], { home: folder, json: true });
    const { checks } = answerOf<{ checks: Check[] }>({ out });
    expect(checks.filter(({ state }) => state === "problem")).toEqual([]);
    expect(code).toBe(0);
    const shapes = checks.filter(({ area, found }) => area === "source" && found.startsWith("shape ok"));
    // A source whose secret nobody has set up rests.
    const asked = sources.filter(({ secret }) => secret === undefined);
    expect(shapes.map(({ subject }) => subject).toSorted()).toEqual(asked.map(({ id }) => id).toSorted());
    expect(checks).toContainEqual(expect.objectContaining({ subject: "owner", state: "note" }));
  });

  // A home that was played last week is not late with its outcomes because its owner asks the public services today.
  it("judges a played home by its own clock, also when it asks the public services", async () => {
    const later = { ...systemClock, now: () => start + 30 * 24 * hour };
    const http = { request: () => Promise.reject(new HttpError("network", "no answer (ENOTFOUND)")) };
    const checks = await examine(folder, { http, clock: later, live: true });
    expect(checks.filter(({ area, state }) => area === "forecast" && state === "problem")).toEqual([]);
    expect(checks.filter(({ area, state }) => area === "host" && state === "problem")).not.toEqual([]);
  });
});

describe("the commands above", () => {
  it("have only read: nothing in the home is another than it was", async () => {
    expect(await hashLake(home.services.lake)).toEqual(asPlayed);
    expect(existsSync(join(folder, "owner.pid"))).toBe(true);
  });
});

// From here on something is written into the home.
describe("brier weather panel", () => {
  interface Answer {
    days: { station: string; climateDate: string; outcome: string; made: Record<string, unknown> | null }[];
  }
  const panel = async (options: Record<string, string | boolean> = {}) =>
    answerOf<Answer>(await run(weather, ["panel"], { home: folder, city: "KMDW", json: true, ...options }));

  it("writes every minute of the day that is over, with what was known then", async () => {
    const { days } = await panel({ from: "2026-10-28" });
    expect(days).toMatchObject([{ station: "KMDW", climateDate: "2026-10-28", outcome: "created" }]);
    expect(Number(days[0]?.made?.["words"])).toBeGreaterThan(200);
    const [minutes] = await objects(
      home.services.sql,
      `select count(*) as n, count(distinct minute_at) as minutes, count(temperature_f) as read, count(pmf) as words,
         sum(case when observed_least_f is null then 0 else 1 end) as observed from weather_minutes`,
    );
    expect(minutes).toMatchObject({ n: 1440, minutes: 1440, words: 288 });
    expect(Number(minutes?.["observed"])).toBeGreaterThan(1300);
    const markets = await objects(
      home.services.sql,
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
    expect((await panel({ from: "2026-10-28", assume: true })).days.some(({ outcome }) => outcome === "created")).toBe(
      true,
    );
  });

  it("shows the present minute of the running day, and writes nothing for it", async () => {
    const before = await home.services.lake.list("tables/weather_minutes/");
    const said = await run(weather, ["panel"], { home: folder, city: "Chicago", running: true, json: true });
    const answer = answerOf<{ now: number; stations: { weather: Record<string, unknown>; markets: unknown[] }[] }>(
      said,
    );
    expect(answer.stations).toHaveLength(1);
    const [{ weather: minute, markets } = { weather: {}, markets: [] }] = answer.stations;
    expect(minute).toMatchObject({
      climate_date: "2026-10-29",
      minute: (answer.now - Date.UTC(2026, 9, 29, 6)) / 60_000,
    });
    expect(Number(minute["temperature_f"])).toBeGreaterThan(0);
    expect(markets).toHaveLength(6);
    const text = await run(weather, ["panel"], { home: folder, city: "Chicago", running: true });
    expect(text.out.join("\n")).toContain("KXHIGHCHI-26OCT29");
    expect(await home.services.lake.list("tables/weather_minutes/")).toEqual(before);
    await expect(run(weather, ["panel"], { home: folder, running: true, assume: true })).rejects.toThrow("--running");
  });

  it("refuses cities and days that are none", async () => {
    await expect(run(weather, ["panel"], { home: folder, city: "KORD" })).rejects.toThrow('--city is "KORD"');
    await expect(run(weather, ["panel"], { home: folder, from: "2026-02-30" })).rejects.toThrow("--from");
    await expect(run(weather, ["panel"], { home: folder, svg: "x" })).rejects.toThrow("panel has no --svg");
  });
});

describe("brier weather diagnose", () => {
  it("scores what was settled, keeps the figures and draws them", async () => {
    const out = join(folder, "plots");
    const said = await run(weather, ["diagnose"], { home: folder, out, json: true });
    const answer = answerOf<{ cases: number; scope: string; figures: { forecaster: string; measure: string }[] }>(said);
    expect(answer.cases).toBeGreaterThan(20);
    const forecasters = new Set(answer.figures.map(({ forecaster }) => forecaster));
    for (const name of ["weather", "day-ahead", "intraday", "market", "fused", "nbm"])
      expect(forecasters).toContain(name);
    for (const name of ["reliability", "pit", "pmf", "hazard"])
      expect(readFileSync(join(out, `${name}.svg`), "utf8")).toContain("<svg");
    const [kept] = await objects(home.services.sql, "select count(*) as n from weather_diagnostics");
    expect(kept?.["n"]).toBe(answer.figures.length);
    await run(weather, ["diagnose"], { home: folder, out });
    expect(await home.services.lake.list("tables/weather_diagnostics/")).toHaveLength(1);
  });

  it("writes nothing into a home that another process is working in, and shows the figures", async () => {
    const lock = homePaths.lock(folder);
    const before = await home.services.lake.list("tables/weather_diagnostics/");
    // The process that started this one lives on.
    writeFileSync(lock, String(process.ppid));
    const said = await run(weather, ["diagnose"], { home: folder, from: "2026-10-01" });
    rmSync(lock);
    expect(said.notes.join("\n")).toContain(`is in use by process ${process.ppid}: nothing is written there`);
    expect(said.out.join("\n")).toContain("market");
    expect(await home.services.lake.list("tables/weather_diagnostics/")).toEqual(before);
    expect(existsSync(join(folder, "weather"))).toBe(false);
  });

  it("says so when nothing of that time has settled", async () => {
    const said = await run(weather, ["diagnose"], { home: folder, from: "2027-01-01" });
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
