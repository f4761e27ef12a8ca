/** Kalshi's series, events and markets into rows. Strict: what is not as we know it refuses the payload. */
import type { TableRow } from "../../schemas/index.ts";
import { join, note, parsed, read, type Findings } from "./findings.ts";
import { parseInstant } from "./instant.ts";
import { dollar, parseCount, parsePrice, type Count, type Price } from "./price.ts";
import {
  centsFields,
  centsLeftOn,
  decidedStatuses,
  eventWire,
  knownValues,
  marketWire,
  seriesWire,
  unreadFields,
  type MarketWire,
} from "./wire.ts";

/** What every row of a source carries; see `sourceColumns`. */
export interface Stamp {
  window_at: number;
  ingested_at: number;
  decoder_version: number;
  raw_key: string;
}

export interface DecodeOptions {
  /**
   * required: as the API answers. unknown_if_absent: for recordings that others have trimmed; a price without its size is
   * then a quote of unknown size.
   */
  sizes: "required" | "unknown_if_absent";
  /** required: the request asked for events with their markets. Otherwise an event may stand alone. */
  nested?: "required";
}

/** One market object is two rows: what it is, and what it showed. */
export interface DecodedMarket {
  listing: TableRow<"kalshi_markets">;
  snapshot: TableRow<"market_snapshots">;
}

const readFields = {
  series: new Set<string>([...Object.keys(seriesWire.shape), ...unreadFields.series]),
  event: new Set<string>([...Object.keys(eventWire.shape), ...unreadFields.event]),
  market: new Set<string>([...Object.keys(marketWire.shape), ...unreadFields.market]),
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Also of a payload that is refused: beside a missing field, a new one says what it was renamed to. */
function noteUnknownFields(kind: keyof typeof readFields, value: unknown, path: string, findings: Findings): void {
  if (!isObject(value)) return;
  for (const field of Object.keys(value)) {
    if (!readFields[kind].has(field)) note(findings, join(path, field), "unknown field, left in the raw payload");
  }
}

function noteUnknownValue(name: keyof typeof knownValues, value: unknown, path: string, findings: Findings): void {
  if (value === null || value === undefined) return;
  if (!(knownValues[name] as readonly unknown[]).includes(value)) {
    note(findings, join(path, name), `unknown value ${JSON.stringify(value)}, kept as data`);
  }
}

export function decodeSeries(
  value: unknown,
  path: string,
  stamp: Stamp,
  findings: Findings,
): TableRow<"kalshi_series"> | undefined {
  noteUnknownFields("series", value, path, findings);
  const wire = read(seriesWire, value, path, findings);
  if (wire === undefined) return undefined;
  noteUnknownValue("fee_type", wire.fee_type, path, findings);
  return {
    series_ticker: wire.ticker,
    title: wire.title,
    category: wire.category,
    frequency: wire.frequency,
    fee_type: wire.fee_type,
    fee_multiplier: wire.fee_multiplier,
    settlement_sources: JSON.stringify(wire.settlement_sources ?? []),
    contract_terms_url: wire.contract_terms_url ?? null,
    exchange_index: wire.exchange_index ?? null,
    ...stamp,
  };
}

/** The event alone; its nested markets are `decodeMarket`'s. An empty time counts as none. */
export function decodeEvent(
  value: unknown,
  path: string,
  stamp: Stamp,
  findings: Findings,
): { event: TableRow<"kalshi_events">; markets: readonly unknown[] } | undefined {
  noteUnknownFields("event", value, path, findings);
  const wire = read(eventWire, value, path, findings);
  if (wire === undefined) return undefined;
  if (wire.fee_type_override != null && wire.fee_type_override !== "") {
    if (!(knownValues.fee_type as readonly string[]).includes(wire.fee_type_override)) {
      note(findings, join(path, "fee_type_override"), `unknown value "${wire.fee_type_override}", kept as data`);
    }
  }
  const strikeDate = optionalInstant(wire.strike_date, join(path, "strike_date"), findings);
  return {
    event: {
      event_ticker: wire.event_ticker,
      series_ticker: wire.series_ticker,
      title: wire.title,
      sub_title: wire.sub_title,
      mutually_exclusive: wire.mutually_exclusive,
      strike_date: strikeDate,
      settlement_sources: wire.settlement_sources == null ? null : JSON.stringify(wire.settlement_sources),
      // Empty where there is none, as Kalshi sends its other optional words.
      fee_type_override: wire.fee_type_override === "" ? null : (wire.fee_type_override ?? null),
      fee_multiplier_override: wire.fee_multiplier_override ?? null,
      exchange_index: wire.exchange_index ?? null,
      ...stamp,
    },
    markets: wire.markets ?? [],
  };
}

function optionalInstant(text: string | null | undefined, path: string, findings: Findings): number | null {
  if (text === null || text === undefined || text === "") return null;
  return parsed(parseInstant, text, path, findings) ?? null;
}

interface Side {
  price: Price | null;
  size: Count | null;
}

/**
 * One side of the quote. An empty side shows 0 (bid) or 1 (ask) with size 0: that is no quote, never a price. Whatever
 * contradicts this (a bid of 0 that somebody wants contracts at, a price without contracts) is refused.
 */
function quoteSide(
  side: "yes_bid" | "yes_ask",
  wire: MarketWire,
  path: string,
  options: DecodeOptions,
  findings: Findings,
): Side {
  const pricePath = join(path, `${side}_dollars`);
  const sizePath = join(path, `${side}_size_fp`);
  const none: Side = { price: null, size: null };
  const price = parsed(parsePrice, wire[`${side}_dollars`], pricePath, findings);
  const sizeText = wire[`${side}_size_fp`] ?? null;
  if (sizeText === null && options.sizes === "required") {
    findings.faults.push({ path: sizePath, message: "missing, expected a count string" });
    return none;
  }
  const size = sizeText === null ? null : parsed(parseCount, sizeText, sizePath, findings);
  if (price === undefined || size === undefined) return none;
  if (price > dollar) {
    findings.faults.push({ path: pricePath, message: `"${wire[`${side}_dollars`]}" is more than a dollar` });
    return none;
  }
  const empty = side === "yes_bid" ? 0 : dollar;
  if (price === empty) {
    if (size !== null && size > 0) {
      findings.faults.push({
        path: pricePath,
        message: `"${wire[`${side}_dollars`]}" with size "${sizeText}": an empty side has no size`,
      });
    }
    return none;
  }
  // A market that has not opened has shown no quote at all yet: whatever stands there has no size.
  if (size === 0 && wire.status === "initialized") return none;
  if (price === dollar - empty) {
    findings.faults.push({
      path: pricePath,
      message: `"${wire[`${side}_dollars`]}" is no price that anybody can quote`,
    });
    return none;
  }
  if (size === 0) {
    findings.faults.push({
      path: sizePath,
      message: `"${sizeText}" contracts at ${wire[`${side}_dollars`]}: a quote has a size`,
    });
    return none;
  }
  return { price, size };
}

function refuseCents(value: Record<string, unknown>, path: string, findings: Findings): boolean {
  const field = centsFields.find((name) => typeof value[name] === "number");
  if (field === undefined) return false;
  findings.faults.push({
    path: join(path, field),
    message: `the number ${String(value[field])}: whole cents and counts left the API on ${centsLeftOn}, a payload that has them is not read`,
  });
  return true;
}

/** The strike fields that a type needs; `functional`, `custom` and `structured` have theirs elsewhere. */
const strikeFields: Readonly<Record<string, readonly ("floor_strike" | "cap_strike")[]>> = {
  greater: ["floor_strike"],
  greater_or_equal: ["floor_strike"],
  less: ["cap_strike"],
  less_or_equal: ["cap_strike"],
  between: ["floor_strike", "cap_strike"],
};

/** KXBTC15M gets its target about a second after it opens; until then its label says so (kalshi-api.md §5.2). */
const targetToCome = /^target price: TBD$/i;

/** Kalshi leaves out what a strike does not have; what its type needs is required all the same, unless it is announced. */
function requireStrike(wire: MarketWire, path: string, findings: Findings): void {
  if (targetToCome.test(wire.yes_sub_title)) return;
  if (wire.strike_type == null) {
    if (wire.floor_strike == null && wire.cap_strike == null) return;
    findings.faults.push({
      path: join(path, "strike_type"),
      message: "missing, expected string: the market has a strike",
    });
    return;
  }
  const needed = Object.hasOwn(strikeFields, wire.strike_type) ? strikeFields[wire.strike_type] : undefined;
  for (const field of needed ?? []) {
    if (wire[field] != null) continue;
    const message = `${wire[field] === null ? "null" : "missing"}, expected number: strike_type is ${wire.strike_type}`;
    findings.faults.push({ path: join(path, field), message });
  }
}

/** @param seriesTicker The series as the event or the request names it: the market object does not. */
export function decodeMarket(
  value: unknown,
  path: string,
  seriesTicker: string,
  stamp: Stamp,
  options: DecodeOptions,
  findings: Findings,
): DecodedMarket | undefined {
  if (isObject(value) && refuseCents(value, path, findings)) return undefined;
  noteUnknownFields("market", value, path, findings);
  const wire = read(marketWire, value, path, findings);
  if (wire === undefined) return undefined;
  const faultsBefore = findings.faults.length;
  requireStrike(wire, path, findings);
  for (const name of ["status", "market_type", "strike_type", "result"] as const) {
    noteUnknownValue(name, wire[name], path, findings);
  }
  noteUnknownValue(
    "settlement_bounds_type",
    (value as Record<string, unknown>)["settlement_bounds_type"],
    path,
    findings,
  );

  const at = (field: keyof MarketWire) => join(path, field);
  const instant = (field: "open_time" | "close_time") => parsed(parseInstant, wire[field], at(field), findings) ?? 0;
  const maybeInstant = (field: "expected_expiration_time" | "settlement_ts" | "fee_waiver_expiration_time") =>
    optionalInstant(wire[field], at(field), findings);
  const count = (field: "volume_fp" | "volume_24h_fp" | "open_interest_fp") =>
    parsed(parseCount, wire[field], at(field), findings) ?? 0;

  const decided = decidedStatuses.includes(wire.status);
  const none: Side = { price: null, size: null };
  let bid = decided ? none : quoteSide("yes_bid", wire, path, options, findings);
  let ask = decided ? none : quoteSide("yes_ask", wire, path, options, findings);
  if (bid.price !== null && ask.price !== null && bid.price >= ask.price) {
    // Well formed, and true of an instant between two matches at the most: this market shows no quote, the others do.
    note(findings, at("yes_bid_dollars"), "a bid that is not below the ask: taken as no quote");
    bid = none;
    ask = none;
  }
  const last = parsed(parsePrice, wire.last_price_dollars, at("last_price_dollars"), findings);
  if (last !== undefined && last > dollar) {
    findings.faults.push({
      path: at("last_price_dollars"),
      message: `"${wire.last_price_dollars}" is more than a dollar`,
    });
  }
  const settlementText = wire.settlement_value_dollars ?? "";
  const settlementValue =
    settlementText === "" ? null : parsed(parsePrice, settlementText, at("settlement_value_dollars"), findings);
  if (settlementValue != null && settlementValue > dollar) {
    findings.faults.push({
      path: at("settlement_value_dollars"),
      message: `"${settlementText}" is more than a dollar`,
    });
  }

  const listing: TableRow<"kalshi_markets"> = {
    market_ticker: wire.ticker,
    event_ticker: wire.event_ticker,
    series_ticker: seriesTicker,
    market_type: wire.market_type,
    status: wire.status,
    title: wire.title ?? null,
    yes_sub_title: wire.yes_sub_title,
    strike_type: wire.strike_type ?? null,
    floor_strike: wire.floor_strike ?? null,
    cap_strike: wire.cap_strike ?? null,
    custom_strike: wire.custom_strike == null ? null : JSON.stringify(wire.custom_strike),
    strike_source: "field",
    rules_primary: wire.rules_primary,
    rules_secondary: wire.rules_secondary,
    open_time: instant("open_time"),
    close_time: instant("close_time"),
    expected_expiration_time: maybeInstant("expected_expiration_time"),
    settlement_timer_seconds: wire.settlement_timer_seconds ?? null,
    result: wire.result,
    expiration_value: wire.expiration_value,
    settlement_value: settlementValue ?? null,
    settlement_ts: maybeInstant("settlement_ts"),
    price_level_structure: wire.price_level_structure ?? null,
    price_ranges: wire.price_ranges == null ? null : JSON.stringify(wire.price_ranges),
    fee_waiver_expiration_time: maybeInstant("fee_waiver_expiration_time"),
    exchange_index: wire.exchange_index ?? null,
    ...stamp,
  };
  const snapshot: TableRow<"market_snapshots"> = {
    market_ticker: wire.ticker,
    event_ticker: wire.event_ticker,
    status: wire.status,
    yes_bid: bid.price,
    yes_bid_size: bid.size,
    yes_ask: ask.price,
    yes_ask_size: ask.size,
    last_price: last === undefined || last === 0 ? null : last,
    volume: count("volume_fp"),
    volume_24h: count("volume_24h_fp"),
    open_interest: count("open_interest_fp"),
    ...stamp,
  };
  return findings.faults.length === faultsBefore ? { listing, snapshot } : undefined;
}
