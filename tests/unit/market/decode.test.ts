import { describe, expect, it } from "vitest";
import { parseKalshiError } from "../../../core/market/errors.ts";
import { noFindings, refusalsOf } from "../../../core/market/findings.ts";
import { decodeMarketData } from "../../../core/market/payload.ts";
import type { DecodeOptions } from "../../../core/market/decode.ts";
import { centsFields, unreadFields } from "../../../core/market/wire.ts";
import { rowSchema } from "../../../schemas/emit/zod.ts";
import { tables } from "../../../schemas/index.ts";
import { eventPayload, marketPayload, seriesPayload, without } from "./payloads.ts";

const stamp = { window_at: 1_000, ingested_at: 2_000, decoder_version: 1, raw_key: "raw/x" };

function decode(body: unknown, sizes: DecodeOptions["sizes"] = "required") {
  const findings = noFindings();
  const data = decodeMarketData(body, "KXHIGHXYZ", stamp, { sizes }, findings);
  return { data, ...findings, refusals: refusalsOf(findings.faults, 0) };
}

const market = (overrides: Record<string, unknown>, sizes?: DecodeOptions["sizes"]) =>
  decode({ markets: [marketPayload(), marketPayload(overrides)] }, sizes);

describe("decoding", () => {
  it("makes rows that fit their tables", () => {
    const { data, faults, notes } = decode({
      series: seriesPayload(),
      events: [eventPayload()],
      markets: [marketPayload()],
      cursor: "",
    });
    expect(faults).toStrictEqual([]);
    expect(notes).toStrictEqual([]);
    expect(data.series.map((row) => rowSchema(tables.kalshi_series).parse(row))).toHaveLength(1);
    expect(data.events.map((row) => rowSchema(tables.kalshi_events).parse(row))).toHaveLength(1);
    for (const row of [...data.nested, ...data.listed]) {
      rowSchema(tables.kalshi_markets).parse(row.listing);
      rowSchema(tables.market_snapshots).parse(row.snapshot);
    }
    expect(data.nested[0]).toStrictEqual(data.listed[0]);
    expect(data.listed[0]?.listing).toMatchObject({
      market_ticker: "KXHIGHXYZ-26NOV02-B50.5",
      series_ticker: "KXHIGHXYZ",
      strike_type: "between",
      floor_strike: 50,
      cap_strike: 51,
      strike_source: "field",
      open_time: Date.UTC(2026, 10, 1, 14),
      close_time: Date.UTC(2026, 10, 3, 6),
      settlement_value: null,
      price_ranges: '[{"start":"0.0000","end":"1.0000","step":"0.0100"}]',
      ...stamp,
    });
    expect(data.listed[0]?.snapshot).toMatchObject({
      yes_bid: 410_000,
      yes_bid_size: 1_525,
      yes_ask: 440_000,
      yes_ask_size: 700,
      last_price: 420_000,
      volume: 34_025,
      volume_24h: 1_200,
      open_interest: 10_050,
    });
  });

  it("takes null for absent where a field is optional", () => {
    const nulls = {
      strike_type: "less",
      floor_strike: null,
      settlement_ts: null,
      settlement_value_dollars: null,
      price_ranges: null,
      title: null,
      exchange_index: null,
    };
    const { data, faults } = market(nulls);
    expect(faults).toStrictEqual([]);
    expect(data.listed[1]?.listing).toMatchObject({
      floor_strike: null,
      settlement_ts: null,
      price_ranges: null,
      title: null,
    });
  });

  it("reads an outcome", () => {
    const { data, faults } = market({
      status: "finalized",
      result: "scalar",
      expiration_value: "No",
      settlement_value_dollars: "0.3900",
      settlement_ts: "2026-11-03T12:00:59.542488Z",
      yes_bid_dollars: "0.0000",
      yes_bid_size_fp: "0.00",
      yes_ask_dollars: "1.0000",
      yes_ask_size_fp: "0.00",
    });
    expect(faults).toStrictEqual([]);
    expect(data.listed[1]?.listing).toMatchObject({
      result: "scalar",
      expiration_value: "No",
      settlement_value: 390_000,
      settlement_ts: Date.UTC(2026, 10, 3, 12, 0, 59, 542),
    });
  });
});

describe("drift", () => {
  it.each([
    [without(marketPayload(), "yes_bid_dollars"), "yes_bid_dollars", "missing, expected string"],
    [without(marketPayload(), "yes_bid_size_fp"), "yes_bid_size_fp", "missing, expected a count string"],
    [marketPayload({ yes_ask_size_fp: null }), "yes_ask_size_fp", "missing, expected a count string"],
    [marketPayload({ yes_ask_dollars: 0.44 }), "yes_ask_dollars", "the number 0.44, expected string"],
    [marketPayload({ yes_ask_dollars: "44" }), "yes_ask_dollars", "more than a dollar"],
    [marketPayload({ yes_ask_dollars: "-0.10" }), "yes_ask_dollars", "not a dollar string"],
    [marketPayload({ last_price_dollars: "42¢" }), "last_price_dollars", "not a dollar string"],
    [marketPayload({ volume_fp: "1.234" }), "volume_fp", "more than 2 decimals"],
    [marketPayload({ floor_strike: "50" }), "floor_strike", 'the string "50", expected number'],
    [marketPayload({ close_time: "tomorrow" }), "close_time", "not an RFC 3339 time"],
    [marketPayload({ close_time: "2026-11-03" }), "close_time", "not an RFC 3339 time"],
    [marketPayload({ close_time: "2026-13-03T06:00:00Z" }), "close_time", "not an RFC 3339 time"],
    [marketPayload({ close_time: "2026-02-30T06:00:00Z" }), "close_time", "not an RFC 3339 time"],
    [without(marketPayload(), "floor_strike"), "floor_strike", "missing, expected number: strike_type is between"],
    [without(marketPayload(), "cap_strike"), "cap_strike", "missing, expected number: strike_type is between"],
    [marketPayload({ strike_type: "greater", floor_strike: null }), "floor_strike", "null, expected number"],
    [marketPayload({ strike_type: "less", cap_strike: null }), "cap_strike", "null, expected number"],
    [without(marketPayload(), "strike_type"), "strike_type", "missing, expected string"],
    [marketPayload({ close_time: 1_793_000_000 }), "close_time", "expected string"],
    [marketPayload({ rules_primary: null }), "rules_primary", "null, expected string"],
    [marketPayload({ settlement_timer_seconds: "3600" }), "settlement_timer_seconds", "expected"],
    [marketPayload({ custom_strike: "2" }), "custom_strike", "expected"],
    [marketPayload({ price_ranges: {} }), "price_ranges", "an object, expected array"],
    [marketPayload({ settlement_value_dollars: "1.5000" }), "settlement_value_dollars", "more than a dollar"],
  ])("refuses the payload with the path of the field (%#)", (changed, field, message) => {
    const { refusals } = decode({ events: [eventPayload(), eventPayload({ markets: [marketPayload(), changed] })] });
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatchObject({ kind: "drift", path: `events[1].markets[1].${field}` });
    expect(refusals[0]?.message).toContain(message);
  });

  it.each(["constructor", "__proto__", "toString", "valueOf"])("keeps the strike type %s as data", (strike_type) => {
    const { data, faults } = market({ strike_type });
    expect(faults).toEqual([]);
    expect(data.listed[1]?.listing.strike_type).toBe(strike_type);
  });

  it("waits for the type and the target of a quarter hour that says that they come", () => {
    const announced = { yes_sub_title: "Target price: TBD", strike_type: undefined, cap_strike: undefined };
    for (const floor_strike of [undefined, 0]) {
      const { data, faults } = market({ ...announced, floor_strike });
      expect(faults).toEqual([]);
      expect(data.listed[1]?.listing).toMatchObject({ strike_type: null, floor_strike: floor_strike ?? null });
    }
    expect(market({ ...announced, yes_sub_title: "Target Price: $0", floor_strike: 0 }).faults).toHaveLength(1);
  });

  it("keeps what is said of a strike beside its fields", () => {
    const custom = (custom_strike: unknown) => market({ custom_strike }).data.listed[1]?.listing.custom_strike;
    expect(custom({ round_digits: "2" })).toBe('{"round_digits":"2"}');
    expect([custom(null), custom(undefined)]).toEqual([null, null]);
  });

  it("names a renamed field once, and the new name as a note", () => {
    const renamed = { ...without(marketPayload(), "yes_bid_dollars"), yes_best_bid_dollars: "0.4100" };
    const { refusals, notes } = decode({ markets: [marketPayload(), renamed, renamed] });
    expect(refusals).toStrictEqual([
      {
        kind: "drift",
        exchange: 0,
        path: "markets[1].yes_bid_dollars",
        message: "missing, expected string (2 times in this payload)",
      },
    ]);
    expect(notes).toStrictEqual([
      { path: "markets[].yes_best_bid_dollars", message: "unknown field, left in the raw payload" },
    ]);
  });

  it.each([
    ["series.fee_type", { series: without(seriesPayload(), "fee_type") }],
    ["series.fee_multiplier", { series: seriesPayload({ fee_multiplier: "1" }) }],
    ["series.settlement_sources", { series: seriesPayload({ settlement_sources: "none" }) }],
    ["events[0].mutually_exclusive", { events: [without(eventPayload(), "mutually_exclusive")] }],
    ["events[0].markets", { events: [eventPayload({ markets: "many" })] }],
    ["events[0].markets[0].event_ticker", { events: [eventPayload({ event_ticker: "KXHIGHXYZ-26NOV09" })] }],
    ["series.ticker", { series: seriesPayload({ ticker: "KXHIGHABC" }) }],
    ["events[0].series_ticker", { events: [eventPayload({ series_ticker: "KXHIGHABC" })] }],
    ["markets[0].event_ticker", { markets: [marketPayload({ event_ticker: "KXHIGHABC-26NOV02" })] }],
    ["events", { events: "none" }],
    ["body", { data: [] }],
    ["body", []],
    ["body", null],
  ])("%s", (path, body) => {
    expect(decode(body).refusals).toMatchObject([{ kind: "drift", path }]);
  });

  it.each(centsFields)("refuses cents, also beside dollars: %s", (field) => {
    const { refusals, data } = market({ [field]: 41 });
    expect(data.listed).toHaveLength(1);
    expect(refusals).toMatchObject([{ path: `markets[1].${field}` }]);
    expect(refusals[0]?.message).toContain("2026-03-12");
  });
});

describe("quotes", () => {
  const none = { yes_bid: null, yes_bid_size: null, yes_ask: null, yes_ask_size: null };

  it("an empty side is no quote, never 0 or 1", () => {
    const empty = {
      yes_bid_dollars: "0.0000",
      yes_bid_size_fp: "0.00",
      yes_ask_dollars: "1.0000",
      yes_ask_size_fp: "0.00",
    };
    expect(market(empty).data.listed[1]?.snapshot).toMatchObject(none);
    expect(market({ last_price_dollars: "0.0000" }).data.listed[1]?.snapshot.last_price).toBeNull();
  });

  it.each(["determined", "disputed", "amended", "finalized"])(
    "a %s market has none, whatever stands there",
    (status) => {
      const { data, faults } = market({ status });
      expect(faults).toStrictEqual([]);
      expect(data.listed[1]?.snapshot).toMatchObject(none);
    },
  );

  it.each([
    ["a bid of 0 with a size", { yes_bid_dollars: "0.0000" }, "yes_bid_dollars"],
    ["an ask of 1 with a size", { yes_ask_dollars: "1.0000" }, "yes_ask_dollars"],
    ["a bid of 1", { yes_bid_dollars: "1.0000" }, "yes_bid_dollars"],
    ["an ask of 0", { yes_ask_dollars: "0.0000", yes_ask_size_fp: "0.00" }, "yes_ask_dollars"],
    ["a price without contracts", { yes_bid_size_fp: "0.00" }, "yes_bid_size_fp"],
  ])("refuses %s", (_what, overrides, field) => {
    expect(market(overrides).refusals).toMatchObject([{ path: `markets[1].${field}` }]);
  });

  it.each([
    ["crossed", "0.4500"],
    ["locked", "0.4400"],
  ])("reads no quote off a %s book and says so; the other markets keep theirs", (_what, yes_bid_dollars) => {
    const { data, faults, notes } = market({ yes_bid_dollars });
    expect(faults).toStrictEqual([]);
    expect(notes).toMatchObject([{ path: "markets[].yes_bid_dollars" }]);
    expect(data.listed[1]?.snapshot).toMatchObject(none);
    expect(data.listed[0]?.snapshot.yes_bid).not.toBeNull();
  });

  it("reads no quote off a market that has not opened, and refuses the same of an open one", () => {
    const blank = {
      yes_bid_dollars: "0.0000",
      yes_bid_size_fp: "0.00",
      yes_ask_dollars: "0.0000",
      yes_ask_size_fp: "0.00",
    };
    const unopened = market({ ...blank, status: "initialized" });
    expect(unopened.faults).toStrictEqual([]);
    expect(unopened.data.listed[1]?.snapshot).toMatchObject({ yes_bid: null, yes_ask: null });
    expect(market({ ...blank, status: "active" }).faults).toMatchObject([{ path: "markets[1].yes_ask_dollars" }]);
  });

  it("takes a quote of unknown size from a trimmed recording only", () => {
    const trimmed = { yes_bid_size_fp: undefined, yes_ask_size_fp: null, yes_ask_dollars: "1.0000" };
    expect(market(trimmed, "unknown_if_absent").data.listed[1]?.snapshot).toMatchObject({
      yes_bid: 410_000,
      yes_bid_size: null,
      yes_ask: null,
    });
    expect(market(trimmed).refusals).toHaveLength(2);
  });
});

describe("what is new and does no harm", () => {
  it.each([
    ["status", "halted"],
    ["market_type", "vector"],
    ["strike_type", "modulo"],
    ["result", "void"],
  ] as const)("keeps an unknown %s as data and reports it", (field, value) => {
    const { data, faults, notes } = market({ [field]: value });
    expect(faults).toStrictEqual([]);
    expect(data.listed[1]?.listing[field]).toBe(value);
    expect(notes).toStrictEqual([{ path: `markets[].${field}`, message: `unknown value "${value}", kept as data` }]);
  });

  it("keeps an unknown fee rule, which blocks pricing, and reports it", () => {
    const { data, notes } = decode({
      series: seriesPayload({ fee_type: "cubic" }),
      events: [eventPayload({ fee_type_override: "cubic" })],
    });
    expect(data.series[0]?.fee_type).toBe("cubic");
    expect(data.events[0]?.fee_type_override).toBe("cubic");
    // An empty word overrides nothing: taken for a fee rule it would stop the event.
    const { data: empty } = decode({ events: [eventPayload({ fee_type_override: "" })] });
    expect(empty.events[0]?.fee_type_override).toBeNull();
    expect(notes.map((entry) => entry.path)).toStrictEqual(["series.fee_type", "events[].fee_type_override"]);
  });

  it("reports bounds of settlement that we do not price", () => {
    expect(market({ settlement_bounds_type: "floor", settlement_floor_dollars: "0.1000" }).notes).toMatchObject([
      { path: "markets[].settlement_bounds_type" },
    ]);
  });

  it("reports an unknown field once, and no field that is known", () => {
    const fresh = marketPayload({ new_field: 1 });
    const { notes } = decode({ markets: [fresh, fresh], page_hint: 3 });
    expect(notes.map((entry) => entry.path)).toStrictEqual(["markets[].new_field", "page_hint"]);
    const everything = Object.fromEntries(unreadFields.market.map((field) => [field, null]));
    expect(decode({ markets: [marketPayload(everything)] }).notes).toStrictEqual([]);
  });
});

describe("error bodies", () => {
  it.each([
    [
      '{"error":{"code":"bad_request","message":"bad request","details":"invalid status filter"}}',
      "bad_request",
      "bad request: invalid status filter",
    ],
    ['{"code":"not_found","message":"not found","details":""}', "not_found", "not found"],
    ['{"error":"too many requests"}', undefined, "too many requests"],
  ])("%s", (body, code, message) => {
    expect(parseKalshiError(body)).toStrictEqual({ code, message });
  });

  it.each(["<html>", "[]", "{}", "null", '{"error":null}', '{"error":{}}'])("finds none in %s", (body) => {
    expect(parseKalshiError(body)).toBeUndefined();
  });
});
