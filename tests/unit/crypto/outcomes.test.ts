import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cryptoOutcomes, unpriceable } from "../../../core/crypto/outcomes.ts";
import { scanEvents } from "../../../core/market/scanned-event.ts";
import { finePrint } from "./listing.ts";

const captures = process.env["BRIER_CAPTURES"] ?? "../shared/captures";

const market = (series: string, strike: Record<string, unknown>) => ({
  market_ticker: `${series}-X`,
  series_ticker: series,
  strike_type: "greater",
  floor_strike: null,
  cap_strike: null,
  rules_secondary: `${finePrint}.`,
  ...(strike as object),
});
const below = market("KXBTC", { strike_type: "less", cap_strike: 84_000 });
const between = market("KXBTC", { strike_type: "between", floor_strike: 84_000, cap_strike: 84_099.99 });
const above = market("KXBTC", { floor_strike: 84_099.99 });

describe("the markets of a bitcoin event", () => {
  it("are exclusive when they are ranges that leave no cent out", () => {
    expect(cryptoOutcomes([below, between, above])).toMatchObject({
      kind: "exclusive",
      intervals: [
        { lowest: null, highest: 8_399_999 },
        { lowest: 8_400_000, highest: 8_409_999 },
        { lowest: 8_410_000, highest: null },
      ],
    });
  });

  it("are no ranges with a cent left out or counted twice", () => {
    expect(cryptoOutcomes([below, between, { ...above, floor_strike: 84_100 }])).toMatchObject({
      fault: "nothing covers 8410000 to 8410000",
      // What each of them asks is known all the same.
      intervals: [{ highest: 8_399_999 }, { lowest: 8_400_000 }, { lowest: 8_410_001 }],
    });
    expect(cryptoOutcomes([below, between, { ...above, floor_strike: 84_099.98 }])).toHaveProperty("fault");
  });

  it("ask for themselves when they are thresholds", () => {
    expect(
      cryptoOutcomes([market("KXBTCD", { floor_strike: 83_999.99 }), market("KXBTCD", { floor_strike: 84_099.99 })]),
    ).toMatchObject({
      kind: "nested",
      intervals: [
        { lowest: 8_400_000, highest: null },
        { lowest: 8_410_000, highest: null },
      ],
    });
  });

  it("include a quarter-hour market whose target is not set, and no strike of another kind", () => {
    const quarter = market("KXBTC15M", { strike_type: "greater_or_equal" });
    expect(cryptoOutcomes([quarter])).toMatchObject({ kind: "nested", intervals: [undefined] });
    expect(unpriceable("KXBTC15M", [quarter])).toBe("not priceable yet: the target price is not set");
    const strange = market("KXBTCD", { strike_type: "custom" });
    expect(cryptoOutcomes([strange, market("KXBTCD", { floor_strike: 83_999.99 })])).toMatchObject({
      fault: expect.stringContaining("strike_type custom") as string,
      intervals: [undefined, { lowest: 8_400_000, highest: null }],
    });
    expect(unpriceable("KXBTCD", [strange])).toMatch(/^KXBTCD-X: strike_type custom/);
  });

  it("are read word for word beside that, in quarters of a cent, unless their fine print rounds", () => {
    // Below 84,000; 84,000 to 84,099.99 with both ends; above 84,099.99.
    expect(cryptoOutcomes([below, between, above]).unrounded).toEqual([
      { lowest: null, highest: 33_599_999 },
      { lowest: 33_600_000, highest: 33_639_996 },
      { lowest: 33_639_997, highest: null },
    ]);
    const rounded = `${finePrint}, rounded to the nearest 2 decimal places.`;
    const quarter = market("KXBTC15M", { strike_type: "greater_or_equal", floor_strike: 84_000 });
    expect(cryptoOutcomes([{ ...quarter, rules_secondary: rounded }]).unrounded).toEqual([undefined]);
    expect(cryptoOutcomes([quarter]).unrounded).toEqual([{ lowest: 33_600_000, highest: null }]);
  });

  it.skipIf(!existsSync(captures))("as captured: at 53,299.995 no range wins, and Yes of all of them says so", () => {
    type Captured = { ticker: string; strike_type: string; floor_strike?: number; cap_strike?: number };
    const raw = readFileSync(join(captures, "kalshi/crypto/kxbtckxbtc26jul1003.raw.json"), "utf8");
    const markets = Object.values(
      JSON.parse(raw) as Record<string, Captured & { event_ticker: string; rules_secondary: string }>,
    ).map(({ ticker, floor_strike = null, cap_strike = null, ...rest }) => ({
      ...rest,
      market_ticker: ticker,
      series_ticker: "KXBTC",
      floor_strike,
      cap_strike,
      fee_waiver_expiration_time: null,
    }));
    const asks = [{ price: 4_000, size: 1_000 }];
    const quote = { origin: "book" as const, quotedAt: 0, bid: null, bidSize: null, ask: 4_000, askSize: 1_000 };
    const { found } = scanEvents({
      events: [
        {
          event: { event_ticker: "KXBTC-26JUL1003", mutually_exclusive: true },
          markets,
          outcomes: cryptoOutcomes(markets),
          fees: { feeType: "quadratic", multiplier: 1, memberPrecision: "direct" },
        },
      ],
      quotes: new Map(markets.map(({ market_ticker }) => [market_ticker, { ...quote, bids: [], asks, volume: null }])),
      settlement: { settlement: "average", stepsPerUnit: 100 },
      at: Date.UTC(2026, 6, 10, 6),
      maxApartMs: 0,
    });
    expect(found).toMatchObject([{ form: "all-yes" }]);
    const gaps = found[0]?.gaps ?? [];
    // 186 ranges, and no gap beside the two tails.
    expect([markets.length, gaps.length]).toEqual([188, 185]);
    expect(gaps).toContainEqual({ from: 53_299.99, to: 53_300 });
    expect(gaps.every(({ to }) => to > 53_200 && to < 71_799.99)).toBe(true);
    expect(found[0]?.worstCase).toBe(found[0]?.cost);
  });
});
