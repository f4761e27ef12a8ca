/** What a played stretch of the desks amounts to, read from their tables by SQL. */
import { desks } from "../core/desks.ts";
import { seriesOfTicker } from "../core/market/tickers.ts";
import { blockBootstrap, type Interval } from "../core/stats/bootstrap.ts";
import type { Lake, Sql, State } from "../core/ports.ts";
import { sources } from "../core/sources.ts";
import { stateKeys } from "../functions/facts.ts";

export interface Scores {
  /** Forecasts with a grade, with quotes or without; those of one job's models count as one. */
  forecasts: number;
  /** Market-level grades with quotes: the rows on which all three are scored. */
  grades: number;
  /** What is independent evidence: cities of one day are not, nor are the markets of one close. */
  unit: "climate day" | "close";
  /** How many of them. */
  blocks: number;
  brier: { model: Interval; market: Interval; pool: Interval };
  /** model - market and pool - market, on the same rows: negative is better than the market. */
  difference: { model: Interval; pool: Interval };
  /** The models that the model is made of, each held against the market where it spoke. */
  parts: { model: string; grades: number; blocks: number; brier: Interval; market: Interval; difference: Interval }[];
}

export interface ReliabilityBin {
  low: number;
  high: number;
  forecasters: Record<string, { n: number; meanP: number; meanOutcome: number }>;
}

export interface LedgerLine {
  source: string;
  expected: number;
  landed: number;
  quarantined: number;
  repeated: number;
  missing: number;
}

const replicates = 2_000;
/** Fixed, so that the same grades give the same interval. */
const bootstrapSeed = 1;

type Cells = Record<string, unknown>;

export async function objects(
  sql: Sql,
  query: string,
  parameters: readonly (string | number)[] = [],
): Promise<Cells[]> {
  const { columns, rows } = await sql.query(query, parameters);
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
}

function intervalOf(rows: readonly Cells[], sumOf: (block: Cells) => number): Interval {
  const blocks = rows.map((row) => ({ id: String(row["block"]), sum: sumOf(row), n: Number(row["n"]) }));
  const found = blockBootstrap({ blocks, replicates, seed: bootstrapSeed });
  if (found === undefined) throw new Error("a bootstrap over at least one block has an interval");
  return found;
}

const gradesIn = (blocks: readonly Cells[]) => blocks.reduce((total, block) => total + Number(block["n"]), 0);

/** The block of a grade `g` whose resolution is `r`, and what it is called. */
const blockOf = (desk: string) =>
  desks.find(({ id }) => id === desk)?.settlement.by === "index-average"
    ? ({ unit: "close", column: "r.close_time" } as const)
    : ({ unit: "climate day", column: "g.climate_date" } as const);

/** By model, the sums of each block over the grades whose job has quotes. */
async function partBlocks(sql: Sql, desk: string): Promise<[string, Cells[]][]> {
  const block = blockOf(desk).column.replace("g.", "p.");
  const rows = await objects(
    sql,
    `select p.model, ${block} as block, count(*) as n, sum(p.brier_model) as brier, sum(d.brier_market) as market
     from grades p
     inner join grades d on d.job_id = p.job_id and d.market_ticker = p.market_ticker
       and d.resolution_version = p.resolution_version and d.prediction_id <> p.prediction_id
     inner join latest_resolutions r on r.market_ticker = p.market_ticker and r.version = p.resolution_version
     where d.brier_market is not null and p.desk = ?
     group by p.model, ${block} order by p.model, ${block}`,
    [desk],
  );
  return [...Map.groupBy(rows, (row) => String(row["model"]))];
}

/** Brier scores of a desk over the grades that hold, with a block bootstrap. */
export async function scores(sql: Sql, desk: string): Promise<Scores | undefined> {
  const { unit, column } = blockOf(desk);
  const blocks = await objects(
    sql,
    `select ${column} as block, count(*) as n, sum(g.brier_model) as model, sum(g.brier_market) as market, sum(g.brier_pool) as pool
     from grades g inner join latest_resolutions r on r.market_ticker = g.market_ticker and r.version = g.resolution_version
     where g.brier_market is not null and g.brier_pool is not null and g.desk = ?
     group by ${column} order by ${column}`,
    [desk],
  );
  if (blocks.length === 0) return undefined;
  const [counted] = await objects(sql, "select count(distinct job_id) as forecasts from grades where desk = ?", [desk]);
  const sum = (name: string) => (block: Cells) => Number(block[name]);
  const less = (name: string, other: string) => (block: Cells) => Number(block[name]) - Number(block[other]);
  return {
    forecasts: Number(counted?.["forecasts"] ?? 0),
    grades: gradesIn(blocks),
    unit,
    blocks: blocks.length,
    brier: {
      model: intervalOf(blocks, sum("model")),
      market: intervalOf(blocks, sum("market")),
      pool: intervalOf(blocks, sum("pool")),
    },
    difference: {
      model: intervalOf(blocks, less("model", "market")),
      pool: intervalOf(blocks, less("pool", "market")),
    },
    parts: (await partBlocks(sql, desk)).map(([model, own]) => ({
      model,
      grades: gradesIn(own),
      blocks: own.length,
      brier: intervalOf(own, sum("brier")),
      market: intervalOf(own, sum("market")),
      difference: intervalOf(own, less("brier", "market")),
    })),
  };
}

export async function reliability(sql: Sql, desk: string): Promise<ReliabilityBin[]> {
  const rows = await objects(
    sql,
    "select forecaster, bin, bin_low, bin_high, n, mean_p, mean_outcome from calibration where desk = ? order by bin, forecaster",
    [desk],
  );
  return [...Map.groupBy(rows, (row) => Number(row["bin"])).values()].map((bin) => ({
    low: Number(bin[0]?.["bin_low"]),
    high: Number(bin[0]?.["bin_high"]),
    forecasters: Object.fromEntries(
      bin.map((row) => [
        String(row["forecaster"]),
        { n: Number(row["n"]), meanP: Number(row["mean_p"]), meanOutcome: Number(row["mean_outcome"]) },
      ]),
    ),
  }));
}

/** The tables of thousands of small parts, each read once: a scan of one costs more than all that is made of it. */
export interface Records {
  ledger: { source: string; windowAt: number; entry: string; refused: number; reasons: string }[];
  /** Outcomes counted by gate, event and instant. */
  gates: { gate: string; position: number; event: string; at: number; n: number }[];
  alerts: { rule: string; subject: string; sent: boolean }[];
  /** Which desk forecast which event: one part of predictions a forecast, named after its job. */
  forecasts: { desk: string; event: string }[];
}

function forecastOf(key: string): { desk: string; event: string } {
  const { desk = "", event = "" } = /\/(?<desk>[^/-]+)-(?<event>[^/]+)-job-[^/]+$/.exec(key)?.groups ?? {};
  return { desk, event };
}

export async function readRecords({ sql, lake }: { sql: Sql; lake: Lake }): Promise<Records> {
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const book = await objects(sql, "select source, window_at, entry, refused, reasons from ingest_ledger");
  const outcomes = await objects(
    sql,
    "select gate, position, event_ticker, decided_at, count(*) as n from gate_outcomes group by gate, position, event_ticker, decided_at",
  );
  const alerts = await objects(sql, "select rule, subject, decision from alerts");
  const predicted = await lake.list("tables/predictions/");
  return {
    forecasts: predicted.map(forecastOf),
    ledger: book.map((row) => ({
      source: text(row["source"]),
      windowAt: Date.parse(text(row["window_at"])),
      entry: text(row["entry"]),
      refused: Number(row["refused"] ?? 0),
      reasons: text(row["reasons"]),
    })),
    gates: outcomes.map((row) => ({
      gate: text(row["gate"]),
      position: Number(row["position"]),
      event: text(row["event_ticker"]),
      at: Date.parse(text(row["decided_at"])),
      n: Number(row["n"]),
    })),
    alerts: alerts.map((row) => ({
      rule: text(row["rule"]),
      subject: text(row["subject"]),
      sent: row["decision"] === "sent",
    })),
  };
}

export interface FunnelLine {
  gate: string;
  position: number;
  n: number;
}

/** Of the candidates of a desk. */
export function funnel({ gates }: Records, desk: string): FunnelLine[] {
  const series = desks.find(({ id }) => id === desk)?.series ?? [];
  const own = gates.filter(({ event }) => series.includes(seriesOfTicker(event)));
  return [...Map.groupBy(own, ({ gate }) => gate)]
    .map(([gate, rows]) => ({
      gate,
      position: Math.min(...rows.map(({ position }) => position)),
      n: rows.reduce((sum, { n }) => sum + n, 0),
    }))
    .toSorted((a, b) => a.position - b.position);
}

export interface ArbitrageLine {
  form: string;
  /** Sets found; one that stands for several minutes is found by each job that sees it. */
  found: number;
  /** Different sets of legs among them. */
  distinct: number;
  /** Of the different sets those that pay only if the value lies in none of the gaps that the rules leave. */
  assuming: number;
  /** Of the different sets each at its best, dollars after fees. */
  profit: number;
}

/** By form, the most profitable first. */
export async function arbitragesByForm(sql: Sql): Promise<ArbitrageLine[]> {
  const rows = await objects(
    sql,
    `select form, sum(n) as found, count(*) as sets, sum(gaps) as assuming, sum(best) as profit from (
       select form, contracts, count(*) as n, max((assumes is not null)::int) as gaps, max(profit) as best from arbitrages group by form, contracts
     ) group by form order by form`,
  );
  return rows
    .map((row) => ({
      form: String(row["form"]),
      found: Number(row["found"]),
      distinct: Number(row["sets"]),
      assuming: Number(row["assuming"]),
      profit: Number(row["profit"]),
    }))
    .toSorted((a, b) => b.profit - a.profit);
}

export interface AlertLine {
  rule: string;
  sent: number;
  held: number;
}

export function alertsByRule({ alerts }: Records): AlertLine[] {
  return [...Map.groupBy(alerts, ({ rule }) => rule)]
    .map(([rule, rows]) => {
      const sent = rows.filter((row) => row.sent).length;
      return { rule, sent, held: rows.length - sent };
    })
    .toSorted((a, b) => (a.rule < b.rule ? -1 : 1));
}

/** The book of windows. Repeats are counted in the state store, where they do not change the lake's bytes. */
export async function ledger(records: Pick<Records, "ledger">, state: Pick<State, "count">): Promise<LedgerLine[]> {
  const bySource = Map.groupBy(records.ledger, ({ source }) => source);
  return Promise.all(
    sources.map(async ({ id }) => {
      const rows = bySource.get(id) ?? [];
      const windowsOf = (entry: string) =>
        new Set(rows.filter((row) => row.entry === entry).map(({ windowAt }) => windowAt));
      const [expected, landed, quarantined] = [windowsOf("expected"), windowsOf("landed"), windowsOf("quarantined")];
      return {
        source: id,
        expected: expected.size,
        landed: landed.size,
        quarantined: quarantined.size,
        repeated: await state.count(stateKeys.repeats(id)),
        missing: [...expected].filter((at) => !landed.has(at) && !quarantined.has(at)).length,
      };
    }),
  );
}
