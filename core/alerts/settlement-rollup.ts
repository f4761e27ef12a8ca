import type { Rule } from "../rule.ts";
import type { RollupFacts } from "./facts.ts";

/** Telegram takes 4096 characters. */
const shownChecks = 12;

export const settlementRollup: Rule<RollupFacts> = {
  id: "settlement-rollup",
  doc: "Once a day: of the settlements checked since the day before, those that some text does not bear out.",
  family: "operations",
  severity: "warning",
  cooldownMinutes: 12 * 60,
  dailyCap: 1,
  when: ({ desk, day, checks }) => {
    const odd = checks.filter(({ verdict, outcome_agrees }) => verdict !== "agree" || outcome_agrees === false);
    if (odd.length === 0) return [];
    const counts = [...Map.groupBy(checks, ({ verdict }) => verdict)]
      .map(([verdict, rows]) => `${rows.length} ${verdict.replaceAll("_", " ")}`)
      .sort();
    const events = new Set(checks.map(({ event_ticker }) => event_ticker));
    const lines = odd
      .slice(0, shownChecks)
      .map(
        ({ station, climate_date, verdict, detail }) =>
          `${station} ${climate_date} ${verdict.replaceAll("_", " ")}: ${detail}`,
      );
    return [
      {
        subject: `settlements ${desk} ${day}`,
        scope: `settlements ${desk}`,
        title: `Settlements of ${desk}: ${odd.length} of ${checks.length} checks do not agree`,
        lines: [
          `${events.size} events: ${counts.join(", ")}`,
          ...lines,
          ...(odd.length > shownChecks ? [`and ${odd.length - shownChecks} more`] : []),
          "See: brier settlements. Kalshi's own result stays the label.",
        ],
        evidence: [
          ...new Set(odd.map(({ evidence_id, event_ticker }) => (evidence_id === "none" ? event_ticker : evidence_id))),
        ],
      },
    ];
  },
};
