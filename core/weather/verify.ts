/**
 * The settlement verifier: what each text about a closed event's day would have settled, beside what the exchange did. The
 * exchange's word stays the label; this says how far it can be trusted.
 */
import { parseExpirationValue } from "../market/expiration-value.ts";
import type { TableRow } from "../../schemas/index.ts";
import type { SettlementDay } from "../desk.ts";
import { agreementOf, labelled, wholeDayReports } from "../grading/outcome.ts";
import { intervalOf, outcomeOf, type StrikeInterval } from "../market/strikes.ts";

const hour = 3_600_000;

/**
 * A day's event is settled at the first 7 or 8 a.m. Eastern Time after the report, an hour's timer later: 5 to 9 hours
 * after the day, 30 when a report comes after that morning. What takes longer is late (weather.md §3.6).
 */
export const lateAfterMs = 36 * hour;

export type Verdict = "agree" | "late" | "revised" | "source_differs" | "unparsable";

type Market = Pick<
  TableRow<"kalshi_markets">,
  | "market_ticker"
  | "status"
  | "result"
  | "expiration_value"
  | "settlement_ts"
  | "strike_type"
  | "floor_strike"
  | "cap_strike"
>;

/** A text that states the day's maximum, as its own decoder reads it. */
export interface DayText extends Pick<TableRow<"climate_reports">, "product_id" | "issued_at" | "kind" | "max_f"> {
  source: "climate_report" | "daily_summary" | "climate_monthly" | "portal";
}

/** A text that was filed under the station's report id and set aside by the decoder. */
export interface RefusedText {
  product_id: string;
  issued_at: number;
  /** Why, in the decoder's words. */
  reason: string;
}

/** A row of `settlement_checks` without what whoever writes it adds. */
export type SettlementCheck = Pick<
  TableRow<"settlement_checks">,
  | "evidence_id"
  | "source"
  | "position"
  | "issued_at"
  | "value_f"
  | "settled_at"
  | "expiration_value"
  | "settlement_f"
  | "paid_market"
  | "recomputed_market"
  | "outcome_agrees"
  | "verdict"
  | "detail"
>;

/** What the exchange says of the event as a whole. */
interface Settled {
  at: number | null;
  value: number | null;
  text: string;
  paid: string | null;
}

function settledOf(markets: readonly Market[]): Settled | undefined {
  if (markets.length === 0 || markets.some(({ status }) => status !== "finalized")) return undefined;
  const texts = [...new Set(markets.map(({ expiration_value }) => expiration_value))];
  const values = new Set(texts.map(parseExpirationValue));
  const [value = null] = values;
  const times = markets.flatMap(({ settlement_ts }) => (settlement_ts === null ? [] : [settlement_ts]));
  const yes = markets.filter(({ result }) => result === "yes");
  return {
    at: times.length === 0 ? null : Math.max(...times),
    // Two values for one event are none.
    value: values.size === 1 ? value : null,
    text: texts.sort().join(" / "),
    paid: yes.length === 1 ? (yes[0]?.market_ticker ?? null) : null,
  };
}

function safeInterval(market: Market): StrikeInterval | undefined {
  try {
    return intervalOf(market);
  } catch {
    // resolve() reports a strike that contradicts itself; here it is one that cannot be told.
    return undefined;
  }
}

/** The one market that pays for the value; null when not every strike is an interval, or not exactly one market pays. */
function payingMarket(markets: readonly Market[], value: number | null): string | null {
  if (value === null || !Number.isInteger(value)) return null;
  const paying: string[] = [];
  for (const market of markets) {
    const interval = safeInterval(market);
    if (interval === undefined) return null;
    if (outcomeOf(interval, value) === "yes") paying.push(market.market_ticker);
  }
  return paying.length === 1 ? (paying[0] ?? null) : null;
}

const iso = (at: number) => `${new Date(at).toISOString().slice(0, 16)}Z`;

/** What `SettlementCheck` says of the exchange: the same for every text of the event. */
function exchangeSide(settled: Settled | undefined) {
  return {
    settled_at: settled?.at ?? null,
    expiration_value: settled?.text ?? null,
    settlement_f: settled?.value ?? null,
    paid_market: settled?.paid ?? null,
  };
}

/** Monthly data repeat a day in every later product, the portal at every look: of a run of equal values the first stands. */
function withoutRepeats(texts: readonly DayText[]): DayText[] {
  return texts.filter(({ max_f }, index) => index === 0 || max_f !== texts[index - 1]?.max_f);
}

const names: Record<DayText["source"], string> = {
  climate_report: "report",
  daily_summary: "the daily summary",
  climate_monthly: "the monthly data",
  portal: "the settlement portal",
};

function judge(
  report: DayText & { position: number | null },
  versions: readonly { max_f: number }[],
  settled: Settled | undefined,
  outcomeAgrees: boolean | null,
  dayEnd: number,
): { verdict: Verdict; detail: string } {
  if (report.max_f === null) return { verdict: "unparsable", detail: "the text states no maximum" };
  const name = names[report.source] + (report.position === null ? "" : ` ${report.position}`);
  const says = `${name} says ${report.max_f} °F`;
  if (settled === undefined) return { verdict: "late", detail: `${says}; Kalshi has not settled` };
  if (settled.value === null) {
    const outcome =
      outcomeAgrees === null
        ? ""
        : `; it ${outcomeAgrees ? "pays the market that was paid" : "would pay another market"}`;
    return { verdict: "unparsable", detail: `${says}; Kalshi settled by "${settled.text}"${outcome}` };
  }
  const beside = `${says}; Kalshi settled by ${settled.value}`;
  if (settled.value !== report.max_f) {
    const agreement = agreementOf(settled.value, versions);
    const same = outcomeAgrees === true ? ", which pays the same market" : "";
    return agreement === "revised"
      ? { verdict: "revised", detail: `${beside}, as another version says${same}` }
      : { verdict: "source_differs", detail: `${beside}, which no version says${same}` };
  }
  if (outcomeAgrees === false) return { verdict: "source_differs", detail: `${beside}, yet another market was paid` };
  if (settled.at !== null && settled.at > dayEnd + lateAfterMs) {
    return { verdict: "late", detail: `${beside}, but only at ${iso(settled.at)}` };
  }
  if (report.position === 1 && settled.at !== null && report.issued_at > settled.at) {
    return { verdict: "late", detail: `${beside}, before the report came at ${iso(report.issued_at)}` };
  }
  return { verdict: "agree", detail: beside };
}

/**
 * Pure, and without the present instant: the same facts give the same checks.
 * @param input.markets all markets of the event as settled; those of an event that is not settled make it late
 * @param input.texts what speaks of its station and day: every version of every source
 * @param input.refused texts that were filed for the station after the day's end and set aside
 * @returns at least one check. The caller asks of an unsettled event only once it is due (`lateAfterMs` after the day).
 */
export function verifySettlement(input: {
  markets: readonly Market[];
  texts: readonly DayText[];
  refused: readonly RefusedText[];
  day: Pick<SettlementDay, "end">;
}): SettlementCheck[] {
  const { markets, day } = input;
  const settled = settledOf(markets);
  const ofWholeDay = Map.groupBy(wholeDayReports(input.texts, day.end), ({ source }) => source);
  const reports = ofWholeDay.get("climate_report") ?? [];
  const exchange = exchangeSide(settled);
  const checksOf = (texts: readonly DayText[], numbered: boolean): SettlementCheck[] => {
    const versions = labelled(texts);
    return texts.map((text) => {
      const recomputed = payingMarket(markets, text.max_f);
      const agrees = recomputed === null || exchange.paid_market === null ? null : recomputed === exchange.paid_market;
      const place = numbered ? versions.findIndex(({ product_id }) => product_id === text.product_id) : -1;
      const position = place < 0 ? null : place + 1;
      return {
        evidence_id: text.product_id,
        source: text.source,
        position,
        issued_at: text.issued_at,
        value_f: text.max_f,
        ...exchange,
        recomputed_market: recomputed,
        outcome_agrees: agrees,
        ...judge({ ...text, position }, versions, settled, agrees, day.end),
      };
    });
  };
  const checks = checksOf(reports, true);
  const valueless = { position: null, value_f: null, ...exchange, recomputed_market: null, outcome_agrees: null };
  if (reports.length === 0) {
    const worded = settled !== undefined && settled.value === null;
    const kalshi = settled === undefined ? "Kalshi has not settled either" : `Kalshi settled by "${settled.text}"`;
    checks.push({
      evidence_id: "none",
      source: "climate_report",
      issued_at: null,
      ...valueless,
      verdict: worded ? "unparsable" : "late",
      detail: `no final report is known; ${kalshi}`,
    });
  }
  for (const source of ["portal", "daily_summary", "climate_monthly"] as const) {
    checks.push(...checksOf(withoutRepeats(ofWholeDay.get(source) ?? []), false));
  }
  const taken = new Set(reports.map(({ product_id }) => product_id));
  for (const text of input.refused) {
    // A refused text may have been decoded since.
    if (taken.has(text.product_id)) continue;
    checks.push({
      evidence_id: text.product_id,
      source: "refused_text",
      issued_at: text.issued_at,
      ...valueless,
      verdict: "unparsable",
      detail: text.reason,
    });
  }
  return checks;
}
