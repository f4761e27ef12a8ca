/** The list of alert rules, by the facts they look at. A rule is one file and one line here. */
import { arbitrage } from "./alerts/arbitrage.ts";
import { edgeSignal } from "./alerts/edge-signal.ts";
import type { EventFacts, RollupFacts, SettlementFacts, WatchFacts } from "./alerts/facts.ts";
import { indexBasis } from "./alerts/index-basis.ts";
import { ledgerGap } from "./alerts/ledger-gap.ts";
import { payloadDrift } from "./alerts/payload-drift.ts";
import { settlementDifference } from "./alerts/settlement-difference.ts";
import { settlementRollup } from "./alerts/settlement-rollup.ts";
import { sourceStale } from "./alerts/source-stale.ts";
import { streamDivergence } from "./alerts/stream-divergence.ts";
import { streamSilent } from "./alerts/stream-silent.ts";
import { streamUnquotable } from "./alerts/stream-unquotable.ts";
import { unmappedSettlement } from "./alerts/unmapped-settlement.ts";
import type { Rule } from "./rule.ts";

/** Asked by enrich, of one event at one instant. */
export const eventRules: readonly Rule<EventFacts>[] = [edgeSignal, arbitrage, unmappedSettlement];

/** Asked by watch, of the desk itself. */
export const watchRules: readonly Rule<WatchFacts>[] = [
  sourceStale,
  payloadDrift,
  ledgerGap,
  streamDivergence,
  streamSilent,
  streamUnquotable,
  indexBasis,
];

/** Asked by settle, of one settled event. */
export const settlementRules: readonly Rule<SettlementFacts>[] = [settlementDifference];

/** Asked by settle once a day, of all that was settled since. */
export const rollupRules: readonly Rule<RollupFacts>[] = [settlementRollup];

/** Made when it is asked for: a step's bundle holds the rules that the step asks, and not the others. */
export const allRules = (): readonly Rule<never>[] => [
  ...eventRules,
  ...watchRules,
  ...settlementRules,
  ...rollupRules,
];
