import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { basisNoiseBps, type BasisPair, basisReport } from "../../../core/crypto/basis.ts";
import { type IndexFacts, type IndexLevel, indexLevel, type VenueQuote } from "../../../core/crypto/index-chain.ts";

const now = Date.parse("2026-09-25T13:29:00Z");
const unmeasured = basisReport([], now);
const asked = {
  stream: ["coinbase", "kraken", "bitstamp", "binance"],
  rest: ["coinbase", "kraken", "bitstamp", "gemini", "binance"],
};
/** 0.5 bps per √second. */
const sigma = 5e-5;

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
  sigma,
  ...overrides,
});
function level(overrides: Partial<IndexFacts> = {}): IndexLevel {
  const found = indexLevel(facts(overrides));
  if ("none" in found) throw new Error(found.none);
  return found;
}

describe("index chain", () => {
  it("takes the index alone where no venue was seen after its print", () => {
    const seen = { source: "brti", price: 80_000, at: now - 1000, noiseBps: 0, indexShare: 1, passed: [] };
    expect(level({ quotes: [] })).toMatchObject({ ...seen, proxy: null });
    const older = ["coinbase", "kraken", "bitstamp"].map((venue) => quote(venue, 80_010, 1));
    expect(level({ quotes: older })).toMatchObject(seen);
  });

  it("weighs its last print and the venues seen since by their variances, by hand", () => {
    // A second: σ² = .25 bps², and 1 − 2^(−1/5) of what the venues' confidence leaves of the 1.25 bps between them,
    // squared; against the venues' 3² bps².
    const found = level();
    const trust = level({ brti: undefined }).confidence;
    const apart = Math.log(80_010 / 80_000) * 1e4;
    const moved = 0.25 + ((1 - 2 ** -0.2) * trust * apart) ** 2;
    const share = moved / (moved + 9);
    expect(found).toMatchObject({ source: "brti", at: now, passed: [] });
    expect(found.indexShare).toBeCloseTo(1 - share, 9);
    expect(found.price).toBeCloseTo(80_000 + share * 10, 6);
    expect(found.noiseBps).toBeCloseTo(Math.sqrt(share * 9 + share * (1 - share) * apart ** 2), 9);
    expect(found.price).toBeLessThan(80_000.4);
    expect(found.noiseBps).toBeLessThan(0.6);
  });

  it("goes on to the streamed venues as the print grows old, and says why", () => {
    const print = (age: number) => ({ value: 80_000, printAt: now - age * 1000, receivedAt: now - age * 1000 + 100 });
    // 12 bps apart: the price jumped.
    const quotes = ["coinbase", "kraken", "bitstamp"].map((venue) => quote(venue, 79_904));
    const found = level({ brti: print(10), quotes });
    expect(found).toMatchObject({ source: "proxy", passed: [expect.stringMatching(/10\.0 s old and says 1\d % of/)] });
    expect(Math.abs(found.price - 79_904)).toBeLessThan(0.2 * 96);
    expect(found.noiseBps).toBeGreaterThan(3);
    const shares = [0.2, 1, 3, 10, 60, 600].map((age) => level({ brti: print(age), quotes }).indexShare);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares[0]).toBeGreaterThan(0.95);
    expect(shares.at(-1)).toBeLessThan(0.1);
    const { source, price, noiseBps } = level({ brti: undefined });
    expect({ source, price, noiseBps }).toEqual({ source: "proxy", price: expect.closeTo(80_010, 9), noiseBps: 3 });
  });

  it("has no steps: ten milliseconds of the print's age move price and noise by next to nothing", () => {
    const at = (ageMs: number, off: number) =>
      level({
        brti: { value: 80_000, printAt: now - ageMs, receivedAt: now - ageMs },
        quotes: ["coinbase", "kraken", "bitstamp"].map((venue) => quote(venue, 80_000 * Math.exp(off * 1e-4), 2)),
      });
    fc.assert(
      fc.property(fc.nat(60_000), fc.double({ min: -20, max: 20, noNaN: true }), (ageMs, off) => {
        const [before, after] = [at(ageMs, off), at(ageMs + 10, off)];
        expect(Math.abs(after.price / before.price - 1) * 1e4).toBeLessThan(0.1);
        // The standard deviation begins as a root.
        expect(Math.abs(after.noiseBps ** 2 - before.noiseBps ** 2)).toBeLessThan(1);
        expect(Math.abs(after.at - before.at)).toBeLessThanOrEqual(10);
      }),
      { numRuns: 2_000 },
    );
  });

  it("believes a print that is newer than the polls, however slow the polls are", () => {
    const brti = { value: 79_900, printAt: now - 5_000, receivedAt: now - 4_500 };
    const polls = ["coinbase", "kraken", "bitstamp"].map((venue) => quote(venue, 80_000, 10, { origin: "rest" }));
    expect(level({ brti, quotes: polls })).toMatchObject({ source: "brti", price: 79_900, at: now - 5_000 });
    // Surer than either by itself.
    expect(level({ brti, quotes: polls }).confidence).toBe(level({ brti: undefined, quotes: polls }).confidence);
    // Alone it is believed while its confidence lasts.
    const alone = (age: number) =>
      indexLevel(facts({ brti: { value: 79_900, printAt: now - age, receivedAt: now - age }, quotes: [] }));
    expect(alone(16_000)).toMatchObject({ source: "brti", confidence: expect.closeTo(2 ** -3.2, 9) });
    expect(alone(17_000)).toEqual({ none: expect.stringContaining("BRTI: the newest print is 17.0 s old") });
  });

  it("asks no venue of the streams that has none", () => {
    const streams = asked.stream.map((venue) => quote(venue, 80_010));
    expect(level({ brti: undefined, quotes: streams }).confidence).toBeCloseTo(0.9305, 3);
    // A venue in USDT that cannot be converted is a lost one.
    const lost = streams.map((one) => (one.venue === "binance" ? { ...one, currency: "USDT" as const } : one));
    expect(level({ brti: undefined, quotes: lost }).confidence).toBeCloseTo(0.7972, 3);
    const polls = asked.rest.map((venue) => quote(venue, 80_010, 0, { origin: "rest" }));
    expect(level({ brti: undefined, quotes: polls }).confidence).toBeCloseTo(1 - Math.exp(-5 / 1.5), 6);
  });

  it("does not believe a print whose time is not its own", () => {
    expect(level({ brti: { value: 80_000, printAt: now - 9_000, receivedAt: now } }).source).toBe("proxy");
    expect(level({ brti: { value: 80_000, printAt: now + 20_000, receivedAt: now + 20_000 } }).source).toBe("proxy");
    expect(level({ brti: { value: 0, printAt: now, receivedAt: now } }).source).toBe("proxy");
  });

  it("does not believe a fresh print that the venues contradict, where they are sure of it", () => {
    const print = (value: number) => ({ value, printAt: now - 1000, receivedAt: now - 900 });
    const absurd = level({ brti: print(40_025) });
    expect(absurd).toMatchObject({ source: "proxy", price: 80_010, indexShare: 0 });
    expect(absurd.contradiction).toBe(absurd.passed[0]);
    expect(absurd.passed).toEqual([expect.stringMatching(/^BRTI: the print 40025 is 69\d\d\.\d bps off .* 80010\.00/)]);
    // 50 bps are allowed, either way.
    expect(level({ brti: print(80_010 * Math.exp(0.00499)) })).toMatchObject({ contradiction: null });
    expect(level({ brti: print(80_010 * Math.exp(-0.00501)) }).contradiction).toContain("50.1 bps off");
    // Polled ones can tell as well.
    const polled = ["coinbase", "kraken", "bitstamp"].map((venue) => quote(venue, 80_010, 5, { origin: "rest" }));
    expect(level({ brti: print(40_025), quotes: polled }).source).toBe("rest");
    // A lone venue does not move a fresh print, whatever it shows.
    const lone = (off: number) =>
      level({ brti: print(80_000), quotes: [quote("coinbase", 80_000 * Math.exp(off * 1e-4))] });
    for (const off of [5, 20, 49]) expect(Math.abs(lone(off).price / 80_000 - 1) * 1e4).toBeLessThan(off / 4);
    expect(lone(51).price).toBe(80_000);
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
