/** The roll-up of the settlement checks, read by SQL. */
import type { Sql } from "../core/ports.ts";
import { objects } from "./report.ts";

const counted = [
  "events",
  "checks",
  "agree",
  "late",
  "revised",
  "source_differs",
  "unparsable",
  "outcomes_differ",
] as const;

export type RollupCounts = Record<(typeof counted)[number], number>;

export interface RollupDay extends RollupCounts {
  station: string;
  climate_date: string;
  /** Label for scores, °F; null when none can be told. */
  settlement_f: number | null;
  settlement_source: string | null;
  /** Label for training, °F; null without a report of the whole day. */
  physical_f: number | null;
}

export interface OddCheck {
  event_ticker: string;
  station: string;
  climate_date: string;
  evidence_id: string;
  source: string;
  verdict: string;
  outcome_agrees: boolean | null;
  detail: string;
}

export interface SettlementReport {
  from: string | null;
  to: string | null;
  total: RollupCounts;
  /** In the order of days, then stations. */
  days: RollupDay[];
  /** Checks that do not agree. */
  odd: OddCheck[];
}

const orNull = (value: unknown) => (value === null || value === undefined ? null : Number(value));
const textOrNull = (value: unknown) => (typeof value === "string" ? value : null);
const text = (value: unknown) => textOrNull(value) ?? "";

/** @param range climate days, `YYYY-MM-DD`, both included */
export async function settlementReport(
  sql: Sql,
  { from = "0001-01-01", to = "9999-12-31" }: { from?: string | undefined; to?: string | undefined } = {},
): Promise<SettlementReport> {
  const range = [from, to];
  const rollup = await objects(
    sql,
    `select r.*, l.settlement_f, l.settlement_source, l.physical_f from settlement_rollup r
     left join settlement_labels l on l.desk = r.desk and l.station = r.station and l.climate_date = r.climate_date
     where r.climate_date between cast(? as date) and cast(? as date) order by r.climate_date, r.station`,
    range,
  );
  const odd = await objects(
    sql,
    `select * from latest_settlement_checks
     where (verdict <> 'agree' or outcome_agrees = false) and climate_date between cast(? as date) and cast(? as date)
     order by climate_date, station, issued_at, evidence_id`,
    range,
  );
  const days = rollup.map((row): RollupDay => ({
    station: text(row["station"]),
    climate_date: text(row["climate_date"]),
    ...(Object.fromEntries(counted.map((name) => [name, Number(row[name])])) as RollupCounts),
    settlement_f: orNull(row["settlement_f"]),
    settlement_source: textOrNull(row["settlement_source"]),
    physical_f: orNull(row["physical_f"]),
  }));
  const sum = (name: (typeof counted)[number]) => days.reduce((total, day) => total + day[name], 0);
  return {
    from: from === "0001-01-01" ? null : from,
    to: to === "9999-12-31" ? null : to,
    total: Object.fromEntries(counted.map((name) => [name, sum(name)])) as RollupCounts,
    days,
    odd: odd.map((row) => ({
      event_ticker: text(row["event_ticker"]),
      station: text(row["station"]),
      climate_date: text(row["climate_date"]),
      evidence_id: text(row["evidence_id"]),
      source: text(row["source"]),
      verdict: text(row["verdict"]),
      outcome_agrees: typeof row["outcome_agrees"] === "boolean" ? row["outcome_agrees"] : null,
      detail: text(row["detail"]),
    })),
  };
}
