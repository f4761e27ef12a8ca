/** Series, events and markets as Kalshi's API writes them (kalshi-api.md §2): every price and count is a string. */
import { dateParts, day, hour, rfc3339 } from "./calendar.ts";
import type { City } from "./cities.ts";
import { settlementTimerSeconds, type Bracket, type Event } from "./events.ts";
import { statusAt, updatedAt, type Life } from "./market-family.ts";
import type { Quote } from "./quotes.ts";

export type Payload = Record<string, unknown>;

const secondary =
  "Weather services differ. AccuWeather, Google Weather or a preliminary Weather Company reading may show another value " +
  "because of rounding and conversion; only the first non-preliminary value that the named source publishes decides this market.";

export function dollars(cents: number): string {
  return (cents / 100).toFixed(4);
}

export function contracts(hundredths: number): string {
  return (hundredths / 100).toFixed(2);
}

/** RFC 3339 with a fraction, as the exchange stamps what it does itself. */
function stamp(at: number): string {
  return new Date(at).toISOString();
}

/** `Oct 4, 2026`. */
function shortDate(days: number): string {
  const { monthName, dayOfMonth, year } = dateParts(days);
  return `${monthName.slice(0, 3)} ${dayOfMonth}, ${year}`;
}

function longDate(days: number): string {
  const { monthName, dayOfMonth, year } = dateParts(days);
  return `${monthName} ${dayOfMonth}, ${year}`;
}

export function seriesPayload(city: City): Payload {
  return {
    additional_prohibitions: [
      "Holders of material non-public information on the underlying may not trade this contract.",
    ],
    category: "Climate and Weather",
    contract_terms_url: "https://kalshi-public-docs.s3.amazonaws.com/contract_terms/GLOBALTEMPERATURE.pdf",
    contract_url:
      "https://kalshi-public-docs.s3.us-east-1.amazonaws.com/regulatory/product-certifications/GLOBALTEMPERATURE.pdf",
    exchange_index: 0,
    fee_multiplier: 1,
    fee_type: "quadratic",
    frequency: "daily",
    last_updated_ts: "2026-08-14T13:02:11.448201Z",
    settlement_sources: [{ name: "The Weather Company", url: "https://weather.com/kalshi" }],
    tags: ["Daily temperature"],
    ticker: city.series,
    title: `Highest temperature in ${city.name}`,
  };
}

export function eventPayload(event: Event, now: number): Payload {
  return {
    category: "Climate and Weather",
    collateral_return_type: "MECNET",
    event_ticker: event.ticker,
    exchange_index: 0,
    last_updated_ts: stamp(updatedAt(event, now)),
    mutually_exclusive: true,
    series_ticker: event.city.series,
    settlement_sources: [event.source],
    strike_date: rfc3339(event.closeAt),
    strike_period: "",
    sub_title: `On ${shortDate(event.climateDay)}`,
    title: `Highest temperature in ${event.city.name} on ${shortDate(event.climateDay)}?`,
  };
}

interface Wording {
  /** As in the rule text and title: `greater than 77°`, `between 70-71°`, `less than 70°`. */
  rule: string;
  sign: string;
  label: string;
  strike: Payload;
}

function wordingOf(bracket: Bracket): Wording {
  if (bracket.kind === "greater") {
    const strike = bracket.lowest - 1;
    return {
      rule: `greater than ${strike}°`,
      sign: `>${strike}°`,
      label: `${bracket.lowest}° or above`,
      strike: { floor_strike: strike },
    };
  }
  if (bracket.kind === "less") {
    const strike = bracket.highest + 1;
    return {
      rule: `less than ${strike}°`,
      sign: `<${strike}°`,
      label: `${bracket.highest}° or below`,
      strike: { cap_strike: strike },
    };
  }
  const { lowest, highest } = bracket;
  return {
    rule: `between ${lowest}-${highest}°`,
    sign: `${lowest}-${highest}°`,
    label: `${lowest}° to ${highest}°`,
    strike: { floor_strike: lowest, cap_strike: highest },
  };
}

/** What never changes about a market. */
export function marketConstants(event: Event, bracket: Bracket): Payload {
  const { rule, sign, label, strike } = wordingOf(bracket);
  const date = shortDate(event.climateDay);
  const expires = (event.climateDay + 7) * day + 14 * hour;
  return {
    can_close_early: true,
    close_time: rfc3339(event.closeAt),
    created_time: stamp(event.createdAt),
    early_close_condition: `Trading ends at 11:59 PM local time on ${longDate(event.climateDay)}. The market expires at the first 7:00 or 8:00 AM ET after the data are out, at the latest one week later.`,
    event_ticker: event.ticker,
    exchange_index: 0,
    expected_expiration_time: rfc3339((event.climateDay + 1) * day + 19 * hour),
    expiration_time: rfc3339(expires),
    latest_expiration_time: rfc3339(expires),
    market_type: "binary",
    no_sub_title: label,
    notional_value_dollars: "1.0000",
    occurrence_datetime: rfc3339((event.climateDay + 1) * day + 14 * hour),
    open_time: rfc3339(event.openAt),
    price_level_structure: "linear_cent",
    price_ranges: [{ start: "0.0000", end: "1.0000", step: "0.0100" }],
    rules_primary: `If the maximum temperature recorded at ${event.city.name} (${event.city.pil}) for ${date}, is ${rule} fahrenheit according to ${event.source.name}, then the market resolves to Yes.`,
    rules_secondary: secondary,
    settlement_bounds_type: "default",
    settlement_timer_seconds: settlementTimerSeconds,
    strike_type: bracket.kind,
    ...strike,
    ticker: bracket.ticker,
    title: `Will the maximum temperature be ${sign} on ${date}?`,
    yes_sub_title: label,
  };
}

function price(cents: number | null, empty: number): string {
  return dollars(cents ?? empty);
}

/** How a market ends. */
export interface Outcome {
  yes: boolean;
  /** `expiration_value` as text. */
  value: string;
}

/** What changes: quotes, volumes, state. `before` is the quote of 24 hours ago, if the market was open then. */
export function marketState(
  life: Life,
  outcome: Outcome,
  quote: Quote,
  before: Quote | undefined,
  now: number,
): Payload {
  const status = statusAt(life, now);
  const known = status === "determined" || status === "finalized";
  return {
    expiration_value: known ? outcome.value : "",
    last_price_dollars: price(quote.last, 0),
    no_ask_dollars: dollars(100 - (quote.bid ?? 0)),
    no_bid_dollars: dollars(100 - (quote.ask ?? 100)),
    open_interest_fp: contracts(quote.openInterest),
    previous_price_dollars: price(before?.last ?? null, 0),
    previous_yes_ask_dollars: before === undefined ? dollars(0) : price(before.ask, 100),
    previous_yes_bid_dollars: price(before?.bid ?? null, 0),
    result: known ? (outcome.yes ? "yes" : "no") : "",
    ...(known ? { settlement_value_dollars: outcome.yes ? "1.0000" : "0.0000" } : {}),
    ...(status === "finalized" ? { settlement_ts: stamp(life.finalizedAt) } : {}),
    status,
    updated_time: stamp(updatedAt(life, now)),
    volume_24h_fp: contracts(status === "finalized" ? 0 : quote.volume - (before?.volume ?? 0)),
    volume_fp: contracts(quote.volume),
    yes_ask_dollars: price(quote.ask, 100),
    yes_ask_size_fp: contracts(quote.askSize),
    yes_bid_dollars: price(quote.bid, 0),
    yes_bid_size_fp: contracts(quote.bidSize),
  };
}

/** One market's best quotes and the grid that they lie on. */
export interface BookTop {
  quote: Quote;
  fineEnds: boolean;
}

/** Several books in one answer. */
export function orderbooksPayload(books: readonly (BookTop & { ticker: string })[]): Payload {
  return { orderbooks: books.map(({ ticker, ...top }) => ({ ...orderbookPayload(top, 0), ticker })) };
}

/** What lies `steps` below on the grid of prices; cents. */
function below(cents: number, steps: number, fineEnds: boolean): number {
  if (!fineEnds) return cents - steps;
  let tenths = Math.round(cents * 10);
  for (let step = 0; step < steps; step += 1) tenths -= tenths <= 100 || tenths > 900 ? 1 : 10;
  return tenths / 10;
}

/** The book behind the best quotes: bids only, ascending, the best one last. */
export function orderbookPayload({ quote, fineEnds }: BookTop, depth: number): Payload {
  const lowest = fineEnds ? 0.1 : 1;
  const side = (best: number | null, size: number) => {
    const levels: [string, string][] = [];
    if (best === null) return levels;
    for (let step = 0; levels.length < 12; step += 1 + (step % 3)) {
      const cents = below(best, step, fineEnds);
      if (cents < lowest) break;
      // Deeper levels hold more; the best one is what the market object shows.
      levels.push([dollars(cents), contracts(size + Math.round(size * step * 0.37))]);
    }
    return levels.slice(0, depth === 0 ? levels.length : depth).toReversed();
  };
  return {
    orderbook_fp: {
      no_dollars: side(quote.ask === null ? null : 100 - quote.ask, quote.askSize),
      yes_dollars: side(quote.bid, quote.bidSize),
    },
  };
}
