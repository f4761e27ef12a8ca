import { describe, expect, it } from "vitest";
import { fuse, priorFusion } from "../../../../core/market/fusion.ts";
import { bracketProbabilities } from "../../../../core/weather/high-pmf.ts";
import { marketVerdict, scoreEvent, summariseHours } from "../../../../core/weather/evaluation/market-scores.ts";
import { closingBracket, hourlyBeliefs, parseMinutePrices } from "../../../../core/weather/evaluation/minute-prices.ts";
import { present } from "../present.ts";

const dayEnd = Date.parse("2026-04-02T05:00:00Z");
const head = "timestamp,78° or below,79° to 80°,81° or above";
const csv = [
  head,
  "2026-04-02T00:10:00Z,10.00,,",
  "2026-04-02T00:20:00Z,12.50,40.00,50.00",
  "2026-04-02T01:00:00Z,,90.00,",
  "2026-04-02T01:30:00Z,1.00,98.00,1.00",
].join("\n");
const prices = parseMinutePrices(csv);

describe("parseMinutePrices", () => {
  it("reads brackets and prices, an empty cell as no price", () => {
    expect(prices.brackets.map(({ interval }) => interval)).toEqual([
      { lowest: null, highest: 78 },
      { lowest: 79, highest: 80 },
      { lowest: 81, highest: null },
    ]);
    expect(prices.minutes[0]?.prices).toEqual([100_000, null, null]);
    expect(prices.minutes[1]?.prices[0]).toBe(125_000);
  });
  it.each([
    ["a gap between brackets", csv.replace("81° or above", "82° or above"), /no partition: nothing covers 81 to 81/],
    ["a heading that is no bracket", csv.replace("79° to 80°", "warm"), /column "warm" is no bracket/],
    ["a price above a dollar", csv.replace("98.00", "198.00"), /row 5: "198.00" is no price in cents/],
    ["a word", csv.replace("98.00", "n/a"), /"n\/a" is no price/],
    ["a time without zone", csv.replace("01:30:00Z", "01:30:00"), /no instant in UTC/],
    ["a row cut short", csv.replace(",98.00,1.00", ""), /row 5 has 1 prices of 3 brackets/],
    ["another table", "date,a\n", /the first column is "date"/],
  ])("refuses %s", (_what, text, reason) => {
    expect(() => parseMinutePrices(text)).toThrow(reason);
  });
});

describe("hourlyBeliefs", () => {
  it("takes the last prices before the hour, and begins when every bracket has one", () => {
    const beliefs = hourlyBeliefs(prices, dayEnd);
    expect(beliefs.map(({ hoursLeft }) => hoursLeft)).toEqual([4, 3, 2, 1, 0]);
    expect(beliefs[0]?.priceSum).toBeCloseTo(1.025, 12);
    expect(beliefs[0]?.probabilities[1]).toBeCloseTo(0.4 / 1.025, 12);
    expect(beliefs[1]?.probabilities[1]).toBeCloseTo(0.98, 12);
  });
  it("does not look ahead: cutting what comes at the hour or later changes nothing before", () => {
    const whole = hourlyBeliefs(prices, dayEnd);
    for (const belief of whole) {
      const cut = { ...prices, minutes: prices.minutes.filter(({ at }) => at < belief.at) };
      expect(hourlyBeliefs(cut, dayEnd).find(({ at }) => at === belief.at)).toEqual(belief);
    }
  });
  it("makes up no price for a bracket that never traded", () => {
    expect(hourlyBeliefs(parseMinutePrices(`${head}\n2026-04-02T00:10:00Z,10,80,`), dayEnd)).toEqual([]);
    expect(hourlyBeliefs(parseMinutePrices(head), dayEnd)).toEqual([]);
  });
});

describe("scoreEvent", () => {
  const prior = { pmfLow: 78, pmf: [0.5, 0.25, 0.25] };
  const event = (officialF: number | null, given: typeof prior | undefined = prior) =>
    scoreEvent({ eventTicker: "KXHIGHMIA-26APR01", prices, dayEnd, officialF, prior: given });

  it("goes by the official high, and says when it has none", () => {
    expect(event(77)).toMatchObject({ basis: "official", winner: 0 });
    expect(event(null)).toMatchObject({ basis: "closing price", winner: 1 });
    const open = { ...prices, minutes: prices.minutes.slice(0, 2) };
    const unknown = scoreEvent({ eventTicker: "X", prices: open, dayEnd, officialF: null, prior });
    expect(unknown).toMatchObject({ basis: null, winner: null });
    expect(unknown.hours[0]).toMatchObject({ marketLogScore: null, fusedLogScore: null });
    expect(closingBracket(open)).toBeUndefined();
  });
  it("scores market and fusion on the bracket that came", () => {
    const { hours } = event(80);
    const [first] = hours;
    const market = present(first).probabilities;
    const dayAhead = bracketProbabilities(
      prior,
      prices.brackets.map(({ interval }) => interval),
    );
    const state = { leadHours: 4, width: null, newMaximumIn60: null, volumes: [] };
    const fused = present(fuse({ market, dayAhead }, priorFusion, state)).probabilities;
    expect(first?.marketLogScore).toBeCloseTo(-Math.log(market[1] ?? 0), 12);
    expect(first?.fusedLogScore).toBeCloseTo(-Math.log(fused[1] ?? 0), 12);
    expect(event(80, undefined).hours[0]).toMatchObject({ hoursLeft: 4 });
  });
  it("is summed up by hours left, each event a block", () => {
    const summary = summariseHours([event(80), { ...event(80), eventTicker: "KXHIGHMIA-26APR02" }]);
    expect(summary.map(({ hoursLeft }) => hoursLeft)).toEqual([4, 3, 2, 1, 0]);
    expect(summary[0]).toMatchObject({ events: 2, difference: { low: present(summary[0]).difference.mean } });
    const without = scoreEvent({ eventTicker: "X", prices, dayEnd, officialF: 80, prior: undefined });
    expect(without.hours.every(({ fused }) => fused === null)).toBe(true);
    expect(summariseHours([without])).toEqual([]);
  });
  it("leaves the market alone in the last twelve hours: a model without observations knows nothing that it has not seen", () => {
    for (const { marketWeight, fusedLogScore, marketLogScore } of event(80).hours) {
      expect(marketWeight).toBe(1);
      expect(fusedLogScore).toBeCloseTo(present(marketLogScore), 12);
    }
  });
  it("is said to hold only while no hour is worse by more than noise", () => {
    const events = [event(80), { ...event(80), eventTicker: "KXHIGHMIA-26APR02" }];
    const hours = summariseHours(events);
    expect(marketVerdict(events, hours)).toMatchObject({ holds: true, hours: 5, worse: [] });
    const bad = hours.map((hour, index) =>
      index === 2 ? { ...hour, difference: { mean: 0.2, low: 0.1, high: 0.3 } } : hour,
    );
    const verdict = marketVerdict(events, bad);
    expect(verdict).toMatchObject({ holds: false, worst: { hoursLeft: 2 } });
    expect(verdict.worse.map(({ hoursLeft }) => hoursLeft)).toEqual([2]);
    expect(marketVerdict([], [])).toEqual({
      hours: 0,
      worse: [],
      worst: undefined,
      difference: undefined,
      holds: true,
    });
  });
});
