import type { Arbitrage } from "../market/arbitrage.ts";
import { arbitrageId, assumptionOf } from "../market/arbitrage-row.ts";
import type { Rule } from "../rule.ts";
import type { EventFacts } from "./facts.ts";

const dollars = (micro: number) => `$${(micro / 1e6).toFixed(2)}`;
const cents = (micro: number) => `${(micro / 1e4).toFixed(2)}¢`;
const contracts = (hundredths: number) => (hundredths / 100).toFixed(2);
/** The card of a set over many brackets names its cheapest and dearest legs only. */
const namedLegs = 6;

/** Mean price of the fills, micro-dollars. */
function meanPrice({ fills }: Arbitrage["legs"][number]): number {
  const count = fills.reduce((sum, fill) => sum + fill.count, 0);
  return fills.reduce((sum, fill) => sum + fill.price * fill.count, 0) / count;
}

function legLines({ legs }: Arbitrage): string[] {
  const line = (leg: (typeof legs)[number]) =>
    `buy ${leg.side} ${leg.market_ticker} at ${cents(meanPrice(leg))}${leg.fills.length > 1 ? ` (${leg.fills.length} levels)` : ""}`;
  const lines = legs.slice(0, namedLegs).map(line);
  return legs.length > namedLegs ? [...lines, `and ${legs.length - namedLegs} more legs`] : lines;
}

/** The whole event is named by its form, other sets by their legs. */
const subjectOf = (event: string, { form, legs }: Arbitrage) =>
  form === "all-yes" || form === "all-no"
    ? `${event} ${form}`
    : `${event} ${form} ${legs.map(({ market_ticker, side }) => `${market_ticker}/${side}`).join(" ")}`;

export const arbitrage: Rule<EventFacts> = {
  id: "arbitrage",
  doc: "A set of contracts costs less, fees included, than it must pay; if the payout assumes something, the card says what.",
  family: "arbitrage",
  severity: "warning",
  cooldownMinutes: 60,
  dailyCap: 4,
  when: ({ job, scope, limits, arbitrages }) =>
    arbitrages
      .filter(({ profit }) => profit >= limits.minArbitrageProfit)
      .map((found) => {
        const assumption = assumptionOf(found);
        return {
          subject: subjectOf(job.event_ticker, found),
          scope,
          worth: found.profit / 1e6,
          title: `${job.event_ticker}: ${found.form} for ${dollars(found.profit)} after fees`,
          lines: [
            `${contracts(found.size)} contracts of each of ${found.legs.length} legs cost ${dollars(found.cost)} with ${dollars(found.fees)} fees and pay ${dollars(found.payout)}`,
            ...(assumption === undefined ? [] : [`assumes that ${assumption}`]),
            ...legLines(found),
            `worst case when only a part is filled${assumption === undefined ? "" : ", or what it assumes does not hold"}: -${dollars(found.worstCase)}`,
          ],
          evidence: [arbitrageId(job, found)],
        };
      }),
};
