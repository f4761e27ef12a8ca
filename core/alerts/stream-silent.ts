import type { Rule } from "../rule.ts";
import type { WatchFacts } from "./facts.ts";

/** A feed that connects anew has data within seconds; so many minutes without any are no reconnect. */
const minutesSilent = 3;

export const streamSilent: Rule<WatchFacts> = {
  id: "stream-silent",
  doc: "A feed that is held shows no data: the venue refuses us, or its connection does not come about.",
  family: "operations",
  severity: "warning",
  cooldownMinutes: 360,
  dailyCap: 6,
  when: ({ feedHealth }) =>
    [...Map.groupBy(feedHealth, ({ feed }) => feed)].flatMap(([feed, rows]) => {
      const newest = rows.reduce((one, other) => (other.minute_at > one.minute_at ? other : one));
      const minutes = new Set(rows.map(({ minute_at }) => minute_at)).size;
      // Two holders overlap: one that sees data is enough.
      if (rows.some(({ phase, data_frames }) => phase === "live" || data_frames > 0)) return [];
      if (newest.phase !== "disabled" && minutes < minutesSilent) return [];
      return [
        {
          subject: feed,
          scope: feed,
          title: `stream ${feed}: no data for ${minutes} min`,
          lines: [
            `It is ${newest.phase}${newest.last_close === null ? "" : `: ${newest.last_close}`}.`,
            newest.phase === "disabled"
              ? "It is not tried again before the next holder. The desk prices by what is polled."
              : "It is tried again. The desk prices by what is polled.",
            "See: brier feeds",
          ],
          evidence: [`pointer/stream-${feed}`],
        },
      ];
    }),
};
