/**
 * What a trade costs beside its price. The model is `rate x multiplier x C x P x (1 - P)`; how the result is rounded has
 * changed several times and stands below as data.
 *
 * Sources: Kalshi's fee schedule (rate 0.07 for takers) and docs.kalshi.com/getting_started/fee_rounding; every rule is
 * tested on fills that the exchange charged.
 */
import { dollar, type Count, type Price } from "./price.ts";

/** direct: a member of the exchange. non_direct: a customer of a broker (FCM). */
export type MemberPrecision = "direct" | "non_direct";

export interface RoundingRule {
  /** First instant (ISO 8601 UTC) at which the rule holds. */
  from: string;
  /** order: the fee of the whole order is rounded up to `feeStep`, nothing else. fill: each fill is rounded and aligned. */
  per: "order" | "fill";
  /** The model's fee is rounded up to whole multiples of this, micro-dollars. */
  feeStep: Price;
  /** The balance after a fill is a whole multiple of this, micro-dollars. */
  balanceStep: Readonly<Record<MemberPrecision, Price>>;
  /** Rounding fees of an order beyond this are given back, this much a fill, micro-dollars. */
  rebateStep: Readonly<Record<MemberPrecision, Price>>;
}

const cent: Price = 10_000;
const centicent: Price = 100;
const cents = { direct: cent, non_direct: cent } as const;
const byMember = { direct: centicent, non_direct: cent } as const;

/**
 * The epochs. Where the switch is known only to an interval, its end stands: until then the dearer rule holds. March 2026:
 * the month is all that is known. 2026-05-28: orders up to 05:36Z follow the old rule, from 17:01Z the new. 2026-09-18: the
 * documentation had today's rule by that day; fills of 2026-08-18 still followed the one before.
 */
export const roundingRules: readonly RoundingRule[] = [
  { from: "1970-01-01T00:00:00Z", per: "order", feeStep: cent, balanceStep: cents, rebateStep: cents },
  { from: "2026-03-01T00:00:00Z", per: "fill", feeStep: centicent, balanceStep: cents, rebateStep: cents },
  { from: "2026-05-28T17:00:00Z", per: "fill", feeStep: centicent, balanceStep: byMember, rebateStep: cents },
  { from: "2026-09-18T00:00:00Z", per: "fill", feeStep: 1, balanceStep: byMember, rebateStep: byMember },
];

/** Takers pay the same rate under these; what they differ in is the maker's. */
const takerRateHundredths: Readonly<Record<string, bigint>> = {
  quadratic: 7n,
  quadratic_with_maker_fees: 7n,
  quadratic_with_combo_maker_fees: 7n,
};

export interface FeeTerms {
  /** `fee_type` of the series, or the event's override. */
  feeType: string;
  /** `fee_multiplier` of the series, or the event's override. */
  multiplier: number;
  memberPrecision: MemberPrecision;
  /** `fee_waiver_expiration_time` of the market, epoch ms; null when there is no waiver. */
  waivedUntil: number | null;
}

export interface Fill {
  /** What one contract of the side bought costs, micro-dollars. */
  price: Price;
  count: Count;
}

/** The fee before any rounding, micro-dollars, not whole: never more than what is charged. */
export function unroundedFee(fill: Fill, at: number, terms: FeeTerms): number {
  return Number(modelFee(fill, terms, at)) / Number(modelScale);
}

export function roundingRuleAt(at: number): RoundingRule {
  const rule = roundingRules.findLast((candidate) => Date.parse(candidate.from) <= at);
  if (rule === undefined) throw new Error(`no fee rule holds at ${at}`);
  return rule;
}

function ceilTo(numerator: bigint, denominator: bigint, step: bigint): bigint {
  const unit = denominator * step;
  return ((numerator + unit - 1n) / unit) * step;
}

/** Denominator of `modelFee`: hundredths of a contract, a rate in hundredths, and two more factors in millionths. */
const modelScale = 10n ** 16n;

/** The unrounded fee in micro-dollars, times `modelScale`. */
function modelFee(fill: Fill, terms: FeeTerms, at: number): bigint {
  if (!Number.isInteger(fill.price) || fill.price < 0 || fill.price > dollar) {
    throw new Error(`price ${fill.price}: expected whole micro-dollars from 0 to ${dollar}`);
  }
  if (!Number.isSafeInteger(fill.count) || fill.count <= 0) {
    throw new Error(`count ${fill.count}: expected a positive whole number of hundredths`);
  }
  const rate = Object.hasOwn(takerRateHundredths, terms.feeType) ? takerRateHundredths[terms.feeType] : undefined;
  if (rate === undefined) {
    throw new Error(
      `fee_type "${terms.feeType}" is not known: add its taker rate to core/market/fees.ts before pricing`,
    );
  }
  const multiplier = Math.round(terms.multiplier * 1e6);
  if (!(terms.multiplier >= 0) || Math.abs(terms.multiplier * 1e6 - multiplier) > 1e-6) {
    throw new Error(`fee_multiplier ${terms.multiplier}: expected a number >= 0 with at most 6 decimals`);
  }
  if (terms.waivedUntil !== null && at < terms.waivedUntil) return 0n;
  const price = BigInt(fill.price);
  return rate * BigInt(multiplier) * BigInt(fill.count) * price * (BigInt(dollar) - price);
}

/**
 * What each fill of one buy order is charged once the balance is aligned, micro-dollars.
 *
 * The buyer's balance change is rounded down to the member's precision, and the difference is a rounding fee. The rounding
 * fees of an order add up; once they exceed the rebate step, that much comes back with the fill. A rebate that would make
 * a fill's fee negative waits for a later fill.
 *
 * @param fills In order, each with its trade fee in micro-dollars.
 */
export function alignedFees(
  fills: readonly (Fill & { tradeFee: Price })[],
  rule: RoundingRule,
  memberPrecision: MemberPrecision,
): Price[] {
  // In 1e-8 dollars, in which a price of 6 decimals times a count of 2 is still whole.
  const balanceStep = BigInt(rule.balanceStep[memberPrecision]) * 100n;
  const rebateStep = BigInt(rule.rebateStep[memberPrecision]) * 100n;
  let accumulated = 0n;
  return fills.map((fill) => {
    const tradeFee = BigInt(fill.tradeFee) * 100n;
    const paid = BigInt(fill.price) * BigInt(fill.count) + tradeFee;
    const roundingFee = ceilTo(paid, 1n, balanceStep) - paid;
    accumulated += roundingFee;
    let fee = tradeFee + roundingFee;
    if (accumulated > rebateStep && fee >= rebateStep) {
      fee -= rebateStep;
      accumulated -= rebateStep;
    }
    // Only a price finer than Kalshi's four decimals leaves a part of a micro-dollar.
    return Number(ceilTo(fee, 100n, 1n));
  });
}

/**
 * The taker fee of each fill of one buy order, in order, micro-dollars.
 * @param at Epoch ms of the order; it chooses the rule. @throws for a fee type whose taker rate is not known.
 */
export function takerFeesOfFills(fills: readonly Fill[], at: number, terms: FeeTerms): Price[] {
  const rule = roundingRuleAt(at);
  const feeStep = BigInt(rule.feeStep);
  if (rule.per === "fill") {
    const charged = fills.map(({ price, count }) => ({
      price,
      count,
      tradeFee: Number(ceilTo(modelFee({ price, count }, terms, at), modelScale, feeStep)),
    }));
    return alignedFees(charged, rule, terms.memberPrecision);
  }
  let model = 0n;
  let charged = 0n;
  return fills.map((fill) => {
    model += modelFee(fill, terms, at);
    const total = ceilTo(model, modelScale, feeStep);
    const fee = total - charged;
    charged = total;
    return Number(fee);
  });
}

export interface TakerOrder extends Fill, FeeTerms {
  /** Epoch ms of the order. */
  at: number;
}

/** Taker fee of a buy order that is filled at once at one price, micro-dollars for the whole order. */
export function takerFee(order: TakerOrder): Price {
  const [fee] = takerFeesOfFills([order], order.at, order);
  if (fee === undefined) throw new Error("an order of one fill has one fee");
  return fee;
}

/** The same per contract of an order of that size, micro-dollars, rounded up. */
export function feePerContract(order: TakerOrder): Price {
  return Math.ceil((takerFee(order) * 100) / order.count);
}
