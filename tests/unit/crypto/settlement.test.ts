import { describe, expect, it } from "vitest";
import { settlementDifference } from "../../../core/alerts/settlement-difference.ts";
import { heldAverage, resolveByIndex } from "../../../core/crypto/settlement.ts";
import type { TableRow } from "../../../schemas/index.ts";
import { closeTime, listing, prints, ranges, thresholds } from "./listing.ts";

const second = 1_000;
const minute = 60_000;

/** The prints of the window rise by a cent a second from 84,050: their average is 84,050.295. */
const rising = prints(closeTime - minute, closeTime, (at) => 84_050 + (at - (closeTime - minute)) / second / 100);

function settled(event: string, value: string): TableRow<"kalshi_markets">[] {
  const official = Number(value);
  return (listing(closeTime - 10 * minute).kalshi_markets ?? [])
    .filter(({ event_ticker }) => event_ticker === event)
    .map((market) => {
      const { floor_strike, cap_strike, strike_type } = market;
      const above =
        floor_strike === null || (strike_type === "greater" ? official > floor_strike : official >= floor_strike);
      const below = cap_strike === null || (strike_type === "less" ? official < cap_strike : official <= cap_strike);
      const yes = above && below;
      return {
        ...market,
        status: "finalized",
        result: yes ? "yes" : "no",
        settlement_value: yes ? 1_000_000 : 0,
        expiration_value: value,
      };
    });
}

const resolved = (event: string, value: string, held = rising) =>
  resolveByIndex({ series: event.split("-", 1)[0] ?? "", markets: settled(event, value), prints: held, closeTime });

describe("the average of the sixty prints before the close", () => {
  it("is exact, and of those sixty alone", () => {
    const around = [
      ...prints(closeTime - 2 * minute, closeTime - minute, () => 1),
      ...rising,
      ...prints(closeTime, closeTime + minute, () => 1),
    ];
    // (0 + 59) / 2 cents above 84,050.
    expect(heldAverage(around, closeTime)).toBe(84_050_295_000);
  });

  it("is none when one of them is missing", () => {
    for (const index of [0, 30, 59]) expect(heldAverage(rising.toSpliced(index, 1), closeTime)).toBeUndefined();
  });

  it("takes the first of several prints in a second", () => {
    const [first] = rising;
    const twice = [...rising, { print_at: (first?.print_at ?? 0) + 200, value: 90_000 }];
    expect(heldAverage(twice, closeTime)).toBe(heldAverage(rising, closeTime));
  });
});

describe("prints whose times have milliseconds", () => {
  const moved = (ms: (index: number) => number) =>
    rising.map((print, index) => ({ ...print, print_at: print.print_at + ms(index) }));

  it("are the same sixty, late or a little early", () => {
    for (const ms of [123, 877, 999]) {
      expect(
        heldAverage(
          moved(() => ms),
          closeTime,
        ),
      ).toBe(84_050_295_000);
    }
    const early = moved((index) => (index % 7 === 3 ? -120 : 0));
    expect(heldAverage(early, closeTime)).toBe(84_050_295_000);
    expect(heldAverage(early.toSpliced(10, 1), closeTime)).toBeUndefined();
  });

  it("are told apart at the edges by those around the window", () => {
    const before = prints(closeTime - minute - 10 * second, closeTime - minute, () => 1);
    const after = prints(closeTime, closeTime + 10 * second, () => 1);
    const all = [...before, ...rising, ...after].map((print, index) => ({
      ...print,
      // The first of the window and the one at the close are early.
      print_at: print.print_at - (index === 10 || index === 70 ? 120 : 0),
    }));
    expect(heldAverage(all, closeTime)).toBe(84_050_295_000);
  });
});

describe("the outcome of a bitcoin event", () => {
  it("agrees with the prints, in dollars beside no degrees", () => {
    const { outcomes, faults } = resolved(ranges, "84050.30");
    expect(faults).toEqual([]);
    expect(outcomes.map(({ result }) => result)).toEqual(["no", "yes", "no"]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        agreement: "agree",
        official_usd: 84_050.3,
        index_average_usd: 84_050.3,
        official_value: null,
        report_max_f: null,
      });
    }
  });

  it("agrees with both cents that are equally near: nobody says which one Kalshi takes", () => {
    for (const [value, agreement] of [
      ["84050.28", "source_differs"],
      ["84050.29", "agree"],
      ["84050.30", "agree"],
      ["84050.31", "source_differs"],
    ] as const)
      expect(resolved(ranges, value).outcomes[0]?.agreement).toBe(agreement);
  });

  it("differs by a cent, and is told; without all prints it is unchecked, which is not", () => {
    const told = (resolution: ReturnType<typeof resolved>, change?: "reports") =>
      settlementDifference.when({
        event_ticker: ranges,
        raw_key: "raw/x",
        change: change ?? undefined,
        faults: resolution.faults,
        resolutions: resolution.outcomes.map((outcome) => ({
          ...outcome,
          version: 1,
          desk: "crypto",
          resolved_at: 0,
          raw_key: "raw/x",
          ingested_at: 0,
          decoder_version: 1,
        })),
      });
    const differing = resolved(ranges, "84050.31");
    expect(differing.outcomes[0]?.agreement).toBe("source_differs");
    const [hit] = told(differing);
    expect(hit?.title).toBe(`${ranges}: settlement source differs`);
    expect(hit?.lines).toContain('Kalshi settled by "84050.31", the sixty prints before its close average $84050.30');
    const unchecked = resolved(ranges, "84050.30", rising.slice(1));
    expect(unchecked.outcomes[0]).toMatchObject({ agreement: "unchecked", index_average_usd: null });
    expect(told(unchecked)).toEqual([]);
    // That the prints have come since is no news.
    expect(told(resolved(ranges, "84050.30"), "reports")).toEqual([]);
  });

  it("lets many thresholds win, or none, and exactly one range", () => {
    expect(resolved(thresholds, "84200.00").outcomes.map(({ result }) => result)).toEqual(["yes", "yes"]);
    expect(resolved(thresholds, "84200.00").faults).toEqual([]);
    expect(resolved(thresholds, "83000.00").faults).toEqual([]);
    const two = settled(ranges, "84050.30").map((market) => ({
      ...market,
      result: "yes",
      settlement_value: 1_000_000,
    }));
    const { faults } = resolveByIndex({ series: "KXBTC", markets: two, prints: [], closeTime });
    expect(faults.at(-1)).toMatch(/3 markets resolved to yes .*, expected exactly one/);
  });

  it("is contradicted by a strike that gives another result at the official value", () => {
    const markets = settled(thresholds, "84050.30").map((market) => ({ ...market, expiration_value: "84200.00" }));
    const { faults } = resolveByIndex({ series: "KXBTCD", markets, prints: [], closeTime });
    expect(faults).toEqual([
      expect.stringMatching(/T84099\.99: result is no, but its strike and the value 84200 give yes/),
    ]);
  });

  it("ends at …99.99: a cent more is the next range", () => {
    expect(resolved(ranges, "84099.99").outcomes.map(({ result }) => result)).toEqual(["no", "yes", "no"]);
    expect(resolved(ranges, "84099.99").faults).toEqual([]);
    expect(resolved(ranges, "84100.00").faults).toEqual([]);
  });

  it("is unparsable where Kalshi gives no number", () => {
    expect(resolved(thresholds, "see rules").outcomes[0]).toMatchObject({
      agreement: "unparsable",
      official_usd: null,
    });
  });
});
