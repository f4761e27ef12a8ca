/**
 * The official outcome of an event's markets: the exchange's own word is the label; the strikes, and the climate report or
 * the index prints, are what it is checked against. A difference is reported; it never changes the label.
 */
import type { TableRow } from "../../schemas/index.ts";
import { parseExpirationValue } from "../market/expiration-value.ts";
import { intervalOf, outcomeOf, type StrikeInterval } from "../market/strikes.ts";

const DOLLAR = 1_000_000;

/**
 * How the exchange's value stands beside the climate reports of the day (F = the first final, L = a later version):
 * - `agree`: equals F, and every L says the same;
 * - `revised`: F and some L differ, and the exchange's value equals one of them;
 * - `source_differs`: equals neither F nor any L;
 * - `report_missing`: no final report with a maximum is known;
 * - `unparsable`: the exchange gives no number.
 */
export type Agreement = "agree" | "revised" | "source_differs" | "report_missing" | "unparsable";

type Market = Pick<
  TableRow<"kalshi_markets">,
  | "market_ticker"
  | "event_ticker"
  | "close_time"
  | "status"
  | "result"
  | "settlement_value"
  | "expiration_value"
  | "strike_type"
  | "floor_strike"
  | "cap_strike"
>;

type Report = Pick<TableRow<"climate_reports">, "product_id" | "issued_at" | "kind" | "max_f">;

/** What a settled market's row says of the value that it settled by and of what that was held against. */
export type Evidence = Pick<
  TableRow<"resolutions">,
  "official_value" | "official_usd" | "agreement" | "report_product_id" | "report_max_f" | "index_average_usd"
>;

/** A finalized market's part of its `resolutions` row; version and lineage are added by whoever writes it. */
export type Outcome = Pick<
  TableRow<"resolutions">,
  "market_ticker" | "event_ticker" | "close_time" | "result" | "settlement_value" | "expiration_value"
> &
  Evidence;

export interface Resolution {
  /** One a finalized market whose label can be read, in the order given. */
  outcomes: Outcome[];
  /** Tickers of markets that are not finalized: a determined result can still be disputed and amended. */
  pending: string[];
  /** Contradictions within what the exchange says, one sentence each. */
  faults: string[];
}

/** The versions of a report that speak of the whole day, the first first. */
export function wholeDayReports<R extends Report>(reports: readonly R[], dayEnd: number): R[] {
  return (
    reports
      // A text issued before the day was over cannot be its last word, whatever it calls itself.
      .filter((report) => report.kind !== "intermediate" && report.issued_at >= dayEnd)
      .sort((a, b) => a.issued_at - b.issued_at || (a.product_id < b.product_id ? -1 : 1))
  );
}

/** Those of them that state a maximum: one without is no label. */
export function labelled<R extends Report>(reports: readonly R[]): (R & { max_f: number })[] {
  return reports.filter((report): report is R & { max_f: number } => report.max_f !== null);
}

export function agreementOf(official: number | null, versions: readonly { max_f: number }[]): Agreement {
  if (official === null) return "unparsable";
  const [first] = versions;
  if (first === undefined) return "report_missing";
  if (!versions.some(({ max_f }) => max_f === official)) return "source_differs";
  return versions.every(({ max_f }) => max_f === official) ? "agree" : "revised";
}

/** What one Yes paid, in micro-dollars, or the contradiction. */
function payout(market: Market): { paid: number } | { fault: string } {
  const { market_ticker, result, settlement_value: value } = market;
  if (result === "yes" || result === "no") {
    const paid = result === "yes" ? DOLLAR : 0;
    if (value === null || value === paid) return { paid };
    return { fault: `${market_ticker}: result is ${result}, but the settlement value is $${value / DOLLAR}` };
  }
  if (result !== "scalar") return { fault: `${market_ticker}: result is "${result}", expected yes, no or scalar` };
  if (value === null || value < 0 || value > DOLLAR) {
    return { fault: `${market_ticker}: result is scalar, its settlement value is ${value}; expected $0 to $1` };
  }
  return { paid: value };
}

/** What the exchange's word is checked by. */
export interface OutcomeCheck {
  /**
   * What the strike gives at the official value; undefined where the two cannot say.
   * @throws for a strike that contradicts itself
   */
  expected(market: Market, official: number): "yes" | "no" | undefined;
  /** Whether exactly one market of the event wins. */
  exclusive: boolean;
  evidence(official: number | null): Evidence;
}

/** Whether strike and official value give another result than the exchange does. Scalar results cannot be checked. */
function strikeFault(market: Market, official: number | null, check: OutcomeCheck): string | undefined {
  if (official === null || market.result === "scalar") return undefined;
  let expected: "yes" | "no" | undefined;
  try {
    expected = check.expected(market, official);
  } catch (error) {
    return `${market.market_ticker}: ${error instanceof Error ? error.message : String(error)}`;
  }
  return expected === undefined || expected === market.result
    ? undefined
    : `${market.market_ticker}: result is ${market.result}, but its strike and the value ${official} give ${expected}`;
}

/**
 * @param input.markets all markets of one event
 * @param input.reports the climate reports of the event's station and climate date, all versions
 * @param input.dayEnd end of that climate day, epoch ms
 */
export function resolve(input: { markets: readonly Market[]; reports: readonly Report[]; dayEnd: number }): Resolution {
  const versions = labelled(wholeDayReports(input.reports, input.dayEnd));
  const [first] = versions;
  return resolveBy(input.markets, {
    expected(market, official) {
      const interval: StrikeInterval | undefined = Number.isInteger(official) ? intervalOf(market) : undefined;
      return interval === undefined ? undefined : outcomeOf(interval, official);
    },
    exclusive: true,
    evidence: (official) => ({
      official_value: official,
      official_usd: null,
      agreement: agreementOf(official, versions),
      report_product_id: first?.product_id ?? null,
      report_max_f: first?.max_f ?? null,
      index_average_usd: null,
    }),
  });
}

/** @param markets all markets of one event */
export function resolveBy(markets: readonly Market[], check: OutcomeCheck): Resolution {
  const resolution: Resolution = { outcomes: [], pending: [], faults: [] };
  for (const market of markets) {
    if (market.status !== "finalized") {
      resolution.pending.push(market.market_ticker);
      continue;
    }
    const paid = payout(market);
    if ("fault" in paid) {
      resolution.faults.push(paid.fault);
      continue;
    }
    const official = parseExpirationValue(market.expiration_value);
    const fault = strikeFault(market, official, check);
    if (fault !== undefined) resolution.faults.push(fault);
    resolution.outcomes.push({
      market_ticker: market.market_ticker,
      event_ticker: market.event_ticker,
      close_time: market.close_time,
      result: market.result,
      settlement_value: paid.paid,
      expiration_value: market.expiration_value,
      ...check.evidence(official),
    });
  }
  const whole = resolution.pending.length === 0 && resolution.outcomes.length === markets.length;
  if (whole && check.exclusive && resolution.outcomes.every(({ result }) => result !== "scalar")) {
    const yes = resolution.outcomes.filter(({ result }) => result === "yes");
    if (yes.length !== 1 && markets.length > 0) {
      const event = markets[0]?.event_ticker;
      const found = yes.map(({ market_ticker }) => market_ticker).join(", ") || "none";
      resolution.faults.push(`${event}: ${yes.length} markets resolved to yes (${found}), expected exactly one`);
    }
  }
  return resolution;
}
