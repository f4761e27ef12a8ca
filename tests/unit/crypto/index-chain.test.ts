import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { basisNoiseBps, type BasisPair, basisReport } from "../../../core/crypto/basis.ts";
import { type IndexFacts, type IndexLevel, indexLevel, type VenueQuote } from "../../../core/crypto/index-chain.ts";

const now = Date.parse("2026-09-25T13:29:00Z");
const unmeasured = basisReport([], now);
const asked = ["coinbase", "kraken", "bitstamp", "binance"];

const quote = (venue: string, mid: number, ageSeconds = 0, more: Partial<VenueQuote> = {}): VenueQuote => ({
  venue,
  origin: "stream",
  currency: "USD",
  bid: mid - 0.5,
  ask: mid + 0.5,
  receivedAt: now - ageSeconds * 1000,
  ...more,
});
const facts = (overrides: Partial<IndexFacts> = {}): IndexFacts => ({
  now,
  brti: { value: 80_000, printAt: now - 1000, receivedAt: now - 900 },
  quotes: ["coinbase", "kraken", "bitstamp"].map((venue) => quote(venue, 80_010)),
  asked,
  usdt: undefined,
  basis: unmeasured,
  ...overrides,
});
function level(overrides: Partial<IndexFacts> = {}): IndexLevel {
  const found = indexLevel(facts(overrides));
  if ("none" in found) throw new Error(found.none);
  return found;
}

describe("index chain", () => {
  it("takes the index while it is fresh, as of the instant it was printed", () => {
    expect(level()).toMatchObject({ source: "brti", price: 80_000, at: now - 1000, noiseBps: 0, passed: [] });
  });

  it("goes on to the streamed venues, and says why", () => {
    const old = { value: 80_000, printAt: now - 3_200, receivedAt: now - 3_100 };
    const found = level({ brti: old });
    expect(found).toMatchObject({ source: "proxy", price: 80_010, passed: [expect.stringContaining("3.1 s old")] });
    expect(found.noiseBps).toBe(3);
    expect(level({ brti: undefined }).source).toBe("proxy");
  });

  it("does not believe a print whose time is not its own", () => {
    expect(level({ brti: { value: 80_000, printAt: now - 9_000, receivedAt: now } }).source).toBe("proxy");
    expect(level({ brti: { value: 80_000, printAt: now + 20_000, receivedAt: now + 20_000 } }).source).toBe("proxy");
    expect(level({ brti: { value: 0, printAt: now, receivedAt: now } }).source).toBe("proxy");
  });

  it("does not believe a fresh print that the venues contradict, where they are sure of it", () => {
    const print = (value: number) => ({ value, printAt: now - 1000, receivedAt: now - 900 });
    const absurd = level({ brti: print(40_025) });
    expect(absurd).toMatchObject({ source: "proxy", price: 80_010 });
    expect(absurd.passed).toEqual([expect.stringMatching(/^BRTI: the print 40025 is 69\d\d\.\d bps off .* 80010\.00/)]);
    // 50 bps are allowed, either way.
    expect(level({ brti: print(80_010 * Math.exp(0.00499)) }).source).toBe("brti");
    expect(level({ brti: print(80_010 * Math.exp(-0.00501)) }).source).toBe("proxy");
    // Polled ones can tell as well.
    const polled = ["coinbase", "kraken", "bitstamp"].map((venue) => quote(venue, 80_010, 5, { origin: "rest" }));
    expect(level({ brti: print(40_025), quotes: polled }).source).toBe("rest");
    // One venue against the index, or venues that contradict each other, are no reason.
    expect(level({ brti: print(80_000), quotes: [quote("coinbase", 40_000)] }).source).toBe("brti");
    const apart = [quote("coinbase", 79_000), quote("kraken", 81_600), quote("bitstamp", 85_000)];
    expect(level({ brti: print(80_000), quotes: apart }).source).toBe("brti");
    expect(level({ brti: print(80_000), quotes: [] }).source).toBe("brti");
  });

  it("asks the polls when the streams are too quiet, the fresher one of each venue", () => {
    const quotes = [
      quote("coinbase", 80_010, 1),
      quote("coinbase", 80_020, 15, { origin: "rest" }),
      quote("kraken", 80_090, 60),
      quote("kraken", 80_010, 3, { origin: "rest" }),
      quote("bitstamp", 80_010, 3, { origin: "rest" }),
    ];
    const found = level({ brti: undefined, quotes });
    expect(found.source).toBe("rest");
    expect(found.proxy?.venues.map(({ venue, origin }) => [venue, origin])).toEqual([
      ["coinbase", "stream"],
      ["kraken", "rest"],
      ["bitstamp", "rest"],
    ]);
    expect(found.price).toBeCloseTo(80_010, 9);
    expect(found.passed).toHaveLength(2);
    expect(now - found.at).toBeGreaterThan(1000);
  });

  it("has no price rather than a doubtful one", () => {
    expect(indexLevel(facts({ brti: undefined, quotes: [] }))).toEqual({
      none: expect.stringContaining("BRTI: no print"),
    });
    expect(indexLevel(facts({ brti: undefined, quotes: [quote("coinbase", 80_000, 30)] }))).toHaveProperty("none");
    // Two venues two per cent apart: nobody can say which one is right.
    const apart = [quote("coinbase", 80_000), quote("kraken", 81_600)];
    expect(indexLevel(facts({ brti: undefined, quotes: apart }))).toEqual({
      none: expect.stringContaining("bps apart"),
    });
    // A crossed or empty quote is none.
    const broken = [quote("coinbase", 80_000, 0, { bid: 80_001 }), quote("kraken", 80_000, 0, { bid: 0 })];
    expect(indexLevel(facts({ brti: undefined, quotes: broken }))).toEqual({
      none: expect.stringContaining("no quote"),
    });
  });

  it("never takes a USDT price for dollars", () => {
    const binance = quote("binance", 80_094, 0, { currency: "USDT" });
    const quotes = [...facts().quotes, binance];
    const without = level({ brti: undefined, quotes });
    expect(without.proxy?.venues.map(({ venue }) => venue)).not.toContain("binance");
    expect(without.price).toBeCloseTo(80_010, 9);
    const converted = level({ brti: undefined, quotes, usdt: { rate: 0.999, receivedAt: now - 1000 } });
    expect(converted.proxy?.venues.find(({ venue }) => venue === "binance")?.price).toBeCloseTo(80_094 * 0.999, 6);
    const stale = level({ brti: undefined, quotes, usdt: { rate: 0.999, receivedAt: now - 61_000 } });
    expect(stale.price).toBe(without.price);
  });

  it("grows less sure with disagreement", () => {
    const apart = level({
      brti: undefined,
      quotes: [quote("coinbase", 80_010), quote("kraken", 80_050), quote("bitstamp", 79_970)],
    });
    expect(apart.noiseBps).toBeGreaterThan(level({ brti: undefined }).noiseBps);
    expect(apart.confidence).toBeLessThan(level({ brti: undefined }).confidence);
  });
});

describe("basis monitor", () => {
  const pairs = (count: number, basisBps: (index: number) => number): BasisPair[] =>
    Array.from({ length: count }, (_, index) => ({
      at: now - index * 1000,
      apartSeconds: 0.2,
      index: 80_000,
      proxy: 80_000 * Math.exp(basisBps(index) * 1e-4),
    }));

  it("by hand", () => {
    // −1, 0, 1, 2, 3 in turn: median and mean 1, median absolute deviation 1.
    const report = basisReport(
      pairs(100, (index) => (index % 5) - 1),
      now,
    );
    expect(report).toMatchObject({ state: "quiet", pairs: 100, reason: null });
    expect(report.meanBps).toBeCloseTo(1, 9);
    expect(report.spreadBps).toBeCloseTo(1.4826, 9);
    expect(basisNoiseBps(report, 0)).toBeCloseTo(Math.hypot(1, 1.4826), 9);
    expect(basisNoiseBps(report, 8)).toBeCloseTo(Math.hypot(1, 1.4826, 4), 9);
  });

  it("alarms when the proxy is off, or scatters", () => {
    // The phantom of a USDT price taken for dollars.
    expect(
      basisReport(
        pairs(100, () => 11.8),
        now,
      ),
    ).toMatchObject({
      state: "alarm",
      reason: expect.stringContaining("11.8 bps off"),
    });
    expect(
      basisReport(
        pairs(100, (index) => (index % 2 === 0 ? 6 : -6)),
        now,
      ),
    ).toMatchObject({
      state: "alarm",
      reason: expect.stringContaining("scatters"),
    });
  });

  it("is not moved by single bad prints", () => {
    const bad = basisReport(
      pairs(200, (index) => (index % 50 === 0 ? 5_000 : (index % 3) - 1)),
      now,
    );
    expect(bad.state).toBe("quiet");
    expect(Math.abs(bad.meanBps ?? Infinity)).toBeLessThan(0.2);
  });

  it("says nothing from few pairs, old ones, or ones that are none", () => {
    expect(
      basisReport(
        pairs(29, () => 20),
        now,
      ).state,
    ).toBe("unmeasured");
    expect(
      basisReport(
        pairs(100, () => 20),
        now + 3_600_000,
      ).state,
    ).toBe("unmeasured");
    expect(
      basisReport(
        pairs(100, () => 20).map((pair) => ({ ...pair, apartSeconds: 2 })),
        now,
      ).state,
    ).toBe("unmeasured");
    expect(basisNoiseBps(unmeasured, 0)).toBe(3);
  });

  it("never falls below its least noise, nor with disagreement", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (basis, disagreement, more) => {
          const report = basisReport(
            pairs(40, () => basis),
            now,
          );
          const noise = basisNoiseBps(report, disagreement);
          expect(noise).toBeGreaterThanOrEqual(1);
          expect(basisNoiseBps(report, disagreement + more)).toBeGreaterThanOrEqual(noise);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
