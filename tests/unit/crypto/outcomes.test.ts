import { describe, expect, it } from "vitest";
import { cryptoOutcomes, unpriceable } from "../../../core/crypto/outcomes.ts";

const market = (series: string, strike: Record<string, unknown>) => ({
  market_ticker: `${series}-X`,
  series_ticker: series,
  strike_type: "greater",
  floor_strike: null,
  cap_strike: null,
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
    expect(cryptoOutcomes([below, between, { ...above, floor_strike: 84_100 }])).toEqual({
      fault: "nothing covers 8410000 to 8410000",
    });
    expect(cryptoOutcomes([below, between, { ...above, floor_strike: 84_099.98 }])).toHaveProperty("fault");
  });

  it("ask for themselves when they are thresholds", () => {
    expect(
      cryptoOutcomes([market("KXBTCD", { floor_strike: 83_999.99 }), market("KXBTCD", { floor_strike: 84_099.99 })]),
    ).toEqual({
      kind: "nested",
      intervals: [
        { lowest: 8_400_000, highest: null },
        { lowest: 8_410_000, highest: null },
      ],
    });
  });

  it("include a quarter-hour market whose target is not set, and no strike of another kind", () => {
    const quarter = market("KXBTC15M", { strike_type: "greater_or_equal" });
    expect(cryptoOutcomes([quarter])).toEqual({ kind: "nested", intervals: [undefined] });
    expect(unpriceable("KXBTC15M", [quarter])).toBe("not priceable yet: the target price is not set");
    const strange = market("KXBTCD", { strike_type: "custom" });
    expect(cryptoOutcomes([strange])).toHaveProperty("fault");
    expect(unpriceable("KXBTCD", [strange])).toMatch(/^KXBTCD-X: strike_type custom/);
  });
});
