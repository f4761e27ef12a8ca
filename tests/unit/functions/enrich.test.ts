/** Which inputs stop a candidate, and which prices may make an arbitrage: against the real folder lake, queue and state store of the embedded home. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeExchanges } from "../../../adapters/exchanges.ts";
import type { Job, JobInput } from "../../../core/desk.ts";
import type { Pointer, SourceHealth } from "../../../core/source.ts";
import { sourceOf } from "../../../core/sources.ts";
import { coordinate } from "../../../functions/coordinate/step.ts";
import { enrich } from "../../../functions/enrich/step.ts";
import { landWindow } from "../../../functions/ingest/step.ts";
import { stateKeys } from "../../../functions/facts.ts";
import { inputsOf, jobStem } from "../../../functions/jobs.ts";
import { readPart, writeParts } from "../../../functions/parts.ts";
import type { Home } from "../../../runtime/home.ts";
import { type TableName, type TableRow, tables } from "../../../schemas/index.ts";
import { pointerOf } from "../weather/listing.ts";
import { eventPayload, marketPayload, seriesPayload } from "../market/payloads.ts";
import { rowWith } from "../schemas/table-rows.ts";
import { liveHome } from "./own-home.ts";

const source = sourceOf("kalshi-markets");
const at = Date.parse("2026-11-02T15:00:00Z");
const minute = 60_000;
const event = "KXHIGHCHI-26NOV02";
const twc = [{ name: "The Weather Company", url: "https://weather.com/kalshi" }];
const brackets = [
  {
    ticker: `${event}-T50`,
    strike_type: "less",
    floor_strike: undefined,
    cap_strike: 50,
    says: "less than 50°",
    title: "Will the maximum temperature be <50° on Nov 2, 2026?",
    yes_sub_title: "49° or below",
  },
  {
    ticker: `${event}-B50.5`,
    strike_type: "between",
    floor_strike: 50,
    cap_strike: 51,
    says: "between 50-51°",
    title: "Will the maximum temperature be 50-51° on Nov 2, 2026?",
    yes_sub_title: "50° to 51°",
  },
  {
    ticker: `${event}-T51`,
    strike_type: "greater",
    floor_strike: 51,
    cap_strike: undefined,
    says: "greater than 51°",
    title: "Will the maximum temperature be >51° on Nov 2, 2026?",
    yes_sub_title: "52° or above",
  },
];

let home: Home;
let logged: () => string;
let remove: () => void;
beforeEach(() => {
  ({ home, logged, remove } = liveHome());
});
afterEach(() => remove());

/** Three brackets that cost 90 cents together. */
async function listCheapBrackets(change: Record<string, unknown> = {}): Promise<void> {
  const markets = brackets.map(({ says, ...bracket }) =>
    marketPayload({
      event_ticker: event,
      rules_primary: `If the maximum temperature recorded at Chicago (CLIMDW) for Nov 2, 2026, is ${says} fahrenheit according to The Weather Company, then the market resolves to Yes.`,
      yes_bid_dollars: "0.2800",
      yes_ask_dollars: "0.3000",
      // Ten cents a contract less fees of 4.4: profits of more than a dollar.
      yes_ask_size_fp: "30.00",
      ...bracket,
      ...change,
    }),
  );
  const base = "https://external-api.kalshi.com/trade-api/v2";
  const answer = (path: string, body: unknown) => ({
    url: `${base}${path}`,
    status: 200,
    fetched_at: at + 1_000,
    body: JSON.stringify(body),
  });
  const exchanges = [
    answer("/series/KXHIGHCHI", { series: seriesPayload({ ticker: "KXHIGHCHI", settlement_sources: twc }) }),
    answer("/events?series_ticker=KXHIGHCHI", {
      cursor: "",
      events: [eventPayload({ event_ticker: event, series_ticker: "KXHIGHCHI", settlement_sources: twc, markets })],
    }),
    answer("/markets?series_ticker=KXHIGHCHI", { cursor: "", markets }),
  ];
  const decoded = await landWindow(source, at, encodeExchanges(exchanges), exchanges, home.services);
  expect(decoded.refusals).toEqual([]);
}

async function stored<N extends TableName>(table: N): Promise<TableRow<N>[]> {
  const rows: TableRow<N>[] = [];
  for (const key of await home.services.lake.list(`tables/${table}/`)) {
    rows.push(...(await readPart(home.services.lake, table, key)));
  }
  return rows;
}

/**
 * @param more inputs beside those that were planned
 * @param change of the job
 */
async function enrichAt(instant: number, more: readonly JobInput[] = [], change: Partial<Job> = {}): Promise<string[]> {
  await coordinate({ desk: "weather", at: new Date(instant).toISOString() }, home.services);
  const [job, ...others] = await stored("jobs");
  if (job === undefined || others.length > 0) throw new Error("one event makes one job");
  expect(job.refusal).toBeNull();
  job.inputs = JSON.stringify([...inputsOf(job), ...more]);
  await enrich({ job: { ...job, ...change }, prediction_id: null, refusal: "no members" }, home.services);
  return (await stored("alerts")).map(({ rule }) => rule);
}

describe("an arbitrage over an event's brackets", () => {
  it("is told without a forecast, from prices that are young enough", async () => {
    await listCheapBrackets();
    expect(await enrichAt(at + 5 * minute)).toEqual(["arbitrage"]);
    expect(logged()).not.toContain("left out");
  });

  it("is not looked for in a book that cannot be, and the log says in which", async () => {
    await listCheapBrackets();
    const bids = {
      yes_bid: 300_000,
      yes_bid_size: 100,
      yes_bid_depth: 200,
      yes_prices: [0.3, 0.28],
      yes_sizes: [1, 1],
    };
    const asks = { yes_ask: null, yes_ask_size: null, yes_ask_depth: 0, no_prices: [], no_sizes: [] };
    const stamp = { window_at: at, ingested_at: at + 2_000, decoder_version: 1, raw_key: "raw/x" };
    const row = { market_ticker: `${event}-T50`, event_ticker: event, ...bids, ...asks, ...stamp };
    const { order_books = [] } = await writeParts(home.services.lake, "torn", 1, { order_books: [row] });
    const of = { source: "kalshi-books", table: "order_books", window_at: at, fetched_at: at } as const;
    expect(
      await enrichAt(
        at + 5 * minute,
        order_books.map((part) => ({ ...of, ...part })),
      ),
    ).toEqual([]);
    expect(logged()).toContain("left out of the search for arbitrages");
    expect(logged()).toContain(`${event}-T50: levels out of order`);
  });

  it("is listed and not told when it is small", async () => {
    await listCheapBrackets({ yes_ask_size_fp: "7.00" });
    expect(await enrichAt(at + 5 * minute)).toEqual([]);
    expect(await stored("arbitrages")).toMatchObject([{ form: "all-yes", profit: 391_300, assumes: null }]);
  });

  it("is not told from prices that the freshness gate would not take", async () => {
    await listCheapBrackets();
    expect(await enrichAt(at + 65 * minute)).toEqual([]);
    const gates = new Set((await stored("gate_outcomes")).map(({ gate }) => gate));
    expect(gates).toEqual(new Set(["input_stale"]));
  });
});

describe("a running day", () => {
  const tick = at + 5 * minute;
  const put = (id: string, pointer: Pointer) => home.services.state.put(stateKeys.pointer(id), pointer, 0);
  const block = (id: string) =>
    home.services.state.put(
      stateKeys.health(id),
      {
        status: "blocked",
        window_at: at,
        refusals: [{ kind: "drift", exchange: 0, path: "x", message: "missing" }],
      } satisfies SourceHealth,
      0,
    );

  /** Everything fresh but the observations, which were last heard so long before the tick. */
  async function heard(minutesAgo: number): Promise<void> {
    await listCheapBrackets();
    await put("open-meteo-ensemble", pointerOf("open-meteo-ensemble", "weather_ensemble_members", [at]));
    await put(
      "iem-observations",
      pointerOf("iem-observations", "weather_observations", [tick - minutesAgo * minute - 1_000]),
    );
  }

  async function ends(): Promise<{ gate: string; detail: string }> {
    await enrichAt(tick);
    const outcomes = await stored("gate_outcomes");
    const [first] = outcomes;
    if (first === undefined) throw new Error("no candidate");
    expect(new Set(outcomes.map(({ gate }) => gate))).toEqual(new Set([first.gate]));
    return first;
  }

  it("is not decided on observations that are too old", async () => {
    await heard(151);
    expect(await ends()).toMatchObject({
      gate: "input_stale",
      detail: "iem-observations is 151 min old, at most 150 are allowed",
    });
  });

  it("is decided on young ones, without the sources that it can do without", async () => {
    await heard(149);
    expect(await ends()).toMatchObject({ gate: "no_prediction", detail: "no members" });
  });

  it("is not decided where the job does not say how old its sources may be", async () => {
    await heard(4);
    await enrichAt(tick, [], { freshness: null });
    expect((await stored("gate_outcomes"))[0]).toMatchObject({
      gate: "input_stale",
      detail: "kalshi-markets is 5 min old, at most 0 are allowed",
    });
  });

  it("goes on while a source drifts that it can do without", async () => {
    await heard(4);
    await block("iem-nbm");
    expect((await ends()).gate).toBe("no_prediction");
  });

  it.each([
    [null, "input_stale"],
    [tick - 151 * minute, "input_stale"],
    [tick - 149 * minute, "small_edge"],
  ])("of which the station was last heard at %s ends in %s", async (observed_at, gate) => {
    await heard(4);
    await coordinate({ desk: "weather", at: new Date(tick).toISOString() }, home.services);
    const [job] = await stored("jobs");
    if (job === undefined) throw new Error("no job");
    const common = { event_ticker: event, predicted_at: tick, ingested_at: tick, decoder_version: 1 };
    const prediction = rowWith(tables.predictions, {
      prediction_id: "prediction-1",
      job_id: job.job_id,
      desk: "weather",
      station: "KMDW",
      climate_date: "2026-11-02",
      lead_hours: 15,
      model: "weather",
      model_version: 1,
      parameters_version: job.parameters_version,
      pmf_low: 49,
      pmf: [1],
      mean_f: 49,
      sd_f: 0,
      observed_at,
      ...common,
    });
    const prediction_markets = brackets.map(({ ticker }) =>
      rowWith(tables.prediction_markets, {
        prediction_id: "prediction-1",
        market_ticker: ticker,
        probability: 1 / 3,
        ...common,
      }),
    );
    await writeParts(home.services.lake, jobStem(job), job.model_version, {
      predictions: [prediction],
      prediction_markets,
    });
    await enrich({ job, prediction_id: "prediction-1", refusal: null }, home.services);
    expect(new Set((await stored("gate_outcomes")).map((outcome) => outcome.gate))).toContain(gate);
    expect((await stored("gate_outcomes")).some((outcome) => outcome.gate === "input_stale")).toBe(
      gate === "input_stale",
    );
  });

  it("stops where the observations drift", async () => {
    await heard(4);
    await block("iem-observations");
    expect(await ends()).toMatchObject({ gate: "source_blocked", detail: "iem-observations is blocked: x: missing" });
  });
});
