/** A found arbitrage as its row, with the books that it was found on. */
import type { Job } from "../desk.ts";
import { idOf } from "../identity.ts";
import type { TableRow } from "../../schemas/index.ts";
import type { Arbitrage } from "./arbitrage.ts";
import { enrichmentVersion } from "./enrichment.ts";
import type { MarketQuote } from "./market-quotes.ts";

/** `<market>/<side>` of each leg. */
const contractsOf = ({ legs }: Arbitrage): string =>
  legs.map(({ market_ticker, side }) => `${market_ticker}/${side}`).join(" ");

export function arbitrageId(job: Pick<Job, "job_id">, found: Arbitrage): string {
  return idOf("arbitrage", { job: job.job_id, form: found.form, contracts: contractsOf(found) });
}

/** What must hold for the payout, as a sentence without its end; undefined when the set pays whatever happens. */
export function assumptionOf({ gaps }: Pick<Arbitrage, "gaps">): string | undefined {
  const [first, ...more] = gaps;
  if (first === undefined) return undefined;
  const others = more.length === 0 ? "" : `, nor in ${more.length} more such gap${more.length === 1 ? "" : "s"}`;
  return `the settlement value does not lie between ${first.from} and ${first.to}${others}: the rules do not say that it is rounded`;
}

/** @param quotes What it was found on; @throws when they do not hold one of its markets */
export function arbitrageRow(
  job: Job,
  found: Arbitrage,
  quotes: ReadonlyMap<string, MarketQuote>,
): TableRow<"arbitrages"> {
  const { form, size, legs, cost, fees, payout, profit, worstCase } = found;
  return {
    arbitrage_id: arbitrageId(job, found),
    job_id: job.job_id,
    desk: job.desk,
    event_ticker: job.event_ticker,
    found_at: job.planned_at,
    contracts: contractsOf(found),
    form,
    size,
    legs: JSON.stringify(
      legs.map(({ market_ticker, side, fills, fee, cost: paid }) => {
        const quote = quotes.get(market_ticker);
        if (quote === undefined) throw new Error(`an arbitrage on ${market_ticker}, which shows no book`);
        return { market_ticker, side, origin: quote.origin, quoted_at: quote.quotedAt, fills, fee, cost: paid };
      }),
    ),
    cost,
    fees,
    payout,
    profit,
    worst_case: worstCase,
    assumes: assumptionOf(found) ?? null,
    ingested_at: job.planned_at,
    decoder_version: enrichmentVersion,
  };
}
