import type { Rule } from "../rule.ts";
import type { WatchFacts } from "./facts.ts";

/** Books that were lost come back within seconds, those of an hour that begins within a minute. */
const minutesWithout = 3;

export const streamUnquotable: Rule<WatchFacts> = {
  id: "stream-unquotable",
  doc: "A feed shows data, but for minutes no book or quote of most markets that it is held for.",
  family: "operations",
  severity: "warning",
  cooldownMinutes: 360,
  dailyCap: 6,
  when: ({ feedHealth }) =>
    [...Map.groupBy(feedHealth, ({ feed }) => feed)].flatMap(([feed, rows]) => {
      const minutes = [...Map.groupBy(rows, ({ minute_at }) => minute_at)]
        .toSorted(([a], [b]) => b - a)
        .slice(0, minutesWithout);
      // Two holders overlap: one that has most of them is enough. A feed without data is stream-silent's.
      const isWithout = minutes.every(([, held]) =>
        held.every(({ phase, products, unquotable }) => phase === "live" && unquotable * 2 > products),
      );
      const newest = minutes[0]?.[1][0];
      if (minutes.length < minutesWithout || !isWithout || newest === undefined) return [];
      const { unquotable, products } = newest;
      return [
        {
          subject: feed,
          scope: feed,
          title: `stream ${feed}: ${unquotable} of ${products} without book or quote for ${minutesWithout} min`,
          lines: [
            "It shows data, but not these: the subscription was refused, or what comes does not fit together.",
            "They are asked for again. The desk prices by what is polled.",
            `See: brier feeds; what was refused lies under quarantine/stream-${feed}/`,
          ],
          evidence: [`pointer/stream-${feed}`],
        },
      ];
    }),
};
