import type { Rule } from "../rule.ts";
import type { SettlementFacts } from "./facts.ts";

const changed = {
  outcome: "Kalshi changed the settlement, now ",
  reports: "the climate reports changed after settlement, now ",
} as const;

export const settlementDifference: Rule<SettlementFacts> = {
  id: "settlement-difference",
  doc: "Kalshi's outcome and the first final climate report differ, or cannot be compared; or either changed; or the outcome contradicts itself.",
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
      resolutions.find(({ agreement }) => agreement !== "agree") ??
      (change !== undefined || faults.length > 0 ? first : undefined);
    if (odd === undefined) return [];
    const report = odd.report_max_f === null ? "no final report" : `the first final report says ${odd.report_max_f} °F`;
    return [
      {
        subject: `${event_ticker} version ${odd.version}`,
        scope: event_ticker,
        title: `${event_ticker}: ${change === undefined ? "settlement " : changed[change]}${odd.agreement.replaceAll("_", " ")}`,
        lines: [
          ...faults,
          `Kalshi settled by "${odd.expiration_value}", ${report}`,
          "Kalshi's own result is the label; nothing was changed by hand.",
        ],
        evidence: [odd.raw_key, ...(odd.report_product_id === null ? [] : [odd.report_product_id])],
      },
    ];
  },
};
