/** The last minutes of a quarter of an hour with its streams held: jobs between the minutes, from prints to grades. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { cryptoDesk } from "../../core/crypto/desk.ts";
import type { Services } from "../../core/ports.ts";
import { firesBetween } from "../../core/schedule.ts";
import type { Pointer } from "../../core/source.ts";
import { messageOfTick } from "../../core/tick.ts";
import { ticks } from "../../core/ticks.ts";
import { type Home, openHome } from "../../runtime/home.ts";
import { replay } from "../../runtime/replay.ts";
import { objects } from "../../runtime/report.ts";
import { holdHomeStreams } from "../../runtime/streams.ts";
import { drain } from "../../runtime/workers.ts";
import { SteppedClock } from "../unit/functions/stepped-clock.ts";

const second = 1_000;
const minute = 60_000;
const close = Date.UTC(2026, 9, 28, 14, 45);
const event = "KXBTC15M-26OCT281045";
const start = close - 4 * minute - 20 * second;
const own = ticks.filter(({ input: { source, desk } }) =>
  source === undefined ? desk === "crypto" : cryptoDesk.sources.includes(source) || source === cryptoDesk.settlements,
);
/** Seconds before the close at which the desk is asked, besides the whole minutes. */
const between = [110, 100, 90, 80, 70, 50, 40, 30, 20, 10];
const clock = new SteppedClock(start);
const folder = mkdtempSync(join(tmpdir(), "brier-stream-decisions-"));
let home: Home;
let services: Services;

async function fire(at: number, from: number): Promise<void> {
  for (const tick of own) {
    const latest = firesBetween(tick.schedule, from, at).at(-1);
    if (latest !== undefined) await services.queue.send(tick.queue, [messageOfTick(tick, latest)]);
  }
  await drain(home.queue, services);
}

/** What the feeds write, and whom they ask, takes time on the wall. */
const soon = (met: () => Promise<boolean> | boolean) => vi.waitUntil(met, { timeout: 10_000, interval: 2 });

beforeAll(async () => {
  const world = { seed: "half an hour", start: Date.UTC(2026, 9, 28), days: 1, cities: ["KMDW"] };
  home = openHome({
    folder,
    surroundings: { kind: "sandbox", ...world, incidents: "none", clock: "system" },
    log: { write: () => undefined },
    wallClock: clock,
  });
  // Steps that pace themselves would wait for a clock that waits for them.
  services = { ...home.services, clock: { now: () => clock.now(), sleep: () => Promise.resolve() } };
  await fire(start, start - 15 * minute);
  const stop = new AbortController();
  const held = holdHomeStreams(home, ["kalshi", "kraken"], {
    signal: stop.signal,
    desks: [cryptoDesk],
    onSkipped: ({ feed }) => expect.fail(`${feed} was skipped`),
    onPhase: () => undefined,
  });
  for (let at = start + 10 * second; at <= close + 10 * second; at += 10 * second) {
    await clock.runUntil(at);
    // The holder looks every quarter of a second.
    await clock.runUntil(at + 500);
    if (at % minute === 0 && at > start + minute) {
      await soon(async () => {
        const pointer = await services.state.get<Pointer>("pointer/stream-kalshi");
        return pointer?.value.window_at === at - minute;
      });
    }
    if (between.includes((close - at) / second)) await soon(() => home.queue.waiting().includes("coordinate"));
    await fire(at, at - 10 * second);
  }
  stop.abort();
  const ended: true[] = [];
  void held.finally(() => ended.push(true));
  while (ended.length === 0) await clock.runUntil(clock.now() + 100);
  // Until it is settled and graded.
  for (let at = close + minute; at <= close + 10 * minute; at += minute) {
    await clock.runUntil(at);
    await fire(at, at - minute);
  }
}, 60_000);
afterAll(() => {
  home.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Forecast {
  id: string;
  before: number;
  sd: number;
  prints: { newest_at: number; window: { n: number; first_at: number; last_at: number } | null };
  source: string;
}

async function forecasts(): Promise<Forecast[]> {
  const rows = await objects(
    home.services.sql,
    "select prediction_id, predicted_at, sd_usd, details from predictions where event_ticker = ? order by predicted_at",
    [event],
  );
  return rows.map((row) => {
    const details = JSON.parse(String(row["details"])) as Pick<Forecast, "prints"> & { index_source: string };
    return {
      id: String(row["prediction_id"]),
      before: (close - Date.parse(String(row["predicted_at"]))) / second,
      sd: Number(row["sd_usd"]),
      prints: details.prints,
      source: details.index_source,
    };
  });
}

describe("the last two minutes before a close, streams held", () => {
  it("are priced every ten seconds, in the last of them from the prints of the window that are known", async () => {
    const all = await forecasts();
    expect(all.map(({ before }) => before)).toEqual([240, 180, 120, 110, 100, 90, 80, 70, 60, 50, 40, 30, 20, 10]);
    for (const { before, prints, source } of all.slice(2)) {
      const at = close - before * second;
      expect(source).toBe("brti");
      expect(at - prints.newest_at).toBeLessThanOrEqual(2 * second);
      if (before >= 60) expect(prints.window).toBeNull();
      else {
        const { n, first_at, last_at } = prints.window ?? { n: 0, first_at: 0, last_at: 0 };
        expect([first_at, last_at]).toEqual([close - minute, prints.newest_at]);
        expect(n).toBe((last_at - first_at) / second + 1);
      }
    }
  });

  it("make each forecast narrower than the one before it", async () => {
    const sds = (await forecasts()).filter(({ before }) => before <= 60).map(({ sd }) => sd);
    expect(sds).toHaveLength(6);
    for (const [index, sd] of sds.slice(1).entries()) expect(sd).toBeLessThan(sds[index] ?? 0);
    // What no model knows of is left in the end.
    expect(sds.at(-1)).toBeLessThan((sds[0] ?? 0) / 2);
  });

  it("are graded, each in its part of prediction_accuracy", async () => {
    const rows = await objects(
      home.services.sql,
      "select lead_bucket, n from prediction_accuracy where desk = 'crypto' and station = 'BRTI' order by lead_bucket",
    );
    expect(rows).toEqual([
      { lead_bucket: "0-60 s", n: 5 },
      { lead_bucket: "120-300 s", n: 3 },
      { lead_bucket: "60-120 s", n: 6 },
    ]);
  });

  it("settle on the prints that all of them brought together", async () => {
    const rows = await objects(
      home.services.sql,
      "select agreement, result from latest_resolutions where market_ticker like ?",
      [`${event}%`],
    );
    expect(rows).toMatchObject([{ agreement: "agree" }]);
  });

  it("can be made again byte for byte", async () => {
    const last = (await forecasts()).at(-1);
    expect(await replay(home.services, last?.id ?? "")).toMatchObject({ equal: true, fault: null });
  });
});
