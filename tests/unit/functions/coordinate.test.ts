/** On the embedded home: a tick that comes too late must not be planned from the present. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { coordinate } from "../../../functions/coordinate/step.ts";
import type { Tick } from "../../../core/tick.ts";
import { ticks } from "../../../core/ticks.ts";
import { weatherDesk } from "../../../core/weather/desk.ts";
import { stateKeys } from "../../../functions/facts.ts";
import { inputsOf } from "../../../functions/jobs.ts";
import { readDay } from "../../../functions/parts.ts";
import { type Home, openHome } from "../../../runtime/home.ts";
import { play } from "../../../runtime/play.ts";
import { dtOf } from "../../../schemas/table.ts";
import { pointerOf } from "../weather/listing.ts";

const hour = 3_600_000;
const minute = 60_000;
const second = 1_000;
const start = Date.UTC(2026, 9, 28, 15);
const root = mkdtempSync(join(tmpdir(), "brier-coordinate-"));
let home: Home;

const open = (folder: string, cities: string[]) =>
  openHome({
    folder,
    surroundings: { kind: "sandbox", seed: "late", start, days: 2, incidents: "none", cities, clock: "virtual" },
    log: { write: () => undefined },
  });

/** Plays a home once; each test that follows has a copy of it. */
function eachOn(cities: string[], until: number, played: readonly Tick[]): void {
  const folder = mkdtempSync(join(root, "played-"));
  beforeAll(async () => {
    const own = open(folder, cities);
    await play(own, { until, ticks: played });
    own.close();
  });
  beforeEach(() => {
    const copy = mkdtempSync(join(root, "copy-"));
    cpSync(folder, copy, { recursive: true });
    home = open(copy, cities);
  });
  afterEach(() => home.close());
}

afterAll(() => rmSync(root, { recursive: true }));

const planned = async () => (await home.services.lake.list("tables/jobs/")).length;

describe("coordinate", () => {
  const read: readonly string[] = weatherDesk.sources;
  eachOn(
    ["KMDW"],
    start + hour,
    ticks.filter(({ queue, input: { source = "" } }) => queue === "ingest" && read.includes(source)),
  );

  it("plans a tick that is on time", async () => {
    await coordinate({ desk: "weather", at: new Date(start + hour).toISOString() }, home.services);
    expect(await planned()).toBe(1);
  });

  it("plans nothing for a tick whose inputs would be from after it", async () => {
    await coordinate({ desk: "weather", at: new Date(start + 5 * 60_000).toISOString() }, home.services);
    expect(await planned()).toBe(0);
  });
});

describe("a stream's newest minute", () => {
  // The last minute of a quarter of an hour, in which the desk plans between the minutes as well.
  const at = start + 14 * minute;
  eachOn(
    [],
    at,
    ticks.filter(({ queue, input: { source = "" } }) => queue === "ingest" && source.includes("crypto")),
  );

  /** Prints of the minutes that ended `endedAgo` ms before the tick; heard until then. */
  const streamed = (endedAgo: number, heardAgo: number) => ({
    ...pointerOf("stream-kalshi", "index_prints", [at - endedAgo - minute]),
    fetched_at: at - heardAgo,
  });

  /** Plans with a clock that moves; what is written while it sleeps comes after so many looks. */
  async function plan(
    before: ReturnType<typeof streamed>,
    comesAfter = Infinity,
    tick = at,
  ): Promise<{ slept: number; windows: number[] }> {
    const { state } = home.services;
    const key = stateKeys.pointer("stream-kalshi");
    await state.put(key, before, 0);
    let now = tick + 50;
    let slept = 0;
    const clock = {
      now: () => now,
      async sleep(ms: number) {
        now += ms;
        slept += 1;
        if (slept === comesAfter) await state.put(key, streamed(0, 0), 1);
      },
    };
    await coordinate({ desk: "crypto", at: new Date(tick).toISOString() }, { ...home.services, clock });
    const [job] = await readDay(home.services.lake, "jobs", dtOf(at), "crypto-");
    if (job === undefined) throw new Error("no job");
    return {
      slept,
      windows: inputsOf(job)
        .filter(({ source }) => source === "stream-kalshi")
        .map(({ window_at }) => window_at),
    };
  }

  it("is waited for while the stream is alive, and named once it is there", async () => {
    expect(await plan(streamed(minute, second), 3)).toEqual({ slept: 3, windows: [at - minute] });
  });

  it("is not waited for when it is there, or when nobody holds the stream", async () => {
    expect((await plan(streamed(0, second))).slept).toBe(0);
  });

  it("is the last that has ended, for a tick between the minutes", async () => {
    expect((await plan(streamed(0, second), Infinity, at + 50 * second)).slept).toBe(0);
  });

  it("is not waited for by a tick between the minutes", async () => {
    expect((await plan(streamed(minute, second), 3, at + 10 * second)).slept).toBe(0);
  });

  it("is not waited for when the stream has fallen silent", async () => {
    expect((await plan(streamed(10 * minute, 10 * minute))).slept).toBe(0);
  });

  it("is not waited for longer than some seconds", async () => {
    const { slept, windows } = await plan(streamed(minute, second));
    expect(slept).toBeLessThanOrEqual(8);
    expect(windows).toEqual([at - 2 * minute]);
  });
});
