import type { Rule } from "../rule.ts";
import type { WatchFacts } from "./facts.ts";

export const ledgerGap: Rule<WatchFacts> = {
  id: "ledger-gap",
  doc: "A scheduled window has neither landed nor been quarantined within its grace.",
  family: "operations",
  severity: "warning",
  cooldownMinutes: 60,
  dailyCap: 8,
  when: ({ sources }) =>
    sources.flatMap(({ id, missingWindows }) =>
      missingWindows.length === 0
        ? []
        : [
            {
              subject: id,
              scope: id,
              title: `${id}: ${missingWindows.length} window${missingWindows.length === 1 ? "" : "s"} overdue`,
              lines: [
                missingWindows.map((at) => new Date(at).toISOString().slice(0, 16)).join(", "),
                "They are still being tried. See the view ingest_ledger_gaps.",
              ],
              evidence: [`ledger/${id}`],
            },
          ],
    ),
};
