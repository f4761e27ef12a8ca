/** Which prices may make an arbitrage: against the real folder lake, queue and state store of the embedded home. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeExchanges } from "../../../adapters/exchanges.ts";
import { sourceOf } from "../../../core/sources.ts";
import { coordinate } from "../../../functions/coordinate/step.ts";
import { enrich } from "../../../functions/enrich/step.ts";
import { landWindow } from "../../../functions/ingest/step.ts";
import { readPart } from "../../../functions/parts.ts";
import { type Home, openHome } from "../../../runtime/home.ts";
import type { TableName, TableRow } from "../../../schemas/index.ts";
import { eventPayload, marketPayload, seriesPayload } from "../market/payloads.ts";

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

let folder: string;
let home: Home;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brier-enrich-"));
  home = openHome({ folder, surroundings: { kind: "live" }, log: { write: () => undefined } });
});
afterEach(() => {
  home.close();
  rmSync(folder, { recursive: true });
});

/** Three brackets that cost 90 cents together. */
async function listCheapBrackets(change: Record<string, unknown> = {}): Promise<void> {
  const markets = brackets.map(({ says, ...bracket }) =>
    marketPayload({
      event_ticker: event,
      rules_primary: `If the maximum temperature recorded at Chicago (CLIMDW) for Nov 2, 2026, is ${says} fahrenheit according to The Weather Company, then the market resolves to Yes.`,
      yes_bid_dollars: "0.2800",
      yes_ask_dollars: "0.3000",
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

async function enrichAt(instant: number): Promise<string[]> {
  await coordinate({ desk: "weather", at: new Date(instant).toISOString() }, home.services);
  const [job, ...others] = await stored("jobs");
  if (job === undefined || others.length > 0) throw new Error("one event makes one job");
  expect(job.refusal).toBeNull();
  await enrich({ job, prediction_id: null, refusal: "no members" }, home.services);
  return (await stored("alerts")).map(({ rule }) => rule);
}

describe("an arbitrage over an event's brackets", () => {
  it("is told without a forecast, from prices that are young enough", async () => {
    await listCheapBrackets();
    expect(await enrichAt(at + 5 * minute)).toEqual(["bracket-sum-arbitrage"]);
  });

  it("is not told from prices that the freshness gate would not take", async () => {
    await listCheapBrackets();
    expect(await enrichAt(at + 65 * minute)).toEqual([]);
    const gates = new Set((await stored("gate_outcomes")).map(({ gate }) => gate));
    expect(gates).toEqual(new Set(["input_stale"]));
  });
});
