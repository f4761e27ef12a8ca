import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFolderLake } from "../../../adapters/embedded/lake.ts";
import { type EmbeddedSql, openSql } from "../../../adapters/embedded/sql.ts";
import { writeParts } from "../../../functions/parts.ts";
import { reportFeeds } from "../../../runtime/feeds.ts";
import { tables, type TableRow } from "../../../schemas/index.ts";
import { rowWith } from "../schemas/table-rows.ts";

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
let sql: EmbeddedSql;
let before: unknown;

beforeAll(async () => {
  const lake = openFolderLake(folder);
  sql = await openSql({ lakeRoot: folder });
  before = await reportFeeds(sql, 60);
  await writeParts(lake, "test", 1, {
    feed_health: [
      row("kraken", -70, { connects: 40 }),
      row("kraken", -2, { connects: 1, gaps: 2, max_silence_ms: 900, skew_ms: 40, last_close: "gone" }),
      // Two holders in one minute.
      row("kraken", -1, { gaps: 1, max_silence_ms: 700, skew_ms: 35 }),
      row("kraken", -1, { holder: "two", lost_trades: 3, max_silence_ms: 100, skew_ms: -20 }),
      row("kraken", 0, { phase: "waiting", last_data_at: midnight + 12_000 }),
      row("kalshi", 0, { refused: 1, resyncs: 188 }),
    ],
    stream_checks: [
      check(-70, { compared: 9, diverging: 9, worst_difference: 50 }),
      check(-2, { compared: 50, diverging: 1, worst_difference: 4 }),
      check(-1, { compared: 60, diverging: 0, worst_difference: 1.5 }),
    ],
  });
});
afterAll(() => {
  sql.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("the report of the feeds", () => {
  it("adds up the minutes of all holders, over midnight, up to the newest on record", async () => {
    const [kalshi, kraken, ...more] = await reportFeeds(sql, 60);
    expect(more).toEqual([]);
    expect(kalshi).toMatchObject({ feed: "kalshi", phase: "live", minutes: 1, live: 1, refused: 1, resyncs: 188 });
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
      max_silence_ms: 900,
      skew_ms: -20,
      last_data_at: "2026-11-21T00:00:12.000Z",
      last_close: "gone",
      checked: null,
    });
    expect(kalshi?.checked).toEqual({ compared: 110, diverging: 1, worst: 4, unit: "¢" });
  });

  it("is empty where no feed was ever held", () => {
    expect(before).toEqual([]);
  });

  it("looks back as far as it is told", async () => {
    expect((await reportFeeds(sql, 1_000)).find(({ feed }) => feed === "kraken")).toMatchObject({
      minutes: 4,
      connects: 41,
    });
  });
});
