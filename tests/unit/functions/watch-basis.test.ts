/** What watch makes of the index and the venues that a simulated world streams, and what an onlooker sees of it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Sockets } from "../../../core/ports.ts";
import { readDay } from "../../../functions/parts.ts";
import { watch } from "../../../functions/watch/step.ts";
import { feedsNow } from "../../../runtime/feeds-now.ts";
import { type Home, openHome } from "../../../runtime/home.ts";
import { holdHomeStreams } from "../../../runtime/streams.ts";
import { SteppedClock } from "./stepped-clock.ts";

const minute = 60_000;
const day = "2026-10-29";
const start = Date.UTC(2026, 9, 29, 16, 56);
const homes: Home[] = [];
afterEach(() => {
  for (const home of homes.splice(0)) {
    home.close();
    rmSync(home.folder, { recursive: true });
  }
});

/** Its quotes are so many basis points too high: as if USDT were dollars. */
const raised = (sockets: Sockets, host: string, bps: number): Sockets => ({
  connect(request, listener) {
    if (!request.url.includes(host)) return sockets.connect(request, listener);
    const raise = (text: string) =>
      text.replaceAll(/"(bid|ask)":(\d+\.?\d*)/g, (_, side: string, price: string) =>
        Number(price) < 1_000 ? `"${side}":${price}` : `"${side}":${Number(price) * (1 + bps / 1e4)}`,
      );
    return sockets.connect(request, { ...listener, frame: (text) => listener.frame(raise(text)) });
  },
});

/** Feeds of the world, held for a little more than a minute, and a look of the watch. */
async function watched(feeds: readonly string[], change = (sockets: Sockets) => sockets) {
  const clock = new SteppedClock(start);
  const home = openHome({
    folder: mkdtempSync(join(tmpdir(), "brier-basis-")),
    surroundings: {
      kind: "sandbox",
      seed: "basis",
      start: Date.UTC(2026, 9, 28),
      days: 3,
      incidents: "none",
      cities: ["KMDW"],
      clock: "system",
    },
    log: { write: () => undefined },
    wallClock: clock,
  });
  homes.push(home);
  const ended: true[] = [];
  const holding = holdHomeStreams({ ...home, sockets: change(home.sockets) }, feeds, {
    signal: new AbortController().signal,
    desks: [],
    minutes: 1.3,
    onSkipped: ({ feed }) => expect.fail(`${feed} was skipped`),
    onPhase: () => undefined,
  }).finally(() => ended.push(true));
  while (ended.length === 0) await clock.runUntil(clock.now() + 1_000);
  await holding;
  await watch({ at: new Date(start + 2 * minute).toISOString() }, home.services);
  const rows = await readDay(home.services.lake, "index_basis", day);
  const alerts = (await readDay(home.services.lake, "alerts", day)).filter(({ rule }) => rule === "index-basis");
  return { home, clock, rows, alerts };
}

const venues = ["coinbase", "kraken", "bitstamp"];

describe("watch, of the index and the venues", () => {
  it("measures a quiet world, and says nothing", async () => {
    const { home, clock, rows, alerts } = await watched(["kalshi", ...venues, "binance"]);
    expect(rows).toMatchObject([{ index_id: "BRTI", state: "quiet", reason: null, venues_off: 0 }]);
    expect(rows[0]?.pairs).toBeGreaterThan(60);
    expect(Math.abs(rows[0]?.mean_bps ?? Infinity)).toBeLessThan(2);
    expect(rows[0]?.proxy_value).toBeCloseTo(rows[0]?.index_value ?? 0, -2);
    const each = JSON.parse(rows[0]?.venues ?? "") as { venue: string; state: string; mean_bps: number }[];
    expect(each.map(({ venue }) => venue).toSorted()).toEqual(["binance", "bitstamp", "coinbase", "kraken"]);
    expect(each.map(({ state }) => state)).toEqual(["quiet", "quiet", "quiet", "quiet"]);
    expect(rows[0]).toMatchObject({ worst_venue: each[0]?.venue, worst_mean_bps: each[0]?.mean_bps });
    expect(alerts).toEqual([]);

    // The same world to an onlooker: what was stored last, and where the price is in the events that close next.
    const now = await feedsNow(home.services.state, clock.now());
    expect(now.map(({ feed, of }) => `${feed} ${of}`)).toEqual([
      "kalshi BRTI",
      expect.stringMatching(/^kalshi KXBTC-26OCT2913-/),
      expect.stringMatching(/^kalshi KXBTC15M-26OCT291300-/),
      expect.stringMatching(/^kalshi KXBTCD-26OCT2913-/),
      "coinbase BTC-USD",
      "kraken BTC/USD",
      "kraken USDT/USD",
      "bitstamp btcusd",
      "binance BTCUSDT",
    ]);
    const close = new Date(Date.UTC(2026, 9, 29, 17)).toISOString();
    expect(now.filter(({ close_time }) => close_time === close)).toHaveLength(3);
    for (const { stored_at, seen_at } of now) {
      expect(clock.now() - Date.parse(stored_at)).toBeLessThan(30_000);
      if (seen_at !== null) expect(Date.parse(stored_at) - Date.parse(seen_at)).toBeLessThan(5_000);
    }
    expect(now.find(({ of }) => of === "BTC/USD")).toMatchObject({ return_60s: expect.any(Number), return_300s: null });
    // Ten minutes later nobody renews it.
    await clock.runUntil(clock.now() + 11 * minute);
    expect(await feedsNow(home.services.state, clock.now())).toEqual([]);
  });

  it("names the one venue that is off, though the proxy hardly is", async () => {
    const { rows, alerts } = await watched(["kalshi", ...venues], (all) => raised(all, "kraken", 11.8));
    expect(rows).toMatchObject([{ state: "quiet", venues_off: 1, worst_venue: "kraken" }]);
    expect(rows[0]?.worst_mean_bps).toBeGreaterThan(10);
    expect(alerts).toMatchObject([{ subject: "BRTI kraken", severity: "warning", decision: "sent" }]);
    expect(alerts[0]?.title).toMatch(/^BRTI: kraken is 1\d\.\d bps off the index, at most 5 are expected$/);
    expect(alerts[0]?.card).toMatch(/kraken: \+1\d\.\d bps, scatter \d\.\d \(\d+ prints\)/);
    expect(alerts[0]?.card).toContain("coinbase: ");
  });

  it("tells of a proxy that is off once, whatever its venues are, and how much noise its price is given", async () => {
    const { rows, alerts } = await watched(["kalshi", "kraken"], (all) => raised(all, "kraken", 11.8));
    expect(rows).toMatchObject([{ state: "alarm", venues_off: 1 }]);
    expect(rows[0]?.noise_bps).toBeGreaterThan(10);
    expect(alerts.map(({ subject }) => subject)).toEqual(["BRTI"]);
    expect(alerts[0]?.title).toContain("the proxy is 1");
    expect(alerts[0]?.card).toMatch(/noise of 1\d\.\d bps \(1 at the least\)/);
  });

  it("is not measured for a desk that is left out, whatever that one left in the lake", async () => {
    const { home } = await watched(["kalshi", "kraken"]);
    const again = async (later: number, desks: string[]) => {
      await watch({ at: new Date(start + 2 * minute + later).toISOString(), desks }, home.services);
      return (await readDay(home.services.lake, "index_basis", day)).length;
    };
    expect(await again(1_000, ["weather"])).toBe(1);
    expect(await again(2_000, ["crypto"])).toBe(2);
  });

  it("has nothing to measure where the index is not heard", async () => {
    const { rows, alerts } = await watched(["kraken"]);
    expect(rows).toEqual([]);
    expect(alerts).toEqual([]);
  });
});
