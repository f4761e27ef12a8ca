/** The live feeds in the process that owns the home. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Home, type HomeOptions, openHome, sandboxNow, type Surroundings } from "../../../runtime/home.ts";
import { holdHomeStreams, phaseTeller } from "../../../runtime/streams.ts";
import type { Pointer } from "../../../core/source.ts";
import { SteppedClock } from "../functions/stepped-clock.ts";

const homes: Home[] = [];
function open(surroundings: Surroundings, options: Pick<HomeOptions, "wallClock"> = {}): Home {
  const folder = mkdtempSync(join(tmpdir(), "brier-streams-"));
  const home = openHome({ folder, surroundings, log: { write: () => undefined }, ...options });
  homes.push(home);
  return home;
}
afterEach(() => {
  for (const home of homes.splice(0)) {
    home.close();
    rmSync(home.folder, { recursive: true });
  }
});

describe("the streams of a home", () => {
  it("leave Kalshi's feed out without a key, and say so once", async () => {
    const skipped: unknown[] = [];
    const held = await holdHomeStreams(open({ kind: "live" }), ["kalshi"], {
      signal: new AbortController().signal,
      desks: [],
      onSkipped: (one) => skipped.push(one),
      onPhase: () => expect.fail("nothing is held"),
    });
    expect(held).toEqual([]);
    expect(skipped).toMatchObject([{ feed: "kalshi", reason: expect.stringContaining("kalshi-key-id") }]);
  });

  it("are those of the simulated world where the home lives in one, and leave pointers and newest state when they end", async () => {
    const clock = new SteppedClock(Date.UTC(2026, 9, 29, 16, 56));
    const start = Date.UTC(2026, 9, 28);
    const home = open(
      { kind: "sandbox", seed: "streams", start, days: 3, incidents: "none", cities: ["KMDW"], clock: "system" },
      { wallClock: clock },
    );
    const stop = new AbortController();
    const live: string[] = [];
    const ended: true[] = [];
    const holding = holdHomeStreams(home, ["kalshi", "kraken"], {
      signal: stop.signal,
      desks: [],
      onSkipped: ({ feed }) => expect.fail(`${feed} was skipped`),
      onPhase: (feed, phase) => phase === "live" && live.push(feed.id),
    }).finally(() => ended.push(true));
    // Two seconds' data of both, and the end.
    while (live.length < 2) await clock.runUntil(clock.now() + 100);
    await clock.runUntil(clock.now() + 2_000);
    stop.abort();
    while (ended.length === 0) await clock.runUntil(clock.now() + 100);
    const held = await holding;
    expect(live.toSorted()).toEqual(["kalshi", "kraken"]);
    expect(held.map(({ phase }) => phase)).toEqual(["stopped", "stopped"]);
    const pointer = async (feed: string) =>
      (await home.services.state.get<Pointer>(`pointer/stream-${feed}`))?.value.parts;
    expect(Object.keys((await pointer("kalshi")) ?? {})).toEqual(
      expect.arrayContaining(["book_tops", "index_prints", "feed_health"]),
    );
    expect(Object.keys((await pointer("kraken")) ?? {})).toContain("venue_quotes");
  });

  it("are not there on a clock that stands still", () => {
    const home = open({ ...sandboxNow("streams"), clock: "virtual" } as Surroundings);
    expect(() => home.sockets.connect({ url: "wss://ws.kraken.com/v2" }, {} as never)).toThrow("virtual clock");
  });
});

describe("what an onlooker is told of the feeds", () => {
  it("is each change once", () => {
    const tell = phaseTeller({ now: () => Date.UTC(2026, 10, 20, 16), sleep: () => Promise.resolve() });
    expect(tell("kraken", "connecting", null)).toBeUndefined();
    expect(tell("kraken", "live", null)).toBe("16:00:00  kraken  live");
    expect(tell("kraken", "waiting", "closed with 1006")).toBe("16:00:00  kraken  waiting: closed with 1006");
    expect(tell("kraken", "connecting", null)).toBeUndefined();
    expect(tell("kraken", "waiting", "closed with 1006")).toBeUndefined();
    expect(tell("coinbase", "waiting", "closed with 1006")).toBeDefined();
    expect(tell("kraken", "live", null)).toBeDefined();
  });
});
