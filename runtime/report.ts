/** What a played stretch of the desk amounts to, read from its tables by SQL. */
import { blockBootstrap, type Interval } from "../core/stats/bootstrap.ts";
import type { Sql, State } from "../core/ports.ts";
import { sources } from "../core/sources.ts";
import { stateKeys } from "../functions/facts.ts";

export interface Scores {
  predictions: number;
  /** Market-level grades with quotes: the rows on which all three are scored. */
  grades: number;
  climateDays: number;
  brier: { model: Interval; market: Interval; pool: Interval };
  /** model - market and pool - market, on the same rows: negative is better than the market. */
  difference: { model: Interval; pool: Interval };
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

export async function objects(sql: Sql, query: string, parameters: readonly (string | number)[] = []): Promise<Cells[]> {
  const { columns, rows } = await sql.query(query, parameters);
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
}

/** Brier scores over the grades that hold, with a block bootstrap by climate day: cities of one day are not independent. */
export async function scores(sql: Sql): Promise<Scores | undefined> {
  const days = await objects(
    sql,
    `select g.climate_date as day, count(*) as n, sum(g.brier_model) as model, sum(g.brier_market) as market, sum(g.brier_pool) as pool
     from grades g inner join latest_resolutions r on r.market_ticker = g.market_ticker and r.version = g.resolution_version
     where g.brier_market is not null and g.brier_pool is not null
     group by g.climate_date order by g.climate_date`,
  );
  if (days.length === 0) return undefined;
  const [counted] = await objects(sql, "select count(distinct prediction_id) as predictions from grades");
  const interval = (sumOf: (day: Cells) => number): Interval => {
    const blocks = days.map((day) => ({ id: String(day["day"]), sum: sumOf(day), n: Number(day["n"]) }));
    const found = blockBootstrap({ blocks, replicates, seed: bootstrapSeed });
    if (found === undefined) throw new Error("a bootstrap over at least one day has an interval");
    return found;
  };
  const sum = (name: string) => (day: Cells) => Number(day[name]);
  return {
    predictions: Number(counted?.["predictions"] ?? 0),
    grades: days.reduce((total, day) => total + Number(day["n"]), 0),
    climateDays: days.length,
    brier: { model: interval(sum("model")), market: interval(sum("market")), pool: interval(sum("pool")) },
    difference: {
      model: interval((day) => Number(day["model"]) - Number(day["market"])),
      pool: interval((day) => Number(day["pool"]) - Number(day["market"])),
    },
  };
}

export async function reliability(sql: Sql): Promise<ReliabilityBin[]> {
  const rows = await objects(sql, "select forecaster, bin, bin_low, bin_high, n, mean_p, mean_outcome from calibration order by bin, forecaster");
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

export interface FunnelLine {
  gate: string;
  position: number;
  n: number;
}

export async function funnel(sql: Sql): Promise<FunnelLine[]> {
  const rows = await objects(sql, "select gate, position, count(*) as n from gate_outcomes group by gate, position order by position, gate");
  return rows.map((row) => ({ gate: String(row["gate"]), position: Number(row["position"]), n: Number(row["n"]) }));
}

export interface AlertLine {
  rule: string;
  sent: number;
  held: number;
}

export async function alertsByRule(sql: Sql): Promise<AlertLine[]> {
  const rows = await objects(
    sql,
    `select rule, sum(case when decision = 'sent' then 1 else 0 end) as sent, sum(case when decision = 'sent' then 0 else 1 end) as held
     from alerts group by rule order by rule`,
  );
  return rows.map((row) => ({ rule: String(row["rule"]), sent: Number(row["sent"]), held: Number(row["held"]) }));
}

/** The book of windows. Repeats are counted in the state store, where they do not change the lake's bytes. */
export async function ledger(sql: Sql, state: Pick<State, "count">): Promise<LedgerLine[]> {
  const rows = await objects(
    sql,
    `select source, sum(case when entry = 'expected' then 1 else 0 end) as expected,
            sum(case when entry = 'landed' then 1 else 0 end) as landed,
            sum(case when entry = 'quarantined' then 1 else 0 end) as quarantined
     from ingest_ledger group by source`,
  );
  const gaps = await objects(sql, "select source, count(*) as n from ingest_ledger_gaps group by source");
  return Promise.all(
    sources.map(async ({ id }) => {
      const row = rows.find(({ source }) => source === id);
      const missing = gaps.find(({ source }) => source === id);
      return {
        source: id,
        expected: Number(row?.["expected"] ?? 0),
        landed: Number(row?.["landed"] ?? 0),
        quarantined: Number(row?.["quarantined"] ?? 0),
        repeated: await state.count(stateKeys.repeats(id)),
        missing: Number(missing?.["n"] ?? 0),
      };
    }),
  );
}
