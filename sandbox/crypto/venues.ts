/**
 * Spot venues over REST, each with its own payload (crypto-and-trading.md §1): a price that follows the index a little
 * late and a little off, now and then silence, now and then nonsense.
 */
import type { HttpResponse } from "../../core/ports.ts";
import { json } from "../answer.ts";
import { hour, minute } from "../calendar.ts";
import { hashText, type Noise } from "../noise.ts";
import type { Bitcoin } from "./bitcoin.ts";

interface VenueTraits {
  id: string;
  hosts: readonly string[];
  /** Seconds by which it trails the index. */
  lag: number;
  /** Basis points: how far its price wanders from the index, over hours, and from second to second. */
  wander: number;
  jitter: number;
  /** Half the usual distance of bid and ask, dollars. */
  halfSpread: number;
  /** Whether it quotes in USDT. */
  tether: boolean;
}

const traits: readonly VenueTraits[] = [
  {
    id: "coinbase",
    hosts: ["api.exchange.coinbase.com"],
    lag: 0.2,
    wander: 0.5,
    jitter: 0.15,
    halfSpread: 0.01,
    tether: false,
  },
  { id: "kraken", hosts: ["api.kraken.com"], lag: 0.5, wander: 0.7, jitter: 0.2, halfSpread: 0.05, tether: false },
  { id: "bitstamp", hosts: ["www.bitstamp.net"], lag: 0.9, wander: 0.9, jitter: 0.3, halfSpread: 1.5, tether: false },
  { id: "gemini", hosts: ["api.gemini.com"], lag: 0.9, wander: 1.0, jitter: 0.3, halfSpread: 1, tether: false },
  {
    id: "binance",
    hosts: ["api.binance.com", "data-api.binance.vision"],
    lag: 0,
    wander: 0.5,
    jitter: 0.1,
    halfSpread: 0.005,
    tether: true,
  },
  { id: "binance-us", hosts: ["api.binance.us"], lag: 3, wander: 3, jitter: 1, halfSpread: 12, tether: true },
];

export const venueHosts: readonly string[] = traits.flatMap(({ hosts }) => hosts);

/** Binance's main host refuses callers from the United States; the market-data host does not (crypto-and-trading.md §1.6). */
const restricted = "api.binance.com";

const streams = {
  wander: hashText("venue wander"),
  jitter: hashText("venue jitter"),
  outage: hashText("venue outage"),
  garbage: hashText("venue garbage"),
  size: hashText("venue size"),
  tether: hashText("tether"),
};

/** Hours with a silence of some minutes, and with a minute of nonsense. */
const outageShare = 0.02;
const garbageShare = 0.01;
const outageMinutes = 6;

interface Candle {
  open: number;
  high: number;
  low: number;
  close: number;
  /** Bitcoin. */
  volume: number;
}

export interface VenueQuote {
  /** Dollars, or USDT. */
  bid: number;
  ask: number;
  last: number;
  /** Bitcoin. */
  bidSize: number;
  askSize: number;
}

export interface Venues {
  answer(url: URL, now: number): HttpResponse;
  /** What the venue shows at an instant; undefined while nobody hears of it. */
  quote(id: string, now: number): VenueQuote | undefined;
  /** USD for one USDT. */
  tether(now: number): number;
}

export function createVenues(noise: Noise, bitcoin: Bitcoin): Venues {
  /** USD for one USDT. */
  const tetherAt = (at: number) => 1 - 0.0006 + 0.0003 * noise.drift(streams.tether, at / hour);

  const duringShare = (stream: number, share: number, index: number, at: number, minutes: number) => {
    const block = Math.floor(at / hour);
    const draw = noise.uniform(stream, index, block);
    if (draw >= share) return false;
    const from = block * hour + (draw / share) * (hour - minutes * minute);
    return at >= from && at < from + minutes * minute;
  };

  const quoteAt = (index: number, at: number): VenueQuote => {
    const venue = traits[index];
    if (venue === undefined) throw new Error(`the sandbox has no venue ${index}`);
    const second = Math.floor(at / 1000);
    const off =
      venue.wander * noise.drift(streams.wander, at / (20 * minute), index) +
      venue.jitter * noise.normal(streams.jitter, index, second);
    let mid = bitcoin.priceAt(second * 1000 - venue.lag * 1000) * (1 + off / 10_000);
    if (venue.tether) mid /= tetherAt(at);
    if (venue.id === "bitstamp" && duringShare(streams.garbage, garbageShare, index, at, 1)) mid *= 0.97;
    const size = (side: number) => Math.round(1e8 * Math.exp(noise.normal(streams.size, index, second, side))) / 1e8;
    return { bid: mid - venue.halfSpread, ask: mid + venue.halfSpread, last: mid, bidSize: size(0), askSize: size(1) };
  };

  const two = (value: number) => value.toFixed(2);

  const candles = new Map<string, Candle>();
  /** A minute of a venue's trades, sampled where the path can turn. */
  const candleAt = (index: number, minuteAt: number): Candle => {
    const key = `${index} ${minuteAt}`;
    const kept = candles.get(key);
    if (kept !== undefined) return kept;
    const prices = [0, 12, 24, 36, 48, 59].map((second) => quoteAt(index, minuteAt + second * 1000).last);
    const candle = {
      open: prices[0] ?? Number.NaN,
      close: prices.at(-1) ?? Number.NaN,
      high: Math.max(...prices),
      low: Math.min(...prices),
      volume: Math.round(1e8 * Math.exp(0.5 + noise.normal(streams.size, index, minuteAt / minute, 2))) / 1e8,
    };
    candles.set(key, candle);
    return candle;
  };

  /** Begins of the last minutes, the one that is still running included, oldest first. */
  const lastMinutes = (now: number, count: number) => {
    const running = Math.floor(now / minute) * minute;
    return Array.from({ length: count }, (_, back) => running - (count - 1 - back) * minute);
  };

  /** Null when the address is none of candles. */
  const history = (id: string, index: number, url: URL, now: number): unknown => {
    if (id === "kraken" && url.pathname === "/0/public/OHLC" && url.searchParams.get("pair") === "XBTUSD") {
      const rows = lastMinutes(now, 721).map((at) => {
        const { open, high, low, close, volume } = candleAt(index, at);
        const text = (value: number) => value.toFixed(1);
        return [
          at / 1000,
          text(open),
          text(high),
          text(low),
          text(close),
          text((open + close) / 2),
          volume.toFixed(8),
          31,
        ];
      });
      return { error: [], result: { XXBTZUSD: rows, last: (lastMinutes(now, 2)[0] ?? 0) / 1000 } };
    }
    if (id === "coinbase" && url.pathname === "/products/BTC-USD/candles") {
      return lastMinutes(now, 300)
        .toReversed()
        .map((at) => {
          const { open, high, low, close, volume } = candleAt(index, at);
          const cents = (value: number) => Math.round(value * 100) / 100;
          return [at / 1000, cents(low), cents(high), cents(open), cents(close), volume];
        });
    }
    return null;
  };

  /** Null when that venue does not know the address. */
  const payload = (id: string, url: URL, quote: VenueQuote, now: number): unknown => {
    switch (id) {
      case "coinbase":
        return url.pathname === "/products/BTC-USD/ticker"
          ? {
              ask: two(quote.ask),
              bid: two(quote.bid),
              volume: "8123.44120911",
              trade_id: Math.floor(now / 300),
              price: two(quote.last),
              size: "0.00431200",
              time: new Date(Math.floor(now / 1000) * 1000 - 140).toISOString().replace("Z", "213Z"),
              rfq_volume: "41.100226",
            }
          : null;
      case "kraken": {
        if (url.pathname !== "/0/public/Ticker") return null;
        const entry = (ask: string, bid: string, last: string) => ({
          a: [ask, "1", "1.000"],
          b: [bid, "1", "1.000"],
          c: [last, "0.00128000"],
          v: ["801.33218400", "2033.10882231"],
          p: [last, last],
          t: [21_034, 48_115],
          l: [bid, bid],
          h: [ask, ask],
          o: last,
        });
        const known: Record<string, [name: string, entry: unknown]> = {
          XBTUSD: ["XXBTZUSD", entry(quote.ask.toFixed(5), quote.bid.toFixed(5), quote.last.toFixed(5))],
          USDTUSD: [
            "USDTZUSD",
            entry((tetherAt(now) + 0.00005).toFixed(8), (tetherAt(now) - 0.00005).toFixed(8), tetherAt(now).toFixed(8)),
          ],
        };
        const pairs = (url.searchParams.get("pair") ?? "").split(",");
        if (pairs.some((pair) => known[pair] === undefined)) return { error: ["EQuery:Unknown asset pair"] };
        return { error: [], result: Object.fromEntries(pairs.flatMap((pair) => (known[pair] ? [known[pair]] : []))) };
      }
      case "bitstamp":
        return url.pathname === "/api/v2/ticker/btcusd/"
          ? {
              timestamp: String(Math.floor(now / 1000) - 1),
              open: two(quote.last),
              high: two(quote.ask),
              low: two(quote.bid),
              last: two(quote.last),
              volume: "1043.11820310",
              vwap: two(quote.last),
              bid: two(quote.bid),
              ask: two(quote.ask),
              side: "0",
              open_24: two(quote.last),
              percent_change_24: "0.31",
              market_type: "SPOT",
            }
          : null;
      case "gemini":
        return url.pathname === "/v1/pubticker/btcusd"
          ? {
              bid: two(quote.bid),
              ask: two(quote.ask),
              last: two(quote.last),
              volume: { BTC: "412.55120337", USD: "34011223.18", timestamp: Math.floor(now / 1000) * 1000 },
            }
          : null;
      default:
        return url.pathname === "/api/v3/ticker/bookTicker" && url.searchParams.get("symbol") === "BTCUSDT"
          ? {
              symbol: "BTCUSDT",
              bidPrice: quote.bid.toFixed(8),
              bidQty: quote.bidSize.toFixed(8),
              askPrice: quote.ask.toFixed(8),
              askQty: quote.askSize.toFixed(8),
            }
          : null;
    }
  };

  return {
    quote(id, now) {
      const index = traits.findIndex((venue) => venue.id === id);
      if (index < 0) throw new Error(`the sandbox has no venue ${id}`);
      return duringShare(streams.outage, outageShare, index, now, outageMinutes) ? undefined : quoteAt(index, now);
    },
    tether: tetherAt,
    answer(url, now) {
      const index = traits.findIndex(({ hosts }) => hosts.includes(url.hostname));
      const venue = traits[index];
      if (venue === undefined) return json(404, { message: "NotFound" });
      if (url.hostname === restricted) {
        return json(451, {
          code: 0,
          msg: "Service unavailable from a restricted location.",
        });
      }
      if (duringShare(streams.outage, outageShare, index, now, outageMinutes)) {
        // Kraken's errors come with status 200.
        return venue.id === "kraken"
          ? json(200, { error: ["EService:Unavailable"] })
          : json(503, { message: "Service Unavailable" });
      }
      const body = history(venue.id, index, url, now) ?? payload(venue.id, url, quoteAt(index, now), now);
      return body === null ? json(404, { message: "NotFound" }) : json(200, body);
    },
  };
}
