import type { Rule } from "../rule.ts";
import type { EventFacts } from "./facts.ts";
import { weatherLimits } from "./gates.ts";

const percent = (p: number) => `${(p * 100).toFixed(1)} %`;

export const edgeSignal: Rule<EventFacts> = {
  id: "edge-signal",
  doc: "A candidate passed every gate: the pool sees an edge after fees.",
  family: "signal",
  severity: "info",
  // As long as the longest gate; of a bitcoin market, which lives for an hour, one message a side is enough.
  cooldownMinutes: weatherLimits.cooldownMinutes,
  // The best few of a day: who wants all of them reads the table.
  dailyCap: 2,
  when: ({ signals, scope }) =>
    signals.map((signal) => ({
      subject: `${signal.market_ticker} ${signal.side}`,
      scope,
      worth: signal.edge,
      title: `${signal.market_ticker}: buy ${signal.side} at $${(signal.price / 1e6).toFixed(2)}`,
      lines: [
        `edge ${(signal.edge * 100).toFixed(1)}¢ after a fee of ${(signal.fee / 1e4).toFixed(2)}¢ per contract, ${(signal.size / 100).toFixed(2)} offered`,
        `market ${percent(signal.p_market)}, model ${percent(signal.p_model)}, pool ${percent(signal.p_pool)}`,
      ],
      evidence: [signal.signal_id, signal.prediction_id],
    })),
};
