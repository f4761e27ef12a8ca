/** One day of two cities through the embedded home: from the listing of events to graded forecasts. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gates } from "../../core/alerts/gates.ts";
import { type Home, openHome } from "../../runtime/home.ts";
import { hashLake, type LakeContents } from "../../runtime/lake-hash.ts";
import { play } from "../../runtime/play.ts";
import { ledger, objects, readRecords, scores } from "../../runtime/report.ts";

const hour = 3_600_000;
const start = Date.UTC(2026, 9, 28, 14);
const until = start + 24 * hour;
const folders: string[] = [];

function open(seed: string): Home {
  const folder = mkdtempSync(join(tmpdir(), "brier-play-"));
  folders.push(folder);
  return openHome({
    folder,
    surroundings: {
      kind: "sandbox",
      seed,
      start,
      days: 3,
      incidents: "none",
      cities: ["KMDW", "KLAX"],
      clock: "virtual",
    },
    log: { write: () => undefined },
  });
}

let home: Home;
let contents: LakeContents;

beforeAll(async () => {
  home = open("short");
  await play(home, { until });
  contents = await hashLake(home.services.lake);
});

afterAll(() => {
  home.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe("a day of two cities", () => {
  it("grades every forecast of the settled day, for every market", async () => {
    const { sql } = home.services;
    const [row] = await objects(
      sql,
      `select count(*) as n, count(distinct p.prediction_id) as predictions, count(g.grade_id) as graded
       from prediction_markets p
       inner join latest_resolutions r on r.market_ticker = p.market_ticker
       left join grades g on g.prediction_id = p.prediction_id and g.market_ticker = p.market_ticker`,
    );
    expect(Number(row?.["predictions"])).toBeGreaterThan(10);
    expect(row?.["graded"]).toBe(row?.["n"]);
    const found = await scores(sql);
    expect(found?.brier.market.mean).toBeGreaterThan(0);
    expect(found?.brier.pool.mean).toBeLessThan(found?.brier.model.mean ?? 0);
  });

  it("lets exactly one market of each settled event pay", async () => {
    const rows = await objects(
      home.services.sql,
      "select event_ticker, sum(settlement_value) as paid from latest_resolutions group by event_ticker",
    );
    expect(rows.length).toBeGreaterThan(2);
    for (const { paid } of rows) expect(Number(paid)).toBe(1);
  });

  it("gives each candidate exactly one named outcome", async () => {
    const names = new Set(["signal", ...gates.map(({ id }) => id)]);
    const rows = await objects(home.services.sql, "select gate, count(*) as n from gate_outcomes group by gate");
    for (const { gate } of rows) expect(names).toContain(gate);
    const [counted] = await objects(
      home.services.sql,
      `select (select count(*) from gate_outcomes) as outcomes, 2 * (select count(*) from enrichments) as candidates`,
    );
    expect(counted?.["outcomes"]).toBe(counted?.["candidates"]);
  });

  it("lands every window that was due and parks nothing", async () => {
    const book = await ledger(await readRecords(home.services.sql), home.services.state);
    for (const { expected, landed, missing } of book) {
      expect(expected).toBeGreaterThan(20);
      expect(landed).toBeGreaterThanOrEqual(expected);
      expect(missing).toBe(0);
    }
    for (const { parked, visible } of Object.values(home.queue.depths())) expect([parked, visible]).toEqual([0, 0]);
  });

  it("gives probabilities that sum to one and no price where there is no quote", async () => {
    const { sql } = home.services;
    const sums = await objects(
      sql,
      "select prediction_id, sum(probability) as p from prediction_markets group by prediction_id",
    );
    for (const { p } of sums) expect(Math.abs(Number(p) - 1)).toBeLessThan(1e-12);
    const [row] = await objects(
      sql,
      "select count(*) as n from market_snapshots where yes_bid <= 0 or yes_ask >= 1 or yes_bid >= yes_ask",
    );
    expect(row?.["n"]).toBe(0);
  });

  it("gives the same bytes for the same seed, and others for another", async () => {
    const again = open("short");
    await play(again, { until });
    expect(await hashLake(again.services.lake)).toEqual(contents);
    again.close();
    const other = open("another");
    await play(other, { until: start + hour });
    expect((await hashLake(other.services.lake)).hash).not.toBe(contents.hash);
    other.close();
  });
});
