/** What a desk is: a market family with its series, its sources and its pure functions. `core/desks.ts` lists them. */
import type { Rows, TableName, TableRow } from "../schemas/index.ts";
import type { GateLimits } from "./alerts/gates.ts";
import type { EventOutcomes } from "./market/event-outcomes.ts";
import type { FusionParameters } from "./market/fusion.ts";
import type { MarketModelPool } from "./market/market-model-pool.ts";
import type { Pointer, Schedule, SourceHealth } from "./source.ts";

export type Job = TableRow<"jobs">;

/** As the desk plans it: how old its inputs may be follows from what it needs. */
export type PlannedJob = Omit<Job, "freshness">;

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

/** What a listing says. */
export interface Listing {
  series: readonly TableRow<"kalshi_series">[];
  events: readonly TableRow<"kalshi_events">[];
  markets: readonly TableRow<"kalshi_markets">[];
}

/** The rows of the listing are those of the parts that the pointer of the desk's listing names. */
export interface PlanFacts extends Listing {
  /** The scheduled instant of the tick. */
  now: number;
  /** By source, and by the name of the desk's parameters. */
  pointers: Readonly<Record<string, Pointer | undefined>>;
  health: Readonly<Record<string, SourceHealth | undefined>>;
  /** Rows of the parts that the pointer to the desk's parameters names; none before the first fit, or without any. */
  parameters: Rows;
}

/** How often events are planned whose close is no further away than this; of several the first that holds is the event's. */
export interface Pace {
  withinMinutes: number;
  /** A multiple of the desk's own. */
  everyMinutes: number;
}

/** Events whose books are searched together for arbitrages, with what they settle on. */
export interface ScannedTogether {
  events: string[];
  /** Value, rule and close as one text. */
  settlement: string;
  /** Steps of the desk's intervals in one unit of that value. */
  stepsPerUnit: number;
}

/** Checked by the climate reports of one station's day. */
export interface ClimateSettlement {
  by: "climate-report";
  /** By which report an event is checked, as far as its ticker says; undefined when that cannot be told. */
  day(eventTicker: string): SettlementDay | undefined;
}

/** Checked by the prints of an index that a stream brought. */
export interface IndexSettlement {
  by: "index-average";
  /** `index_id` of `index_prints`. */
  index: string;
  /** The pointer under which the stream's parts stand, which is what their keys begin with. */
  stream: string;
}

/** Jobs besides those of the schedule, while somebody holds the stream. */
export interface BetweenMinutes {
  /** On the seconds of the clock; divides a minute. */
  everySeconds: number;
  /** From so long before a close until it. */
  beforeCloseSeconds: number;
  /** The pointer of the stream whose markets' closes count. */
  stream: string;
}

export interface Desk {
  id: string;
  doc: string;
  /** The Kalshi series it covers. */
  series: readonly string[];
  /** Ids of the sources that its jobs may read. */
  sources: readonly string[];
  /** Id of the source that lists its events and markets, and of the one that brings their outcomes. */
  listing: string;
  settlements: string;
  /** Where its fitted parameters lie: a pointer's name in the state store and the table of the parts. Absent without any. */
  parameters?: { pointer: string; table: TableName };
  /** Pointers of streams, whose newest minute is waited for a little where they are alive; see coordinate. */
  streams: readonly string[];
  /** When jobs are planned. */
  schedule: Schedule;
  /**
   * Paces of its events, the nearest to the close first; none is planned beyond the last. Absent where every tick plans
   * every open event.
   */
  paces?: readonly Pace[];
  /** When jobs are planned besides; absent where the schedule is all. */
  betweenMinutes?: BetweenMinutes;
  /** When outcomes are looked up and predictions graded. */
  settleSchedule: Schedule;
  /** Name of the model that decisions rest on. */
  model: string;
  /** The limits of its gates. */
  limits: GateLimits;
  /** Over what the alerts on its events are capped: events that live for an hour share the cap of their series. */
  alertScope: "event" | "series";
  /** One job for each open event. An event that cannot be priced gets its job too, with the refusal in it. */
  plan(facts: PlanFacts): PlannedJob[];
  /**
   * Pure: the same job and inputs give the same bytes. `inputs` holds the rows of the parts that the job names.
   * @returns the predictions and their markets, the one that decisions rest on first, or why there is none.
   */
  predict(job: PlannedJob, inputs: Rows): { rows: Rows } | { refusal: string };
  /** Ids of the sources without which, or with old news of which, the job's forecast feeds no decision. */
  needs(job: PlannedJob): readonly string[];
  /**
   * By which weights its models and the market are pooled.
   * @param inputs the rows of the parameters that the job names
   */
  fusion(job: PlannedJob, inputs: Rows): FusionParameters | MarketModelPool;
  outcomes(markets: readonly TableRow<"kalshi_markets">[]): EventOutcomes;
  /**
   * Epoch ms since when the job's forecast must rest on observations; undefined where it needs none, or none yet.
   */
  observedSince(job: PlannedJob): number | undefined;
  /**
   * Which events the job searches for arbitrages: its own, and others that settle on the same value. Of several jobs over
   * the same events one does it; the others get undefined.
   */
  scannedTogether(job: PlannedJob, listing: Listing): ScannedTogether | undefined;
  /** By what an outcome is checked. Kalshi's own word stays the label. */
  settlement: ClimateSettlement | IndexSettlement;
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
