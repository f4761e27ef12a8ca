import type { Rule } from "../rule.ts";
import type { EventFacts } from "./facts.ts";

export const unmappedSettlement: Rule<EventFacts> = {
  id: "unmapped-settlement",
  doc: "An event's settlement could not be certified, so it is not priced.",
  family: "operations",
  severity: "warning",
  cooldownMinutes: 24 * 60,
  dailyCap: 1,
  when: ({ job, scope }) =>
    job.certified
      ? []
      : [
          {
            subject: job.event_ticker,
            scope,
            title: `${job.event_ticker} is not priced: its settlement is not certified`,
            lines: [
              job.refusal ?? "no reason was given",
              "Read the event's rules; mend the certificate of the desk (certify.ts) if the rule really changed.",
            ],
            evidence: [job.job_id],
          },
        ],
};
