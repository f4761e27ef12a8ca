/** What a desk is: a market family with its series, its sources and its pure functions. `core/desks.ts` lists them. */
import type { Rows, TableName, TableRow } from "../schemas/index.ts";
import type { FusionParameters } from "./market/fusion.ts";
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
  /** By source, and by the name of the desk's parameters. */
  pointers: Readonly<Record<string, Pointer | undefined>>;
  health: Readonly<Record<string, SourceHealth | undefined>>;
  /** The newest listing: rows of the parts that the pointers name. */
  series: readonly TableRow<"kalshi_series">[];
  events: readonly TableRow<"kalshi_events">[];
  markets: readonly TableRow<"kalshi_markets">[];
  /** Rows of the parts that the pointer to the desk's parameters names; none before the first fit. */
  parameters: Rows;
}

export interface Desk {
  id: string;
  doc: string;
  /** The Kalshi series it covers. */
  series: readonly string[];
  /** Ids of the sources that its jobs may read. */
  sources: readonly string[];
  /** Where its fitted parameters lie: a pointer's name in the state store and the table of the parts. */
  parameters: { pointer: string; table: TableName };
  /** When jobs are planned. Chosen so that it never falls on the minute of one of its sources. */
  schedule: Schedule;
  /** When outcomes are looked up and predictions graded. */
  settleSchedule: Schedule;
  /** One job for each open event. An event that cannot be priced gets its job too, with the refusal in it. */
  plan(facts: PlanFacts): Job[];
  /**
   * Pure: the same job and inputs give the same bytes. `inputs` holds the rows of the parts that the job names.
   * @returns the predictions and their markets, the one that decisions rest on first, or why there is none.
   */
  predict(job: Job, inputs: Rows): { rows: Rows } | { refusal: string };
  /** Ids of the sources without which, or with old news of which, the job's forecast feeds no decision. */
  needs(job: Job): readonly string[];
  /**
   * By which weights its models and the market are pooled.
   * @param inputs the rows of the parameters that the job names
   */
  fusion(job: Job, inputs: Rows): FusionParameters;
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
