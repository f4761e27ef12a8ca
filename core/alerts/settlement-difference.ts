import type { Rule } from "../rule.ts";
import type { TableRow } from "../../schemas/index.ts";
import type { SettlementFacts } from "./facts.ts";

const changed = {
  outcome: "Kalshi changed the settlement, now ",
  reports: "the climate reports changed after settlement, now ",
} as const;

/** Index prints come later than the outcome they are held against: that they came is no news. */
function isNews(change: SettlementFacts["change"], { official_usd }: TableRow<"resolutions">): boolean {
  return change === "outcome" || (change === "reports" && official_usd === null);
}

function heldAgainst({ report_max_f, official_usd, index_average_usd }: TableRow<"resolutions">): string {
  if (report_max_f !== null) return `the first final report says ${report_max_f} °F`;
  if (index_average_usd !== null) return `the sixty prints before its close average $${index_average_usd.toFixed(2)}`;
  return official_usd === null ? "no final report" : "the index prints are not held";
}

export const settlementDifference: Rule<SettlementFacts> = {
  id: "settlement-difference",
  doc: "Kalshi's outcome differs from the first final climate report or from the index prints, or cannot be compared; or either changed; or the outcome contradicts itself.",
  family: "operations",
  severity: "warning",
  cooldownMinutes: 24 * 60,
  dailyCap: 3,
  when: ({ event_ticker, raw_key, change, faults, resolutions }) => {
    const [first] = resolutions;
    if (first === undefined) {
      if (faults.length === 0) return [];
      return [
        {
          subject: `${event_ticker} without outcome`,
          scope: event_ticker,
          title: `${event_ticker}: settled, but nothing can be graded`,
          lines: [
            ...faults,
            "Look at the event on Kalshi; a result that is new there must be added to core/grading/outcome.ts.",
          ],
          evidence: [raw_key],
        },
      ];
    }
    const odd =
      // Without a stream of the index there is nothing to hold a bitcoin event against, which is no difference.
      resolutions.find(({ agreement }) => agreement !== "agree" && agreement !== "unchecked") ??
      (isNews(change, first) || faults.length > 0 ? first : undefined);
    if (odd === undefined) return [];
    return [
      {
        subject: `${event_ticker} version ${odd.version}`,
        scope: event_ticker,
        title: `${event_ticker}: ${change === undefined ? "settlement " : changed[change]}${odd.agreement.replaceAll("_", " ")}`,
        lines: [
          ...faults,
          `Kalshi settled by "${odd.expiration_value}", ${heldAgainst(odd)}`,
          "Kalshi's own result is the label; nothing was changed by hand.",
        ],
        evidence: [odd.raw_key, ...(odd.report_product_id === null ? [] : [odd.report_product_id])],
      },
    ];
  },
};
