import type { FeedComparison } from "../crypto/divergence.ts";
import type { Rule } from "../rule.ts";
import type { WatchFacts } from "./facts.ts";

/** Subjects that the card names. */
const named = 5;

const seconds = (from: number, to: number) => `${Math.round((to - from) / 1_000)} s old`;

function linesOf({ diverging, unit }: FeedComparison, now: number): string[] {
  const lines = diverging
    .slice(0, named)
    .map(
      ({ subject, difference, stream, rest, shown }) =>
        `${subject}: stream ${shown.stream} (${seconds(stream.at, now)}), polled ${shown.rest} (${seconds(rest.at, now)}), ${difference.toFixed(1)} ${unit} apart`,
    );
  return diverging.length > named ? [...lines, `and ${diverging.length - named} more`] : lines;
}

export const streamDivergence: Rule<WatchFacts> = {
  id: "stream-divergence",
  doc: "A stream and what is polled beside it showed different prices at the same instant: one of the two is wrong.",
  family: "operations",
  severity: "warning",
  cooldownMinutes: 60,
  dailyCap: 6,
  when: ({ now, feeds }) =>
    feeds
      .filter(({ diverging }) => diverging.length > 0)
      .map((comparison) => {
        const { feed, compared, diverging, most, unit } = comparison;
        return {
          subject: feed,
          scope: feed,
          title: `${feed}: ${diverging.length} of ${compared} prices differ between stream and poll`,
          lines: [
            ...linesOf(comparison, now),
            `More than ${most} ${unit} is told. The desk prices by the fresher of the two and says in each row which that was. See: brier feeds`,
          ],
          evidence: [`pointer/stream-${feed}`, ...diverging.slice(0, named).map(({ subject }) => subject)],
        };
      }),
};
