import type { Rule } from "../rule.ts";
import type { WatchFacts } from "./facts.ts";

export const payloadDrift: Rule<WatchFacts> = {
  id: "payload-drift",
  doc: "A payload was refused: a field vanished or changed its type, or the answer speaks of something else.",
  family: "operations",
  severity: "critical",
  cooldownMinutes: 360,
  dailyCap: 12,
  when: ({ sources }) =>
    sources.flatMap(({ id, errorImpact, health }) => {
      if (health === undefined) return [];
      // One alert a field: thirty markets that lost the same field are one finding.
      const byField = new Map<string, (typeof health.refusals)[number] & { count: number }>();
      for (const refusal of health.refusals) {
        const field = refusal.path.replaceAll(/\[\d+\]/g, "[]");
        const found = byField.get(field);
        if (found === undefined) byField.set(field, { ...refusal, count: 1 });
        else found.count += 1;
      }
      return [...byField].map(([field, { kind, path, message, count }]) => ({
        subject: `${id} ${field}`,
        scope: id,
        title: `${id}: ${path} was refused`,
        lines: [
          count === 1 ? message : `${message} (and ${count - 1} more)`,
          kind === "drift"
            ? `${id} feeds no decision until a whole window decodes. ${errorImpact}`
            : "This payload alone was set aside.",
          `See: brier quarantine list --source ${id}`,
        ],
        evidence: [`health/${id}`],
      }));
    }),
};
