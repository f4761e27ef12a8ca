/** Sets a prediction beside the quotes of its job, sends every candidate through the gates, and asks the rules. */
import type { EventFacts } from "../../core/alerts/facts.ts";
import { type Candidate, decide, staleInput } from "../../core/alerts/gates.ts";
import type { BlockedSource, Desk, Job, JobInput, Listing } from "../../core/desk.ts";
import { idOf } from "../../core/identity.ts";
import { partKey } from "../../core/lake-keys.ts";
import type { Scan } from "../../core/market/arbitrage.ts";
import { arbitrageRow } from "../../core/market/arbitrage-row.ts";
import { type EnrichedEvent, enrichEvent, enrichmentVersion } from "../../core/market/enrichment.ts";
import { freshestQuotes, type MarketQuote } from "../../core/market/market-quotes.ts";
import { dollar } from "../../core/market/price.ts";
import { feesOf, scanEvents } from "../../core/market/scanned-event.ts";
import type { Services } from "../../core/ports.ts";
import { eventRules } from "../../core/rules.ts";
import { desks } from "../../core/desks.ts";
import type { Freshness } from "../../core/source.ts";
import type { TableName, TableRow } from "../../schemas/index.ts";
import { dtOf } from "../../schemas/table.ts";
import type { Step } from "../deliver.ts";
import { stateKeys, update } from "../facts.ts";
import { inputsOf, jobStem, readInputs } from "../jobs.ts";
import { readPart, writeParts } from "../parts.ts";
import { Permanent } from "../permanent.ts";
import { findAlerts, raise } from "../raise.ts";

const sides = ["yes", "no"] as const;
/** What is read of a job's inputs, besides its parameters: its forecasts are made. */
const tablesRead: readonly TableName[] = [
  "kalshi_series",
  "kalshi_events",
  "kalshi_markets",
  "market_snapshots",
  "order_books",
  "book_tops",
];

type EnrichServices = Pick<Services, "lake" | "state" | "queue" | "log">;

/** Instants at which a side of a market became a signal, as kept under `cooldown/<market>/<side>`. */
type SignalTimes = number[];

/** In the order in which the desk names what it needs. What the job does not say how old it may be is trusted at no age. */
function staleAfter(needed: readonly string[], job: Job): EventGates["staleAfterMinutes"] {
  const stated = JSON.parse(job.freshness ?? "{}") as Partial<Record<string, Freshness>>;
  return Object.fromEntries(
    needed.map((id) => {
      const { answer, part } = stated[id] ?? { answer: 0, part: 0 };
      return [id, { answer, part: part ?? Infinity }];
    }),
  );
}

/** What the job predicted, as stored; nothing when it could not. */
async function predicted(job: Job, prediction_id: string | null, { lake }: Pick<Services, "lake">) {
  if (prediction_id === null) return { predictions: [], probabilities: [] };
  const keyOf = (table: TableName) => partKey(table, dtOf(job.planned_at), jobStem(job), job.model_version);
  return {
    predictions: await readPart(lake, "predictions", keyOf("predictions")),
    probabilities: await readPart(lake, "prediction_markets", keyOf("prediction_markets")),
  };
}

/** A candidate that passed every gate has all its numbers; anything else is an error of the gates. */
function given<T>(value: T | null | undefined): T {
  if (value === null || value === undefined)
    throw new Error("a signal lacks a number that the gates should have asked for");
  return value;
}

/** What is the same for every candidate of the event. */
interface EventGates {
  desk: Desk;
  job: Job;
  inputs: JobInput[];
  blocked: BlockedSource[];
  staleAfterMinutes: Candidate["staleAfterMinutes"];
  observedAt: number | undefined;
  partitionFault: string | undefined;
  unpredicted: string | undefined;
  confidence: number | undefined;
  feeFault: string | undefined;
  coherence: Candidate["coherence"];
}

function candidateOf(gates: EventGates, row: TableRow<"enrichments">, side: "yes" | "no"): Candidate {
  const { desk: _, job, ...shared } = gates;
  const { yes_bid, yes_ask } = row;
  const price = side === "yes" ? yes_ask : yes_bid === null ? null : dollar - yes_bid;
  return {
    ...shared,
    now: job.planned_at,
    market_ticker: row.market_ticker,
    side,
    uncertified: job.certified ? undefined : (job.refusal ?? "not certified"),
    price: price ?? undefined,
    size: (side === "yes" ? row.yes_ask_size : row.yes_bid_size) ?? undefined,
    spread: (yes_ask ?? dollar) - (yes_bid ?? 0),
    edge: (side === "yes" ? row.edge_yes : row.edge_no) ?? undefined,
    lastSignalAt: undefined,
  };
}

/** Sends both sides of every market through the gates; a signal's instant is kept for the cooldown. */
async function judge(
  gates: EventGates,
  enriched: EnrichedEvent,
  prediction_id: string | null,
  { state }: Pick<Services, "state">,
) {
  const { job, desk } = gates;
  const now = job.planned_at;
  const cooldown = desk.limits.cooldownMinutes * 60_000;
  const outcomes: TableRow<"gate_outcomes">[] = [];
  const signals: TableRow<"signals">[] = [];
  const common = {
    job_id: job.job_id,
    event_ticker: job.event_ticker,
    decided_at: now,
    ingested_at: now,
    decoder_version: enrichmentVersion,
  };
  for (const row of enriched.enrichments) {
    for (const side of sides) {
      const key = stateKeys.cooldown(row.market_ticker, side);
      let candidate = candidateOf(gates, row, side);
      let decision = decide(candidate, desk.limits);
      // The cooldown is the last gate: few candidates come to it, and only theirs is read.
      if (decision.gate === "signal") {
        // Only what was signalled before this job counts, so that a repeat of the job decides as it did at first.
        const past = ((await state.get<SignalTimes>(key))?.value ?? []).filter((at) => at < now);
        candidate = { ...candidate, lastSignalAt: past.length === 0 ? undefined : Math.max(...past) };
        decision = decide(candidate, desk.limits);
      }
      outcomes.push({
        ...common,
        market_ticker: row.market_ticker,
        side,
        ...decision,
        price: candidate.price ?? null,
        edge: candidate.edge ?? null,
      });
      if (decision.gate !== "signal") continue;
      await update<SignalTimes>(
        state,
        key,
        (times = []) => (times.includes(now) ? undefined : [...times.filter((at) => at > now - 2 * cooldown), now]),
        now + 4 * cooldown,
      );
      const ofSide = (pYes: number | null) => (side === "yes" ? given(pYes) : 1 - given(pYes));
      signals.push({
        ...common,
        signal_id: idOf("signal", { job: job.job_id, market: row.market_ticker, side }),
        prediction_id: given(prediction_id),
        market_ticker: row.market_ticker,
        side,
        price: given(candidate.price),
        size: given(candidate.size),
        fee: given(side === "yes" ? row.fee_yes : row.fee_no),
        p_model: ofSide(row.p_model),
        p_market: ofSide(row.p_market),
        p_pool: ofSide(row.p_pool),
        edge: given(candidate.edge),
      });
    }
  }
  return { outcomes, signals };
}

/** See `Candidate`. Where there is no prediction another gate says why. */
function observedAtOf(desk: Desk, job: Job, prediction: TableRow<"predictions"> | undefined): number | undefined {
  const since = desk.observedSince(job);
  return prediction === undefined || since === undefined ? undefined : (prediction.observed_at ?? since);
}

function gatesOf(
  desk: Desk,
  job: Job,
  prediction: TableRow<"predictions"> | undefined,
  enriched: EnrichedEvent,
  partitionFault: string | undefined,
  refusal: string | null,
): EventGates {
  const blocked = JSON.parse(job.blocked_sources) as BlockedSource[];
  const needed = desk.needs(job);
  return {
    desk,
    job,
    inputs: inputsOf(job),
    blocked: blocked.filter(({ source }) => needed.includes(source)),
    staleAfterMinutes: staleAfter(needed, job),
    observedAt: observedAtOf(desk, job, prediction),
    partitionFault,
    unpredicted: prediction === undefined ? (refusal ?? "there is no prediction") : undefined,
    confidence: prediction?.confidence ?? undefined,
    feeFault: enriched.feeFault,
    coherence: enriched.coherence,
  };
}

/** What the books of the events that the job looks after can be had for; nothing when another job looks after them. */
function scanOf(desk: Desk, job: Job, listing: Listing, quotes: ReadonlyMap<string, MarketQuote>): Scan {
  const together = desk.scannedTogether(job, listing);
  if (together === undefined) return { found: [], faults: [] };
  const events = together.events.flatMap((ticker) => {
    const event = listing.events.find(({ event_ticker }) => event_ticker === ticker);
    const series = listing.series.find(({ series_ticker }) => series_ticker === event?.series_ticker);
    const markets = listing.markets.filter(({ event_ticker }) => event_ticker === ticker);
    if (event === undefined || series === undefined) return [];
    return [{ event, markets, outcomes: desk.outcomes(markets), fees: feesOf(event, series) }];
  });
  return scanEvents({
    events,
    quotes,
    settlement: { settlement: together.settlement, stepsPerUnit: together.stepsPerUnit },
    at: job.planned_at,
    maxApartMs: desk.limits.maxLegsApartSeconds * 1_000,
  });
}

export const enrich: Step<"enrich"> = async ({ job, prediction_id, refusal }, services: EnrichServices) => {
  const desk = desks.find(({ id }) => id === job.desk);
  if (desk === undefined) throw new Permanent(`no desk "${job.desk}"`);
  const parameters = desk.parameters === undefined ? [] : [desk.parameters.table];
  const inputs = await readInputs(job, services, [...tablesRead, ...parameters]);
  const event = inputs.kalshi_events?.find(({ event_ticker }) => event_ticker === job.event_ticker);
  const series = inputs.kalshi_series?.find(({ series_ticker }) => series_ticker === job.series_ticker);
  const listing: Listing = {
    series: inputs.kalshi_series ?? [],
    events: inputs.kalshi_events ?? [],
    markets: inputs.kalshi_markets ?? [],
  };
  const markets = listing.markets.filter(({ event_ticker }) => event_ticker === job.event_ticker);
  if (event === undefined || series === undefined || markets.length === 0) {
    throw new Permanent(`${job.job_id}: the listing that the job names does not hold ${job.event_ticker}`);
  }
  const { predictions, probabilities } = await predicted(job, prediction_id, services);
  const outcomes = desk.outcomes(markets);
  const quotes = freshestQuotes(
    { snapshots: inputs.market_snapshots ?? [], books: inputs.order_books ?? [], tops: inputs.book_tops ?? [] },
    job.planned_at,
  );
  const enriched = enrichEvent({
    job,
    predictions,
    probabilities,
    fusion: prediction_id === null ? undefined : desk.fusion(job, inputs),
    event,
    series,
    markets,
    outcomes,
    quotes,
  });
  const partitionFault = "fault" in outcomes ? outcomes.fault : undefined;
  const gates = gatesOf(desk, job, predictions[0], enriched, partitionFault, refusal);
  const { outcomes: ends, signals } = await judge(gates, enriched, prediction_id, services);
  const stem = jobStem(job);
  // Prices that nothing vouches for, or that are old, make no arbitrage.
  const quoting = gates.inputs.filter(({ table }) => table === "market_snapshots").map(({ source }) => source);
  const stale = staleInput({
    ...gates,
    now: job.planned_at,
    staleAfterMinutes: Object.fromEntries(
      Object.entries(gates.staleAfterMinutes).filter(([source]) => quoting.includes(source)),
    ),
  });
  const sound = job.certified && gates.blocked.length === 0 && stale === undefined;
  const { found: arbitrages, faults } = sound ? scanOf(desk, job, listing, quotes) : { found: [], faults: [] };
  if (faults.length > 0) {
    services.log.warn("left out of the search for arbitrages", { job: job.job_id, event: job.event_ticker, faults });
  }
  await writeParts(services.lake, stem, enrichmentVersion, {
    enrichments: enriched.enrichments,
    gate_outcomes: ends,
    signals,
    arbitrages: arbitrages.map((found) => arbitrageRow(job, found, quotes)),
  });
  const scope = desk.alertScope === "event" ? job.event_ticker : job.series_ticker;
  const facts: EventFacts = { job, scope, limits: desk.limits, signals, arbitrages };
  await raise(await findAlerts(eventRules, facts, job.planned_at, job.job_id, services), stem, services);
};
