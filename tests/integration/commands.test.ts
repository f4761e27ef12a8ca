/** The reading commands on a home that was played for a day, and what they say when its bytes are damaged. */
import { appendFileSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../adapters/embedded/clock.ts";
import { command as doctor } from "../../commands/doctor.ts";
import { command as replay } from "../../commands/replay.ts";
import { command as sql } from "../../commands/sql.ts";
import { command as trace } from "../../commands/trace.ts";
import { command as why } from "../../commands/why.ts";
import type { Check } from "../../core/health/checks.ts";
import { HttpError } from "../../core/ports.ts";
import { sources } from "../../core/sources.ts";
import { CommandError, UsageError } from "../../runtime/command.ts";
import { examine } from "../../runtime/doctor.ts";
import { type Home, openHome } from "../../runtime/home.ts";
import { hashLake } from "../../runtime/lake-hash.ts";
import type { Link } from "../../runtime/lineage.ts";
import { play } from "../../runtime/play.ts";
import { openHomeReader } from "../../runtime/reader.ts";
import type { Replay } from "../../runtime/replay.ts";
import { answerOf, run } from "../unit/commands/terminal.ts";

const hour = 3_600_000;
/** The instant at which the next day's events are listed. */
const start = Date.UTC(2026, 9, 28, 14);
const root = mkdtempSync(join(tmpdir(), "brier-commands-"));
const folder = join(root, "home");
let home: Home;

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
  await play(home, { until: start + 24 * hour });
});
// The home stays open throughout: reading takes no ownership.
afterAll(() => {
  home.close();
  rmSync(root, { recursive: true });
});

const ask = async (query: string, inHome = folder): Promise<unknown[][]> => {
  const { out } = await run(sql, [query], { home: inHome, json: true });
  return answerOf<{ rows: unknown[][] }>({ out }).rows;
};
const anId = async (query: string) => String((await ask(query))[0]?.[0]);

/** A copy of the home, one object of which is damaged by `change`. */
function damaged(prefix: string, has: string, change: (path: string) => void): string {
  const copy = mkdtempSync(join(root, "damaged-"));
  cpSync(join(folder, "lake"), join(copy, "lake"), { recursive: true });
  const found = readdirSync(join(copy, "lake", prefix), { recursive: true, encoding: "utf8" }).find((path) =>
    path.includes(has),
  );
  if (found === undefined) throw new Error(`nothing under ${prefix} has ${has}`);
  change(join(copy, "lake", prefix, found));
  return copy;
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
    expect(await ask("select 1 as one, null as nothing")).toEqual([[1, null]]);
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
    const at = async (values: Record<string, string>) => {
      const { out } = await run(why, ["KXHIGHCHI"], { home: folder, json: true, ...values });
      return answerOf<{ at: string }>({ out }).at;
    };
    expect(await at({ at: "12:00" })).toBe("2026-10-29T11:05:00.000Z");
    expect(await at({ at: "12:05" })).toBe("2026-10-29T12:05:00.000Z");
    expect(await at({ at: "20:00", date: "2026-10-28" })).toBe("2026-10-28T19:05:00.000Z");
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

async function traced(id: string, inHome = folder) {
  const { out, code } = await run(trace, [id], { home: inHome, json: true });
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
    const { code, links } = await traced(await anId(query));
    expect(code).toBe(0);
    expect(new Set(links.map(({ kind }) => kind))).toEqual(expect.objectContaining(new Set(kinds)));
    for (const kind of kinds) expect(links.map((link) => link.kind)).toContain(kind);
    const checked = links.filter(({ kind }) => kind === "part" || kind === "raw");
    expect(checked.length).toBeGreaterThan(5);
    expect(new Set(checked.map(({ verdict }) => verdict))).toEqual(new Set(["OK"]));
  });

  it("says DIFFERS of a raw object that was changed, and exits 1", async () => {
    const id = await anId("select prediction_id from predictions order by predicted_at limit 1");
    const raw = (await traced(id)).links.find(({ kind }) => kind === "raw")?.name ?? "";
    const { code, links } = await traced(
      id,
      damaged("raw", raw.split("/").at(-1) ?? "", (path) => appendFileSync(path, "x")),
    );
    expect(code).toBe(1);
    expect(links.filter(({ verdict }) => verdict === "DIFFERS").map(({ kind }) => kind)).toContain("raw");
  });

  it("says MISSING of an input part that is gone, and exits 1", async () => {
    const id = await anId("select prediction_id from predictions order by predicted_at limit 1");
    const part =
      (await traced(id)).links.find(({ kind, name }) => kind === "part" && name.includes("weather_ensemble"))?.name ??
      "";
    const copy = damaged("tables/weather_ensemble_members", part.split("/").at(-1) ?? "", (path) => rmSync(path));
    const { code, links } = await traced(id, copy);
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

async function replayed(id: string, inHome = folder) {
  const { out, code } = await run(replay, [id], { home: inHome, json: true });
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
    const { job_id } = await replayed(id);
    const result = await replayed(
      id,
      damaged("tables/predictions", job_id, (path) => appendFileSync(path, "x")),
    );
    expect(result).toMatchObject({ code: 1, equal: false });
    expect(result.parts.map(({ equal }) => equal)).toEqual([false, true]);
    expect(result.parts[0]?.difference).toBeTruthy();
  });

  it("exits 1 when an input is not the one that the job names", async () => {
    const id = await anId("select prediction_id from predictions order by predicted_at limit 1");
    const part =
      (await traced(id)).links.find(({ kind, name }) => kind === "part" && name.includes("weather_ensemble"))?.name ??
      "";
    const result = await replayed(
      id,
      damaged("tables/weather_ensemble_members", part.split("/").at(-1) ?? "", (path) => appendFileSync(path, "x")),
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

describe("a reading command", () => {
  it("changes nothing in the home", async () => {
    const before = await hashLake(openHomeReader(folder).lake);
    await run(why, ["KXHIGHCHI"], { home: folder });
    await run(doctor, [], { home: folder, json: true });
    await traced(await anId("select job_id from jobs limit 1"));
    expect(await hashLake(openHomeReader(folder).lake)).toEqual(before);
    expect(existsSync(join(folder, "owner.pid"))).toBe(true);
  });
});
