import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bracketSumArbitrages, type BracketEvent, type BracketQuote } from "../../../core/market/arbitrage.ts";
import { outcomeOf, type StrikeInterval } from "../../../core/market/strikes.ts";

const intervals: StrikeInterval[] = [
  { lowest: null, highest: 69 },
  { lowest: 70, highest: 71 },
  { lowest: 72, highest: null },
];

function event(quotes: Partial<BracketQuote>[], overrides: Partial<BracketEvent> = {}): BracketEvent {
  return {
    at: Date.parse("2026-10-03T17:25:00Z"),
    mutuallyExclusive: true,
    fees: { feeType: "quadratic", multiplier: 1, memberPrecision: "direct" },
    markets: quotes.map((quote, index) => ({
      market_ticker: `M${index}`,
      interval: intervals[index],
      yesBid: null,
      yesBidSize: null,
      yesAsk: null,
      yesAskSize: null,
      waivedUntil: null,
      ...quote,
    })),
    ...overrides,
  };
}

const ask = (yesAsk: number, yesAskSize = 1_000) => ({ yesAsk, yesAskSize });
const bid = (yesBid: number, yesBidSize = 1_000) => ({ yesBid, yesBidSize });

describe("bracket-sum arbitrage", () => {
  it("all Yes, by hand", () => {
    // 10 contracts at 0.30, 0.30, 0.30: fee 0.07 x 10 x 0.21 = 0.147 each; cost 9 + 0.441, pays 10.
    expect(bracketSumArbitrages(event([ask(300_000, 1_000), ask(300_000, 5_000), ask(300_000, 2_000)]))).toStrictEqual([
      {
        side: "yes",
        size: 1_000,
        legs: [0, 1, 2].map((index) => ({ market_ticker: `M${index}`, price: 300_000, fee: 147_000 })),
        cost: 9_441_000,
        fees: 441_000,
        payout: 10_000_000,
        profit: 559_000,
        // Two legs of 3.147 bought, and the third is the one that wins.
        worstCase: 6_294_000,
      },
    ]);
  });

  it("all No, by hand", () => {
    // 10 contracts of No at 0.50, 0.60, 0.70: fees 0.175, 0.168, 0.147; cost 18 + 0.49, pays 20.
    const [found, ...others] = bracketSumArbitrages(event([bid(500_000), bid(400_000), bid(300_000)]));
    expect(others).toStrictEqual([]);
    expect(found).toMatchObject({
      side: "no",
      size: 1_000,
      cost: 18_490_000,
      fees: 490_000,
      payout: 20_000_000,
      profit: 1_510_000,
    });
    // Only the dearest leg filled, and its bracket wins: 7 + 0.147.
    expect(found?.worstCase).toBe(7_147_000);
  });

  it("is silent when only the fees eat it, and speaks when they are waived", () => {
    const quotes = [ask(330_000), ask(330_000), ask(330_000)];
    expect(bracketSumArbitrages(event(quotes))).toStrictEqual([]);
    const waived = quotes.map((quote) => ({ ...quote, waivedUntil: Date.parse("2027-01-01T00:00:00Z") }));
    expect(bracketSumArbitrages(event(waived))).toMatchObject([{ side: "yes", profit: 100_000, fees: 0 }]);
  });

  it.each([
    [
      "an event that is not mutually exclusive",
      event([ask(100_000), ask(100_000), ask(100_000)], { mutuallyExclusive: false }),
    ],
    [
      "intervals with a gap",
      event([ask(100_000), { ...ask(100_000), interval: { lowest: 70, highest: 70 } }, ask(100_000)]),
    ],
    ["a strike that is no interval", event([ask(100_000), { ...ask(100_000), interval: undefined }, ask(100_000)])],
    [
      "a market beside the partition that is no interval",
      event([ask(100_000), ask(100_000), ask(100_000), { ...ask(100_000), interval: undefined }]),
    ],
    ["a leg without an offer", event([ask(100_000), {}, ask(100_000)])],
    ["a leg of unknown size", event([ask(100_000), { yesAsk: 100_000, yesAskSize: null }, ask(100_000)])],
  ])("is silent for %s", (_what, quoted) => {
    expect(bracketSumArbitrages(quoted)).toStrictEqual([]);
  });

  it("pays what it says whatever happens, and never loses more than the worst case when half filled", () => {
    const quote = fc.record({
      yesBid: fc.option(fc.integer({ min: 1, max: 99 }).map((cents) => cents * 10_000)),
      yesBidSize: fc.integer({ min: 1, max: 100_000 }),
      yesAsk: fc.option(fc.integer({ min: 1, max: 99 }).map((cents) => cents * 10_000)),
      yesAskSize: fc.integer({ min: 1, max: 100_000 }),
    });
    fc.assert(
      fc.property(
        fc.tuple(quote, quote, quote),
        fc.integer({ min: 60, max: 80 }),
        fc.integer({ min: 1, max: 6 }),
        (quotes, value, mask) => {
          for (const found of bracketSumArbitrages(event(quotes))) {
            const pays = (index: number) => {
              const interval = intervals[index];
              const hit = interval !== undefined && outcomeOf(interval, value) === "yes";
              return hit === (found.side === "yes") ? found.size * 10_000 : 0;
            };
            const costs = found.legs.map((leg) => Math.ceil((leg.price * found.size) / 100) + leg.fee);
            expect(costs.reduce((sum, cost) => sum + cost, 0)).toBe(found.cost);
            expect(costs.reduce((sum, _cost, index) => sum + pays(index), 0)).toBe(found.payout);
            expect(found.profit).toBe(found.payout - found.cost);
            expect(found.profit).toBeGreaterThan(0);
            const partial = costs.reduce(
              (sum, cost, index) => ((mask >> index) & 1 ? sum + pays(index) - cost : sum),
              0,
            );
            expect(-partial).toBeLessThanOrEqual(found.worstCase);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("refuses an unknown fee rule instead of taking fees for nothing", () => {
    const quoted = event([ask(300_000), ask(300_000), ask(300_000)], {
      fees: { feeType: "flat", multiplier: 1, memberPrecision: "direct" },
    });
    expect(() => bracketSumArbitrages(quoted)).toThrow('fee_type "flat"');
  });
});
