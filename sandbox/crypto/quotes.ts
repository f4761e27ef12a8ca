/** What the books of the bitcoin events show: an informed price, moved by noise traders; now and then one contradicts the others. */
import { hour, minute } from "../calendar.ts";
import { hashText, type Noise, normalCdf } from "../noise.ts";
import type { Quote } from "../quotes.ts";
import type { Bitcoin } from "./bitcoin.ts";
import { cryptoSeries, type CryptoBracket, type CryptoEvent } from "./events.ts";

const streams = {
  drift: hashText("bitcoin noise traders"),
  width: hashText("bitcoin noise about volatility"),
  spread: hashText("bitcoin spread"),
  size: hashText("bitcoin size"),
  turnover: hashText("bitcoin turnover"),
  dislocation: hashText("bitcoin dislocation"),
};

/** Prints in the averaging window. */
const prints = 60;
/** Seconds that averaging takes off the variance's clock before the window begins (crypto-and-trading.md §2.4). */
const averaging = 39.5;
/** Share of hours in which one threshold is traded against its neighbours for some minutes, and by how much, cents. */
const dislocationShare = 0.5;
const dislocationCents = 14;
const dislocationMinutes = 4;

/** The price in cents on its grid: tenths below 10 and above 90 where the grid is fine (`tapered_deci_cent`), else whole cents. */
function onGrid(cents: number, fine: boolean, round: (value: number) => number): number {
  const tenths = round(Math.round(cents * 1e6) / 1e5);
  return fine && (tenths < 100 || tenths > 900) ? tenths / 10 : round(Math.round(cents * 1e6) / 1e6);
}

/** 1 where Yes and No are equally likely, 0 where all is decided. */
const roomOf = (probability: number) => 2 * Math.sqrt(Math.max(0, probability * (1 - probability)));

const within = ({ from, to }: CryptoBracket, above: (value: number) => number) =>
  (from === null ? 1 : above(from)) - (to === null ? 0 : above(to + 1));

export interface CryptoQuotes {
  /** One for each bracket, prices in cents (tenths where the grid has them). */
  at(event: CryptoEvent, now: number): Quote[];
}

export function createCryptoQuotes(noise: Noise, bitcoin: Bitcoin): CryptoQuotes {
  /** P(settlement >= value), value in cents of the index, as somebody knows it who sees the index and its volatility. */
  const atLeast = (event: CryptoEvent, now: number): ((value: number) => number) => {
    const seconds = (event.closeAt - now) / 1000;
    const price = bitcoin.priceAt(now);
    const sigma = bitcoin.volatilityAt(now);
    let mean = price;
    let variance: number;
    if (seconds > prints) variance = seconds - averaging;
    else {
      const unknown = Math.max(0, Math.ceil(seconds));
      let known = 0;
      const end = Math.round(event.closeAt / 1000);
      for (let second = end - prints; second < end - unknown; second += 1) known += bitcoin.print(second);
      mean = (known + unknown * price) / prints;
      variance = (unknown * (unknown + 1) * (2 * unknown + 1)) / 21_600;
    }
    // Noise traders move the price and the volatility that all books of a close are made by: makers see to it that these do
    // not contradict each other.
    const close = Math.round(event.closeAt / minute);
    const wider = Math.exp(0.08 * noise.drift(streams.width, now / (5 * minute), close));
    const sd = Math.max(0.01, price * sigma * Math.sqrt(variance) * wider);
    mean += 0.06 * sd * noise.drift(streams.drift, now / minute, close);
    return (value) => 1 - normalCdf((value / 100 - 0.005 - mean) / sd);
  };

  /** Cents by which the mid of a bracket is dislocated. */
  const moved = (event: CryptoEvent, now: number, index: number): number => {
    if (event.series !== "KXBTCD") return 0;
    const number = Math.round(event.closeAt / hour);
    const draw = noise.uniform(streams.dislocation, number, 0);
    if (draw >= dislocationShare) return 0;
    const from = event.closeAt - hour + (10 + (draw / dislocationShare) * 40) * minute;
    const middle = Math.floor(event.brackets.length / 2);
    const target = middle - 2 + Math.floor(4 * noise.uniform(streams.dislocation, number, 1));
    if (index !== target || now < from || now >= from + dislocationMinutes * minute) return 0;
    return noise.uniform(streams.dislocation, number, 2) < 0.5 ? dislocationCents : -dislocationCents;
  };

  const kept = new WeakMap<CryptoEvent, readonly number[]>();
  /** How open each market was when trading began: what is traded grows by that, and never shrinks. */
  const roomsAtOpening = (event: CryptoEvent): readonly number[] => {
    let rooms = kept.get(event);
    if (rooms === undefined) {
      const above = atLeast(event, event.openAt);
      kept.set(event, (rooms = event.brackets.map((bracket) => roomOf(within(bracket, above)))));
    }
    return rooms;
  };

  return {
    at(event, now) {
      const trading = now >= event.openAt && now < event.closeAt;
      const at = Math.min(Math.max(now, event.openAt), event.closeAt - 1000);
      const above = atLeast(event, at);
      const fine = event.series === "KXBTC15M";
      const address = Math.round(event.closeAt / minute) * cryptoSeries.length + cryptoSeries.indexOf(event.series);
      const rooms = roomsAtOpening(event);
      const block = Math.floor(at / (20 * 1000));
      return event.brackets.map((bracket, index) => {
        const probability = within(bracket, above);
        const room = roomOf(probability);
        const mid = Math.min(100, Math.max(0, 100 * probability + moved(event, at, index)));
        const wide = 1 + Math.floor(3 * noise.uniform(streams.spread, address, index, block) * (0.3 + room));
        const tick = fine && (mid < 10 || mid > 90) ? 0.1 : 1;
        const bid = onGrid(mid - (wide * tick) / 2, fine, Math.floor);
        const ask = onGrid(Math.max(bid, 0) + wide * tick, fine, Math.ceil);
        const size = (side: number) =>
          Math.max(100, Math.round(100 * Math.exp(4.2 + noise.normal(streams.size, address, index * 2 + side, block))));
        const share = Math.min(1, Math.max(0, (now - event.openAt) / (event.closeAt - event.openAt)));
        const volume = Math.floor(
          100 *
            share *
            (0.1 + (rooms[index] ?? 0)) *
            Math.exp(7 + 0.6 * noise.normal(streams.turnover, address, index)),
        );
        const least = fine ? 0.1 : 1;
        const hasBid = trading && bid >= least;
        const hasAsk = trading && ask <= 100 - least;
        return {
          bid: hasBid ? bid : null,
          bidSize: hasBid ? size(0) : 0,
          ask: hasAsk ? ask : null,
          askSize: hasAsk ? size(1) : 0,
          last: volume === 0 ? null : Math.min(100 - least, Math.max(least, onGrid(mid, fine, Math.round))),
          volume,
          openInterest: Math.floor(volume * 0.4),
        };
      });
    },
  };
}
