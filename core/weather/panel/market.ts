/**
 * What the markets of one event had shown, minute by minute: quotes filled forward with their age, the probabilities
 * that they imply together, how these move, and how far each bracket stands from its neighbours.
 */
import { impliedProbabilities, midOf, type Quote } from "../../market/implied.ts";
import { type Count, dollar, type Price } from "../../market/price.ts";
import { MINUTE_MS, minutesPerDay, newColumn } from "./minutes.ts";

/** Over so many minutes a probability's change is taken: a move of one tick within a minute is noise. */
const VELOCITY_MINUTES = 5;
const VOLUME_MINUTES = 60;

/** What one market showed from an instant on, until it showed something else. */
export interface PanelQuote {
  /** Place of the market in the event, from 0. */
  market: number;
  /** When it could be seen, epoch ms UTC. */
  at: number;
  /** Micro-dollars; null when nobody bids or offers, or the market was not open. */
  bid: Price | null;
  ask: Price | null;
  /** Contracts traded until then, hundredths, counted from anywhere; null when not told. */
  volume: Count | null;
}

/** One value a minute for one market; NaN where there is none. */
export interface MarketColumns {
  /** Dollars. */
  bid: Float64Array;
  ask: Float64Array;
  mid: Float64Array;
  /** Since the quote could be seen, minutes. */
  ageMinutes: Float64Array;
  /** The market's P(Yes) beside the event's others; NaN while one of them shows no quote. */
  probability: Float64Array;
  /** Its change over the last five minutes, and the change of that. */
  velocity: Float64Array;
  acceleration: Float64Array;
  /** How much more probable than the colder and than the warmer neighbour; NaN at the ends. */
  overColder: Float64Array;
  overWarmer: Float64Array;
  /** Traded so far, counted from anywhere, and in the last hour, contracts. */
  volume: Float64Array;
  volume60: Float64Array;
}

const dollars = (price: Price | null) => (price === null ? Number.NaN : price / dollar);

function fillChanges({ probability, velocity, acceleration, volume, volume60 }: MarketColumns): void {
  for (let minute = VELOCITY_MINUTES; minute < probability.length; minute++)
    velocity[minute] = (probability[minute] as number) - (probability[minute - VELOCITY_MINUTES] as number);
  for (let minute = 2 * VELOCITY_MINUTES; minute < probability.length; minute++)
    acceleration[minute] = (velocity[minute] as number) - (velocity[minute - VELOCITY_MINUTES] as number);
  for (let minute = VOLUME_MINUTES; minute < probability.length; minute++)
    volume60[minute] = (volume[minute] as number) - (volume[minute - VOLUME_MINUTES] as number);
}

/**
 * @param input.start local standard midnight, epoch ms UTC
 * @param input.markets how many there are, the coldest bracket first
 * @param input.quotes of the day and the last ones before it, in any order
 * @param input.minutes how many minutes of the day to fill: all, or up to the present one
 * @param input.partition whether the brackets cover every whole degree once: else there are no probabilities
 */
export function marketColumns(input: {
  start: number;
  markets: number;
  quotes: readonly PanelQuote[];
  minutes?: number;
  partition?: boolean;
}): MarketColumns[] {
  const { start, markets, minutes = minutesPerDay, partition = true } = input;
  const quotes = input.quotes.toSorted((a, b) => a.at - b.at);
  const columns = Array.from({ length: markets }, (): MarketColumns => ({
    bid: newColumn(minutes),
    ask: newColumn(minutes),
    mid: newColumn(minutes),
    ageMinutes: newColumn(minutes),
    probability: newColumn(minutes),
    velocity: newColumn(minutes),
    acceleration: newColumn(minutes),
    overColder: newColumn(minutes),
    overWarmer: newColumn(minutes),
    volume: newColumn(minutes),
    volume60: newColumn(minutes),
  }));
  const shown: Quote[] = columns.map(() => ({ bid: null, ask: null }));
  const seenAt = newColumn(markets);
  const total = newColumn(markets);
  let implied: number[] | undefined;
  let next = 0;
  for (let minute = 0; minute < minutes; minute++) {
    const at = start + minute * MINUTE_MS;
    let changed = false;
    for (let quote = quotes[next]; quote !== undefined && quote.at <= at; quote = quotes[++next]) {
      const { market, bid, ask, volume } = quote;
      if (market < 0 || market >= markets)
        throw new RangeError(`a quote of market ${market}; the event has ${markets}`);
      shown[market] = { bid, ask };
      seenAt[market] = quote.at;
      if (volume !== null) total[market] = volume / 100;
      changed = true;
    }
    if (changed) implied = partition ? impliedProbabilities(shown) : undefined;
    for (let market = 0; market < markets; market++) {
      const column = columns[market] as MarketColumns;
      const quote = shown[market] as Quote;
      column.bid[minute] = dollars(quote.bid);
      column.ask[minute] = dollars(quote.ask);
      column.mid[minute] = midOf(quote) ?? Number.NaN;
      column.ageMinutes[minute] = (at - (seenAt[market] as number)) / MINUTE_MS;
      column.volume[minute] = total[market] as number;
      if (implied === undefined) continue;
      const own = implied[market] as number;
      column.probability[minute] = own;
      if (market > 0) column.overColder[minute] = own - (implied[market - 1] as number);
      if (market < markets - 1) column.overWarmer[minute] = own - (implied[market + 1] as number);
    }
  }
  for (const column of columns) fillChanges(column);
  return columns;
}
