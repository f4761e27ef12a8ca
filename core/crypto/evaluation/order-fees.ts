/**
 * The fee rule against what the exchange charged. A captured order gives the cost of all its fills together, not the
 * fills: where one price does not explain its fee, fills that would have cost as much are tried, and named as a hypothesis.
 */
import { type Fill, roundingRuleAt, takerFeesOfFills, type FeeTerms } from "../../market/fees.ts";
import { dollar, parseCount, parsePrice, type Count, type Price } from "../../market/price.ts";

/** How the fee of an order comes out to the last digit; `unexplained` when it does not. */
export const explanations = {
  one_fill: "one fill at the order's mean price",
  two_prices: "fills at two neighbouring prices that cost as much",
  single_contracts: "filled contract by contract",
  unexplained: "none of these",
} as const;
export type Explanation = keyof typeof explanations;

export interface EpochFees {
  /** First instant of the rounding rule, ISO 8601 UTC. */
  from: string;
  orders: number;
  byExplanation: Record<Explanation, number>;
  /** Orders that the fee rounded up to the cent, which older documents state, matches. */
  ceilToCent: number;
}

interface TakerOrder {
  at: number;
  count: Count;
  cost: Price;
  charged: Price;
}

/** The series was `quadratic` x 1 throughout (captured series object). */
const terms: FeeTerms = { feeType: "quadratic", multiplier: 1, memberPrecision: "direct", waivedUntil: null };

const columns = ["created_time", "fill_count_fp", "taker_fill_cost_dollars", "taker_fees_dollars"] as const;

/** @throws naming the line that is no order. Orders without a taker fill are left out: makers pay nothing here. */
export function parseOrders(csv: string): TakerOrder[] {
  const [head = "", ...lines] = csv.split(/\r?\n/).filter((line) => line !== "");
  const names = head.split(",");
  const missing = columns.find((name) => !names.includes(name));
  if (missing !== undefined) throw new Error(`the header lacks ${missing}`);
  return lines.flatMap((line, index): TakerOrder[] => {
    const values = line.split(",");
    const field = (name: (typeof columns)[number]) => values[names.indexOf(name)];
    try {
      const order = {
        at: Date.parse(field("created_time") ?? ""),
        count: parseCount(field("fill_count_fp")),
        cost: parsePrice(field("taker_fill_cost_dollars")),
        charged: parsePrice(field("taker_fees_dollars")),
      };
      if (Number.isNaN(order.at)) throw new Error(`"${field("created_time") ?? ""}" is no time`);
      return order.cost === 0 ? [] : [order];
    } catch (error) {
      throw new Error(`line ${index + 2}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  });
}

/** The price grid of the series (`tapered_deci_cent`): tenths of a cent below 10 and above 90 cents, cents between. */
function tickAround(price: number): { below: Price; above: Price } {
  const step = price < 100_000 || price > 900_000 ? 1_000 : 10_000;
  const below = Math.floor(price / step) * step;
  return { below, above: below + step };
}

const feeOf = (fills: readonly Fill[], at: number) =>
  takerFeesOfFills(fills, at, terms).reduce((sum, fee) => sum + fee, 0);

function explain({ at, count, cost, charged }: TakerOrder): Explanation {
  const mean = (cost * 100) / count;
  if (feeOf([{ price: Math.round(mean), count }], at) === charged) return "one_fill";
  const { below, above } = tickAround(mean);
  // Σ count x price = cost over the two prices; counts are whole hundredths, or there are no such fills.
  const atAbove = (cost * 100 - count * below) / (above - below);
  if (atAbove > 0 && Number.isInteger(atAbove)) {
    const fills = [
      { price: below, count: count - atAbove },
      { price: above, count: atAbove },
    ];
    if ([fills, fills.toReversed()].some((order) => feeOf(order, at) === charged)) return "two_prices";
  }
  const contracts = count / 100;
  if (Number.isInteger(contracts) && Number.isInteger(mean)) {
    const fills = Array.from({ length: contracts }, () => ({ price: mean, count: 100 }));
    if (feeOf(fills, at) === charged) return "single_contracts";
  }
  return "unexplained";
}

const cent: Price = 10_000;

/** By rounding epoch, in the order of time. */
export function feesByEpoch(orders: readonly TakerOrder[]): EpochFees[] {
  const epochs = Map.groupBy(orders, ({ at }) => roundingRuleAt(at).from);
  return [...epochs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([from, of]) => {
      const byExplanation = { one_fill: 0, two_prices: 0, single_contracts: 0, unexplained: 0 };
      for (const order of of) byExplanation[explain(order)] += 1;
      const naive = ({ count, cost }: TakerOrder) => {
        const price = (cost * 100) / count / dollar;
        // A rounded product that is a whole cent must not be taken for a little more.
        return Math.ceil(((0.07 * count) / 100) * price * (1 - price) * 100 - 1e-9) * cent;
      };
      const ceilToCent = of.filter((order) => naive(order) === order.charged).length;
      return { from, orders: of.length, byExplanation, ceilToCent };
    });
}
