/** What the market thinks: mids of one event as probabilities, and whether they agree with each other. */
import type { EventOutcomes } from "./event-outcomes.ts";
import { dollar, type Price } from "./price.ts";
import type { StrikeInterval } from "./strikes.ts";

export interface Quote {
  /** Best Yes bid, micro-dollars; null when nobody bids. */
  bid: Price | null;
  /** Best Yes ask, micro-dollars; null when nobody offers. */
  ask: Price | null;
}

/** No market is taken to be less likely than this: a mid of half a cent is a tick, not a forecast. */
export const impliedFloor = 1e-4;

/** Mid in dollars. One empty side counts as 0 or 1, for the mid only; undefined when both are empty. */
export function midOf({ bid, ask }: Quote): number | undefined {
  if (bid === null && ask === null) return undefined;
  return ((bid ?? 0) + (ask ?? dollar)) / 2 / dollar;
}

/**
 * Mids, and in the tails what those leave of a dollar, in proportion to the asks and never more than them.
 * @param tailAsk see `EventOutcomes`
 */
function midsOf(quotes: readonly Quote[], tailAsk: Price = 0): (number | undefined)[] {
  const asks = quotes.map(({ bid, ask }) =>
    bid === null && ask !== null && ask <= tailAsk ? ask / dollar : undefined,
  );
  const mids = quotes.map((quote, index) => (asks[index] === undefined ? midOf(quote) : undefined));
  const left = Math.max(0, 1 - mids.reduce<number>((sum, mid) => sum + (mid ?? 0), 0));
  const offered = asks.reduce<number>((sum, ask) => sum + (ask ?? 0), 0);
  return mids.map((mid, index) => {
    const ask = asks[index];
    return ask === undefined ? mid : Math.min(ask, Math.max(impliedFloor, (left * ask) / offered));
  });
}

/** Undefined when there is no market, or one that shows no quote on either side. */
function allMids(quotes: readonly Quote[], tailAsk: Price | undefined): number[] | undefined {
  const mids = midsOf(quotes, tailAsk).filter((mid) => mid !== undefined);
  return mids.length === 0 || mids.length < quotes.length ? undefined : mids;
}

/**
 * P(Yes) of each market of an event: mids, floored at `impliedFloor`, divided by their sum.
 * @returns undefined ("no quote") when a market of the event shows no quote on either side, or there is no market.
 */
export function impliedProbabilities(quotes: readonly Quote[], tailAsk?: Price): number[] | undefined {
  const floored = allMids(quotes, tailAsk)?.map((mid) => Math.max(mid, impliedFloor));
  if (floored === undefined) return undefined;
  const sum = floored.reduce((total, mid) => total + mid, 0);
  return floored.map((mid) => mid / sum);
}

/**
 * P(Yes) of each market by the market. Of exclusive markets all or none have one; of nested ones each that shows a quote.
 * Mids over intervals that overlap, or leave something out, are no distribution: then there is none.
 */
export function marketProbabilities(quotes: readonly Quote[], outcomes: EventOutcomes): (number | undefined)[] {
  if ("fault" in outcomes) return quotes.map(() => undefined);
  if (outcomes.kind === "nested") {
    return midsOf(quotes).map((mid) =>
      mid === undefined ? undefined : Math.min(1 - impliedFloor, Math.max(mid, impliedFloor)),
    );
  }
  const implied = impliedProbabilities(quotes, outcomes.tailAsk);
  return quotes.map((_, index) => implied?.[index]);
}

/**
 * What the quotes of an event have to say to each other, dollars. sum: of exclusive markets the sum of the mids, 1 where
 * they agree. inversion: of nested ones by how much a threshold is held for likelier than one below it, 0 where none is.
 * Far from it, an edge against one quote is an artefact of another.
 */
export type Coherence = { kind: "sum"; sum: number } | { kind: "inversion"; inversion: number };

/** By how much the mid of a threshold lies above that of one below it. */
function largestInversion(
  mids: readonly (number | undefined)[],
  intervals: readonly (StrikeInterval | undefined)[],
): number {
  const above = intervals
    .flatMap((interval, index) => {
      const mid = mids[index];
      if (interval === undefined || interval.lowest === null || interval.highest !== null) return [];
      return mid === undefined ? [] : [{ lowest: interval.lowest, mid }];
    })
    .sort((a, b) => a.lowest - b.lowest);
  let least = Infinity;
  let inversion = 0;
  for (const { mid } of above) {
    inversion = Math.max(inversion, mid - least);
    least = Math.min(least, mid);
  }
  return inversion;
}

/** Undefined when one of the exclusive markets, or every nested one, shows no quote. */
export function coherenceOf(quotes: readonly Quote[], outcomes: EventOutcomes): Coherence | undefined {
  if (!("fault" in outcomes) && outcomes.kind === "nested") {
    const mids = midsOf(quotes);
    if (mids.every((mid) => mid === undefined)) return undefined;
    return { kind: "inversion", inversion: largestInversion(mids, outcomes.intervals) };
  }
  const tailAsk = "fault" in outcomes ? undefined : outcomes.tailAsk;
  const sum = allMids(quotes, tailAsk)?.reduce((total, mid) => total + mid, 0);
  return sum === undefined ? undefined : { kind: "sum", sum };
}
