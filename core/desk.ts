/** What a desk is: a market family with its series, its sources and its pure functions. `core/desks.ts` lists them. */
import type { Rows, TableName, TableRow } from "../schemas/index.ts";
import type { Pointer, Schedule, SourceHealth } from "./source.ts";

export type Job = TableRow<"jobs">;

/** One part that a job reads, as in the `inputs` column of `jobs`. */
export interface JobInput {
  source: string;
  table: TableName;
  key: string;
  sha256: string;
  /** The window that brought the part. */
  window_at: number;
  /** When the source was last heard: it had nothing newer than this part. */
  fetched_at: number;
}

/** A source that had stopped feeding decisions, as in the `blocked_sources` column of `jobs`. */
export interface BlockedSource {
  source: string;
  reason: string;
}

export interface PlanFacts {
  /** The scheduled instant of the tick. */
  now: number;
  pointers: Readonly<Record<string, Pointer | undefined>>;
  health: Readonly<Record<string, SourceHealth | undefined>>;
  /** The newest listing: rows of the parts that the pointers name. */
  series: readonly TableRow<"kalshi_series">[];
  events: readonly TableRow<"kalshi_events">[];
  markets: readonly TableRow<"kalshi_markets">[];
}

export interface Desk {
  id: string;
  doc: string;
  /** The Kalshi series it covers. */
  series: readonly string[];
  /** Ids of the sources that its jobs read. */
  sources: readonly string[];
  /** When jobs are planned. Chosen so that it never falls on the minute of one of its sources. */
  schedule: Schedule;
  /** When outcomes are looked up and predictions graded. */
  settleSchedule: Schedule;
  /** One job for each open event. An event that cannot be priced gets its job too, with the refusal in it. */
  plan(facts: PlanFacts): Job[];
  /**
   * Pure: the same job and inputs give the same bytes. `inputs` holds the rows of the parts that the job names.
   * @returns the predictions and their markets, or why there is none.
   */
  predict(job: Job, inputs: Rows): { rows: Rows } | { refusal: string };
  /** By which report an event is checked, as far as its ticker says; undefined when that cannot be told. */
  settlementDay(eventTicker: string): SettlementDay | undefined;
}

/** One station's climate day. */
export interface SettlementDay {
  /** ICAO id. */
  station: string;
  /** `YYYY-MM-DD`. */
  climateDate: string;
  /** Epoch ms UTC, half-open. */
  start: number;
  end: number;
}
