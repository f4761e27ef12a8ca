import type { Rule } from "../rule.ts";
import type { WatchFacts } from "./facts.ts";

export const sourceStale: Rule<WatchFacts> = {
  id: "source-stale",
  doc: "A source has brought nothing whole for longer than its answers stay useful.",
  family: "operations",
  severity: "critical",
  cooldownMinutes: 180,
  dailyCap: 8,
  when: ({ now, sources }) =>
    sources.flatMap(({ id, errorImpact, staleAfterMinutes, fetchedAt, dueSince }) => {
      if (dueSince === null) return [];
      const minutesSince = (at: number) => (now - at) / 60_000;
      // While none of its windows was due, nobody missed it.
      if (minutesSince(Math.max(fetchedAt ?? dueSince, dueSince)) <= staleAfterMinutes) return [];
      const last =
        fetchedAt === undefined
          ? "nothing has landed yet"
          : `last whole window fetched ${minutesSince(fetchedAt).toFixed(0)} min ago`;
      return [
        {
          subject: id,
          scope: id,
          title: `${id} is stale`,
          lines: [`${last}; it feeds no decision after ${staleAfterMinutes} min`, errorImpact],
          evidence: [`pointer/${id}`],
        },
      ];
    }),
};
