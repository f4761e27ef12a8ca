import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { certifyCrypto, type CryptoFacts } from "../../../core/crypto/certify.ts";
import { finePrint } from "./listing.ts";

const captures = process.env["BRIER_CAPTURES"] ?? "../shared/captures";
const sources = JSON.stringify([{ name: "CF Benchmarks", url: "https://www.cfbenchmarks.com/" }]);

function level(strike: { strike_type: string; floor_strike: number | null; cap_strike: number | null }, words: string) {
  return {
    market_ticker: "KXBTC-26NOV0115-X",
    event_ticker: "KXBTC-26NOV0115",
    // 3 PM in New York after the end of daylight time.
    close_time: Date.parse("2026-11-01T20:00:00Z"),
    open_time: Date.parse("2026-11-01T19:00:00Z"),
    rules_primary: `If the simple average of the sixty seconds of CF Benchmarks' Bitcoin Real-Time Index (BRTI) before 3 PM EST is ${words} at 3 PM EST on Nov 1, 2026, then the market resolves to Yes.`,
    rules_secondary: `${finePrint}.`,
    custom_strike: null,
    ...strike,
  };
}

const range = level({ strike_type: "between", floor_strike: 84_000, cap_strike: 84_099.99 }, "between 84000-84099.99");
const above = level({ strike_type: "greater", floor_strike: 84_099.99, cap_strike: null }, "above 84099.99");
const below = level({ strike_type: "less", floor_strike: null, cap_strike: 84_000 }, "below 84000");
const hourly: CryptoFacts = {
  series: { series_ticker: "KXBTC", settlement_sources: sources },
  event: { event_ticker: "KXBTC-26NOV0115", series_ticker: "KXBTC", settlement_sources: null },
  markets: [below, range, above],
};

const brti = "the simple average of the sixty seconds of CF Benchmarks' BRTI";
const quarter: CryptoFacts = {
  series: { series_ticker: "KXBTC15M", settlement_sources: sources },
  event: { event_ticker: "KXBTC15M-26JUL100015", series_ticker: "KXBTC15M", settlement_sources: "[]" },
  markets: [
    {
      market_ticker: "KXBTC15M-26JUL100015-15",
      event_ticker: "KXBTC15M-26JUL100015",
      close_time: Date.parse("2026-07-10T04:15:00Z"),
      open_time: Date.parse("2026-07-10T04:00:00Z"),
      rules_primary: `If ${brti} before 12:15 AM EDT on Jul 10, 2026 is at least ${brti} before 12 AM EDT on July 10, 2026, then the market resolves to Yes.`,
      rules_secondary: `${finePrint}, rounded to the nearest 2 decimal places.`,
      custom_strike: '{"round_digits":"2"}',
      strike_type: "greater_or_equal",
      // Not known before it opens: no reason to refuse the event.
      floor_strike: null,
      cap_strike: null,
    },
  ],
};

function refused(facts: CryptoFacts): string {
  const found = certifyCrypto(facts);
  if (found.ok) throw new Error("certified");
  return found.reason;
}

const withMarket = (facts: CryptoFacts, change: Partial<CryptoFacts["markets"][number]>): CryptoFacts => ({
  ...facts,
  markets: facts.markets.map((market, index) => (index === 0 ? { ...market, ...change } : market)),
});

describe("certifyCrypto", () => {
  it("certifies ranges, thresholds and tails of an hour, and a quarter of an hour over midnight", () => {
    expect(certifyCrypto(hourly)).toEqual({ ok: true, series: "KXBTC", closeTime: Date.parse("2026-11-01T20:00:00Z") });
    expect(certifyCrypto(quarter)).toMatchObject({ ok: true, series: "KXBTC15M" });
  });

  it("refuses another source, another index, another window, another clock", () => {
    expect(
      refused({
        ...hourly,
        event: { ...hourly.event, settlement_sources: '[{"name":"Coinbase","url":"https://coinbase.com"}]' },
      }),
    ).toMatch(/settlement sources are .*Coinbase.*, expected .*CF Benchmarks/);
    const words = range.rules_primary;
    for (const [from, to] of [
      ["(BRTI)", "(ETHUSD_RTI)"],
      ["sixty seconds", "thirty seconds"],
      ["simple average", "trimmed mean"],
    ] as const) {
      expect(refused(withMarket({ ...hourly, markets: [range] }, { rules_primary: words.replace(from, to) }))).toMatch(
        /rule text has no known form/,
      );
    }
    expect(
      refused(withMarket({ ...hourly, markets: [range] }, { rules_primary: words.replaceAll("EST", "EDT") })),
    ).toMatch(/names "3 PM EDT", expected 3 PM EST/);
    expect(
      refused(withMarket({ ...hourly, markets: [range] }, { rules_primary: words.replace("Nov 1", "Nov 2") })),
    ).toMatch(/names "Nov 2, 2026", expected Nov 1, 2026/);
  });

  it("refuses strikes that the words contradict, a close that the ticker does not name, and closes that differ", () => {
    expect(refused({ ...hourly, markets: [{ ...range, cap_strike: 84_199.99 }] })).toMatch(
      /the strike fields .*84199.99/,
    );
    expect(refused({ ...hourly, markets: [{ ...above, strike_type: "less" }] })).toMatch(/rule text says .*greater/);
    expect(refused({ ...hourly, event: { ...hourly.event, event_ticker: "KXBTC-26NOV0116" } })).toMatch(
      /expected KXBTC-26NOV0115/,
    );
    expect(refused({ ...hourly, markets: [range, { ...above, close_time: above.close_time + 60_000 }] })).toMatch(
      /the others at/,
    );
    // The minute is right; the sixty prints before that second are others.
    const late = (facts: CryptoFacts) => ({
      ...facts,
      markets: facts.markets.map((market) => ({ ...market, close_time: market.close_time + 30_000 })),
    });
    expect(refused(late(hourly))).toMatch(/closes at 2026-11-01T20:00:30.000Z, expected a whole minute/);
    expect(refused(late(quarter))).toMatch(/expected a whole minute/);
    expect(refused(withMarket(quarter, { strike_type: "greater" }))).toMatch(/expected greater_or_equal/);
  });

  it("refuses a fine print of another average, of other digits, or of none", () => {
    const print = (rules_secondary: string) => refused(withMarket(hourly, { rules_secondary }));
    expect(print("")).toMatch(/X: the fine print does not name CF Benchmarks' Real Time Index: ""/);
    expect(print(`${finePrint}, rounded to the nearest whole dollar.`)).toMatch(
      /adds ", rounded to the nearest whole dollar" to the average/,
    );
    expect(print(`${finePrint}. The highest and lowest 20% are removed first.`)).toMatch(/says "highest"/);
    for (const digits of ["0", "3", "two", null]) {
      const custom_strike = JSON.stringify({ round_digits: digits });
      expect(refused(withMarket(quarter, { custom_strike }))).toMatch(/round_digits, expected 2/);
    }
    expect(certifyCrypto(withMarket(quarter, { custom_strike: '{"round_digits":2}' })).ok).toBe(true);
    expect(certifyCrypto(withMarket(hourly, { custom_strike: '{"other":"x"}' })).ok).toBe(true);
  });

  it("waits for the type of a quarter hour as long as for its target, not longer", () => {
    expect(certifyCrypto(withMarket(quarter, { strike_type: null })).ok).toBe(true);
    expect(certifyCrypto(withMarket(quarter, { strike_type: null, floor_strike: 0 })).ok).toBe(true);
    expect(refused(withMarket(quarter, { strike_type: null, floor_strike: 84_000 }))).toMatch(/strike_type is null/);
  });

  it.skipIf(!existsSync(captures))("certifies the captured events", () => {
    const read = (path: string): unknown => JSON.parse(readFileSync(join(captures, path), "utf8"));
    const raw = Object.values(
      read("kalshi/crypto/kxbtckxbtc26jul1003.raw.json") as Record<string, Record<string, string>>,
    );
    const [active] = (
      read("crypto/kalshi/kxbtc15m_market_active_20260827.json") as { markets: Record<string, string>[] }
    ).markets;
    const rows = (markets: Record<string, string>[]) =>
      markets.map((market) => ({
        ...market,
        market_ticker: market["ticker"],
        floor_strike: market["floor_strike"] ?? null,
        cap_strike: market["cap_strike"] ?? null,
        custom_strike: market["custom_strike"] === undefined ? null : JSON.stringify(market["custom_strike"]),
        close_time: Date.parse(market["close_time"] ?? ""),
        open_time: Date.parse(market["open_time"] ?? ""),
      })) as unknown as CryptoFacts["markets"];
    expect(raw).toHaveLength(188);
    expect(
      certifyCrypto({
        series: hourly.series,
        event: { event_ticker: "KXBTC-26JUL1003", series_ticker: "KXBTC", settlement_sources: null },
        markets: rows(raw),
      }),
    ).toMatchObject({ ok: true });
    expect(
      certifyCrypto({
        series: quarter.series,
        event: { event_ticker: "KXBTC15M-26AUG271930", series_ticker: "KXBTC15M", settlement_sources: null },
        markets: rows(active === undefined ? [] : [active]),
      }),
    ).toMatchObject({ ok: true });
  });
});
