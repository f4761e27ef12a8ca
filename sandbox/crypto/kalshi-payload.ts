/** Bitcoin series, events and markets as Kalshi's API writes them (kalshi-api.md §2.2, §5.2). */
import { dateParts, day, hour, isDaylightTime, minute, rfc3339, wallClock } from "../calendar.ts";
import type { Payload } from "../kalshi-payload.ts";
import { updatedAt } from "../market-family.ts";
import { type CryptoBracket, type CryptoEvent, type CryptoSeries, settlementTimer } from "./events.ts";

/** Crypto lives on this shard of the exchange since August 2026 (kalshi-api.md §1.6). */
const shard = 2;
const newYork = -5;

const titles: Readonly<Record<CryptoSeries, string>> = {
  KXBTC: "Bitcoin price range",
  KXBTCD: "Bitcoin price above",
  KXBTC15M: "Bitcoin price up down",
};

/** Only the quarter hours say that the value is rounded (crypto-and-trading.md §2.2). */
function secondaryOf(series: CryptoSeries): string {
  const rounding = series === "KXBTC15M" ? ", rounded to the nearest 2 decimal places" : "";
  return `Prices of single venues differ from CF Benchmarks' Real Time Index, which decides. In the last minute before expiration its 60 prints are taken; the final value is the average of these prices${rounding}.`;
}

/** `$86,750` or `$83,697.45`, from whole cents. */
function money(cents: number): string {
  const text = (cents / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `$${text.replace(/\.00$/, "")}`;
}

/** A strike as a JSON number of dollars. */
const strike = (cents: number) => cents / 100;

/** `3 AM EDT` or `7:30 PM EDT`. */
function clockOf(at: number): string {
  const wall = new Date(wallClock(newYork, at));
  const [hours, minutes] = [wall.getUTCHours(), wall.getUTCMinutes()];
  const zone = isDaylightTime(newYork, at) ? "EDT" : "EST";
  const clock = `${hours % 12 === 0 ? 12 : hours % 12}${minutes === 0 ? "" : `:${String(minutes).padStart(2, "0")}`}`;
  return `${clock} ${hours < 12 ? "AM" : "PM"} ${zone}`;
}

function dateOf(at: number, long = false): string {
  const { monthName, dayOfMonth, year } = dateParts(Math.floor(wallClock(newYork, at) / day));
  return `${long ? monthName : monthName.slice(0, 3)} ${dayOfMonth}, ${year}`;
}

export function cryptoSeriesPayload(series: CryptoSeries): Payload {
  return {
    additional_prohibitions: [
      "Holders of material non-public information on the underlying may not trade this contract.",
    ],
    category: "Crypto",
    contract_terms_url: "https://assets.kalshi.com/contract_terms/CRYPTO.pdf",
    contract_url: "https://assets.kalshi.com/regulatory/product-certifications/CRYPTO.pdf",
    exchange_index: shard,
    fee_multiplier: 1,
    fee_type: "quadratic",
    frequency: series === "KXBTC15M" ? "fifteen_min" : "hourly",
    last_updated_ts: "2026-08-24T16:04:33.472131Z",
    settlement_sources: [{ name: "CF Benchmarks", url: "https://www.cfbenchmarks.com/" }],
    tags: ["BTC"],
    ticker: series,
    title: titles[series],
  };
}

export function cryptoEventPayload(event: CryptoEvent, now: number): Payload {
  return {
    category: "Crypto",
    collateral_return_type: event.series === "KXBTC" ? "MECNET" : "",
    event_ticker: event.ticker,
    exchange_index: shard,
    last_updated_ts: new Date(updatedAt(event, now)).toISOString(),
    mutually_exclusive: event.series === "KXBTC",
    series_ticker: event.series,
    strike_date: rfc3339(event.closeAt),
    strike_period: "",
    sub_title: `${dateOf(event.closeAt)} at ${clockOf(event.closeAt)}`,
    title: `${titles[event.series]} on ${dateOf(event.closeAt)}?`,
  };
}

interface Wording {
  /** Between `is` and `at` in the rule text. */
  rule: string;
  label: string;
  strike: Payload;
}

function wordingOf({ kind, from, to }: CryptoBracket): Wording {
  if (kind === "between" && from !== null && to !== null) {
    return {
      rule: `between ${strike(from)}-${strike(to)}`,
      label: `${money(from)} to ${money(to).slice(1)}`,
      strike: { floor_strike: strike(from), cap_strike: strike(to) },
    };
  }
  if (kind === "less" && to !== null) {
    return {
      rule: `below ${strike(to + 1)}`,
      label: `${money(to)} or below`,
      strike: { cap_strike: strike(to + 1) },
    };
  }
  if (kind === "greater" && from !== null) {
    return {
      rule: `above ${strike(from - 1)}`,
      label: `${money(from)} or above`,
      strike: { floor_strike: strike(from - 1) },
    };
  }
  throw new Error(`a bracket of kind ${kind} from ${from} to ${to}`);
}

const index = "the simple average of the sixty seconds of CF Benchmarks' Bitcoin Real-Time Index (BRTI)";

/**
 * What a market is: fixed, but for a quarter's target.
 * @param targetKnown Whether it has been published already.
 */
export function cryptoMarketConstants(event: CryptoEvent, bracket: CryptoBracket, targetKnown: boolean): Payload {
  const close = rfc3339(event.closeAt);
  const end = clockOf(event.closeAt);
  const common = {
    can_close_early: true,
    close_time: close,
    created_time: new Date(event.createdAt).toISOString(),
    event_ticker: event.ticker,
    exchange_index: shard,
    expected_expiration_time: rfc3339(event.closeAt + 5 * minute),
    expiration_time: rfc3339(event.closeAt + 7 * 24 * hour),
    latest_expiration_time: rfc3339(event.closeAt + 7 * 24 * hour),
    market_type: "binary",
    notional_value_dollars: "1.0000",
    occurrence_datetime: rfc3339(event.closeAt + 5 * minute),
    open_time: rfc3339(event.openAt),
    rules_secondary: secondaryOf(event.series),
    settlement_timer_seconds: settlementTimer[event.series],
    strike_type: bracket.kind,
    ticker: bracket.ticker,
  };
  if (event.series === "KXBTC15M") {
    const brti = "the simple average of the sixty seconds of CF Benchmarks' BRTI";
    const target = bracket.from ?? Number.NaN;
    return {
      ...common,
      custom_strike: { round_digits: "2" },
      ...(targetKnown ? { floor_strike: strike(target) } : {}),
      no_sub_title: "Target price: TBD",
      price_level_structure: "tapered_deci_cent",
      price_ranges: [
        { start: "0.0000", end: "0.1000", step: "0.0010" },
        { start: "0.1000", end: "0.9000", step: "0.0100" },
        { start: "0.9000", end: "1.0000", step: "0.0010" },
      ],
      rules_primary: `If ${brti} before ${end} on ${dateOf(event.closeAt)} is at least ${brti} before ${clockOf(event.openAt)} on ${dateOf(event.openAt, true)}, then the market resolves to Yes.`,
      title: "BTC price up in next 15 mins?",
      yes_sub_title: targetKnown
        ? `Target Price: $${strike(target).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
        : "Target price: TBD",
    };
  }
  const { rule, label, strike: fields } = wordingOf(bracket);
  return {
    ...common,
    ...fields,
    no_sub_title: label,
    price_level_structure: "linear_cent",
    price_ranges: [{ start: "0.0000", end: "1.0000", step: "0.0100" }],
    rules_primary: `If ${index} before ${end} is ${rule} at ${end} on ${dateOf(event.closeAt)}, then the market resolves to Yes.`,
    title: `${titles[event.series]} on ${dateOf(event.closeAt)}?`,
    yes_sub_title: label,
  };
}
