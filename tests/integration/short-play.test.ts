/** One day of two cities through the embedded home: from the listing of events to graded forecasts. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gates } from "../../core/alerts/gates.ts";
import { sourceOf, sourcesOf } from "../../core/sources.ts";
import { priorParameters } from "../../core/weather/parameters.ts";
import { type Home, openHome } from "../../runtime/home.ts";
import { gateTick } from "../../runtime/gate-tick.ts";
import { hashLake, type LakeContents } from "../../runtime/lake-hash.ts";
import { trace, verdicts } from "../../runtime/lineage.ts";
import { play } from "../../runtime/play.ts";
import { writeFit } from "../../runtime/weather-fit.ts";
import { fittedRows } from "../unit/weather/fitted-rows.ts";
import { replay } from "../../runtime/replay.ts";
import { ledger, objects, readRecords, scores } from "../../runtime/report.ts";

const hour = 3_600_000;
const start = Date.UTC(2026, 9, 28, 14);
const until = start + 24 * hour;
const folders: string[] = [];

function open(seed: string, cities = ["KMDW", "KLAX"]): Home {
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
      cities,
      clock: "virtual",
    },
    log: { write: () => undefined },
  });
}

let home: Home;
let begin: LakeContents;
let contents: LakeContents;
/** What another seed brings by then is compared. */
const begun = start + hour / 4;
/** What is in the lake by then is compared with another play's: events are listed, forecast and running. */
const compared = start + 3 * hour;

beforeAll(async () => {
  home = open("short");
  await play(home, { until: begun });
  begin = await hashLake(home.services.lake);
  await play(home, { until: compared });
  contents = await hashLake(home.services.lake);
  await play(home, { until });
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
    const found = await scores(sql, "weather");
    expect(found?.brier.market.mean).toBeGreaterThan(0);
    expect(found?.brier.pool.mean).toBeLessThan(found?.brier.model.mean ?? 0);
  });

  it("follows running days by their observations: narrower by the hour, graded beside the models it is made of", async () => {
    const { sql } = home.services;
    const days = await objects(
      sql,
      `select event_ticker, count(*) as n, max(lead_hours) as earliest, min(lead_hours) as last
       from predictions where model = 'intraday' group by event_ticker having count(*) > 5`,
    );
    expect(days.length).toBeGreaterThanOrEqual(2);
    for (const { event_ticker, earliest, last } of days) {
      const spread = async (lead: unknown) => {
        const [row] = await objects(
          sql,
          "select sd_f, observed_least_f, observed_at from predictions where model = 'intraday' and event_ticker = ? and lead_hours = ?",
          [String(event_ticker), Number(lead)],
        );
        expect(row?.["observed_at"]).not.toBeNull();
        expect(row?.["observed_least_f"]).not.toBeNull();
        return Number(row?.["sd_f"]);
      };
      expect(await spread(last)).toBeLessThan(await spread(earliest));
    }
    const graded = await objects(
      sql,
      `select model, count(*) as n, count(p_market) as quoted from grades where job_id in
         (select job_id from predictions where model = 'intraday') group by model order by model`,
    );
    expect(graded.map(({ model }) => model)).toEqual(["day-ahead", "intraday", "weather"]);
    const [dayAhead, intraday, weather] = graded;
    expect([dayAhead?.["n"], intraday?.["n"]]).toEqual([weather?.["n"], weather?.["n"]]);
    // Market and pool are counted once a job.
    expect([dayAhead?.["quoted"], intraday?.["quoted"]]).toEqual([0, 0]);
    expect(Number(weather?.["quoted"])).toBeGreaterThan(0);
    const found = await scores(sql, "weather");
    expect(found?.parts.map(({ model }) => model)).toEqual(["day-ahead", "intraday"]);
  });

  it("runs a prediction again from the parts that its job names, byte for byte, and leads back to the raw reports", async () => {
    const [row] = await objects(
      home.services.sql,
      "select prediction_id from predictions where model = 'intraday' order by lead_hours limit 1",
    );
    const id = String(row?.["prediction_id"]);
    const again = await replay(home.services, id);
    expect(again).toMatchObject({ fault: null, equal: true });
    expect(again.parts).toHaveLength(2);
    const chain = await trace(home.services, id);
    const found = verdicts(chain);
    expect(found).toMatchObject({ DIFFERS: 0, MISSING: 0, UNHASHED: 0 });
    expect(JSON.stringify(chain)).toMatch(/raw\/iem-observations\//);
  });

  it("says why, with what each model said and what was observed", async () => {
    const [row] = await objects(
      home.services.sql,
      "select event_ticker, strftime(predicted_at, '%Y-%m-%dT%H:%M') as moment from predictions where model = 'intraday' order by lead_hours limit 1",
    );
    const moment = { at: String(row?.["moment"]), date: undefined };
    const tick = await gateTick(home.services.sql, String(row?.["event_ticker"]), moment);
    expect(tick?.forecasts.map(({ model }) => model)).toEqual(["weather", "intraday", "day-ahead"]);
    const [weather] = tick?.forecasts ?? [];
    expect(weather?.observed_least).not.toBeNull();
    expect(weather?.parameters_version).toBe(priorParameters.version);
  });

  it("predicts with fitted parameters from the next tick on, on days after those of the fit, and names their part", async () => {
    const own = open("fitted", ["KMDW"]);
    await play(own, { until: start + hour });
    const as_of = own.clock.now();
    const rows = fittedRows({ as_of, trained_until: "2026-10-28" });
    expect(await writeFit(own.services, { parameters_version: "fit-1", as_of, rows, lines: [] })).toBe(true);
    await play(own, { until: start + 2 * hour });
    const said = await objects(
      own.services.sql,
      `select distinct predicted_at > cast(? as timestamp) as later, climate_date, parameters_version
       from predictions order by 1, 2`,
      [new Date(as_of).toISOString().replace("T", " ").replace("Z", "")],
    );
    const prior = priorParameters.version;
    expect(said.map((row) => [row["later"], row["climate_date"], row["parameters_version"]])).toEqual([
      [false, "2026-10-28", prior],
      [false, "2026-10-29", prior],
      // The fit has seen this day.
      [true, "2026-10-28", prior],
      [true, "2026-10-29", "fit-1"],
    ]);
    const [row] = await objects(
      own.services.sql,
      "select prediction_id from predictions where parameters_version = 'fit-1' limit 1",
    );
    const id = String(row?.["prediction_id"]);
    expect(await replay(own.services, id)).toMatchObject({ fault: null, equal: true });
    const chain = await trace(own.services, id);
    expect(verdicts(chain)).toMatchObject({ DIFFERS: 0, MISSING: 0, UNHASHED: 0 });
    expect(JSON.stringify(chain)).toMatch(/tables\/weather_parameters\//);
    own.close();
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

  it("counts forecasts by the names of their parts as their rows do", async () => {
    const { forecasts } = await readRecords(home.services);
    const byEvent = Map.groupBy(forecasts, ({ desk, event }) => `${desk} ${event}`);
    const rows = await objects(
      home.services.sql,
      "select event_ticker, count(distinct job_id) as n from predictions group by event_ticker",
    );
    const counts = Object.fromEntries([...byEvent].map(([name, found]) => [name, found.length]));
    expect(counts).toEqual(Object.fromEntries(rows.map((row) => [`weather ${String(row["event_ticker"])}`, row["n"]])));
  });

  it("lands every window that was due and parks nothing", async () => {
    const book = await ledger(await readRecords(home.services), home.services.state);
    for (const { source, expected, landed, missing } of book) {
      // Without its key a source has no windows.
      if (sourceOf(source).secret !== undefined) continue;
      // This day has no minute of the crypto desk's hour: nothing was due.
      if (sourcesOf(["crypto"]).some(({ id }) => id === source)) {
        expect([expected, landed, missing], source).toEqual([0, 0, 0]);
        continue;
      }
      // Of the windows of a day the last ones are not overdue yet.
      const due = (until - start) / (sourceOf(source).schedule.everyMinutes * 60_000);
      expect(expected).toBeGreaterThanOrEqual(Math.max(1, due - 3));
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
    await play(again, { until: compared });
    expect(await hashLake(again.services.lake)).toEqual(contents);
    again.close();
    const other = open("another");
    await play(other, { until: begun });
    expect((await hashLake(other.services.lake)).hash).not.toBe(begin.hash);
    other.close();
  });
});
