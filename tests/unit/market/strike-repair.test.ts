import { describe, expect, it } from "vitest";
import { lacksStrike, repairStrikes } from "../../../core/market/strike-repair.ts";

type Market = Parameters<typeof repairStrikes>[0][number];

const market = (suffix: string, change: Partial<Market> = {}): Market => ({
  market_ticker: `KXHIGHDEN-26JAN20-${suffix}`,
  strike_type: null,
  floor_strike: null,
  cap_strike: null,
  title: null,
  yes_sub_title: "",
  rules_primary: "",
  ...change,
});
const bare = ["T-4", "B-3.5", "B-1.5", "T-1"].map((suffix) => market(suffix));
const found = (markets: Market[]) =>
  Object.fromEntries(
    repairStrikes(markets).map((repair) => [
      repair.market_ticker.slice(18),
      "strike" in repair ? [repair.from, ...Object.values(repair.strike)] : repair.reason,
    ]),
  );

describe("lacksStrike", () => {
  it.each<[string | null, number | null, number | null, boolean]>([
    [null, null, null, true],
    ["greater", null, null, true],
    ["greater", 5, null, false],
    ["less", 5, null, true],
    ["between", 5, null, true],
    ["between", 5, 6, false],
    ["custom", null, null, false],
    ["structured", null, null, false],
  ])("%s %s %s: %s", (strike_type, floor_strike, cap_strike, lacks) => {
    expect(lacksStrike({ strike_type, floor_strike, cap_strike })).toBe(lacks);
  });
});

describe("repairStrikes", () => {
  it("takes the text where there is one, the event's tickers for the rest", () => {
    const markets = [market("T-4", { yes_sub_title: "-5° or below" }), ...bare.slice(1)];
    expect(found(markets)).toEqual({
      "T-4": ["text", "less", null, -4],
      "B-3.5": ["ticker", "between", -4, -3],
      "B-1.5": ["ticker", "between", -2, -1],
      "T-1": ["ticker", "greater", -1, null],
    });
  });

  it("leaves markets with a strike alone, and mends nothing where nothing is missing", () => {
    const whole = market("T-1", { strike_type: "greater", floor_strike: -1 });
    expect(Object.keys(found([...bare.slice(0, 3), whole]))).toEqual(["T-4", "B-3.5", "B-1.5"]);
    expect(repairStrikes([whole])).toEqual([]);
  });

  it.each<[string, Market[], RegExp]>([
    ["half an event", bare.slice(0, 2), /two -T tickers/],
    ["tickers with a gap", [bare[0], bare[2], bare[3]].flatMap((one) => one ?? []), /no partition: nothing covers -4/],
    [
      "tickers that a field contradicts",
      [...bare.slice(0, 3), market("T-1", { strike_type: "greater", floor_strike: 0 })],
      /T-1 is 1 or above, by its ticker 0 or above/,
    ],
    [
      "tickers that a text contradicts",
      [...bare.slice(0, 3), market("T-1", { title: "Will it be >0° on Jan 20, 2026?" })],
      /T-1 is 1 or above, by its ticker 0 or above/,
    ],
    [
      "texts that contradict each other",
      [market("T-4", { yes_sub_title: "-5° or below", title: "be <-5°?" })],
      /disagree/,
    ],
    [
      "a field that contradicts itself",
      [...bare.slice(0, 3), market("T-1", { strike_type: "between", floor_strike: 9, cap_strike: 8 })],
      /no whole number lies between/,
    ],
  ])("says why there is none: %s", (_what, markets, why) => {
    expect(found(markets)["T-4"]).toMatch(why);
  });
});
