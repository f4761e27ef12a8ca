/** From rows to the distribution: what is known of the window, the level it goes on from, and whose minutes tell the volatility. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CryptoForecast, type ForecastRows, forecastSettlement } from "../../../core/crypto/forecast.ts";
import { survival } from "../../../core/crypto/pricing.ts";
import { candles, closeTime, prints, venueQuotes } from "./listing.ts";
import { runs } from "../../runs.ts";

const second = 1_000;
const minute = 60_000;

/** Polls of whole minutes before the last one, all at 84,050. */
const polls = [1, 2, 3, 4, 5, 6].flatMap((before) => venueQuotes(closeTime - before * minute, 84_050));
const history = candles(closeTime - 6 * minute, 720);

function forecast(now: number, rows: Partial<ForecastRows>): CryptoForecast {
  const found = forecastSettlement({ now, closeTime, rows: { quotes: polls, prints: [], candles: history, ...rows } });
  if ("refusal" in found) throw new Error(found.refusal);
  return found;
}
function refusal(now: number, rows: Partial<ForecastRows>): string {
  const found = forecastSettlement({ now, closeTime, rows: { quotes: polls, prints: [], candles: history, ...rows } });
  if (!("refusal" in found)) throw new Error("forecast");
  return found.refusal;
}

describe("inside the averaging window", () => {
  const now = closeTime - 20 * second;
  /** $100 lower nine seconds ago. */
  const valueAt = (at: number) => (at < now - 9 * second ? 84_050 : 83_950);
  /** 36 prints of the window, the newest of them five seconds old. */
  const held = prints(closeTime - minute, now - 4 * second, valueAt);
  const pollsOf = (age: number) => [...polls, ...venueQuotes(now - age, valueAt(now - age))];

  it("counts every print that is held, however old the polls are", () => {
    const truth = (31 * 84_050 + 29 * 83_950) / 60;
    expect(held).toHaveLength(36);
    for (const age of [2_000, 10_000, 14_000]) {
      const { distribution, used, level } = forecast(now, { quotes: pollsOf(age), prints: held });
      expect(distribution.mean).toBeCloseTo(truth, 1);
      expect(survival(distribution, 84_005)).toBeLessThan(0.35);
      expect(survival(distribution, 84_000)).toBeGreaterThan(0.5);
      expect(used.prints?.window?.n).toBe(36);
      expect(level.source).toBe("brti");
    }
  });

  it("counts a print of two holders once, the one that came first", () => {
    const twice = [...held.map((print) => ({ ...print, received_at: print.received_at + 200 })), ...held];
    const once = forecast(now, { quotes: pollsOf(2_000), prints: held });
    expect(forecast(now, { quotes: pollsOf(2_000), prints: twice })).toEqual(once);
    expect(once.basis.pairs).toBe(forecast(now, { quotes: pollsOf(2_000), prints: twice }).basis.pairs);
  });

  it("is refused where the venues contradict the index: what settles is not known", () => {
    const absurd = prints(closeTime - minute, now, () => 40_025);
    expect(refusal(now, { quotes: pollsOf(1_000), prints: absurd })).toMatch(
      /^no price inside the averaging window: BRTI: the print 40025 is .* bps off the venues'/,
    );
    // Before the window the venues price it alone.
    const before = closeTime - 2 * minute;
    const early = prints(before - minute, before, () => 40_025);
    expect(forecast(before, { prints: early }).distribution.mean).toBeCloseTo(84_050, 0);
  });

  describe("and prints that come far from their own time", () => {
    const pollsNow = (at: number) => [...polls, ...venueQuotes(at - 500, 84_050)];
    /** Each second's print until the close, as a clock that is so far ahead of the index's has received them. */
    const by = (aheadMs: number) =>
      prints(closeTime - 3 * minute, closeTime, () => 84_050).map((print) => ({
        ...print,
        received_at: print.print_at + aheadMs,
      }));

    it("is refused, naming the clock, as soon as the window has begun by either of them", () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 5_001, max: 90_000 }),
          fc.boolean(),
          fc.integer({ min: 1, max: 59_000 }),
          (apartMs, behind, beforeMs) => {
            const at = closeTime - beforeMs;
            const said = refusal(at, { quotes: pollsNow(at), prints: by(behind ? -apartMs : apartMs) });
            expect(said).toMatch(/^no price inside the averaging window: BRTI: a print reached us \d+\.\d s /);
            expect(said).toContain(behind ? "our clock is behind" : "our clock is ahead");
          },
        ),
        { numRuns: runs(100, 300) },
      );
      // By our clock the window begins in 15 s, by the index's it has begun 15 s ago.
      const at = closeTime - 75 * second;
      expect(refusal(at, { quotes: pollsNow(at), prints: by(-30_000) })).toMatch(
        /^no price inside the averaging window/,
      );
    });

    it("is priced by the venues before it, and says why", () => {
      const at = closeTime - 2 * minute;
      const { level, basis, used, distribution } = forecast(at, { quotes: pollsNow(at), prints: by(-30_000) });
      expect(level).toMatchObject({ source: "rest", indexShare: 0 });
      expect(level.passed[0]).toContain("our clock is behind");
      expect({ pairs: basis.pairs, prints: used.prints }).toEqual({ pairs: 0, prints: null });
      expect(distribution.mean).toBeCloseTo(84_050, 0);
    });

    it("knows no more by them while the others come in time", () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 2, max: 58 }),
          fc.integer({ min: 5_100, max: 60_000 }),
          fc.integer({ min: 80_000, max: 88_000 }),
          (before, apartMs, value) => {
            const at = closeTime - before * second;
            const rows = { quotes: pollsNow(at), prints: by(300) };
            const stray = by(-apartMs).map((print) => ({ ...print, value, received_at: print.received_at - 1 }));
            const early = stray.filter(({ received_at }) => received_at <= at - 2 * second);
            expect(forecast(at, { ...rows, prints: [...early, ...rows.prints] })).toEqual(forecast(at, rows));
          },
        ),
        { numRuns: runs(100, 300) },
      );
    });
  });

  it("has no steps in the age of the last print", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: closeTime - 58 * second, max: closeTime - 3 * second }),
        fc.integer({ min: 0, max: 40_000 }),
        fc.integer({ min: 0, max: 12_000 }),
        fc.integer({ min: -40, max: 40 }),
        (at, silence, pollAge, off) => {
          const rows = {
            prints: prints(closeTime - 2 * minute, Math.floor((at - silence) / second) * second, () => 84_050),
            quotes: [...polls, ...venueQuotes(at - pollAge, 84_050 + off)],
          };
          const chance = (instant: number) => survival(forecast(instant, rows).distribution, 84_052);
          expect(Math.abs(chance(at + 10) - chance(at))).toBeLessThan(0.01);
        },
      ),
      { numRuns: runs(100, 300) },
    );
  });

  it("is never less sure of one more print at the same level", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 59 }),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 12_000 }),
        (before, silence, pollAge) => {
          const at = closeTime - before * second;
          const quotes = [...polls, ...venueQuotes(at - pollAge, 84_050)].map((quote) => ({
            ...quote,
            // All venues at one price: Kraken's and Bitstamp's stand a dollar beside it.
            ...(quote.product === "USDTUSD" ? {} : { bid: 84_049.5, ask: 84_050.5 }),
          }));
          const until = (end: number) =>
            forecast(at, { quotes, prints: prints(closeTime - 2 * minute, end, () => 84_050) }).distribution.logSd;
          const end = at - silence * second;
          expect(until(end)).toBeLessThanOrEqual(until(end - second) * (1 + 1e-9));
        },
      ),
      { numRuns: runs(100, 300) },
    );
  });
});

describe("whose minutes tell the volatility", () => {
  const now = closeTime - 10 * minute;
  const coinbase = { venue: "coinbase", product: "BTC-USD" };
  const quotes = Array.from({ length: 6 }, (_, before) => venueQuotes(now - before * minute, 84_050)).flat();
  const silent = quotes.filter(({ product }) => product !== "XBTUSD");
  const fresh = candles(now - 5 * minute, 300, coinbase);

  it("is the longest history, and the next one where that has a gap", () => {
    const longest = [...candles(now - 5 * minute, 720), ...fresh];
    const stale = [...candles(now - 20 * minute, 720), ...fresh];
    const alone = forecast(now, { quotes: silent, candles: fresh }).volatility;
    expect(forecast(now, { quotes: silent, candles: stale }).volatility).toEqual(alone);
    const windowOf = ({ windows }: CryptoForecast["volatility"]) => windows.at(-1)?.returns ?? 0;
    expect(windowOf(forecast(now, { quotes, candles: longest }).volatility)).toBeGreaterThan(700);
    expect(windowOf(alone)).toBeLessThan(310);
  });

  it("is refused where none has one, naming all", () => {
    const stale = [...candles(now - 20 * minute, 720), ...candles(now - 30 * minute, 300, coinbase)];
    expect(refusal(now, { quotes: [], candles: stale })).toMatch(
      /^no volatility: kraken: a gap of 20\.0 minutes .*; coinbase: a gap of 30\.0 minutes /,
    );
  });
});
