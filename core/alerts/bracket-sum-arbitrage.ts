import type { Rule } from "../rule.ts";
import type { EventFacts } from "./facts.ts";

export const bracketSumArbitrage: Rule<EventFacts> = {
  id: "bracket-sum-arbitrage",
  doc: "Buying one side of every bracket of an event costs less, fees included, than what it must pay.",
  family: "arbitrage",
  severity: "warning",
  cooldownMinutes: 60,
  dailyCap: 4,
  when: ({ job, arbitrages }) =>
    arbitrages.map((arbitrage) => ({
      subject: `${job.event_ticker} all-${arbitrage.side}`,
      scope: job.event_ticker,
      title: `${job.event_ticker}: all-${arbitrage.side.toUpperCase()} for $${(arbitrage.profit / 1e6).toFixed(2)} after fees`,
      lines: [
        `${(arbitrage.size / 100).toFixed(2)} contracts of each of ${arbitrage.legs.length} brackets cost $${(arbitrage.cost / 1e6).toFixed(2)} with $${(arbitrage.fees / 1e6).toFixed(2)} fees and pay $${(arbitrage.payout / 1e6).toFixed(2)}`,
        `worst case when only a part is filled: -$${(arbitrage.worstCase / 1e6).toFixed(2)}`,
      ],
      evidence: [job.job_id],
    })),
};
