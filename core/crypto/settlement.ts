/** How Kalshi settled a bitcoin event, checked against the strikes and the sixty index prints where they are held. */
import { type Evidence, type OutcomeCheck, type Resolution, resolveBy } from "../grading/outcome.ts";
import { outcomeOf } from "../market/strikes.ts";
import type { TableRow } from "../../schemas/index.ts";
import { centsOf } from "./pricing.ts";
import { printsBySecond, windowPrints } from "./settlement-average.ts";

const secondMs = 1_000;
const micro = 1e6;
/** The official value is the average to the nearest cent; which of two equally near ones is not known. */
const halfCent = 5_000;

type Print = Pick<TableRow<"index_prints">, "print_at" | "value">;

/**
 * The average of the sixty prints of [close − 60 s, close), micro-dollars: of whole ones, so that half a cent is half a cent.
 * @param prints any of the index; those just before and after the window tell which second a print on its edge is of
 * @returns undefined unless every one of its seconds has a print
 */
export function heldAverage(prints: readonly Print[], closeTime: number): number | undefined {
  const end = closeTime / secondMs;
  const near = prints.filter(({ print_at }) => Math.abs(print_at / secondMs - end) <= 2 * windowPrints);
  const { values } = printsBySecond(near.map(({ print_at, value }) => ({ at: print_at, value })));
  let total = 0;
  for (let second = end - windowPrints; second < end; second++) {
    const value = values.get(second);
    if (value === undefined) return undefined;
    total += Math.round(value * micro);
  }
  return total / windowPrints;
}

function evidenceOf(official: number | null, average: number | undefined): Evidence {
  const agreement =
    official === null
      ? "unparsable"
      : average === undefined
        ? "unchecked"
        : Math.abs(Math.round(official * micro) - average) <= halfCent
          ? "agree"
          : "source_differs";
  return {
    official_value: null,
    official_usd: official,
    agreement,
    report_product_id: null,
    report_max_f: null,
    index_average_usd: average === undefined ? null : Math.round(average / 10_000) / 100,
  };
}

/** @param input.markets all markets of one event; @param input.prints of the index, any of them */
export function resolveByIndex(input: {
  series: string;
  markets: readonly TableRow<"kalshi_markets">[];
  prints: readonly Print[];
  closeTime: number;
}): Resolution {
  const { series, markets, prints, closeTime } = input;
  const average = heldAverage(prints, closeTime);
  const check: OutcomeCheck = {
    expected(market, official) {
      const value = Math.round(official * 100);
      const cents = centsOf(series, market);
      if ("unpriceable" in cents || Math.abs(official * 100 - value) > 1e-4) return undefined;
      return outcomeOf(cents, value);
    },
    // Of thresholds many win, or none.
    exclusive: series === "KXBTC",
    evidence: (official) => evidenceOf(official, average),
  };
  return resolveBy(markets, check);
}
