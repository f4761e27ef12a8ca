/** What the rules look at. */
import type { FeedComparison } from "../crypto/divergence.ts";
import type { IndexBasis } from "../crypto/index-basis.ts";
import type { PlannedJob } from "../desk.ts";
import type { Arbitrage } from "../market/arbitrage.ts";
import type { SourceHealth } from "../source.ts";
import type { TableRow } from "../../schemas/index.ts";
import type { GateLimits } from "./gates.ts";

/** One event at one instant, after enrichment. */
export interface EventFacts {
  job: PlannedJob;
  /** What caps are counted over: the event, or its series where events are short-lived. */
  scope: string;
  /** Of the desk. */
  limits: Pick<GateLimits, "minArbitrageProfit">;
  signals: readonly TableRow<"signals">[];
  arbitrages: readonly Arbitrage[];
}

export interface SourceFacts {
  id: string;
  errorImpact: string;
  staleAfterMinutes: number;
  /** When the newest whole window was fetched; undefined when none ever landed. */
  fetchedAt: number | undefined;
  /** Since when windows of it are due without a break, not before anybody watched; null while none is due. */
  dueSince: number | null;
  health: SourceHealth | undefined;
  /** Windows that are overdue since the last watch: scheduled, past their grace, and neither landed nor quarantined. */
  missingWindows: readonly number[];
}

/** The desk itself at one instant. */
export interface WatchFacts {
  now: number;
  sources: readonly SourceFacts[];
  /** Streams beside polls, of the feeds that are held. */
  feeds: readonly FeedComparison[];
  /** What became of the feeds that are held in the last minutes. */
  feedHealth: readonly TableRow<"feed_health">[];
  /** The venues beside the settlement index; undefined where nobody hears it. */
  basis: IndexBasis | undefined;
}

/** One event that was settled, or settled differently, or cannot be. */
export interface SettlementFacts {
  event_ticker: string;
  /** Lake key of the exchanges that brought the outcome. */
  raw_key: string;
  /** What became different since the version before: Kalshi's outcome, or only the reports beside it. */
  change: "outcome" | "reports" | undefined;
  /** Contradictions within what the exchange says, one sentence each. */
  faults: readonly string[];
  /** Empty when the contradictions leave no outcome to grade by. */
  resolutions: readonly TableRow<"resolutions">[];
}

/** What the settlement checks found since the day before. */
export interface RollupFacts {
  desk: string;
  /** `YYYY-MM-DD`, UTC: the day of the roll-up. */
  day: string;
  /** Of the last check of each event, the rows that say what none said 24 hours before. */
  checks: readonly TableRow<"settlement_checks">[];
}
