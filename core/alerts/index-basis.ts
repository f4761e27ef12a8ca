import type { BasisReport } from "../crypto/basis.ts";
import { basisParameters, indexParameters } from "../crypto/parameters.ts";
import type { Rule } from "../rule.ts";
import type { WatchFacts } from "./facts.ts";

const measured = ({ meanBps, spreadBps, pairs }: BasisReport): string =>
  meanBps === null || spreadBps === null
    ? `not measured (${pairs} prints)`
    : `${meanBps < 0 ? "−" : "+"}${Math.abs(meanBps).toFixed(1)} bps, scatter ${spreadBps.toFixed(1)} (${pairs} prints)`;

export const indexBasis: Rule<WatchFacts> = {
  id: "index-basis",
  doc: "The price that is made of the venues, or one of the venues, is further from the settlement index than they usually are.",
  family: "operations",
  severity: "warning",
  cooldownMinutes: 60,
  dailyCap: 6,
  when({ basis }) {
    if (basis === undefined) return [];
    const { index, print, proxy, report, noiseBps, venues } = basis;
    const beside = proxy === undefined ? "" : `: ${proxy.value.toFixed(2)}, the index ${print.value.toFixed(2)}`;
    const { minNoiseBps } = basisParameters;
    const lines = [
      `proxy (median of the dollar venues)${beside}, ${measured(report)}`,
      ...venues.map((one) => `${one.venue}: ${measured(one.report)}`),
      `While it prints the index itself is the price, as long as the venues are within ${indexParameters.maxDisagreementBps} bps of it. A price made of the venues is given a noise of ${noiseBps.toFixed(1)} bps (${minNoiseBps} at the least): its probabilities move towards one half. See: brier feeds`,
    ];
    // A proxy that is off says it for all its venues.
    const off =
      report.reason === null
        ? venues.flatMap(({ venue, report: { reason } }) =>
            reason === null ? [] : [{ subject: `${index} ${venue}`, reason }],
          )
        : [{ subject: index, reason: report.reason }];
    return off.map(({ subject, reason }) => ({
      subject,
      scope: subject,
      title: `${index}: ${reason}`,
      lines,
      evidence: ["pointer/stream-kalshi", ...venues.map(({ venue }) => venue)],
    }));
  },
};
