/**
 * Which hits become messages. The decision depends only on what was admitted before the facts' instant, so that a
 * repeated step decides as the first one did.
 */
import type { Hit, Rule } from "../rule.ts";

/** What is kept per rule and scope under `alerts/<rule>/<scope>`. */
export interface Admission {
  subject: string;
  at: number;
}

export type Decision = "sent" | "cooldown" | "daily_cap";

const day = 86_400_000;

/**
 * @param hits of one rule and one scope.
 * @param past what was admitted in that scope; entries at or after `now` are this instant's own and do not count.
 * @returns a decision per hit, those of most worth first and then in the order of their subjects, and the admissions to keep.
 */
export function admit(
  rule: Pick<Rule<never>, "cooldownMinutes" | "dailyCap">,
  hits: readonly Hit[],
  past: readonly Admission[],
  now: number,
): { decisions: { hit: Hit; decision: Decision }[]; keep: Admission[] } {
  const before = past.filter(({ at }) => at < now);
  const today = Math.floor(now / day);
  let sentToday = before.filter(({ at }) => Math.floor(at / day) === today).length;
  const decisions: { hit: Hit; decision: Decision }[] = [];
  const admitted: Admission[] = [];
  const byWorth = [...hits].sort((a, b) => (b.worth ?? 0) - (a.worth ?? 0) || (a.subject < b.subject ? -1 : 1));
  for (const hit of byWorth) {
    const cooling = before.some(
      ({ subject, at }) => subject === hit.subject && now - at < rule.cooldownMinutes * 60_000,
    );
    const decision: Decision = cooling ? "cooldown" : sentToday >= rule.dailyCap ? "daily_cap" : "sent";
    if (decision === "sent") {
      sentToday += 1;
      admitted.push({ subject: hit.subject, at: now });
    }
    decisions.push({ hit, decision });
  }
  const horizon = now - Math.max(2 * day, rule.cooldownMinutes * 60_000);
  const later = past.filter(({ at }) => at > now);
  return { decisions, keep: [...before.filter(({ at }) => at > horizon), ...admitted, ...later] };
}
