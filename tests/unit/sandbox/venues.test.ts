/** The simulated spot venues: what they show follows the index, and what goes wrong with them goes wrong as it does. */
import { describe, expect, test } from "vitest";
import { knownTickers } from "../../../core/crypto/venues/rest.ts";
import { createBitcoin } from "../../../sandbox/crypto/bitcoin.ts";
import { createNoise } from "../../../sandbox/noise.ts";
import { demoStart } from "../../../sandbox/incidents.ts";
import { ask, askJson, day, demoWorld, hour } from "./asking.ts";

const world = demoWorld();
const minute = 60_000;
const noon = demoStart + 3 * day + 18 * hour;
const bitcoin = createBitcoin(createNoise("brier"));

/** Mid of the product that the venue quotes bitcoin in; undefined while it is out. */
function midOf(venue: string, at: number): number | undefined {
  const ticker = knownTickers.find((one) => one.venue === venue);
  if (ticker === undefined) throw new Error(`no venue ${venue}`);
  const answer = ask(world, ticker.url, at);
  if (answer.status !== 200) return undefined;
  const read = ticker.decoders[0]?.(answer.body);
  if (read === undefined || "refusal" in read) return undefined;
  const [quote] = read.events;
  if (quote?.kind !== "quote") throw new Error(`${venue} shows no quote`);
  return (quote.bid + quote.ask) / 2;
}

describe("a venue", () => {
  test.each(knownTickers.map(({ venue }) => venue))("%s shows the index a little late and a little off", (venue) => {
    let seen = 0;
    for (let at = noon; at < noon + 2 * hour; at += 5 * minute) {
      const mid = midOf(venue, at);
      if (mid === undefined) continue;
      seen += 1;
      const off = Math.abs(Math.log(mid / bitcoin.priceAt(at))) * 1e4;
      // USDT trades a few basis points below the dollar, and Binance.US trails by seconds.
      expect(off).toBeLessThan({ binance: 12, "binance-us": 20 }[venue] ?? 8);
    }
    expect(seen).toBeGreaterThan(20);
  });

  test("falls silent for six minutes now and then: 503, and of Kraken an error with status 200", () => {
    const outages = new Map(knownTickers.map(({ venue }) => [venue, 0]));
    const answers = new Set<string>();
    for (let at = demoStart; at < demoStart + 4 * day; at += minute) {
      for (const { venue, url } of knownTickers) {
        if (midOf(venue, at) !== undefined) continue;
        outages.set(venue, (outages.get(venue) ?? 0) + 1);
        const { status, body } = ask(world, url, at);
        answers.add(venue === "kraken" ? `kraken ${status} ${body}` : `${status}`);
      }
    }
    for (const [, minutes] of outages) expect(minutes % 6).toBe(0);
    expect([...outages.values()].reduce((sum, one) => sum + one, 0)).toBeGreaterThan(30);
    expect([...answers].toSorted()).toEqual(["503", 'kraken 200 {"error":["EService:Unavailable"]}']);
    // The hour of the demo has Coinbase's.
    const shown = demoStart + 5 * day + 20 * hour;
    const silent = Array.from({ length: 60 }, (_, index) => midOf("coinbase", shown + index * minute)).filter(
      (mid) => mid === undefined,
    );
    expect(silent).toHaveLength(6);
  });

  test("Bitstamp has a minute of nonsense in one of a hundred hours", () => {
    const off: number[] = [];
    for (let at = demoStart; at < demoStart + 10 * day; at += minute) {
      const mid = midOf("bitstamp", at);
      if (mid !== undefined && mid / bitcoin.priceAt(at) < 0.98) off.push(at);
    }
    expect(off.length).toBeGreaterThan(0);
    expect(off.length).toBeLessThan(12);
  });

  test("Binance's main host refuses by country, its host for market data does not", () => {
    const path = "/api/v3/ticker/bookTicker?symbol=BTCUSDT";
    expect(ask(world, `https://api.binance.com${path}`, noon).status).toBe(451);
    expect(askJson(world, `https://data-api.binance.vision${path}`, noon).symbol).toBe("BTCUSDT");
  });

  test("unknown addresses are not found, unknown pairs are Kraken's error", () => {
    expect(ask(world, "https://api.gemini.com/v1/nothing", noon).status).toBe(404);
    expect(askJson(world, "https://api.kraken.com/0/public/Ticker?pair=NOPE", noon)).toEqual({
      error: ["EQuery:Unknown asset pair"],
    });
  });
});

describe("candles", () => {
  test("of both venues hold the minutes before now, the running one last at Kraken and first at Coinbase", () => {
    const at = noon + 30_000;
    const kraken = askJson(world, "https://api.kraken.com/0/public/OHLC?pair=XBTUSD&interval=1", at).result.XXBTZUSD;
    const coinbase = askJson(world, "https://api.exchange.coinbase.com/products/BTC-USD/candles?granularity=60", at);
    expect([kraken.length, coinbase.length]).toEqual([721, 300]);
    expect([kraken.at(-1)[0], coinbase[0][0]]).toEqual([noon / 1000, noon / 1000]);
    const [time, low, high, open, close] = coinbase[10];
    const same = kraken.find(([begin]: [number]) => begin === time);
    expect(low).toBeLessThanOrEqual(Math.min(open, close));
    expect(high).toBeGreaterThanOrEqual(Math.max(open, close));
    expect(Math.abs(Number(same[4]) / close - 1)).toBeLessThan(5e-4);
    // The same minute shows the same, whoever asks when.
    const later = askJson(world, "https://api.kraken.com/0/public/OHLC?pair=XBTUSD&interval=1", at + 30 * minute);
    expect(later.result.XXBTZUSD).toContainEqual(same);
  });
});
