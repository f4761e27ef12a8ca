/**
 * The order books of an event: an informed price, pushed about by noise traders, quoted in whole cents by makers who
 * see to it that the six books do not contradict each other, except in the scripted dislocations.
 */
import { day, hour, minute } from "./calendar.ts";
import type { Event } from "./events.ts";
import { statusAt } from "./market-family.ts";
import { hashText, type Noise } from "./noise.ts";
import type { Outlook } from "./outlook.ts";

/** One market's best quotes. Prices in whole cents, sizes and volumes in hundredths of a contract; null = nobody. */
export interface Quote {
  bid: number | null;
  bidSize: number;
  ask: number | null;
  askSize: number;
  last: number | null;
  volume: number;
  openInterest: number;
}

/** A while in which all six books of an event together sell, or buy, a sure dollar too cheaply. */
interface Dislocation {
  city: number;
  climateDay: number;
  side: "yes" | "no";
  from: number;
  until: number;
}

export interface Quotes {
  /** One for each bracket of the event, in its order. */
  at(event: Event, now: number): Quote[];
}

const streams = {
  drift: hashText("noise traders"),
  shock: hashText("shock"),
  shockSize: hashText("shock size"),
  spread: hashText("spread"),
  empty: hashText("empty side"),
  listing: hashText("first quote"),
  size: hashText("size"),
  fraction: hashText("fraction"),
  turnover: hashText("turnover"),
  trade: hashText("trade"),
  episode: hashText("episode"),
};

/** Sums of asks and of bids, in cents, in a dislocation: about three cents beyond the six fees. */
const dislocatedAsks = 92;
const dislocatedBids = 108;
/** Days in which there is one dislocation. */
const dislocationDays = 3.5;

/** A number for a market, the same in every world of the seed. */
export const addressOf = (event: Event, bracket: number) => (event.climateDay * 8 + event.city.index) * 8 + bracket;

/** Makers remove sums that would hand out a sure profit. Works on the cents in place. */
const arrange = (bids: (number | null)[], asks: (number | null)[]) => {
  for (let turn = 0; asks.reduce<number>((sum, ask) => sum + (ask ?? 100), 0) < 101; turn += 1) {
    const at = turn % asks.length;
    asks[at] = Math.min(99, (asks[at] ?? 99) + 1);
  }
  for (let turn = 0; bids.reduce<number>((sum, bid) => sum + (bid ?? 0), 0) > 99; turn += 1) {
    const at = turn % bids.length;
    const bid = bids[at] ?? null;
    if (bid !== null) bids[at] = bid > 1 ? bid - 1 : null;
  }
};

const dislocate = (side: "yes" | "no", probabilities: number[], bids: (number | null)[], asks: (number | null)[]) => {
  const sum = side === "yes" ? dislocatedAsks : dislocatedBids;
  // Whole cents, at least one each, in proportion to the informed price; the likeliest bracket takes the rest.
  const cents = probabilities.map((p) => Math.max(2, Math.floor(p * sum)));
  const favourite = cents.indexOf(Math.max(...cents));
  cents[favourite] = (cents[favourite] ?? 0) + sum - cents.reduce((total, one) => total + one, 0);
  for (const [index, price] of cents.entries()) {
    bids[index] = side === "yes" ? price - 1 : price;
    asks[index] = side === "yes" ? price : price + 1;
  }
};

export function createQuotes(cityIndices: readonly number[], start: number, noise: Noise, outlook: Outlook): Quotes {
  const epoch = start / day;

  const dislocations = (aroundDay: number): Dislocation[] => {
    const block = Math.floor((aroundDay - epoch) / dislocationDays);
    return [block - 1, block, block + 1].flatMap((number) => {
      const pick = (what: number) => noise.uniform(streams.episode, number, what);
      const city = cityIndices[Math.floor(pick(0) * cityIndices.length)];
      if (city === undefined) return [];
      const climateDay = Math.floor(epoch + number * dislocationDays + 0.5 + pick(1) * (dislocationDays - 1));
      // Around 12 … 14 UTC, when the day's maximum is still open in every city: some minutes about a full hour.
      const from = climateDay * day + (12 + Math.floor(pick(2) * 3)) * hour - 10 * minute;
      const side = Math.abs(number) % 2 === 0 ? "yes" : "no";
      return [{ city, climateDay, side, from, until: from + 25 * minute }];
    });
  };

  const dislocationAt = (event: Event, now: number) =>
    dislocations(event.climateDay).find(
      (one) =>
        one.city === event.city.index && one.climateDay === event.climateDay && now >= one.from && now < one.until,
    );

  /** The informed price of each bracket, in [0, 1]. */
  const fair = (event: Event, now: number): number[] => {
    const atMost = outlook.atMost(event.city, event.climateDay, now);
    return event.brackets.map(
      ({ lowest, highest }) => (highest === null ? 1 : atMost(highest)) - (lowest === null ? 0 : atMost(lowest - 1)),
    );
  };

  /** Mid price in cents after the noise traders. */
  const noisyMid = (event: Event, now: number, bracket: number, probability: number) => {
    const address = addressOf(event, bracket);
    const room = 2 * Math.sqrt(Math.max(0, probability * (1 - probability)));
    let cents = 100 * probability + 1.7 * room * noise.drift(streams.drift, now / hour, address);
    const block = Math.floor(now / (2 * hour));
    if (room > 0.45 && noise.uniform(streams.shock, address, block) < 0.045) {
      const push = noise.uniform(streams.shockSize, address, block);
      // A mispricing grows and fades within its two hours.
      const swell = Math.sin(Math.PI * (now / hour / 2 - block));
      cents += (push < 0.5 ? -1 : 1) * (5 + 8 * Math.abs(push - 0.5)) * swell;
    }
    return cents;
  };

  const spreadOf = (event: Event, now: number, bracket: number, mid: number) => {
    const draw = noise.uniform(streams.spread, addressOf(event, bracket), Math.floor(now / (30 * minute)));
    const edge = Math.min(mid, 100 - mid);
    if (edge < 5) return 1 + Math.floor(draw * 2);
    const young = now - event.openAt < 3 * hour;
    return 1 + Math.floor(draw ** 1.4 * (young ? 6 : 4));
  };

  const sizeOf = (event: Event, now: number, bracket: number, side: number) => {
    const block = Math.floor(now / (15 * minute)) * 2 + side;
    const address = addressOf(event, bracket);
    const contracts = Math.exp(3.6 + 1.1 * noise.normal(streams.size, address, block));
    const hundredths = Math.max(100, Math.round(contracts) * 100);
    const draw = noise.uniform(streams.fraction, address, block);
    return draw < 0.4 ? hundredths + Math.floor(draw * 247) : hundredths;
  };

  const volumeAt = (event: Event, bracket: number, now: number) => {
    const share = Math.min(1, Math.max(0, (now - event.openAt) / (event.closeAt - event.openAt)));
    const total = Math.exp(8.2 + 0.8 * noise.normal(streams.turnover, addressOf(event, bracket)));
    return Math.floor(total * share ** 1.6 * 100);
  };

  return {
    at(event, now) {
      const trading = statusAt(event, now) === "active";
      const at = Math.min(Math.max(now, event.openAt), event.closeAt - 1);
      const probabilities = fair(event, at);
      const bids: (number | null)[] = [];
      const asks: (number | null)[] = [];
      const mids: number[] = [];
      for (const [bracket, probability] of probabilities.entries()) {
        const mid = noisyMid(event, at, bracket, probability);
        const spread = spreadOf(event, at, bracket, mid);
        const bid = Math.min(99, Math.round(mid - spread / 2));
        const ask = Math.max(1, bid + spread);
        mids.push(Math.min(99, Math.max(1, Math.round(mid))));
        bids.push(bid < 1 ? null : bid);
        asks.push(ask > 99 ? null : ask);
      }
      const dislocation = dislocationAt(event, at);
      if (dislocation === undefined) arrange(bids, asks);
      else dislocate(dislocation.side, probabilities, bids, asks);
      return event.brackets.map((_, bracket) => {
        const address = addressOf(event, bracket);
        const firstQuote = event.openAt + noise.uniform(streams.listing, address) * 40 * minute;
        const gone = noise.uniform(streams.empty, address, Math.floor(at / (30 * minute)));
        const quoted = trading && at >= firstQuote;
        const whole = dislocation !== undefined;
        const bid = quoted && (whole || gone > 0.012) ? (bids[bracket] ?? null) : null;
        const ask = quoted && (whole || gone < 0.988) ? (asks[bracket] ?? null) : null;
        const volume = volumeAt(event, bracket, now);
        // The last trade was at the mid of some minutes ago, give or take a cent.
        const step = Math.round(noise.uniform(streams.trade, address, Math.floor(at / (5 * minute))) * 2 - 1);
        const last = volume === 0 ? null : Math.min(99, Math.max(1, (mids[bracket] ?? 1) + step));
        return {
          bid,
          bidSize: bid === null ? 0 : sizeOf(event, at, bracket, 0),
          ask,
          askSize: ask === null ? 0 : sizeOf(event, at, bracket, 1),
          last,
          volume,
          openInterest: Math.floor(volume * 0.6),
        };
      });
    },
  };
}
