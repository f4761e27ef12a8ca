/**
 * The price that the markets settle on, from the best that is fresh: the index itself, else a proxy of what venues stream,
 * else with what they answer when asked. Nothing jumps when the index falls silent: its last print is exact for its own
 * instant, venues that were seen later tell where the price went since, and the older the print is the more they say.
 * Where none of it will do there is no price; there is never a default one.
 */
import { basisNoiseBps, type BasisReport } from "./basis.ts";
import { type FairValue, fairValue, type VenuePrice } from "./fair-value.ts";
import {
  type BasisParameters,
  basisParameters,
  type FairValueParameters,
  fairValueParameters,
  type IndexParameters,
  indexParameters,
  type Origin,
} from "./parameters.ts";

/** What a venue showed. */
export interface VenueQuote {
  venue: string;
  origin: Origin;
  /** What the price is in; USDT is not USD. */
  currency: "USD" | "USDT";
  bid: number;
  ask: number;
  /** By our clock, epoch ms. */
  receivedAt: number;
}

export interface IndexFacts {
  /** Epoch ms by our clock. */
  now: number;
  /** The newest print of BRTI, or the last to come where its time is not believed; undefined when there is none. */
  brti: { value: number; printAt: number; receivedAt: number } | undefined;
  /** The newest quote of each venue and origin. */
  quotes: readonly VenueQuote[];
  /** Ids of the venues that can speak, by how. */
  asked: Readonly<Record<Origin, readonly string[]>>;
  /** Dollars for one USDT; undefined when it is not known. */
  usdt: { rate: number; receivedAt: number } | undefined;
  basis: BasisReport;
  /** Volatility of log price per √second. */
  sigma: number;
}

/** The part of the chain that gave the price, or more of it than the other. `rest`: at least one venue was polled. */
export type IndexSource = "brti" | "proxy" | "rest";

export interface IndexLevel {
  source: IndexSource;
  /** $. */
  price: number;
  /** The instant that the price is of, epoch ms: what the price did since then is part of its uncertainty. */
  at: number;
  /** In (0, 1]. */
  confidence: number;
  /** Standard deviation of its difference to the index, basis points; 0 for the index itself. */
  noiseBps: number;
  /** How much of the price the last print of the index says, in [0, 1]. */
  indexShare: number;
  /** Why the index is not believed: its times or the venues contradict it. Null where nothing does. */
  contradiction: string | null;
  /** What the proxy is made of; null for the index itself. */
  proxy: FairValue | null;
  /** Why the parts of the chain before it gave nothing. */
  passed: string[];
}

const seconds = (ms: number) => ms / 1000;

/** The quotes of the given origins as dollar mids, the fresher one of each venue, and why others were left out. */
function venuePrices(facts: IndexFacts, origins: readonly Origin[], parameters: Parameters) {
  const { now, usdt } = facts;
  const { maxSkewSeconds, usdtStaleSeconds } = parameters.index;
  const convertible = usdt !== undefined && usdt.rate > 0 && seconds(now - usdt.receivedAt) <= usdtStaleSeconds;
  const best = new Map<string, { freshness: number; price: VenuePrice }>();
  const left: string[] = [];
  for (const { venue, origin, currency, bid, ask, receivedAt } of facts.quotes) {
    if (!origins.includes(origin)) continue;
    const ageSeconds = seconds(now - receivedAt);
    if (!(bid > 0) || !(ask > bid)) left.push(`${venue}: bid ${bid} and ask ${ask} are no quote`);
    else if (ageSeconds < -maxSkewSeconds) left.push(`${venue}: received ${-ageSeconds} s in the future`);
    else if (currency === "USDT" && !convertible) left.push(`${venue}: no fresh rate of USDT in dollars`);
    else {
      const freshness = 2 ** (-Math.max(0, ageSeconds) / parameters.fairValue.halfLifeSeconds[origin]);
      const known = best.get(venue);
      if (known !== undefined && known.freshness >= freshness) continue;
      const rate = currency === "USDT" ? (usdt?.rate ?? Number.NaN) : 1;
      best.set(venue, { freshness, price: { venue, origin, price: ((bid + ask) / 2) * rate, ageSeconds } });
    }
  }
  return { prices: [...best.values()].map(({ price }) => price), left };
}

interface Parameters {
  index: IndexParameters;
  fairValue: FairValueParameters;
  basis: BasisParameters;
}

/** Why a print cannot be placed in time; undefined where the clocks agree. */
export function clocksApart(
  { printAt, receivedAt }: { printAt: number; receivedAt: number },
  { maxSkewSeconds }: IndexParameters = indexParameters,
): string | undefined {
  const late = seconds(receivedAt - printAt);
  if (Math.abs(late) <= maxSkewSeconds) return undefined;
  const [side, cause] =
    late < 0
      ? ["before", "our clock is behind, or the index's is ahead"]
      : ["after", "our clock is ahead, or the index's is behind, or its prints come late"];
  return `BRTI: a print reached us ${Math.abs(late).toFixed(1)} s ${side} its own time, at most ${maxSkewSeconds} s are allowed: ${cause}`;
}

interface NoIndex {
  none: string;
  /** There is a print, and it is not believed. */
  contradicted: boolean;
}

function fromIndex({ now, brti }: IndexFacts, { index }: Parameters): IndexLevel | NoIndex {
  if (brti === undefined) return { none: "BRTI: no print", contradicted: false };
  const { value, printAt, receivedAt } = brti;
  const age = seconds(now - receivedAt);
  if (!(value > 0) || !Number.isFinite(value)) return { none: `BRTI: ${value} is no price`, contradicted: false };
  const apart = clocksApart(brti, index);
  if (apart !== undefined) return { none: apart, contradicted: true };
  if (age < -index.maxSkewSeconds) {
    return { none: `BRTI: a print is received ${(-age).toFixed(1)} s in the future`, contradicted: true };
  }
  return {
    source: "brti",
    price: value,
    at: printAt,
    confidence: 2 ** (-Math.max(0, age) / index.brtiHalfLifeSeconds),
    noiseBps: 0,
    indexShare: 1,
    contradiction: null,
    proxy: null,
    passed: [],
  };
}

function fromVenues(
  facts: IndexFacts,
  origins: readonly Origin[],
  minConfidence: number,
  parameters: Parameters,
): IndexLevel | { none: string } {
  const what = origins.length === 1 ? "streams" : "streams and polls";
  const { prices, left } = venuePrices(facts, origins, parameters);
  const because = (reason: string) => ({ none: [`${what}: ${reason}`, ...left].join("; ") });
  const asked = [...new Set(origins.flatMap((origin) => facts.asked[origin]))];
  const value = fairValue(prices, asked, parameters.fairValue);
  if ("none" in value) return because(value.none);
  const { confidence, disagreementBps } = value;
  if (disagreementBps > parameters.index.maxDisagreementBps) {
    return because(
      `the venues are ${disagreementBps.toFixed(1)} bps apart, at most ${parameters.index.maxDisagreementBps} are allowed`,
    );
  }
  if (confidence < minConfidence) {
    return because(`confidence ${confidence.toFixed(3)}, at least ${minConfidence} is asked`);
  }
  return {
    source: value.venues.some(({ origin }) => origin === "rest") ? "rest" : "proxy",
    price: value.price,
    at: facts.now - value.ageSeconds * 1000,
    confidence,
    noiseBps: basisNoiseBps(facts.basis, disagreementBps, parameters.basis),
    indexShare: 0,
    contradiction: null,
    proxy: value,
    passed: [],
  };
}

const apartBps = (a: number, b: number) => Math.abs(Math.log(a / b)) * 1e4;

/**
 * The index as long as the venues do not contradict it. They can where at least two fresh ones agree with each other: that
 * is the confidence asked of them here, polled or streamed.
 */
function fromBelievedIndex(facts: IndexFacts, parameters: Parameters): IndexLevel | NoIndex {
  const index = fromIndex(facts, parameters);
  if ("none" in index) return index;
  const { minStreamConfidence, maxDisagreementBps } = parameters.index;
  const proxy = fromVenues(facts, ["stream", "rest"], minStreamConfidence, parameters);
  if ("none" in proxy) return index;
  const apart = apartBps(index.price, proxy.price);
  if (apart <= maxDisagreementBps) return index;
  return {
    none: `BRTI: the print ${index.price} is ${apart.toFixed(1)} bps off the venues' ${proxy.price.toFixed(2)}, at most ${maxDisagreementBps} are allowed`,
    contradicted: true,
  };
}

/**
 * One level of two observations: the print, exact at its instant, and venues seen later, with their noise. Until then the
 * price has had the variance of its volatility. It may have jumped as well: as far as the print's age has taken from its
 * own trust and the venues have theirs, what they show beside it counts as the price's way since. The shares are by these
 * variances; what the two differ by stays as noise, most where both say as much. A print that is as new as the venues
 * leaves them nothing to say.
 */
function combined(index: IndexLevel, venues: IndexLevel, facts: IndexFacts, parameters: Parameters): IndexLevel {
  const gap = seconds(venues.at - index.at);
  const confidence = Math.max(index.confidence, venues.confidence);
  if (gap <= 0) return { ...index, confidence };
  const apart = apartBps(index.price, venues.price);
  // Venues that are too few to contradict the index are not mixed with what they do not fit.
  if (apart > parameters.index.maxDisagreementBps) return index.confidence >= venues.confidence ? index : venues;
  const jump = (1 - 2 ** (-gap / parameters.index.brtiHalfLifeSeconds)) * venues.confidence * apart;
  const moved = (facts.sigma * 1e4) ** 2 * gap + jump ** 2;
  const share = moved / (moved + venues.noiseBps ** 2);
  return {
    ...venues,
    source: share <= 0.5 ? "brti" : venues.source,
    price: index.price + share * (venues.price - index.price),
    confidence,
    noiseBps: Math.sqrt(share * venues.noiseBps ** 2 + share * (1 - share) * apart ** 2),
    indexShare: 1 - share,
  };
}

/** @returns the price with its source, or why there is none from any part of the chain. */
export function indexLevel(facts: IndexFacts, overrides: Partial<Parameters> = {}): IndexLevel | { none: string } {
  const parameters = { index: indexParameters, fairValue: fairValueParameters, basis: basisParameters, ...overrides };
  const { minConfidence, minStreamConfidence } = parameters.index;
  const index = fromBelievedIndex(facts, parameters);
  const streams = fromVenues(facts, ["stream"], minStreamConfidence, parameters);
  const venues = "none" in streams ? fromVenues(facts, ["stream", "rest"], minConfidence, parameters) : streams;
  const left = "none" in streams ? [streams.none] : [];
  if ("none" in index) {
    const passed = [index.none, ...left];
    if ("none" in venues) return { none: [...passed, venues.none].join(" | ") };
    return { ...venues, contradiction: index.contradicted ? index.none : null, passed };
  }
  const old = `BRTI: the newest print is ${seconds(facts.now - index.at).toFixed(1)} s old`;
  if ("none" in venues) {
    if (index.confidence >= minConfidence) return index;
    return { none: [old, ...left, venues.none].join(" | ") };
  }
  const level = combined(index, venues, facts, parameters);
  if (level.source === "brti") return level;
  return { ...level, passed: [`${old} and says ${(level.indexShare * 100).toFixed(0)} % of the price`, ...left] };
}
