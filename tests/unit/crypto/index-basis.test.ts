/** The venues beside the index, print by print. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type IndexBasis, knownPrints, measureIndexBasis, mistimedPrint } from "../../../core/crypto/index-basis.ts";
import { present } from "../weather/present.ts";
import { prints, venueQuotes } from "./listing.ts";
import { runs } from "../../runs.ts";

const second = 1_000;
const minute = 60_000;
const now = Date.UTC(2026, 10, 1, 19, 50);
const index = 84_000;

/** Quotes of every second, changed by venue. */
const quotes = (change: Readonly<Record<string, number>> = {}, seconds = 120) =>
  Array.from({ length: seconds }, (_, before) => venueQuotes(now - before * second, index))
    .flat()
    .map((row) => {
      const factor = 1 + (change[row.venue] ?? 0) / 1e4;
      return row.product === "USDTUSD" ? row : { ...row, bid: row.bid * factor, ask: row.ask * factor };
    });

/** A venue that quotes in USDT, each of which is worth `rate` dollars. */
const tether = (rate: number, priceInTether: number) =>
  Array.from({ length: 120 }, (_, before) => venueQuotes(now - before * second, index))
    .flat()
    .flatMap((row) => {
      if (row.product === "USDTUSD") return [{ ...row, bid: rate, ask: rate }];
      if (row.venue !== "coinbase") return [];
      return [{ ...row, venue: "binance", product: "BTCUSDT", bid: priceInTether, ask: priceInTether }];
    });

const printed = prints(now - 2 * minute, now, () => index);
const meanOf = ({ venues }: IndexBasis, venue: string) =>
  venues.find((one) => one.venue === venue)?.report.meanBps ?? Number.NaN;

describe("the venues beside the index", () => {
  it("are each measured for themselves, the furthest off first", () => {
    const found = present(measureIndexBasis({ prints: printed, quotes: quotes({ bitstamp: -11.8 }) }, now));
    expect(found.venues.map(({ venue }) => venue)).toEqual(["bitstamp", "kraken", "coinbase"]);
    expect(meanOf(found, "bitstamp")).toBeCloseTo(-11.8 - (1 / index) * 1e4, 1);
    expect(meanOf(found, "coinbase")).toBeCloseTo(0, 6);
    expect(found.venues[0]?.report).toMatchObject({
      state: "alarm",
      reason: expect.stringMatching(/^bitstamp is -11\.9/),
    });
    expect(found).toMatchObject({ index: "BRTI", report: { state: "quiet" }, print: { value: index } });
    expect(found.print.at).toBe(now - second);
    expect(found.proxy).toEqual({ at: now - second, value: index });
    expect(found.noiseBps).toBe(1);
  });

  it("are in dollars: USDT by its rate, which makes no proxy, and without a fresh rate not at all", () => {
    const converted = present(measureIndexBasis({ prints: printed, quotes: tether(0.99882, index / 0.99882) }, now));
    expect(meanOf(converted, "binance")).toBeCloseTo(0, 6);
    expect(converted.report).toMatchObject({ state: "unmeasured", pairs: 0 });
    expect(converted.proxy).toBeUndefined();
    // Taken for dollars it is as far off as its rate.
    const taken = present(measureIndexBasis({ prints: printed, quotes: tether(1, index / 0.99882) }, now));
    expect(meanOf(taken, "binance")).toBeCloseTo(11.8, 1);
    const stale = tether(1, index).filter(
      ({ product, received_at }) => product !== "USDTUSD" || received_at < now - 110 * second,
    );
    const left = present(measureIndexBasis({ prints: printed, quotes: stale }, now));
    expect(left.venues[0]?.report.pairs).toBeGreaterThan(60);
    expect(left.venues[0]?.report.pairs).toBeLessThan(75);
  });

  it("count a print that two holders wrote once, and none that was not known or is of another index", () => {
    const twice = [...printed, ...printed];
    const others = printed.map((print) => ({ ...print, index_id: "ETHUSD_RTI", value: 3_000 }));
    const future = prints(now, now + minute, () => 90_000);
    const rows = { prints: [...twice, ...others, ...future], quotes: quotes() };
    expect(measureIndexBasis(rows, now)).toEqual(measureIndexBasis({ prints: printed, quotes: quotes() }, now));
  });

  it("are set beside the newest copy of a print that had come by then", () => {
    const again = (print: (typeof printed)[number], afterMs: number, value: number) => {
      const at = print.received_at + afterMs;
      return { ...print, value, received_at: at, ingested_at: at };
    };
    const corrected = printed.map((print) => again(print, 100, print.value + 1));
    const unknown = printed.map((print) => again(print, 20 * minute, print.value + 2));
    for (const all of [
      [...corrected, ...unknown, ...printed],
      [...printed, ...unknown, ...corrected],
    ])
      expect(knownPrints(all, now)).toEqual(corrected.filter(({ received_at }) => received_at <= now));
  });

  it("are beside no print that came more than five seconds from its own time", () => {
    const by = (seconds: number) =>
      prints(now - 2 * minute, now + minute, () => index).map((print) => ({
        ...print,
        received_at: print.print_at + seconds * second,
      }));
    fc.assert(
      fc.property(fc.integer({ min: -60_000, max: 60_000 }), fc.boolean(), (lateMs, twice) => {
        const rows = by(lateMs / second);
        const known = knownPrints(twice ? [...rows, ...printed] : rows, now);
        for (const { print_at, received_at } of known) {
          expect(Math.abs(received_at - print_at)).toBeLessThanOrEqual(5_000);
          expect(print_at).toBeLessThanOrEqual(now + 5_000);
        }
        const apart = Math.abs(lateMs) > 5_000;
        if (apart) expect(known).toEqual(twice ? printed : []);
        else expect(known.length).toBeGreaterThan(110);
        expect(measureIndexBasis({ prints: rows, quotes: quotes({}, 20) }, now) === undefined).toBe(apart);
      }),
      { numRuns: runs(100, 1_000) },
    );
    const mistimed = (rows: Parameters<typeof knownPrints>[0]) => mistimedPrint(rows, knownPrints(rows, now), now);
    expect(mistimed(by(-30))).toMatchObject({ print_at: now + 30 * second, received_at: now });
    expect(mistimed(by(30))).toMatchObject({ print_at: now - 30 * second, received_at: now });
    for (const agreed of [by(-5), by(5), [], by(30).map((print) => ({ ...print, index_id: "ETHUSD_RTI" }))])
      expect(mistimed(agreed)).toBeUndefined();
    // One holder's clock is off; the other one's has the same prints in time.
    expect(mistimed([...by(30), ...printed])).toBeUndefined();
  });

  it("are nothing without a print within the window, and unmeasured without quotes", () => {
    const old = prints(now - 20 * minute, now - 16 * minute, () => index);
    expect(measureIndexBasis({ prints: [], quotes: quotes() }, now)).toBeUndefined();
    expect(measureIndexBasis({ prints: old, quotes: quotes() }, now)).toBeUndefined();
    expect(measureIndexBasis({ prints: printed, quotes: [] }, now)).toMatchObject({
      proxy: undefined,
      report: { state: "unmeasured", meanBps: null },
      noiseBps: 3,
      venues: [],
    });
  });
});
