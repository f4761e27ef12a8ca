import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  alignedFees,
  feePerContract,
  roundingRuleAt,
  roundingRules,
  takerFee,
  takerFeesOfFills,
  type FeeTerms,
} from "../../../core/market/fees.ts";
import { dollar, parseCount, parsePrice } from "../../../core/market/price.ts";

const captures = process.env["BRIER_CAPTURES"] ?? "../shared/captures";
const direct: FeeTerms = { feeType: "quadratic", multiplier: 1, memberPrecision: "direct", waivedUntil: null };
const august = Date.parse("2026-08-18T09:00:00Z");
const today = Date.parse("2026-10-03T17:25:00Z");
const fee = (price: string, count: string, at: number, terms: Partial<FeeTerms> = {}) =>
  takerFee({ ...direct, ...terms, at, price: parsePrice(price), count: parseCount(count) });

describe("taker fee, golden vectors", () => {
  // Source: fills of August 2026 that the exchange charged; the price is that of the side bought.
  it.each([
    ["0.0010", "227.27", 1, "0.015930"],
    ["0.0130", "71.94", 1, "0.064780"],
    ["0.2700", "10.00", 1, "0.138000"],
    ["0.1500", "20.00", 1, "0.178500"],
    ["0.5100", "1.00", 0.5, "0.008800"],
    ["0.2700", "0.27", 0.5, "0.001900"],
  ])("%s x %s, multiplier %d: %s", (price, count, multiplier, charged) => {
    expect(fee(price, count, august, { multiplier })).toBe(parsePrice(charged));
  });

  it("rounds the trade fee to six decimals today", () => {
    expect(fee("0.0130", "71.94", today)).toBe(parsePrice("0.064680"));
  });

  // Source: worked examples of docs.kalshi.com/getting_started/fee_rounding as of 2026-03-20, three fills each. Their trade
  // fees are given, not computed: the page's figures are of no rate in force.
  it.each([
    ["0.0550", "1.00", "0.0085", ["0.015000", "0.005000", "0.015000"]],
    ["0.5000", "0.30", "0.0041", ["0.010000", "0.000000", "0.010000"]],
    ["0.3301", "0.03", "0.0005", ["0.010097", "0.000097", "0.000097"]],
  ])("gives rounding fees of an order back: %s x %s", (price, count, tradeFee, charged) => {
    const fill = { price: parsePrice(price), count: parseCount(count), tradeFee: parsePrice(tradeFee) };
    const rule = roundingRuleAt(Date.parse("2026-04-12T00:00:00Z"));
    expect(alignedFees([fill, fill, fill], rule, "direct")).toStrictEqual(charged.map(parsePrice));
  });

  it("keeps the accumulator over the fills of an order, and gives back a member's own step today", () => {
    // 0.01 contracts at 0.0150: the model's 0.00001035 is charged 0.000011, aligned to 0.0001 with the cost of 0.00015.
    const fill = { price: 15_000, count: 1 };
    // Paid 0.000161, charged 0.0002: rounding 0.000039 each; 0.000117 after the third exceeds 0.0001,
    // but a fill's fee of 0.00005 cannot carry the rebate.
    expect(takerFeesOfFills([fill, fill, fill], today, direct)).toStrictEqual([50, 50, 50]);
    // 0.55 at 0.0150, paid 0.008250 + 0.000569: aligned 0.0089, rounding 0.000081; the second fill gives 0.0001 back.
    const larger = { price: 15_000, count: 55 };
    expect(takerFeesOfFills([larger, larger], today, direct)).toStrictEqual([650, 550]);
  });

  it("rounded whole orders up to the cent before March 2026", () => {
    const fills = [1, 2, 3].map(() => ({ price: 500_000, count: 100 }));
    // 0.07 x 3 x 0.25 = 0.0525
    expect(takerFeesOfFills(fills, Date.parse("2026-02-01T00:00:00Z"), direct)).toStrictEqual([20_000, 20_000, 20_000]);
    expect(takerFee({ ...direct, at: Date.parse("2026-02-01T00:00:00Z"), price: 500_000, count: 300 })).toBe(60_000);
  });

  it("aligns a broker's customer to the cent", () => {
    expect(fee("0.5000", "1.00", today, { memberPrecision: "non_direct" })).toBe(20_000);
    expect(fee("0.5000", "1.00", today)).toBe(17_500);
  });

  it("stops at the end of a waiver", () => {
    expect(fee("0.5000", "1.00", today, { waivedUntil: today + 1 })).toBe(0);
    expect(fee("0.5000", "1.00", today, { waivedUntil: today })).toBe(17_500);
  });
});

describe("taker fee, captured fills", () => {
  const fills = `${captures}/kalshi/portfolio/portfolio_fills_redacted.json`;
  it.skipIf(!existsSync(fills))("reproduces every fill of the capture", () => {
    interface CapturedFill {
      created_time: string;
      count_fp: string;
      yes_price_dollars: string;
      no_price_dollars: string;
      side: "yes" | "no";
      ticker: string;
      fee_cost: string;
    }
    const { payload } = JSON.parse(readFileSync(fills, "utf8")) as { payload: { fills: CapturedFill[] } };
    // A fill does not name its multiplier; that month the series of baseball had 0.5, the others here 1.
    const misses = payload.fills.filter((fill) => {
      const price = fill.side === "yes" ? fill.yes_price_dollars : fill.no_price_dollars;
      const multiplier = fill.ticker.startsWith("KXMLB") ? 0.5 : 1;
      return fee(price, fill.count_fp, Date.parse(fill.created_time), { multiplier }) !== parsePrice(fill.fee_cost);
    });
    expect(payload.fills.length).toBeGreaterThan(0);
    expect(misses).toStrictEqual([]);
  });

  const orders = `${captures}/crypto/kalshi/kxbtc15m_order_fees_every_second.csv`;
  it.skipIf(!existsSync(orders))("reproduces captured orders across the change of 2026-05-28", () => {
    const [head = "", ...lines] = readFileSync(orders, "utf8").trim().split("\n");
    const names = head.split(",");
    let matches = 0;
    for (const line of lines) {
      const values = line.split(",");
      const field = (name: string) => values[names.indexOf(name)] ?? "";
      const count = parseCount(field("fill_count_fp"));
      // An order gives the cost of all its fills; their mean price is exact when they were filled at one price.
      const price = Math.round((parsePrice(field("taker_fill_cost_dollars")) * 100) / count);
      const charged = parsePrice(field("taker_fees_dollars"));
      if (takerFee({ ...direct, at: Date.parse(field("created_time")), price, count }) === charged) matches += 1;
    }
    // The rest was filled at several prices, which the order does not tell.
    expect(matches / lines.length).toBeGreaterThan(0.95);
  });
});

describe("taker fee, properties", () => {
  const price = fc.integer({ min: 1, max: 99 }).map((cents) => cents * 10_000);
  const anyPrice = fc.integer({ min: 1, max: 9_999 }).map((centicents) => centicents * 100);
  const contracts = fc.integer({ min: 1, max: 5_000 }).map((whole) => whole * 100);
  const anyCount = fc.integer({ min: 1, max: 500_000 });
  const at = fc.constantFrom(...roundingRules.map((rule) => Date.parse(rule.from)), today);
  const multiplier = fc.constantFrom(0, 0.5, 1, 1.25);
  const member = fc.constantFrom("direct" as const, "non_direct" as const);

  it("is a whole number >= 0, at least the model's and at most two steps above it", () => {
    fc.assert(
      fc.property(anyPrice, anyCount, at, multiplier, member, (p, count, when, factor, memberPrecision) => {
        const charged = takerFee({ ...direct, multiplier: factor, memberPrecision, price: p, count, at: when });
        const model = 0.07 * factor * (count / 100) * (p / dollar) * (1 - p / dollar) * dollar;
        expect(Number.isInteger(charged)).toBe(true);
        expect(charged).toBeGreaterThanOrEqual(model - 1e-6);
        expect(charged).toBeLessThanOrEqual(model + 10_000 + 100 + 1);
      }),
    );
  });

  it("is the same for P and 1 - P of whole contracts at whole cents", () => {
    fc.assert(
      fc.property(price, contracts, at, (p, count, when) => {
        expect(takerFee({ ...direct, price: p, count, at: when })).toBe(
          takerFee({ ...direct, price: dollar - p, count, at: when }),
        );
      }),
    );
  });

  it("does not fall with the count, cost and fee together never", () => {
    fc.assert(
      fc.property(price, contracts, contracts, at, (p, count, more, when) => {
        expect(takerFee({ ...direct, price: p, count: count + more, at: when })).toBeGreaterThanOrEqual(
          takerFee({ ...direct, price: p, count, at: when }),
        );
      }),
    );
    fc.assert(
      fc.property(anyPrice, anyCount, anyCount, at, (p, count, more, when) => {
        const paid = (n: number) => (p * n) / 100 + takerFee({ ...direct, price: p, count: n, at: when });
        expect(paid(count + more)).toBeGreaterThanOrEqual(paid(count) - 1e-3);
      }),
    );
  });

  it("never gives a rebate that makes a fill's fee negative", () => {
    const fill = fc.record({ price: anyPrice, count: fc.integer({ min: 1, max: 300 }) });
    fc.assert(
      fc.property(fc.array(fill, { minLength: 1, maxLength: 12 }), at, member, (fills, when, memberPrecision) => {
        expect(takerFeesOfFills(fills, when, { ...direct, memberPrecision }).every((charged) => charged >= 0)).toBe(
          true,
        );
      }),
    );
  });

  it("states the fee per contract rounded up", () => {
    fc.assert(
      fc.property(anyPrice, anyCount, (p, count) => {
        const order = { ...direct, price: p, count, at: today };
        const per = feePerContract(order);
        expect(per * count).toBeGreaterThanOrEqual(takerFee(order) * 100);
        expect((per - 1) * count).toBeLessThan(takerFee(order) * 100);
      }),
    );
  });
});

describe("taker fee, refusals", () => {
  it.each(["flat", "cubic", "", "toString"])("names the fee type %o that it does not know", (feeType) => {
    expect(() => fee("0.5000", "1.00", today, { feeType })).toThrow(`fee_type "${feeType}" is not known`);
  });

  it("refuses a price beyond a dollar, a count of nothing, a multiplier below zero", () => {
    expect(() => fee("1.0001", "1.00", today)).toThrow("price 1000100");
    expect(() => fee("0.5000", "0.00", today)).toThrow("count 0");
    expect(() => fee("0.5000", "1.00", today, { multiplier: -1 })).toThrow("fee_multiplier -1");
    expect(() => fee("0.5000", "1.00", today, { multiplier: Number.NaN })).toThrow("fee_multiplier NaN");
  });
});
