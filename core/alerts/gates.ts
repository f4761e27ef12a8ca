/**
 * The gates between a candidate (a side of a market at one instant) and a signal, in the order in which they are asked.
 * A candidate ends at the first gate that it does not pass, with the numbers that decided.
 */
import type { BlockedSource, JobInput } from "../desk.ts";
import type { Coherence } from "../market/implied.ts";

export interface Candidate {
  now: number;
  market_ticker: string;
  side: "yes" | "no";
  /** Why the settlement mapping is not certified; undefined when it is. */
  uncertified: string | undefined;
  /** Why the strikes do not divide up what the event can settle on; undefined when they do. */
  partitionFault: string | undefined;
  blocked: readonly BlockedSource[];
  inputs: readonly JobInput[];
  /**
   * Age in minutes from which a source's newest answer, and a part that it still vouches for, no longer feed decisions:
   * for every source needed.
   */
  staleAfterMinutes: Readonly<Record<string, { answer: number; part: number }>>;
  /**
   * When the newest observation was made that the forecast of a running day rests on, the day's begin when it rests on
   * none; undefined for a forecast that needs none.
   */
  observedAt: number | undefined;
  /** Why there is no prediction; undefined when there is one. */
  unpredicted: string | undefined;
  /** Of the price that the forecast starts from, in (0, 1]; undefined where the desk's forecasts have none. */
  confidence: number | undefined;
  /** Why the fee cannot be stated; undefined when it can. */
  feeFault: string | undefined;
  /** Whether the event's quotes agree; undefined when one that they need is missing on both sides. */
  coherence: Coherence | undefined;
  /** What the side costs, micro-dollars; undefined when nobody offers it. */
  price: number | undefined;
  /** Contracts offered at that price, hundredths; undefined when unknown. */
  size: number | undefined;
  /** yes_ask - yes_bid with an empty side at 0 or 1, micro-dollars. */
  spread: number;
  /** Pool probability of the side - price - fee, dollars per contract; undefined when any is missing. */
  edge: number | undefined;
  /** When the side last became a signal, before now; undefined when it never did. */
  lastSignalAt: number | undefined;
}

/** What a failed gate says. */
export interface Verdict {
  value: number | null;
  threshold: number | null;
  detail: string;
}

export interface Gate {
  /** The named reason in which a candidate ends. */
  id: string;
  doc: string;
  /** Undefined when the candidate passes. */
  check(candidate: Candidate, limits: GateLimits): Verdict | undefined;
}

/** The limits of a desk, as data. Money in micro-dollars, sizes in hundredths of a contract, edges in dollars. */
export interface GateLimits {
  version: string;
  maxSpread: number;
  /** Dollars that the mids of exclusive markets may sum to beside 1, or that a threshold may be dearer than one below it. */
  maxIncoherence: number;
  minSize: number;
  maxObservationAgeMinutes: number;
  /** 0 where the desk's forecasts have no confidence. */
  minConfidence: number;
  minEdge: number;
  /** A larger edge is a bug until proven otherwise. */
  maxEdge: number;
  cooldownMinutes: number;
  /** The books of an arbitrage's legs are no further apart than this: prices of two instants promise nothing together. */
  maxLegsApartSeconds: number;
  /** An arbitrage of less is listed, and nobody is told. */
  minArbitrageProfit: number;
}

export const weatherLimits: GateLimits = {
  version: "weather-limits-3",
  maxSpread: 80_000,
  /** An ordinary overround of six brackets is about ten cents over the asks, half of it over the mids. */
  maxIncoherence: 0.15,
  minSize: 1_000,
  /** One station can fall silent while its source goes on. Two hourly windows may be missed, as of the source. */
  maxObservationAgeMinutes: 150,
  minConfidence: 0,
  minEdge: 0.02,
  maxEdge: 0.15,
  cooldownMinutes: 360,
  maxLegsApartSeconds: 10,
  minArbitrageProfit: 1_000_000,
};

export const cryptoLimits: GateLimits = {
  version: "crypto-limits-3",
  maxSpread: 80_000,
  maxIncoherence: 0.1,
  minSize: 1_000,
  maxObservationAgeMinutes: 0,
  /** Three venues polled some seconds ago; one alone, or four of half a minute ago, are not enough. */
  minConfidence: 0.5,
  minEdge: 0.02,
  maxEdge: 0.15,
  /** A quarter-hour market lives for fifteen minutes: what is true of its first minutes is old in its last. */
  cooldownMinutes: 5,
  /** The pages of one listing come within seconds; the minute before it, bitcoin was somewhere else. */
  maxLegsApartSeconds: 10,
  minArbitrageProfit: 1_000_000,
};

const dollars = (micro: number) => `$${(micro / 1e6).toFixed(2)}`;
const cents = (edge: number) => `${(edge * 100).toFixed(1)}¢`;

/** The first source of `staleAfterMinutes` of which nothing has landed, or nothing young enough. */
export function staleInput({
  now,
  inputs,
  staleAfterMinutes,
}: Pick<Candidate, "now" | "inputs" | "staleAfterMinutes">): Verdict | undefined {
  for (const [source, allowed] of Object.entries(staleAfterMinutes)) {
    const ofSource = inputs.filter((candidate) => candidate.source === source);
    if (ofSource.length === 0) {
      return { value: null, threshold: allowed.answer, detail: `nothing from ${source} has landed yet` };
    }
    const ages = [
      { what: source, at: Math.max(...ofSource.map(({ fetched_at }) => fetched_at)), limit: allowed.answer },
      { what: `a part of ${source}`, at: Math.min(...ofSource.map(({ window_at }) => window_at)), limit: allowed.part },
    ];
    for (const { what, at, limit } of ages) {
      const age = (now - at) / 60_000;
      if (age > limit) {
        const detail = `${what} is ${age.toFixed(0)} min old, at most ${limit} are allowed`;
        return { value: age, threshold: limit, detail };
      }
    }
  }
  return undefined;
}

/** A running day is not decided on a forecast that has not heard of it for long: the market has. */
function unobserved(
  { now, observedAt }: Candidate,
  { maxObservationAgeMinutes: threshold }: GateLimits,
): Verdict | undefined {
  const age = observedAt === undefined ? 0 : (now - observedAt) / 60_000;
  if (age <= threshold) return undefined;
  const detail = `the forecast rests on no observation of the last ${age.toFixed(0)} min, at most ${threshold} are allowed`;
  return { value: age, threshold, detail };
}

export const gates: readonly Gate[] = [
  {
    id: "uncertified_settlement",
    doc: "Rule text, settlement source, ticker and close time must be ones we know, and agree.",
    check: ({ uncertified }) =>
      uncertified === undefined ? undefined : { value: null, threshold: null, detail: uncertified },
  },
  {
    id: "no_partition",
    doc: "The event's strikes must divide up what it can settle on: brackets cover every value exactly once.",
    check: ({ partitionFault }) =>
      partitionFault === undefined ? undefined : { value: null, threshold: null, detail: partitionFault },
  },
  {
    id: "source_blocked",
    doc: "A source that the forecast needs and whose payload drifted feeds no decision until a whole window decodes again.",
    check: ({ blocked }) =>
      blocked[0] === undefined
        ? undefined
        : { value: null, threshold: null, detail: `${blocked[0].source} is blocked: ${blocked[0].reason}` },
  },
  {
    id: "input_stale",
    doc: "Every input that the forecast cannot do without must be there and young enough: of a running day, the observations too.",
    check: (candidate, limits) => staleInput(candidate) ?? unobserved(candidate, limits),
  },
  {
    id: "no_prediction",
    doc: "The model must have given a distribution.",
    check: ({ unpredicted }) =>
      unpredicted === undefined ? undefined : { value: null, threshold: null, detail: unpredicted },
  },
  {
    id: "low_confidence",
    doc: "The price that the forecast starts from must be known well enough: fresh, from several venues that agree.",
    check: ({ confidence }, { minConfidence: threshold }) =>
      (confidence ?? 0) >= threshold
        ? undefined
        : {
            value: confidence ?? null,
            threshold,
            detail: `confidence ${confidence?.toFixed(2) ?? "unknown"} in the price, at least ${threshold} is asked`,
          },
  },
  {
    id: "unknown_fee",
    doc: "The fee rule of the series or event must be one we know.",
    check: ({ feeFault }) => (feeFault === undefined ? undefined : { value: null, threshold: null, detail: feeFault }),
  },
  {
    id: "no_quote",
    doc: "Every market of the event must show a quote (of thresholds this one), and somebody must offer this side.",
    check({ coherence, price, side }) {
      if (coherence === undefined)
        return { value: null, threshold: null, detail: "a market of the event has no quote on either side" };
      return price === undefined ? { value: null, threshold: null, detail: `nobody offers ${side}` } : undefined;
    },
  },
  {
    id: "incoherent_quotes",
    doc: "The event's mids must sum to about a dollar, and no threshold be much dearer than one below it: otherwise its probabilities, and every edge against them, are artefacts.",
    check({ coherence }, { maxIncoherence: threshold }) {
      if (coherence === undefined) return undefined;
      const allowed = dollars(threshold * 1e6);
      if (coherence.kind === "sum") {
        const { sum } = coherence;
        if (Math.abs(sum - 1) <= threshold) return undefined;
        const detail = `the event's mids sum to ${dollars(sum * 1e6)}, at most ${allowed} off $1.00 is allowed`;
        return { value: sum, threshold, detail };
      }
      const { inversion } = coherence;
      if (inversion <= threshold) return undefined;
      const detail = `a threshold is ${dollars(inversion * 1e6)} dearer than one below it, at most ${allowed} is allowed`;
      return { value: inversion, threshold, detail };
    },
  },
  {
    id: "wide_spread",
    doc: "The spread must not be wider than the limit.",
    check: ({ spread }, limits) =>
      spread <= limits.maxSpread
        ? undefined
        : {
            value: spread / 1e6,
            threshold: limits.maxSpread / 1e6,
            detail: `spread ${dollars(spread)}, at most ${dollars(limits.maxSpread)}`,
          },
  },
  {
    id: "thin",
    doc: "Enough contracts must be offered at the price.",
    check({ size }, limits) {
      const threshold = limits.minSize / 100;
      if (size === undefined) return { value: null, threshold, detail: "the size of the offer is not known" };
      return size >= limits.minSize
        ? undefined
        : {
            value: size / 100,
            threshold,
            detail: `${(size / 100).toFixed(2)} contracts offered, at least ${threshold} are needed`,
          };
    },
  },
  {
    id: "small_edge",
    doc: "The pool's edge after fees must reach the limit.",
    check({ edge }, limits) {
      if (edge === undefined) return { value: null, threshold: limits.minEdge, detail: "the edge cannot be stated" };
      return edge >= limits.minEdge
        ? undefined
        : {
            value: edge,
            threshold: limits.minEdge,
            detail: `edge ${cents(edge)} after fees, at least ${cents(limits.minEdge)}`,
          };
    },
  },
  {
    id: "too_good_to_be_true",
    doc: "An edge above the ceiling is taken for an error.",
    check: ({ edge = 0 }, limits) =>
      edge <= limits.maxEdge
        ? undefined
        : {
            value: edge,
            threshold: limits.maxEdge,
            detail: `edge ${cents(edge)} is above ${cents(limits.maxEdge)}: look for the error first`,
          },
  },
  {
    id: "cooldown",
    doc: "The same side of the same market is signalled once in a while only.",
    check({ now, lastSignalAt }, limits) {
      if (lastSignalAt === undefined) return undefined;
      const minutes = (now - lastSignalAt) / 60_000;
      return minutes >= limits.cooldownMinutes
        ? undefined
        : {
            value: minutes,
            threshold: limits.cooldownMinutes,
            detail: `signalled ${minutes.toFixed(0)} min ago, again after ${limits.cooldownMinutes}`,
          };
    },
  },
];

/** Where a candidate ends: the first gate it fails, or `signal`; `position` counts the gates passed. */
export function decide(candidate: Candidate, limits: GateLimits): { gate: string; position: number } & Verdict {
  for (const [position, gate] of gates.entries()) {
    const verdict = gate.check(candidate, limits);
    if (verdict !== undefined) return { gate: gate.id, position, ...verdict };
  }
  const { edge = 0 } = candidate;
  return {
    gate: "signal",
    position: gates.length,
    value: edge,
    threshold: limits.minEdge,
    detail: `edge ${cents(edge)} after fees`,
  };
}
