import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../adapters/embedded/clock.ts";
import { openFolderLake } from "../../../adapters/embedded/lake.ts";
import { type EmbeddedSql, openSql } from "../../../adapters/embedded/sql.ts";
import { type EmbeddedState, openState } from "../../../adapters/embedded/state.ts";
import { command } from "../../../commands/feeds.ts";
import type { StoredNewest } from "../../../core/stream/newest.ts";
import { writeParts } from "../../../functions/parts.ts";
import { CommandError, UsageError } from "../../../runtime/command.ts";
import { reportFeeds } from "../../../runtime/feeds.ts";
import type { ShownNow } from "../../../runtime/feeds-now.ts";
import { homePaths } from "../../../runtime/home.ts";
import { tables, type TableRow } from "../../../schemas/index.ts";
import { rowWith } from "../schemas/table-rows.ts";
import { answerOf, run } from "./terminal.ts";

const midnight = Date.UTC(2026, 10, 21);
const minute = 60_000;
const folder = mkdtempSync(join(tmpdir(), "brier-feeds-"));
const row = (feed: string, minutesFromMidnight: number, given: Partial<TableRow<"feed_health">>) =>
  rowWith(tables.feed_health, {
    feed,
    holder: "one",
    phase: "live",
    minute_at: midnight + minutesFromMidnight * minute,
    ingested_at: midnight + (minutesFromMidnight + 1) * minute,
    ...given,
  });
const check = (minutesFromMidnight: number, given: Partial<TableRow<"stream_checks">>) =>
  rowWith(tables.stream_checks, {
    feed: "kalshi",
    checked_at: midnight + minutesFromMidnight * minute,
    ingested_at: midnight + minutesFromMidnight * minute,
    unit: "¢",
    ...given,
  });
const basis = (minutesFromMidnight: number, given: Partial<TableRow<"index_basis">>) =>
  rowWith(tables.index_basis, {
    index_id: "BRTI",
    checked_at: midnight + minutesFromMidnight * minute,
    ingested_at: midnight + minutesFromMidnight * minute,
    state: "quiet",
    noise_bps: 1,
    ...given,
  });
let sql: EmbeddedSql;
let state: EmbeddedState;
let before: unknown;

beforeAll(async () => {
  const lakeRoot = homePaths.lake(folder);
  const lake = openFolderLake(lakeRoot);
  sql = await openSql({ lakeRoot });
  // The home's owner holds it open throughout.
  state = openState(homePaths.database(folder), { clock: systemClock });
  before = await reportFeeds(sql, 60);
  await writeParts(lake, "test", 1, {
    feed_health: [
      row("kraken", -70, { connects: 40 }),
      row("kraken", -2, { connects: 1, gaps: 2, max_silence_ms: 900, skew_ms: 40, last_close: "gone" }),
      // Two holders in one minute.
      row("kraken", -1, { gaps: 1, max_silence_ms: 700, skew_ms: 35 }),
      row("kraken", -1, { holder: "two", lost_trades: 3, max_silence_ms: 100, skew_ms: -20 }),
      row("kraken", 0, { phase: "waiting", last_data_at: midnight + 12_000 }),
      row("kalshi", -3, { holder: "two", products: 90, unquotable: 80 }),
      row("kalshi", 0, { refused: 1, resyncs: 188, products: 188, unquotable: 7 }),
    ],
    stream_checks: [
      check(-70, { compared: 9, diverging: 9, worst_difference: 50 }),
      check(-2, { compared: 50, diverging: 1, worst_difference: 4 }),
      check(-1, { compared: 60, diverging: 0, worst_difference: 1.5 }),
    ],
    index_basis: [
      basis(-70, { state: "alarm", mean_bps: 30 }),
      basis(-7, { mean_bps: 0.2, spread_bps: 1, venues_off: 1, worst_venue: "kraken", worst_mean_bps: 11.8 }),
      basis(-2, { pairs: 812, mean_bps: -0.42, spread_bps: 0.9, worst_venue: "kraken", worst_mean_bps: 1.2 }),
    ],
  });
});
afterAll(() => {
  sql.close();
  state.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("the report of the feeds", () => {
  it("adds up the minutes of all holders, over midnight, up to the newest on record", async () => {
    const { feeds } = await reportFeeds(sql, 60);
    const [kalshi, kraken, ...more] = feeds;
    expect(more).toEqual([]);
    expect(kalshi).toMatchObject({ feed: "kalshi", phase: "live", minutes: 2, live: 2, refused: 1, resyncs: 188 });
    // Of the newest minute, not of all together.
    expect(kalshi).toMatchObject({ products: 188, unquotable: 7 });
    expect(kraken).toEqual({
      feed: "kraken",
      phase: "waiting",
      minutes: 3,
      live: 2,
      connects: 1,
      gaps: 3,
      resyncs: 0,
      faults: 0,
      lost_trades: 3,
      refused: 0,
      dropped: 0,
      products: 0,
      unquotable: 0,
      max_silence_ms: 900,
      skew_ms: -20,
      last_data_at: "2026-11-21T00:00:12.000Z",
      last_close: "gone",
      checked: null,
    });
    expect(kalshi?.checked).toEqual({ compared: 110, diverging: 1, worst: 4, unit: "¢" });
  });

  it("is empty where no feed was ever held", () => {
    expect(before).toEqual({ feeds: [], basis: [] });
  });

  it("looks back as far as it is told", async () => {
    expect((await reportFeeds(sql, 1_000)).feeds.find(({ feed }) => feed === "kraken")).toMatchObject({
      minutes: 4,
      connects: 41,
    });
  });

  it("has the newest basis of the index, and how many of its measurements were alarms", async () => {
    const newest = { index_id: "BRTI", checked_at: "2026-11-20T23:58:00.000Z", state: "quiet", mean_bps: -0.42 };
    const counted = (await reportFeeds(sql, 60)).basis;
    expect(counted).toMatchObject([{ ...newest, pairs: 812, worst_venue: "kraken", checks: 2, alarms: 1 }]);
    expect((await reportFeeds(sql, 1_000)).basis).toMatchObject([{ ...newest, checks: 3, alarms: 2 }]);
  });
});

describe("brier feeds", () => {
  const now = midnight + 30_000;
  beforeAll(() => void vi.useFakeTimers({ toFake: ["Date"], now }));
  afterAll(() => void vi.useRealTimers());
  const quote = { bid_size: 1, ask_size: 2, event_time: null, unbroken_since: null, return_300s: null };
  const store = async (feed: string, value: StoredNewest, expiresAt = now + 10 * minute) => {
    const key = `stream/newest/${feed}`;
    await state.put(key, value, (await state.get(key))?.version ?? 0, { expiresAt });
  };

  it("shows what was stored last beside the history, each with its age", async () => {
    const [closing, later] = ["KXBTC15M-26NOV201215", "KXBTC-26NOV2013"];
    await store("kraken", {
      at: now - 14_000,
      holder: "one",
      venue: "kraken",
      quotes: {
        "BTC/USD": { ...quote, bid: 84_050, ask: 84_050.1, received_at: now - 14_400, return_60s: -0.00025 },
        "USDT/USD": { ...quote, bid: 0.9987, ask: 0.9988, received_at: now - 40_000, return_60s: null },
      },
    });
    await store("kalshi", {
      at: now - 3_000,
      holder: "one",
      index_id: "BRTI",
      prints: [
        [now - 5_000, 84_049.5],
        [now - 4_000, 84_050.25],
      ],
      books: {
        [`${closing}-10`]: [100_000, 100, 110_000, 100],
        [`${closing}-15`]: [470_000, 100, 490_000, 100],
        [`${closing}-20`]: [null, 0, 500_000, 100],
        [`${later}-B84050`]: [500_000, 100, 510_000, 100],
        "KXBTC15M-26NOV201200-00": [500_000, 100, 500_000, 100],
      },
      closes: { "KXBTC15M-26NOV201200": now - 1_000, [closing]: now + 5 * minute, [later]: now + 15 * minute },
    });
    await store("coinbase", { at: now - 11 * minute, holder: "one", venue: "coinbase", quotes: {} }, now - minute);
    const { out, code } = await run(command, [], { home: folder });
    // Kraken was waiting in its newest minute.
    expect(code).toBe(1);
    const [history = "", line = "", shown = "", ...more] = (out[0] ?? "").split("\n\n");
    expect(more).toEqual([]);
    expect(history).toMatch(/^kraken +waiting/m);
    expect(history).toMatch(/dropped +unquotable +silence[^]*^kalshi .* 7\/188 /m);
    expect(line.split("\n").map((cells) => cells.split(/ {2,}/))).toEqual([
      ["basis", "at", "venues", "prints", "over it", "scatter", "furthest", "off", "noise", "alarms"],
      expect.anything(),
      ["BRTI", "23:58", "quiet", "812", "−0.4 bps", "0.9", "kraken +1.2 bps", "0", "1.0 bps", "1/2"],
    ]);
    const shownCells = shown.split("\n").map((cells) => cells.split(/ {2,}/));
    expect(shownCells.slice(2)).toEqual([
      ["kalshi", "BRTI", "84050.25", "–", "–", "–", "4.0 s", "3.0 s ago", "–"],
      ["kalshi", `${closing}-15`, "0.4700", "0.4900", "–", "–", "–", "3.0 s ago", "300 s"],
      ["kraken", "BTC/USD", "84050", "84050.1", "−2.5 bps", "–", "14 s", "14 s ago", "–"],
      ["kraken", "USDT/USD", "0.9987", "0.9988", "–", "–", "40 s", "14 s ago", "–"],
    ]);
    for (const text of `${line}\n${shown}`.split("\n")) expect(text.length).toBeLessThanOrEqual(120);
    const json = answerOf<{ now: ShownNow[]; basis: unknown[]; down: number }>(
      await run(command, [], { home: folder, json: true }),
    );
    expect(json.down).toBe(1);
    expect(json.basis).toHaveLength(1);
    expect(json.now[1]).toEqual({
      feed: "kalshi",
      holder: "one",
      stored_at: new Date(now - 3_000).toISOString(),
      of: `${closing}-15`,
      value: null,
      bid: 0.47,
      ask: 0.49,
      return_60s: null,
      return_300s: null,
      seen_at: null,
      close_time: new Date(now + 5 * minute).toISOString(),
    });
  });

  it("says that nobody holds the feeds once nothing was stored for a minute", async () => {
    const said = "Nobody holds the feeds now";
    expect((await run(command, [], { home: folder })).out[0]).not.toContain(said);
    vi.setSystemTime(now + 2 * minute);
    const { out, code } = await run(command, [], { home: folder });
    expect(out[0]).toContain(said);
    expect(code).toBe(1);
    expect(answerOf<{ held: boolean }>(await run(command, [], { home: folder, json: true })).held).toBe(false);
    vi.setSystemTime(now);
  });

  it("draws what is shown now again and again", async () => {
    const drawn: string[] = [];
    const pause = vi.spyOn(systemClock, "sleep").mockResolvedValue();
    const terminal = {
      json: false,
      note: () => undefined,
      progress: () => undefined,
      out(text: string) {
        drawn.push(text);
        if (drawn.length === 2) throw new Error("enough");
      },
    };
    await expect(command.run({ values: { home: folder, watch: "1" }, positionals: [] }, terminal)).rejects.toThrow(
      "enough",
    );
    expect(drawn).toHaveLength(2);
    expect(pause.mock.calls).toEqual([[1_000]]);
    pause.mockRestore();
    for (const text of drawn) expect(text).toMatch(/^[-\d]+ [:\d]+ UTC\nfeed +now[^]*kraken +BTC\/USD/);
    const both = { home: folder, watch: "1", minutes: "5" };
    await expect(run(command, [], both)).rejects.toThrow(UsageError);
    for (const minutes of ["0", "abc", "Infinity", "1e12"]) {
      await expect(run(command, [], { home: folder, minutes })).rejects.toThrow(`--minutes ${minutes} is not a number`);
    }
    await expect(run(command, [], { home: folder, watch: "0" })).rejects.toThrow("--watch 0 is not a number");
  });

  it("refuses a state that another version has written, by its field", async () => {
    await store("bitstamp", { at: 1, holder: "one", venue: "bitstamp" } as never);
    await expect(run(command, [], { home: folder })).rejects.toThrow(CommandError);
    await expect(run(command, [], { home: folder })).rejects.toThrow(/stream\/newest\/bitstamp/);
  });
});
