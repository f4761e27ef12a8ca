/** Against the real folder lake, queue and state store of the embedded home; outcomes come through their own decoder. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeExchanges } from "../../../adapters/exchanges.ts";
import { sourceOf } from "../../../core/sources.ts";
import { landWindow } from "../../../functions/ingest/step.ts";
import { readPart, writeParts } from "../../../functions/parts.ts";
import { settle } from "../../../functions/settle/step.ts";
import type { Home } from "../../../runtime/home.ts";
import { objects, scores } from "../../../runtime/report.ts";
import { type TableName, type TableRow, tables } from "../../../schemas/index.ts";
import { eventPayload, marketPayload } from "../market/payloads.ts";
import { rowWith } from "../schemas/table-rows.ts";
import { liveHome } from "./own-home.ts";

const source = sourceOf("kalshi-settlements");
const minute = 60_000;
const hour = 60 * minute;
const event = "KXHIGHCHI-26NOV02";
/** The climate day ends at 06:00Z on the 3rd; this is the morning after. */
const morning = Date.parse("2026-11-03T13:10:00Z");
const predictedAt = Date.parse("2026-11-02T15:05:00Z");
const tickers = [`${event}-T50`, `${event}-B50.5`, `${event}-T51`];
const strikes = [
  { strike_type: "less", floor_strike: undefined, cap_strike: 50 },
  { strike_type: "between", floor_strike: 50, cap_strike: 51 },
  { strike_type: "greater", floor_strike: 51, cap_strike: undefined },
];

let home: Home;
let remove: () => void;
beforeEach(() => {
  ({ home, remove } = liveHome());
});
afterEach(() => remove());

type Market = Record<string, unknown>;

const settledBy = (value: number): Market[] =>
  [value < 50, value >= 50 && value <= 51, value > 51].map((yes) => ({
    status: "finalized",
    result: yes ? "yes" : "no",
    settlement_value_dollars: yes ? "1.0000" : "0.0000",
    expiration_value: `${value}.00`,
    settlement_ts: "2026-11-03T13:00:00Z",
  }));

/** One window of outcomes and the settle tick two minutes later. */
async function tick(at: number, markets: Market[]): Promise<void> {
  const nested = markets.map((market, index) =>
    marketPayload({ event_ticker: event, ticker: tickers[index], ...strikes[index], ...market }),
  );
  const body = JSON.stringify({
    cursor: "",
    events: [eventPayload({ event_ticker: event, series_ticker: "KXHIGHCHI", markets: nested })],
  });
  const url = "https://external-api.kalshi.com/trade-api/v2/events?series_ticker=KXHIGHCHI&status=settled";
  const exchanges = [{ url, status: 200, fetched_at: at + 1_000, body }];
  const decoded = await landWindow(source, at, encodeExchanges(exchanges), exchanges, home.services);
  expect(decoded.refusals).toEqual([]);
  await settle({ desk: "weather", at: new Date(at + 2 * minute).toISOString() }, home.services);
}

async function predict(job: string, at: number, parts: readonly string[] = []): Promise<void> {
  const common = { predicted_at: at, ingested_at: at, decoder_version: 1 };
  const prediction = rowWith(tables.predictions, {
    prediction_id: `prediction-${job}`,
    job_id: job,
    desk: "weather",
    event_ticker: event,
    station: "KMDW",
    climate_date: "2026-11-02",
    lead_hours: (Date.parse("2026-11-03T06:00:00Z") - at) / hour,
    model: "day-ahead-ensemble",
    model_version: 1,
    parameters_version: "1",
    pmf_low: 49,
    pmf: [0.25, 0.25, 0.25, 0.25],
    mean_f: 50.5,
    sd_f: 1,
    ...common,
  });
  const prediction_markets = tickers.map((market_ticker, index) =>
    rowWith(tables.prediction_markets, {
      prediction_id: prediction.prediction_id,
      market_ticker,
      event_ticker: event,
      lowest: [null, 50, 52][index] ?? null,
      highest: [49, 51, null][index] ?? null,
      probability: [0.25, 0.5, 0.25][index] ?? 0,
      ...common,
    }),
  );
  const all = [
    prediction,
    ...parts.map((model) => ({ ...prediction, prediction_id: `${prediction.prediction_id}-${model}`, model })),
  ];
  await writeParts(home.services.lake, `weather-${event}-${job}`, 1, {
    predictions: all,
    prediction_markets: all.flatMap(({ prediction_id }) =>
      prediction_markets.map((row) => ({ ...row, prediction_id })),
    ),
  });
}

async function quote(job: string, at: number): Promise<void> {
  const enrichments = tickers.map((market_ticker, index) =>
    rowWith(tables.enrichments, {
      job_id: job,
      market_ticker,
      event_ticker: event,
      enriched_at: at,
      prediction_id: `prediction-${job}`,
      quoted_at: at,
      quote_origin: "listing",
      yes_bid: 190_000,
      yes_bid_size: 1_000,
      yes_ask: 210_000,
      yes_ask_size: 1_000,
      p_model: 0.25,
      p_day_ahead: 0.25,
      p_market: [0.2, 0.6, 0.2][index] ?? null,
      p_pool: [0.21, 0.58, 0.21][index] ?? null,
      p_pool_raw: [0.2, 0.57, 0.2][index] ?? null,
      pool_version: "1",
      pool_scheme: "log-score",
      weight_market: 0.8,
      weight_day_ahead: 0.2,
      weight_intraday: 0,
      order_size: 1_000,
      fee_yes: 11_700,
      fee_no: 11_000,
      edge_yes: 0.01,
      edge_no: -0.05,
      ingested_at: at,
      decoder_version: 1,
    }),
  );
  await writeParts(home.services.lake, `weather-${event}-${job}`, 1, { enrichments });
}

async function stored<N extends TableName>(table: N): Promise<TableRow<N>[]> {
  const rows: TableRow<N>[] = [];
  for (const key of await home.services.lake.list(`tables/${table}/`)) {
    rows.push(...(await readPart(home.services.lake, table, key)));
  }
  return rows;
}

const titles = async () => (await stored("alerts")).map(({ title }) => title);

describe("an outcome that changes", () => {
  it("is a new version and grades again; both stay, and the views hold to the later one", async () => {
    await predict("job-1", predictedAt);
    await quote("job-1", predictedAt);
    await tick(morning, settledBy(50));
    await tick(morning + 30 * minute, settledBy(50));
    expect((await stored("grades")).map(({ resolution_version }) => resolution_version)).toEqual([1, 1, 1]);
    await tick(morning + 2 * hour, settledBy(52));

    expect((await stored("resolutions")).map(({ version, result }) => `${version} ${result}`).sort()).toEqual([
      "1 no",
      "1 no",
      "1 yes",
      "2 no",
      "2 no",
      "2 yes",
    ]);
    const { sql } = home.services;
    const [both] = await objects(sql, "select count(*) as n, count(distinct grade_id) as ids from grades");
    expect([both?.["n"], both?.["ids"]].map(Number)).toEqual([6, 6]);
    const latest = await objects(sql, "select market_ticker, version, result from latest_resolutions");
    expect(latest.filter(({ result }) => result === "yes")).toMatchObject([{ market_ticker: tickers[2], version: 2 }]);
    expect(latest).toHaveLength(3);
    // (0.25² + 0.5² + 0.75²) / 3 under the outcome that holds; under the first one it would be (2 x 0.25² + 0.5²) / 3.
    const [accuracy] = await objects(sql, "select n, brier_model, brier_market from prediction_accuracy");
    expect(Number(accuracy?.["n"])).toBe(3);
    expect(Number(accuracy?.["brier_model"])).toBeCloseTo(0.875 / 3, 12);
    expect(Number(accuracy?.["brier_market"])).toBeCloseTo((0.2 ** 2 + 0.6 ** 2 + 0.8 ** 2) / 3, 12);
    expect(await titles()).toContain(`${event}: Kalshi changed the settlement, now report missing`);
  });

  it("waits while any market of the event is disputed or amended, and does not touch the version before", async () => {
    await predict("job-1", predictedAt);
    const open = settledBy(50).map((market, index) => (index === 2 ? { ...market, status: "disputed" } : market));
    await tick(morning, open);
    expect(await stored("resolutions")).toEqual([]);
    await tick(morning + 30 * minute, settledBy(50));
    const amended = settledBy(52).map((market, index) => (index === 0 ? { ...market, status: "amended" } : market));
    await tick(morning + 60 * minute, amended);
    expect((await stored("resolutions")).map(({ version }) => version)).toEqual([1, 1, 1]);
    await tick(morning + 90 * minute, settledBy(52));
    expect((await stored("resolutions")).map(({ version }) => version)).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it("is looked at after the reports have closed, too", async () => {
    await predict("job-1", predictedAt);
    await tick(morning, settledBy(50));
    await tick(morning + 8 * 24 * hour, settledBy(50));
    expect(await stored("resolutions")).toHaveLength(3);
    await tick(morning + 9 * 24 * hour, settledBy(49));
    expect(await stored("resolutions")).toHaveLength(6);
  });
});

describe("a job of several models", () => {
  it("grades each of them, and counts market and pool once", async () => {
    await predict("job-1", predictedAt, ["part"]);
    await quote("job-1", predictedAt);
    await tick(morning, settledBy(50));
    const grades = await stored("grades");
    expect(grades).toHaveLength(6);
    const quoted = grades.filter(
      ({ p_market, p_pool, profit }) => p_market !== null && p_pool !== null && profit !== null,
    );
    expect(quoted.map(({ model }) => model)).toEqual([
      "day-ahead-ensemble",
      "day-ahead-ensemble",
      "day-ahead-ensemble",
    ]);
    expect(grades.filter(({ model }) => model === "part").map(({ p_market, side }) => [p_market, side])).toEqual(
      [1, 2, 3].map(() => [null, null]),
    );
    const found = await scores(home.services.sql, "weather");
    expect(found).toMatchObject({ forecasts: 1, grades: 3, parts: [{ model: "part", grades: 3 }] });
    expect(found?.parts[0]?.market.mean).toBeCloseTo(found?.brier.market.mean ?? 0, 15);
  });
});

describe("a climate report that changes", () => {
  it("is told apart from a settlement that changes", async () => {
    await predict("job-1", predictedAt);
    const report = (
      product_id: string,
      issued_at: number,
      max_f: number,
      kind: string,
    ): TableRow<"climate_reports"> => ({
      product_id,
      section: 0,
      pil: "CLIMDW",
      station: "KMDW",
      issuing_office: "KLOT",
      bbb: null,
      site_name: "CHICAGO-MIDWAY",
      climate_date: "2026-11-02",
      issued_at,
      kind,
      as_of: null,
      max_f,
      max_time: null,
      max_record: false,
      max_estimated: false,
      min_f: 40,
      min_time: null,
      window_at: issued_at,
      ingested_at: issued_at,
      decoder_version: 1,
      raw_key: "raw/x",
    });
    const { lake } = home.services;
    await writeParts(lake, "first", 1, { climate_reports: [report("a", morning - 6 * hour, 50, "final")] });
    await tick(morning, settledBy(50));
    expect(await titles()).toEqual([]);
    await writeParts(lake, "second", 1, { climate_reports: [report("b", morning + hour, 52, "corrected")] });
    await tick(morning + 2 * hour, settledBy(50));
    expect(await titles()).toEqual([`${event}: the climate reports changed after settlement, now revised`]);
    expect((await stored("resolutions")).map(({ version, agreement }) => `${version} ${agreement}`)).toEqual(
      ["1 agree", "2 revised"].flatMap((one) => [one, one, one]),
    );
  });
});

describe("outcomes of other kinds", () => {
  it("grades a scalar settlement by what it paid", async () => {
    await predict("job-1", predictedAt);
    const scalar = ["0.2000", "0.5000", "0.3000"].map((paid) => ({
      ...settledBy(50)[0],
      result: "scalar",
      settlement_value_dollars: paid,
      expiration_value: "",
    }));
    await tick(morning, scalar);
    const outcomes = Object.fromEntries(
      (await stored("grades")).map(({ market_ticker, outcome }) => [market_ticker, outcome]),
    );
    expect(outcomes).toEqual({ [tickers[0] ?? ""]: 0.2, [tickers[1] ?? ""]: 0.5, [tickers[2] ?? ""]: 0.3 });
  });

  it("says that nothing can be graded when no result can be read, once", async () => {
    await predict("job-1", predictedAt);
    const annulled = settledBy(50).map((market) => ({ ...market, result: "void" }));
    for (const later of [0, 30, 60]) await tick(morning + later * minute, annulled);
    expect(await stored("grades")).toEqual([]);
    const [alert, ...others] = await stored("alerts");
    expect(others).toEqual([]);
    expect(alert).toMatchObject({ rule: "settlement-difference", decision: "sent" });
    expect(alert?.card).toContain('result is "void", expected yes, no or scalar');
    await tick(morning + 90 * minute, settledBy(50));
    expect(await stored("grades")).toHaveLength(3);
  });
});

describe("work that came after the grading", () => {
  it("is graded within a day: the late quotes of a prediction that was graded without, and a late prediction", async () => {
    await predict("job-1", predictedAt);
    await tick(morning, settledBy(50));
    const { sql } = home.services;
    const unquoted = "select count(*) as n, count(p_market) as quoted from grades";
    const [before] = await objects(sql, unquoted);
    expect([before?.["n"], before?.["quoted"]].map(Number)).toEqual([3, 0]);

    await quote("job-1", predictedAt);
    await tick(Date.parse("2026-11-03T15:10:00Z"), settledBy(50));
    const [after] = await objects(sql, unquoted);
    expect([after?.["n"], after?.["quoted"]].map(Number)).toEqual([3, 3]);

    await predict("job-2", predictedAt + hour);
    await tick(Date.parse("2026-11-04T15:10:00Z"), settledBy(50));
    const [last] = await objects(sql, unquoted);
    expect([last?.["n"], last?.["quoted"]].map(Number)).toEqual([6, 3]);
    expect(await stored("resolutions")).toHaveLength(3);
  });
});
