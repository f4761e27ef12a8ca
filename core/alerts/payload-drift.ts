import type { Rule } from "../rule.ts";
import type { Refusal } from "../source.ts";
import { fieldOf } from "../source-health.ts";
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
      // One alert a field, and none twice for what an earlier window said of it.
      const byField = new Map<string, Pick<Refusal, "kind" | "path" | "message"> & { count: number }>();
      const fields = new Set(health.refusals.map(fieldOf));
      const before = (health.earlier ?? []).filter((refusal) => !fields.has(fieldOf(refusal)));
      for (const refusal of [...health.refusals, ...before]) {
        const field = fieldOf(refusal);
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
          kind === "content"
            ? "This payload alone was set aside."
            : health.status === "blocked"
              ? `${id} feeds no decision until a whole window decodes. ${errorImpact}`
              : "A later window was whole: it feeds decisions again.",
          `See: brier quarantine list --source ${id}`,
        ],
        evidence: [`health/${id}`],
      }));
    }),
};
