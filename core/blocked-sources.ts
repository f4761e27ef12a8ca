/** Which sources had stopped feeding decisions when a job was planned, and why. */
import type { BlockedSource, PlanFacts } from "./desk.ts";

/** Undefined while the source feeds decisions. */
export function blockReason(health: PlanFacts["health"], source: string): string | undefined {
  const found = health[source];
  if (found?.status !== "blocked") return undefined;
  const refusal = found.refusals.find(({ kind }) => kind === "drift");
  return refusal === undefined ? "refused" : `${refusal.path}: ${refusal.message}`;
}

export function blockedSources(health: PlanFacts["health"], sources: readonly string[]): BlockedSource[] {
  return sources.flatMap((source) => {
    const reason = blockReason(health, source);
    return reason === undefined ? [] : [{ source, reason }];
  });
}
