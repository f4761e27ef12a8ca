/** Half an hour of bitcoin through the embedded home: from quotes of venues to graded forecasts and arbitrages. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gates } from "../../core/alerts/gates.ts";
import { cryptoDesk } from "../../core/crypto/desk.ts";
import { takerFeesOfFills, type Fill } from "../../core/market/fees.ts";
import { dollar } from "../../core/market/price.ts";
import { ticks } from "../../core/ticks.ts";
import { windowStem } from "../../core/lake-keys.ts";
import { inputsOf } from "../../functions/jobs.ts";
import { readPart, writeParts } from "../../functions/parts.ts";
import { gateTick } from "../../runtime/gate-tick.ts";
import { type Home, openHome } from "../../runtime/home.ts";
import { hashLake, type LakeContents } from "../../runtime/lake-hash.ts";
import { trace, verdicts } from "../../runtime/lineage.ts";
import { play } from "../../runtime/play.ts";
import { replay } from "../../runtime/replay.ts";
import { arbitragesByForm, funnel, objects, readRecords, reliability, scores } from "../../runtime/report.ts";
import { storedJob } from "../../runtime/stored-job.ts";
import { createBitcoin } from "../../sandbox/crypto/bitcoin.ts";
import { createNoise } from "../../sandbox/noise.ts";
import type { TableName, TableRow } from "../../schemas/index.ts";
import { dtOf } from "../../schemas/table.ts";
import { prints } from "../unit/crypto/listing.ts";
import { isDeep } from "../runs.ts";

const minute = 60_000;
const seed = "half an hour";
const start = Date.UTC(2026, 9, 28, 14, 30);
const until = start + 36 * minute;
const quarterClose = Date.UTC(2026, 9, 28, 14, 45);
/** When the quarter's event is settled and graded. */
const quarterGraded = quarterClose + 10 * minute;
const own = ticks.filter(({ input: { source, desk } }) =>
  source === undefined ? desk === "crypto" : cryptoDesk.sources.includes(source) || source === cryptoDesk.settlements,
);
const folders: string[] = [];

/** As a stream would have written the minute before the quarter's close, which closes at 14:45, and was asked within it. */
async function holdPrints({ lake }: Home["services"], off: number): Promise<void> {
  const bitcoin = createBitcoin(createNoise(seed));
  const held = prints(quarterClose - minute, quarterClose, (at) => bitcoin.print(at / 1_000) + off);
  const write = (at: number, index_prints: typeof held) =>
    writeParts(lake, `${windowStem("stream-kalshi", at)}-holder`, 1, { index_prints });
  await write(quarterClose - minute / 3, held.slice(0, 40));
  await write(quarterClose - minute, held.slice(40));
}

async function played(options: { off?: number; until: number }): Promise<Home> {
  const folder = mkdtempSync(join(tmpdir(), "brier-crypto-"));
  folders.push(folder);
  const home = openHome({
    folder,
    surroundings: { kind: "sandbox", seed, start, days: 1, incidents: "none", cities: ["KMDW"], clock: "virtual" },
    log: { write: () => undefined },
  });
  await holdPrints(home.services, options.off ?? 0);
  await play(home, { until: options.until, ticks: own });
  return home;
}

let home: Home;
let contents: LakeContents;

beforeAll(async () => {
  home = await played({ until: quarterGraded });
  contents = await hashLake(home.services.lake);
  await play(home, { until, ticks: own });
});
afterAll(() => {
  home.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const ask = (query: string, parameters: readonly (string | number)[] = []) =>
  objects(home.services.sql, query, parameters);

describe("half an hour of bitcoin", () => {
  it("grades every forecast of the events that closed, for every market", async () => {
    const rows = await ask(
      `select j.series_ticker, count(*) as n, count(g.grade_id) as graded, count(distinct p.prediction_id) as predictions
       from prediction_markets p
       inner join latest_resolutions r on r.market_ticker = p.market_ticker
       inner join jobs j on j.event_ticker = p.event_ticker and j.planned_at = p.predicted_at
       left join grades g on g.prediction_id = p.prediction_id and g.market_ticker = p.market_ticker
       group by j.series_ticker order by j.series_ticker`,
    );
    expect(rows.map((row) => row["series_ticker"])).toEqual(["KXBTC", "KXBTC15M", "KXBTCD"]);
    for (const { n, graded, predictions } of rows) {
      expect(graded).toBe(n);
      expect(Number(predictions)).toBeGreaterThan(15);
    }
    const found = await scores(home.services.sql, "crypto");
    expect(found).toMatchObject({ unit: "close", blocks: 2 });
    expect(found?.brier.model.mean).toBeLessThan(0.1);
    expect(await scores(home.services.sql, "weather")).toBeUndefined();
    expect((await reliability(home.services.sql, "crypto")).length).toBeGreaterThan(3);
  });

  it("lets ranges sum to one, and thresholds fall with the strike, of one distribution", async () => {
    const sums = await ask(
      "select prediction_id, sum(probability) as p from prediction_markets where event_ticker like 'KXBTC-%' group by prediction_id",
    );
    expect(sums.length).toBeGreaterThan(15);
    for (const { p } of sums) expect(Number(p)).toBeCloseTo(1, 9);
    const ladders = await ask(
      `select prediction_id, event_ticker, lowest_cents, probability from prediction_markets
       where event_ticker like 'KXBTCD-%' order by prediction_id, lowest_cents`,
    );
    const byPrediction = Map.groupBy(ladders, (row) => String(row["prediction_id"]));
    // And one of the thresholds that close in the evening.
    expect(byPrediction.size).toBe(sums.length + 1);
    for (const ladder of byPrediction.values()) {
      const p = ladder.map((row) => Number(row["probability"]));
      expect(p).toEqual(p.toSorted((a, b) => b - a));
    }
  });

  it("forecasts the thresholds of the evening on the hour, and sets them beside the market", async () => {
    const rows = await ask(
      `select j.planned_at, p.lead_hours, count(e.market_ticker) as markets, avg(abs(e.p_model - e.p_market)) as apart
       from jobs j inner join predictions p on p.job_id = j.job_id
       inner join enrichments e on e.prediction_id = p.prediction_id
       where j.event_ticker = 'KXBTCD-26OCT2817' group by j.planned_at, p.lead_hours`,
    );
    expect(rows).toMatchObject([{ planned_at: "2026-10-28T15:00:00.000Z", lead_hours: 6 }]);
    expect(Number(rows[0]?.["markets"])).toBe(13);
    expect(Number(rows[0]?.["apart"])).toBeLessThan(0.1);
  });

  it("gives each candidate exactly one named outcome, most of them for want of an edge", async () => {
    const names = new Set(["signal", ...gates.map(({ id }) => id)]);
    const lines = funnel(await readRecords(home.services), "crypto");
    for (const { gate } of lines) expect(names).toContain(gate);
    const [counted] = await ask(
      "select (select count(*) from gate_outcomes) as outcomes, 2 * (select count(*) from enrichments) as candidates",
    );
    expect(counted?.["outcomes"]).toBe(counted?.["candidates"]);
    expect(lines.find(({ gate }) => gate === "small_edge")?.n).toBeGreaterThan(100);
    // Before the first candles there is no volatility.
    expect(lines.find(({ gate }) => gate === "input_stale")?.n).toBeGreaterThan(0);
    expect(lines.some(({ gate }) => gate === "uncertified_settlement" || gate === "no_partition")).toBe(false);
  });

  it("checks the settlement where the prints of its minute are held, and says where they are not", async () => {
    const rows = await ask(
      "select event_ticker, agreement, official_usd, index_average_usd from latest_resolutions where event_ticker in ('KXBTC15M-26OCT281045', 'KXBTC15M-26OCT281100') order by event_ticker",
    );
    expect(rows.map((row) => row["agreement"])).toEqual(["agree", "unchecked"]);
    expect(rows[0]?.["index_average_usd"]).toBe(rows[0]?.["official_usd"]);
    const alerts = await ask("select rule from alerts where rule = 'settlement-difference'");
    expect(alerts).toEqual([]);
  });

  it("reports a settlement that the prints do not bear out, and keeps Kalshi's word as the label", async () => {
    const other = await played({ off: 5, until: quarterGraded });
    const rows = await objects(
      other.services.sql,
      "select agreement, official_usd, index_average_usd from latest_resolutions where event_ticker = 'KXBTC15M-26OCT281045'",
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.["agreement"]).toBe("source_differs");
    expect(Number(rows[0]?.["index_average_usd"]) - Number(rows[0]?.["official_usd"])).toBeCloseTo(5, 2);
    const [alert] = await objects(
      other.services.sql,
      "select title, decision from alerts where rule = 'settlement-difference'",
    );
    expect(alert?.["title"]).toMatch(/^KXBTC15M-26OCT281045: settlement source differs$/);
    other.close();
  });

  it("runs a forecast again byte for byte, and follows it down to the venues' raw answers", async () => {
    const [row] = await ask(
      "select prediction_id from predictions where event_ticker like 'KXBTC15M-%' order by lead_hours limit 1",
    );
    const id = String(row?.["prediction_id"]);
    const again = await replay(home.services, id);
    expect(again).toMatchObject({ fault: null, equal: true });
    expect(again.parts).toHaveLength(2);
    const chain = await trace(home.services, id);
    expect(verdicts(chain)).toMatchObject({ DIFFERS: 0, MISSING: 0, UNHASHED: 0 });
    expect(chain.detail).toMatch(/mean \$\d+\.\d\d, sd \$\d+\.\d\d/);
    expect(JSON.stringify(chain)).toMatch(/raw\/venue-quotes\//);
    const [grade] = await ask("select grade_id from grades where event_ticker like 'KXBTC15M-%' limit 1");
    const graded = await trace(home.services, String(grade?.["grade_id"]));
    expect(verdicts(graded)).toMatchObject({ DIFFERS: 0, MISSING: 0, UNHASHED: 0 });
    expect(JSON.stringify(graded)).toMatch(/with the index prints/);
  });

  it("says why, in dollars, with the confidence in the price", async () => {
    const tick = await gateTick(home.services.sql, "KXBTC15M", { at: "14:44", date: undefined });
    const [forecast, ...others] = tick?.forecasts ?? [];
    expect(others).toEqual([]);
    expect(forecast).toMatchObject({ unit: "$", index_source: "rest", model: "brti-average" });
    expect(forecast?.mean).toBeGreaterThan(1_000);
    expect(forecast?.confidence).toBeGreaterThan(0.5);
    expect(tick?.weights).toEqual([expect.objectContaining({ scheme: "market-model", market: 0.9, day_ahead: null })]);
  });

  it("caps what it tells by the series, since events of an hour would each have a cap of their own", async () => {
    const scopes = await ask("select distinct scope from alerts");
    for (const { scope } of scopes) expect(cryptoDesk.series).toContain(scope);
  });

  it.runIf(isDeep)("gives the same bytes for the same seed", async () => {
    const again = await played({ until: quarterGraded });
    expect(await hashLake(again.services.lake)).toEqual(contents);
    again.close();
  });
});

interface Leg {
  market_ticker: string;
  side: "yes" | "no";
  origin: string;
  quoted_at: number;
  fills: Fill[];
  fee: number;
  cost: number;
}

describe("every arbitrage that is listed", () => {
  /** Rows of the parts that the job names. */
  async function inputs<N extends TableName>(job: NonNullable<Awaited<ReturnType<typeof storedJob>>>, table: N) {
    const rows: TableRow<N>[] = [];
    for (const input of inputsOf(job)) {
      if (input.table === table) rows.push(...(await readPart(home.services.lake, table, input.key, input.sha256)));
    }
    return rows;
  }

  /** What the stored book, or the listing where there is none, offers to whoever buys that side, by price. */
  function offered(
    { market_ticker, side, origin, quoted_at }: Leg,
    books: readonly TableRow<"order_books">[],
    listed: readonly TableRow<"market_snapshots">[],
  ): Map<number, number> {
    if (origin === "book") {
      const book = books.find((row) => row.market_ticker === market_ticker && row.ingested_at === quoted_at);
      expect(book).toBeDefined();
      const [prices, sizes] = side === "yes" ? [book?.no_prices, book?.no_sizes] : [book?.yes_prices, book?.yes_sizes];
      return new Map(
        (prices ?? []).map((price, index) => [
          dollar - Math.round((price ?? 0) * dollar),
          Math.round((sizes?.[index] ?? 0) * 100),
        ]),
      );
    }
    const shown = listed.find((row) => row.market_ticker === market_ticker && row.ingested_at === quoted_at);
    expect(shown).toBeDefined();
    return side === "yes"
      ? new Map([[shown?.yes_ask ?? 0, shown?.yes_ask_size ?? 0]])
      : new Map([[dollar - (shown?.yes_bid ?? 0), shown?.yes_bid_size ?? 0]]);
  }

  it("can be bought from the stored books at its price, and pays what it says at every value it can settle on", async () => {
    const keys = await home.services.lake.list("tables/arbitrages/");
    let checked = 0;
    for (const key of keys) {
      for (const row of await readPart(home.services.lake, "arbitrages", key)) {
        const job = await storedJob(home.services.lake, row.job_id, dtOf(row.found_at));
        if (job === undefined) throw new Error(`${row.job_id} is not stored`);
        const [books, listed, markets] = [
          await inputs(job, "order_books"),
          await inputs(job, "market_snapshots"),
          await inputs(job, "kalshi_markets"),
        ];
        const legs = JSON.parse(row.legs) as Leg[];
        let cost = 0;
        for (const leg of legs) {
          const offers = offered(leg, books, listed);
          const cheapest = [...offers.keys()].toSorted((a, b) => a - b);
          leg.fills.forEach(({ price, count }, index) => {
            // The best offers, each taken whole before the next.
            expect(price).toBe(cheapest[index]);
            const size = offers.get(price) ?? 0;
            if (index < leg.fills.length - 1) expect(count).toBe(size);
            else expect(count).toBeLessThanOrEqual(size);
          });
          expect(leg.fills.reduce((sum, { count }) => sum + count, 0)).toBe(row.size);
          const terms = { feeType: "quadratic", multiplier: 1, memberPrecision: "direct", waivedUntil: null } as const;
          const fee = takerFeesOfFills(leg.fills, row.found_at, terms).reduce((sum, one) => sum + one, 0);
          cost += fee + leg.fills.reduce((sum, { price, count }) => sum + (price * count) / 100, 0);
        }
        expect(row.cost).toBe(Math.ceil(cost));
        expect(row.profit).toBe(row.payout - row.cost);
        expect(row.profit).toBeGreaterThan(0);
        // Independent of the scanner: what the legs pay at every strike and around it, by Kalshi's own words. Values in
        // quarters of a cent, rounded where the fine print says so.
        const strikes = markets.flatMap(({ floor_strike, cap_strike }) =>
          [floor_strike, cap_strike].filter((strike) => strike !== null),
        );
        const values = strikes.flatMap((strike) =>
          Array.from({ length: 17 }, (_, step) => Math.round(strike * 100) + (step - 8) / 4),
        );
        const pays = (leg: Leg, average: number): boolean => {
          const market = markets.find(({ market_ticker }) => market_ticker === leg.market_ticker);
          const [floor, cap] = [market?.floor_strike, market?.cap_strike].map((strike) =>
            Math.round((strike ?? 0) * 100),
          );
          const value = market?.rules_secondary.includes("rounded") ? Math.round(average) : average;
          const yes = {
            less: value < (cap ?? 0),
            greater: value > (floor ?? 0),
            greater_or_equal: value >= (floor ?? 0),
            between: value >= (floor ?? 0) && value <= (cap ?? 0),
          }[String(market?.strike_type)];
          if (yes === undefined) throw new Error(`${leg.market_ticker}: no strike`);
          return yes === (leg.side === "yes");
        };
        const worstAt = (among: number[]) =>
          (Math.min(...among.map((value) => legs.filter((leg) => pays(leg, value)).length)) * dollar * row.size) / 100;
        expect(worstAt(values.filter(Number.isInteger))).toBe(row.payout);
        // What a set assumes is what it would lose by, and the others assume nothing.
        if (row.assumes === null) expect(worstAt(values)).toBe(row.payout);
        else expect(worstAt(values)).toBeLessThan(row.payout);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(0);
    const forms = await arbitragesByForm(home.services.sql);
    expect(forms.reduce((sum, { found }) => sum + found, 0)).toBe(checked);
    const [first] = await ask("select arbitrage_id from arbitrages limit 1");
    const chain = await trace(home.services, String(first?.["arbitrage_id"]));
    expect(verdicts(chain)).toMatchObject({ DIFFERS: 0, MISSING: 0, UNHASHED: 0 });
  });
});
