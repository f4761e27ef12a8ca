import { describe, expect, it } from "vitest";
import { strikesFromTickers } from "../../../core/market/strikes.ts";
import { type DayText, lateAfterMs, type RefusedText, verifySettlement } from "../../../core/weather/verify.ts";
import { captureLines, haveCaptures } from "./captures.ts";
import { present } from "./present.ts";

type Market = Parameters<typeof verifySettlement>[0]["markets"][number];

const end = Date.parse("2026-11-21T07:00:00Z");
const HOUR = 3_600_000;
const settledAt = end + 6 * HOUR;

const market = (suffix: string, strike: Partial<Market>, result: string): Market => ({
  market_ticker: suffix,
  status: "finalized",
  result,
  expiration_value: "41.00",
  settlement_ts: settledAt,
  strike_type: null,
  floor_strike: null,
  cap_strike: null,
  ...strike,
});
const settled = (change: Partial<Market> = {}): Market[] =>
  [
    market("T40", { strike_type: "less", cap_strike: 40 }, "no"),
    market("B40.5", { strike_type: "between", floor_strike: 40, cap_strike: 41 }, "yes"),
    market("T41", { strike_type: "greater", floor_strike: 41 }, "no"),
  ].map((row) => ({ ...row, ...change }));
const text = (hours: number, max_f: number | null, change: Partial<DayText> = {}): DayText => ({
  product_id: `${change.source ?? "report"} at ${hours}`,
  issued_at: end + hours * HOUR,
  kind: "final",
  source: "climate_report",
  max_f,
  ...change,
});
const run = (texts: DayText[], markets = settled(), refused: RefusedText[] = []) =>
  verifySettlement({ markets, texts, refused, day: { end } });
const verdicts = (...given: Parameters<typeof run>) => run(...given).map(({ verdict }) => verdict);

describe("verifySettlement", () => {
  it("sets the outcome that the report gives beside the one that was paid", () => {
    expect(run([text(1, 41)])).toEqual([
      {
        evidence_id: "report at 1",
        source: "climate_report",
        position: 1,
        issued_at: end + HOUR,
        value_f: 41,
        settled_at: settledAt,
        expiration_value: "41.00",
        settlement_f: 41,
        paid_market: "B40.5",
        recomputed_market: "B40.5",
        outcome_agrees: true,
        verdict: "agree",
        detail: "report 1 says 41 °F; Kalshi settled by 41",
      },
    ]);
  });

  it.each<[string, DayText[], Market[], string[]]>([
    ["a correction after the settlement", [text(1, 41), text(9, 44)], settled(), ["agree", "revised"]],
    ["a settlement by the correction", [text(1, 44), text(3, 41)], settled(), ["revised", "agree"]],
    ["another value than every version", [text(1, 40), text(9, 39)], settled(), ["source_differs", "source_differs"]],
    ["reports in the wrong order", [text(9, 44), text(1, 41)], settled(), ["agree", "revised"]],
    ["a worded value", [text(1, 41)], settled({ expiration_value: "No" }), ["unparsable"]],
    [
      "two values for one event",
      [text(1, 41)],
      [...settled().slice(1), { ...present(settled()[0]), expiration_value: "42" }],
      ["unparsable"],
    ],
    ["a report without a maximum", [text(1, null), text(2, 41)], settled(), ["unparsable", "agree"]],
    ["no report", [], settled(), ["late"]],
    ["no report, and a worded value", [], settled({ expiration_value: "Yes" }), ["unparsable"]],
    ["an intermediate report only", [text(-3, 41, { kind: "intermediate" })], settled(), ["late"]],
    ["a text from before the end of the day", [text(-1, 41)], settled(), ["late"]],
    ["a settlement that came late", [text(1, 41)], settled({ settlement_ts: end + lateAfterMs + 1 }), ["late"]],
    ["a settlement just in time", [text(1, 41)], settled({ settlement_ts: end + lateAfterMs }), ["agree"]],
    [
      "a late settlement by another value",
      [text(1, 44)],
      settled({ settlement_ts: end + 9 * 24 * HOUR }),
      ["source_differs"],
    ],
    ["a report that came after the settlement", [text(8, 41)], settled(), ["late"]],
    ["a settlement whose time is not known", [text(1, 41)], settled({ settlement_ts: null }), ["agree"]],
    ["an event that is not settled", [text(1, 41)], [], ["late"]],
    [
      "an event of which a part is settled",
      [text(1, 41)],
      [...settled().slice(1), { ...present(settled()[0]), status: "determined" }],
      ["late"],
    ],
  ])("%s", (_what, texts, markets, expected) => {
    expect(verdicts(texts, markets)).toEqual(expected);
  });

  it("does not let an equal value hide that another market was paid", () => {
    const wrong = settled().map((row) => ({ ...row, result: row.market_ticker === "T41" ? "yes" : "no" }));
    expect(run([text(1, 41)], wrong)).toMatchObject([
      { verdict: "source_differs", outcome_agrees: false, paid_market: "T41", recomputed_market: "B40.5" },
    ]);
  });

  it("tells a difference that costs nobody anything", () => {
    const [check] = run([text(1, 40)]);
    expect(check).toMatchObject({ verdict: "source_differs", outcome_agrees: true });
    expect(check?.detail).toMatch(/no version says, which pays the same market/);
  });

  it("says of a worded value whether the report pays the market that was paid", () => {
    const worded = settled({ expiration_value: "No" });
    expect(run([text(1, 41)], worded)[0]?.detail).toMatch(/pays the market that was paid/);
    expect(run([text(1, 45)], worded)[0]?.detail).toMatch(/would pay another market/);
  });

  it("cannot tell an outcome without strikes, without exactly one paid market, or from half a degree", () => {
    const bare = settled({ strike_type: null });
    expect(run([text(1, 41)], bare)[0]).toMatchObject({
      recomputed_market: null,
      outcome_agrees: null,
      verdict: "agree",
    });
    const none = settled({ result: "no" });
    expect(run([text(1, 41)], none)[0]).toMatchObject({ paid_market: null, outcome_agrees: null });
    const broken = settled({ floor_strike: null, cap_strike: null });
    expect(run([text(1, 41)], broken)[0]).toMatchObject({ recomputed_market: null });
  });

  it("takes every source, of repeated values the first text", () => {
    const monthly = [10, 34, 58].map((hours) => text(hours, 41, { source: "climate_monthly" }));
    const daily = [
      text(1, 40, { source: "daily_summary" }),
      text(2, 41, { source: "daily_summary", kind: "corrected" }),
    ];
    const checks = run([...monthly, text(3, 41), ...daily]);
    expect(checks.map(({ source, position, verdict }) => [source, position, verdict])).toEqual([
      ["climate_report", 1, "agree"],
      ["daily_summary", null, "revised"],
      ["daily_summary", null, "agree"],
      ["climate_monthly", null, "agree"],
    ]);
    const withoutReport = run(daily);
    expect(withoutReport.map(({ evidence_id }) => evidence_id)[0]).toBe("none");
  });

  it("shows what was filed for the station and set aside, unless it has been read since", () => {
    const refused = [
      { product_id: "report at 1", issued_at: end + HOUR, reason: "asked CLIDEN, the text says CLIBOU" },
    ];
    expect(run([], settled(), refused).map(({ source, verdict, detail }) => [source, verdict, detail])[1]).toEqual([
      "refused_text",
      "unparsable",
      "asked CLIDEN, the text says CLIBOU",
    ]);
    expect(verdicts([text(1, 41)], settled(), refused)).toEqual(["agree"]);
  });
});

interface Recorded {
  actuals: { high: { cli: number } };
  settled_markets: { events: { event_ticker: string; expiration_value: string; results: Record<string, string> }[] };
}

describe.skipIf(!haveCaptures)("captured settlements of highs", () => {
  it("follow from the climate report: value and market", () => {
    // Some events stand in the recordings of both days.
    const events = new Map<string, string>();
    for (const day of ["2026-07-17", "2026-07-21"]) {
      for (const row of captureLines<Recorded>(`kalshi/weather/settled_by_city/weather_actuals_${day}.jsonl`)) {
        for (const event of row.settled_markets.events.filter(({ event_ticker }) =>
          event_ticker.startsWith("KXHIGH"),
        )) {
          const strikes = strikesFromTickers(Object.keys(event.results));
          const markets = Object.entries(event.results).map(([ticker, result]) => ({
            ...market(ticker, present(strikes.get(ticker)), result),
            expiration_value: event.expiration_value,
          }));
          for (const check of run([text(1, row.actuals.high.cli)], markets)) {
            expect(check.outcome_agrees).toBe(true);
            events.set(event.event_ticker, check.verdict);
          }
        }
      }
    }
    expect(new Set(events.values())).toEqual(new Set(["agree"]));
    expect(events.size).toBeGreaterThanOrEqual(40);
    process.stderr.write(`settlements: ${events.size} captured events of highs, all agree with the climate report\n`);
  });
});

describe("the settlement portal", () => {
  const portal = (hours: number, max_f: number | null, kind: DayText["kind"] = "final") =>
    text(hours, max_f, { source: "portal", kind });

  it("is one more witness beside the reports", () => {
    expect(run([text(1, 41), portal(2, 41)])).toMatchObject([
      { source: "climate_report", verdict: "agree" },
      {
        evidence_id: "portal at 2",
        source: "portal",
        position: null,
        value_f: 41,
        outcome_agrees: true,
        verdict: "agree",
        detail: "the settlement portal says 41 °F; Kalshi settled by 41",
      },
    ]);
    expect(run([text(1, 41), portal(2, 43)])[1]).toMatchObject({ verdict: "source_differs", recomputed_market: "T41" });
  });

  it("says a thing once, however often it was looked at, and nothing before its report is final", () => {
    const looks = [portal(1, 40, "intermediate"), portal(3, 41), portal(5, 41), portal(7, 42, "corrected")];
    const found = run([text(1, 41), ...looks]).filter(({ source }) => source === "portal");
    expect(found.map(({ evidence_id, verdict }) => [evidence_id, verdict])).toEqual([
      ["portal at 3", "agree"],
      ["portal at 7", "revised"],
    ]);
  });

  it("changes nothing where it is silent", () => {
    expect(run([text(1, 41)])).toHaveLength(1);
  });
});
