import type { Rule } from "../rule.ts";
import type { SettlementFacts } from "./facts.ts";

export const settlementDifference: Rule<SettlementFacts> = {
  id: "settlement-difference",
  doc: "Kalshi's outcome and the first final climate report differ, or cannot be compared; or a settlement changed.",
  family: "operations",
  severity: "warning",
  cooldownMinutes: 24 * 60,
  dailyCap: 3,
  when: ({ event_ticker, faults, resolutions }) => {
    const odd = resolutions.find(({ agreement, version }) => agreement !== "agree" || version > 1 || faults.length > 0);
    if (odd === undefined) return [];
    const report = odd.report_max_f === null ? "no final report" : `the first final report says ${odd.report_max_f} °F`;
    return [
      {
        subject: `${event_ticker} version ${odd.version}`,
        scope: event_ticker,
        title: `${event_ticker}: settlement ${odd.version > 1 ? "changed, " : ""}${odd.agreement.replaceAll("_", " ")}`,
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
