/**
 * The exchange's export of one event's prices (CSV): `timestamp` and a column a bracket, headed by its subtitle; the cells
 * are last traded prices in cents by the minute. A minute without a change is not there, a bracket that has not traded yet
 * is an empty cell. There are no bids and asks in it.
 */
import { impliedProbabilities } from "../../market/implied.ts";
import { dollar, type Price } from "../../market/price.ts";
import { readStrikeText } from "../../market/strike-text.ts";
import { partitionFault, type StrikeInterval } from "../../market/strikes.ts";

const HOUR_MS = 3_600_000;
const MICRODOLLARS_PER_CENT = 10_000;

export interface MinutePrices {
  brackets: readonly { subtitle: string; interval: StrikeInterval }[];
  /** In the order of time; prices in the order of the brackets, null before the first trade. */
  minutes: readonly { at: number; prices: readonly (Price | null)[] }[];
}

/** What the market thought at an instant, from the minutes that ended before it. */
export interface MarketBelief {
  at: number;
  /** Hours to the end of the climate day. */
  hoursLeft: number;
  /** P(Yes) of each bracket, summing to 1. */
  probabilities: readonly number[];
  /** What the last prices sum to, dollars: they were traded at different times. */
  priceSum: number;
}

function priceOf(cell: string, where: string): Price | null {
  if (cell === "") return null;
  const cents = /^\d{1,3}(?:\.\d{1,4})?$/.test(cell) ? Number(cell) : Number.NaN;
  if (!(cents >= 0 && cents <= 100)) throw new Error(`${where}: "${cell}" is no price in cents from 0 to 100`);
  return Math.round(cents * MICRODOLLARS_PER_CENT);
}

/** @throws when a heading is no bracket, the brackets are no partition, or a cell is no price. */
export function parseMinutePrices(csv: string): MinutePrices {
  const [head = "", ...lines] = csv
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .filter((line) => line !== "");
  const [first, ...subtitles] = head.split(",");
  if (first !== "timestamp") throw new Error(`the first column is "${first}"; expected timestamp`);
  const brackets = subtitles.map((subtitle) => {
    const reading = readStrikeText(subtitle);
    if ("unread" in reading) throw new Error(`column "${subtitle}" is no bracket: ${reading.unread}`);
    return { subtitle, interval: reading.interval };
  });
  const fault = partitionFault(brackets.map(({ interval }) => interval));
  if (fault !== undefined) throw new Error(`the brackets are no partition: ${fault}`);
  const minutes = lines.map((line, index) => {
    const [stamp = "", ...cells] = line.split(",");
    const at = stamp.endsWith("Z") ? Date.parse(stamp) : Number.NaN;
    if (Number.isNaN(at)) throw new Error(`row ${index + 2}: timestamp "${stamp}" is no instant in UTC`);
    if (cells.length !== brackets.length)
      throw new Error(`row ${index + 2} has ${cells.length} prices of ${brackets.length} brackets`);
    return { at, prices: cells.map((cell) => priceOf(cell, `row ${index + 2}`)) };
  });
  return { brackets, minutes: minutes.toSorted((a, b) => a.at - b.at) };
}

/** Last prices before an instant; a bracket without one is null. */
function pricesBefore({ brackets, minutes }: MinutePrices, instant: number): (Price | null)[] {
  const last: (Price | null)[] = brackets.map(() => null);
  for (const { at, prices } of minutes) {
    if (at >= instant) break;
    for (const [index, price] of prices.entries()) if (price !== null) last[index] = price;
  }
  return last;
}

/** At every full hour up to the end of the climate day, as soon as each bracket has traded. */
export function hourlyBeliefs(prices: MinutePrices, dayEnd: number): MarketBelief[] {
  const [first] = prices.minutes;
  if (first === undefined) return [];
  const beliefs: MarketBelief[] = [];
  for (let at = Math.ceil(first.at / HOUR_MS) * HOUR_MS; at <= dayEnd; at += HOUR_MS) {
    const last = pricesBefore(prices, at);
    // A trade is both sides at once; a bracket that never traded has no price, and no hour is made up around it.
    const traded = last.flatMap((price) => (price === null ? [] : [{ bid: price, ask: price }]));
    const probabilities = traded.length === last.length ? impliedProbabilities(traded) : undefined;
    if (probabilities === undefined) continue;
    const priceSum = traded.reduce((sum, { bid }) => sum + bid, 0) / dollar;
    beliefs.push({ at, hoursLeft: (dayEnd - at) / HOUR_MS, probabilities, priceSum });
  }
  return beliefs;
}

/** The bracket that the market itself held for certain when it closed: its last price at 97 cents or more. */
export function closingBracket(prices: MinutePrices): number | undefined {
  const certain = pricesBefore(prices, Infinity).flatMap((price, index) =>
    price !== null && price >= 0.97 * dollar ? [index] : [],
  );
  return certain.length === 1 ? certain[0] : undefined;
}
