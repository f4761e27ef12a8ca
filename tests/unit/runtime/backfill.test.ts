import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rawKey } from "../../../core/lake-keys.ts";
import type { Http, OutgoingMessage } from "../../../core/ports.ts";
import type { Pointer } from "../../../core/source.ts";
import { sourceOf } from "../../../core/sources.ts";
import { stateKeys } from "../../../functions/facts.ts";
import { backfill, sendBackfill, windowsOf } from "../../../runtime/backfill.ts";
import { type Home, openHome } from "../../../runtime/home.ts";
import { work } from "../../../runtime/workers.ts";
import { demoDays, demoStart } from "../../../sandbox/incidents.ts";

const day = 86_400_000;
const hour = day / 24;
const source = sourceOf("kalshi-candles");
/** The home's clock stands here. */
const now = demoStart + 2 * day;
const never = new AbortController().signal;

let folder: string;
let home: Home;
/** Addresses that the world was asked for. */
let asked: string[];
/** Requests left before the process "dies": the next one is never answered, and nothing goes on after it. */
let alive: number;
let died: () => void;

function open(): Home {
  const disturb = (world: Http): Http => ({
    request(request) {
      if (alive <= 0) {
        died();
        return new Promise(() => undefined);
      }
      alive -= 1;
      asked.push(request.url);
      return world.request(request);
    },
  });
  const made = openHome({
    folder,
    surroundings: {
      kind: "sandbox",
      seed: "brier",
      start: demoStart,
      days: demoDays,
      incidents: "none",
      cities: ["KMDW"],
      clock: "virtual",
    },
    log: { write: () => undefined },
    disturb,
  });
  if (!("advanceTo" in made.clock)) throw new Error("a virtual clock was asked for");
  made.clock.advanceTo(now);
  return made;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brier-backfill-"));
  asked = [];
  alive = Infinity;
  home = open();
});
afterEach(() => {
  home.close();
  rmSync(folder, { recursive: true });
});

const from = demoStart - 3 * day;
const windows = windowsOf(source, from, from + day, now);
const run = (signal = never) => backfill({ home, source, windows, signal });

describe("the windows of a span", () => {
  it("are those that bring it, as far as they are due", () => {
    const hours = (list: readonly number[]) => list.map((at) => (at - from) / hour);
    // The window of 00:14 on the day after brings the day's last quarter.
    expect(hours(windows)).toEqual([0, 6, 12, 18, 24].map((h) => h + 14 / 60));
    const last = windowsOf(source, now - day, now + day, now);
    expect(last.at(-1)).toBe(now - 6 * hour + 14 * 60_000);
  });

  it("are refused where nothing is due, or the source cannot look back", () => {
    expect(() => windowsOf(source, now + day, now + 2 * day, now)).toThrow(/is due yet/);
    for (const id of ["kalshi-books", "kalshi-markets", "open-meteo-ensemble", "iem-daily-summaries"]) {
      expect(() => windowsOf(sourceOf(id), from, from + day, now)).toThrow(
        `${id} cannot be filled up: a window of the past would get another window's answer`,
      );
    }
    const shortSighted = { ...source, reachesBackDays: 2 };
    expect(() => windowsOf(shortSighted, from, from + day, now)).toThrow(
      /can be asked 2 days back: begin on 2026-10-29/,
    );
    expect(windowsOf(shortSighted, now - 2 * day, now, now)).toHaveLength(8);
  });
});

describe("brier backfill at home", () => {
  it("brings every window, and asks nothing when it is run again", async () => {
    const first = await run();
    expect(first).toMatchObject({ windows: 5, landed: 5, repeated: 0, quarantined: 0, failed: [], open: 0 });
    expect(first.rows).toBeGreaterThan(100);
    for (const at of windows) expect(await home.services.lake.get(rawKey(source.id, at))).toBeDefined();
    const before = asked.length;
    expect(await run()).toMatchObject({ landed: 0, repeated: 5, open: 0, rows: 0 });
    expect(asked).toHaveLength(before);
  });

  it("goes on after it was killed, without asking twice for what it has", async () => {
    // Cutoff, six listings and a batch of candles each: enough for two windows and a part of the third.
    alive = 2 * 8 + 3;
    const death = new Promise<void>((resolve) => void (died = resolve));
    await Promise.race([run(), death]);
    home.close();
    alive = Infinity;
    home = open();
    const counts = await run();
    expect(counts).toMatchObject({ failed: [], open: 0, quarantined: 0 });
    expect(counts).toMatchObject({ landed: 3, repeated: 2 });
    const batches = asked.filter((url) => url.includes("/markets/candlesticks"));
    expect(new Set(batches).size).toBe(batches.length);
  });

  it("stops when it is told to, and leaves the rest in the queue", async () => {
    const stop = new AbortController();
    const counts = await backfill({ home, source, windows, signal: stop.signal, onProgress: () => stop.abort() });
    expect(counts.landed).toBeGreaterThan(0);
    expect(counts.open).toBeGreaterThan(0);
    expect(home.queue.depths().ingest.visible).toBe(counts.open);
    expect(await run()).toMatchObject({ open: 0, failed: [] });
  });

  it("never moves the pointer back", async () => {
    const at = now - 6 * hour + 14 * 60_000;
    await home.services.queue.send("ingest", [
      { id: "newest", body: { source: source.id, at: new Date(at).toISOString() } },
    ]);
    const [delivery] = await home.queue.receive("ingest", 1);
    if (delivery === undefined) throw new Error("no message");
    expect(await work("ingest", delivery, home.queue, home.services)).toEqual({ outcome: "done" });
    const pointer = async () => (await home.services.state.get<Pointer>(stateKeys.pointer(source.id)))?.value;
    const before = await pointer();
    expect(before?.window_at).toBe(at);
    await run();
    expect(await pointer()).toEqual(before);
  });

  it("is not held up by what later windows have brought", async () => {
    const guidance = sourceOf("iem-nbm");
    const fill = (list: readonly number[]) => backfill({ home, source: guidance, windows: list, signal: never });
    const [newest = 0] = windowsOf(guidance, now - 2 * hour, now, now).slice(-1);
    expect((await fill([newest])).rows).toBeGreaterThan(0);
    // The first window of a day asks three days back whatever is known; the noon one asks for what is new.
    const [past = 0] = windowsOf(guidance, from + day / 2, from + day / 2 + hour, now);
    expect((await fill([past])).rows).toBeGreaterThan(0);
  });

  it("says which windows were refused and which failed", async () => {
    const { lake } = home.services;
    const [first = 0] = windows;
    await lake.putIfAbsent(rawKey(source.id, first), new TextEncoder().encode("no exchanges"));
    home.services.http = {
      request: ({ url }) =>
        Promise.resolve({ status: 200, headers: {}, body: url.includes("/cutoff") ? "{}" : '{"markets":[]}' }),
    };
    const counts = await run();
    expect(counts).toMatchObject({ landed: 0, quarantined: 4 });
    expect(counts.failed.length + counts.open).toBe(1);
  });
});

describe("brier backfill on a stack", () => {
  it("sends the windows that are not there, under the scheduler's names", async () => {
    await backfill({ home, source, windows: windows.slice(0, 2), signal: never });
    const sent: OutgoingMessage[] = [];
    const queue = {
      send: (_: string, messages: readonly OutgoingMessage[]) => Promise.resolve(void sent.push(...messages)),
    };
    expect(await sendBackfill(home.services.lake, queue, source, windows)).toEqual({ windows: 5, sent: 3 });
    const at = new Date(windows[2] ?? 0).toISOString();
    expect(sent[0]).toEqual({ id: `ingest-kalshi-candles@${at}`, body: { source: "kalshi-candles", at } });
  });
});
