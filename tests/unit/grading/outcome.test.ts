import { describe, expect, it } from "vitest";
import { resolve } from "../../../core/grading/outcome.ts";
import { parseExpirationValue } from "../../../core/market/expiration-value.ts";
import { strikesFromTickers } from "../../../core/market/strikes.ts";
import { capture, captureLines, haveCaptures } from "../weather/captures.ts";
import { present } from "../weather/present.ts";

type Input = Parameters<typeof resolve>[0];
type Market = Input["markets"][number];
type Report = Input["reports"][number];

const dayEnd = Date.parse("2026-11-21T07:00:00Z");
const HOUR = 3_600_000;

const market = (suffix: string, strike: Partial<Market>, result: string, change: Partial<Market> = {}): Market => ({
  market_ticker: `KXHIGHDEN-26NOV20-${suffix}`,
  event_ticker: "KXHIGHDEN-26NOV20",
  close_time: dayEnd,
  status: "finalized",
  result,
  settlement_value: result === "yes" ? 1_000_000 : 0,
  expiration_value: "41.00",
  strike_type: null,
  floor_strike: null,
  cap_strike: null,
  ...strike,
  ...change,
});
const event = (change: Partial<Market> = {}): Market[] => [
  market("T40", { strike_type: "less", cap_strike: 40 }, "no", change),
  market("B40.5", { strike_type: "between", floor_strike: 40, cap_strike: 41 }, "yes", change),
  market("T41", { strike_type: "greater", floor_strike: 41 }, "no", change),
];
const report = (hoursAfterEnd: number, max_f: number | null, kind = "final"): Report => ({
  product_id: `report at ${hoursAfterEnd}`,
  issued_at: dayEnd + hoursAfterEnd * HOUR,
  kind,
  max_f,
});
const run = (markets: Market[], reports: Report[] = [report(1, 41)]) => resolve({ markets, reports, dayEnd });

describe("parseExpirationValue", () => {
  it.each([
    ["85.00", 85],
    ["85", 85],
    [" -3.50 ", -3.5],
    ["0.00", 0],
    ["", null],
    ["No", null],
    ["1e3", null],
    ["0x10", null],
    ["Infinity", null],
    ["1,000", null],
    ["85.", null],
    ["85 F", null],
  ])("%j is %j", (text, expected) => {
    expect(parseExpirationValue(text)).toBe(expected);
  });
});

describe("resolve", () => {
  it("takes the exchange's word and sets the first final report beside it", () => {
    const { outcomes, pending, faults } = run(event());
    expect([pending, faults]).toEqual([[], []]);
    expect(outcomes.map(({ result, settlement_value }) => [result, settlement_value])).toEqual([
      ["no", 0],
      ["yes", 1_000_000],
      ["no", 0],
    ]);
    expect(outcomes[1]).toMatchObject({
      official_value: 41,
      agreement: "agree",
      report_product_id: "report at 1",
      report_max_f: 41,
      expiration_value: "41.00",
    });
  });

  it("waits for finalized: a determined result can still be amended", () => {
    const given = event();
    given[1] = { ...present(given[1]), status: "determined" };
    expect(run(given)).toMatchObject({ pending: ["KXHIGHDEN-26NOV20-B40.5"], faults: [] });
    expect(run(given).outcomes).toHaveLength(2);
  });

  it.each<[string, string, Report[], string, string | null]>([
    ["equal", "41.00", [report(1, 41)], "agree", "report at 1"],
    [
      "equal, and confirmed by a correction",
      "41.00",
      [report(9, 41, "corrected"), report(1, 41)],
      "agree",
      "report at 1",
    ],
    [
      "equal to the first, another correction later",
      "41.00",
      [report(1, 41), report(9, 40, "corrected")],
      "revised",
      "report at 1",
    ],
    ["equal to a correction only", "41.00", [report(1, 40), report(9, 41, "corrected")], "revised", "report at 1"],
    [
      "equal to a second final that does not call itself one",
      "41.00",
      [report(1, 40), report(9, 41)],
      "revised",
      "report at 1",
    ],
    ["equal to none", "41.00", [report(1, 40), report(9, 39, "corrected")], "source_differs", "report at 1"],
    ["half a degree off", "41.50", [report(1, 41)], "source_differs", "report at 1"],
    ["without reports", "41.00", [], "report_missing", null],
    [
      "with an intermediate report only",
      "41.00",
      [report(-8, 41, "intermediate"), report(1, 41, "intermediate")],
      "report_missing",
      null,
    ],
    ["with a text issued before the day was over", "41.00", [report(-1, 41)], "report_missing", null],
    ["with a report whose maximum is missing", "41.00", [report(1, null)], "report_missing", null],
    [
      "with a maximum in the correction only",
      "41.00",
      [report(1, null), report(9, 41, "corrected")],
      "agree",
      "report at 9",
    ],
    ["no number", "No", [report(1, 41)], "unparsable", "report at 1"],
    ["empty", "", [], "unparsable", null],
  ])("classifies a value %s", (_what, expiration_value, reports, agreement, product) => {
    for (const outcome of run(event({ expiration_value }), reports).outcomes) {
      expect([outcome.agreement, outcome.report_product_id]).toEqual([agreement, product]);
    }
  });

  it("keeps the label when value and strike contradict it, and says so", () => {
    const { outcomes, faults } = run(event({ expiration_value: "42.00" }));
    expect(outcomes.map(({ result }) => result)).toEqual(["no", "yes", "no"]);
    expect(faults).toEqual([
      "KXHIGHDEN-26NOV20-B40.5: result is yes, but its strike and the value 42 give no",
      "KXHIGHDEN-26NOV20-T41: result is no, but its strike and the value 42 give yes",
    ]);
  });

  it("says when not exactly one market is yes", () => {
    const none = event({ expiration_value: "" }).map((row) => ({ ...row, result: "no", settlement_value: 0 }));
    expect(run(none).faults).toEqual(["KXHIGHDEN-26NOV20: 0 markets resolved to yes (none), expected exactly one"]);
    const two = event({ expiration_value: "" });
    two[0] = { ...present(two[0]), result: "yes", settlement_value: 1_000_000 };
    expect(run(two).faults[0]).toMatch(/2 markets resolved to yes \(KXHIGHDEN-26NOV20-T40, KXHIGHDEN-26NOV20-B40.5\)/);
  });

  it("pays a scalar settlement its value", () => {
    const scalar = event({ result: "scalar", settlement_value: 390_000, expiration_value: "" });
    expect(run(scalar)).toMatchObject({
      faults: [],
      outcomes: [{ result: "scalar", settlement_value: 390_000 }, {}, {}],
    });
  });

  it.each<[string, Partial<Market>, RegExp]>([
    ["an empty result", { result: "" }, /result is "", expected yes, no or scalar/],
    ["an unknown result", { result: "void" }, /result is "void"/],
    ["a scalar without value", { result: "scalar", settlement_value: null }, /settlement value is null/],
    ["a scalar above a dollar", { result: "scalar", settlement_value: 1_000_001 }, /expected \$0 to \$1/],
    [
      "a yes that paid half",
      { result: "yes", settlement_value: 500_000 },
      /result is yes, but the settlement value is \$0.5/,
    ],
    ["a no that paid", { result: "no", settlement_value: 1_000_000 }, /result is no, but the settlement value is \$1/],
  ])("gives no outcome for %s", (_what, change, fault) => {
    const { outcomes, faults } = run(event(change));
    expect(outcomes.length).toBeLessThan(3);
    expect(faults[0]).toMatch(fault);
  });

  it("takes the payout from the result where the exchange gives none", () => {
    expect(run(event({ settlement_value: null })).outcomes.map((row) => row.settlement_value)).toEqual([
      0, 1_000_000, 0,
    ]);
  });

  it("reports a strike that contradicts its own type instead of failing", () => {
    const given = event();
    given[2] = { ...present(given[2]), floor_strike: null };
    expect(run(given).faults[0]).toMatch(/T41: strike_type greater needs floor_strike/);
  });
});

interface Recorded {
  actuals: { high: { cli: number } };
  settled_markets: {
    events: { event_ticker: string; expiration_value: string; results: Record<string, string> }[];
  };
}

describe.skipIf(!haveCaptures)("captured settled events", () => {
  it("every bracket of every city follows from strikes and official value: no faults", () => {
    let events = 0;
    for (const day of ["2026-07-17", "2026-07-21"]) {
      for (const row of captureLines<Recorded>(`kalshi/weather/settled_by_city/weather_actuals_${day}.jsonl`)) {
        for (const settled of row.settled_markets.events.filter(({ event_ticker }) =>
          event_ticker.startsWith("KXHIGH"),
        )) {
          const strikes = strikesFromTickers(Object.keys(settled.results));
          const markets = Object.entries(settled.results).map(([ticker, result]) => ({
            ...market("", { ...present(strikes.get(ticker)) }, result),
            market_ticker: ticker,
            event_ticker: settled.event_ticker,
            expiration_value: settled.expiration_value,
          }));
          const { outcomes, faults } = run(markets, [report(1, row.actuals.high.cli)]);
          expect(faults).toEqual([]);
          expect(outcomes).toHaveLength(markets.length);
          expect(outcomes.every(({ agreement }) => agreement === "agree")).toBe(true);
          events++;
        }
      }
    }
    expect(events).toBeGreaterThan(40);
  });

  it("reads the Miami market that settled by the word No", () => {
    const settled: Market & { ticker: string } = JSON.parse(
      capture("weather/kalshi/kxhighmia_26apr11_t83_settled.json"),
    );
    const { outcomes } = run([{ ...settled, market_ticker: settled.ticker, cap_strike: null, settlement_value: 0 }]);
    expect(outcomes).toMatchObject([
      { result: "no", official_value: null, agreement: "unparsable", expiration_value: "No" },
    ]);
  });
});
