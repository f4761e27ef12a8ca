import { describe, expect, it } from "vitest";
import {
  kalshiFrames,
  subscribeCommand,
  unsubscribeCommand,
  updateCommand,
} from "../../../core/market/stream-frames.ts";

const yesPriced = kalshiFrames({ useYesPrice: true });
const legPriced = kalshiFrames({ useYesPrice: false });
const frame = (value: unknown) => JSON.stringify(value);
const delta = (msg: object) => ({
  type: "orderbook_delta",
  sid: 3,
  seq: 9,
  msg: {
    market_ticker: "KXBTC-X-B1",
    price_dollars: "0.3900",
    delta_fp: "-48.00",
    side: "yes",
    ts_ms: 1_788_255_917_151,
    ...msg,
  },
});
const snapshot = (msg: object) => ({
  type: "orderbook_snapshot",
  sid: 3,
  seq: 1,
  msg: { market_ticker: "KXBTC-X-B1", ...msg },
});

const trade = (msg: object) => ({
  type: "trade",
  sid: 4,
  msg: {
    trade_id: "t",
    market_ticker: "KXBTC-X-B1",
    yes_price_dollars: "0.3900",
    count_fp: "2.00",
    taker_outcome_side: "yes",
    is_block_trade: false,
    ts_ms: 1_788_255_917_151,
    ...msg,
  },
});
const ticker = (msg: object) => ({
  type: "ticker",
  sid: 5,
  msg: {
    market_ticker: "KXBTC-X-B1",
    yes_bid_dollars: "0.3900",
    yes_ask_dollars: "0.4100",
    ts_ms: 1_788_255_917_151,
    ...msg,
  },
});
const printedAt = 1_795_190_400_000;
const print = (msg: object) => ({
  type: "cfbenchmarks_value",
  sid: 2,
  seq: 17,
  msg: {
    index_id: "BRTI",
    received_at: printedAt + 63,
    data: JSON.stringify({ type: "value", id: "BRTI", time: printedAt, value: "83817.71" }),
    avg_60s_data: { value: "83817.7", window_size: 60, window_end_ts_exclusive: printedAt },
    ...msg,
  },
});
const created = (msg: object) => ({
  type: "market_lifecycle_v2",
  sid: 1,
  msg: {
    event_type: "created",
    market_ticker: "KXBTC15M-X",
    open_ts: 1_795_190_400,
    close_ts: 1_795_191_300,
    ...msg,
  },
});

describe("Kalshi's frames", () => {
  it("reads a change in whole numbers, on the Yes side either way the server was told to price", () => {
    expect(yesPriced(frame(delta({})))).toEqual({
      events: [
        {
          kind: "book-delta",
          sid: 3,
          seq: 9,
          market: "KXBTC-X-B1",
          side: "bid",
          price: 390_000,
          change: -4_800,
          eventTime: 1_788_255_917_151,
        },
      ],
    });
    // Somebody bids 0.30 for No: sells Yes at 0.70.
    const asked = { events: [expect.objectContaining({ side: "ask", price: 700_000, change: 123 })] };
    expect(yesPriced(frame(delta({ side: "no", price_dollars: "0.7000", delta_fp: "1.23" })))).toEqual(asked);
    expect(legPriced(frame(delta({ side: "no", price_dollars: "0.3000", delta_fp: "1.23" })))).toEqual(asked);
  });

  it("reads sub-cent prices and both forms of time", () => {
    const event = (msg: object) => {
      const decoded = yesPriced(frame(delta(msg)));
      return "events" in decoded ? decoded.events[0] : decoded;
    };
    expect(event({ price_dollars: "0.999" })).toMatchObject({ price: 999_000 });
    expect(event({ ts_ms: undefined, ts: "2026-04-18T05:34:49.816683Z" })).toMatchObject({
      eventTime: Date.parse("2026-04-18T05:34:49.816Z"),
    });
    expect(event({ ts_ms: undefined, ts: 1_788_255_917 })).toMatchObject({ eventTime: 1_788_255_917_000 });
    expect(event({ ts_ms: undefined })).toMatchObject({ eventTime: null });
  });

  it("reads a snapshot with an absent side as an empty side", () => {
    expect(
      legPriced(
        frame(
          snapshot({
            no_dollars_fp: [
              ["0.0100", "106.00"],
              ["0.7100", "1.25"],
            ],
          }),
        ),
      ),
    ).toEqual({
      events: [
        {
          kind: "book-snapshot",
          sid: 3,
          seq: 1,
          market: "KXBTC-X-B1",
          bids: [],
          asks: [
            [990_000, 10_600],
            [290_000, 125],
          ],
          eventTime: null,
        },
      ],
    });
  });

  it("reads the settlement index with its own time, whatever the envelope says", () => {
    expect(yesPriced(frame(print({})))).toEqual({
      events: [
        {
          kind: "index-print",
          sid: 2,
          seq: 17,
          indexId: "BRTI",
          eventTime: 1_795_190_400_000,
          value: 83_817.71,
          average60s: { value: 83_817.7, prints: 60, endExclusive: 1_795_190_400_000 },
          quarterHour: null,
          venueReceivedAt: 1_795_190_400_063,
        },
      ],
    });
  });

  it("reads replies with and without their number, and errors with whether they end the subscription", () => {
    const first = (value: unknown) => {
      const decoded = yesPriced(frame(value));
      return "events" in decoded ? decoded.events[0] : decoded;
    };
    expect(first({ id: 1, type: "subscribed", msg: { channel: "trade", sid: 2 } })).toEqual({
      kind: "acknowledged",
      request: 1,
      channel: "trade",
      sid: 2,
      seq: null,
    });
    expect(first({ id: 1, type: "subscribed", sid: 2 })).toMatchObject({ sid: 2, channel: null });
    expect(first({ id: 2, type: "ok", sid: 1, seq: 7, msg: { market_tickers: [] } })).toMatchObject({
      kind: "acknowledged",
      request: 2,
      sid: 1,
      seq: 7,
    });
    const error = (code: number) => first({ type: "error", id: 3, msg: { code, msg: "no" } });
    expect(error(8)).toMatchObject({ kind: "rejected", request: 3, code: 8, terminal: false });
    for (const code of [10, 17, 25]) expect(error(code)).toMatchObject({ terminal: true });
  });

  it("reads the coming and going of markets; other news of events is left alone", () => {
    expect(yesPriced(frame(created({})))).toEqual({
      events: [
        {
          kind: "market-lifecycle",
          event: "created",
          market: "KXBTC15M-X",
          openAt: 1_795_190_400_000,
          closeAt: 1_795_191_300_000,
        },
      ],
    });
    for (const type of ["event_lifecycle", "event_fee_update", "something_new"]) {
      expect(yesPriced(frame({ type, sid: 5, msg: {} }))).toEqual({
        events: [{ kind: "other", name: type, sid: 5, seq: null }],
      });
    }
    const unknown = { type: "market_lifecycle_v2", sid: 5, msg: { event_type: "renamed", market_ticker: "X-1" } };
    expect(yesPriced(frame(unknown))).toMatchObject({ events: [{ event: "other" }] });
  });

  it.each<[string, unknown, string]>([
    ["a price as number", delta({ price_dollars: 0.39 }), "msg.price_dollars"],
    ["a price of 0", delta({ price_dollars: "0.0000" }), "msg.price_dollars"],
    ["a price of a dollar", delta({ price_dollars: "1.0000" }), "msg.price_dollars"],
    ["a price with exponent", delta({ price_dollars: "3.9e-1" }), "msg.price_dollars"],
    ["a count with a third decimal", delta({ delta_fp: "1.001" }), "msg.delta_fp"],
    ["a count that does not fit", delta({ delta_fp: "99999999999999999999" }), "msg.delta_fp"],
    ["another side", delta({ side: "maybe" }), "msg.side"],
    ["a trade whose time is in seconds where milliseconds stand", trade({ ts_ms: 1_788_255_917 }), "msg.ts_ms"],
    ["a trade without a time", trade({ ts_ms: undefined }), "msg.ts_ms"],
    ["a trade without its id", trade({ trade_id: undefined }), "msg.trade_id"],
    ["a summary without a price", ticker({ yes_bid_dollars: undefined }), "msg.yes_bid_dollars"],
    ["a print without the index's time", print({ data: '{"id":"BRTI","value":"83817.71"}' }), "msg.data.time"],
    ["a text for a number", { ...delta({}), seq: "9" }, "seq"],
    ["a level of nothing", snapshot({ yes_dollars_fp: [["0.0100", "0.00"]] }), "msg.yes_dollars_fp[0][1]"],
    ["a book in the fields of the REST answer", snapshot({ yes_dollars: [] }), "msg.yes_dollars"],
    [
      "a print of another index than it says",
      {
        type: "cfbenchmarks_value",
        sid: 1,
        msg: { index_id: "BRTI", data: '{"id":"ETHUSD_RTI","time":1795190400000,"value":"1"}' },
      },
      "msg.data.id",
    ],
    [
      "a print that is no JSON",
      { type: "cfbenchmarks_value", sid: 1, msg: { index_id: "BRTI", data: "{" } },
      "msg.data",
    ],
    ["no type", { sid: 1 }, "type"],
    ["a list", [], ""],
    ["null", null, ""],
  ])("refuses %s and names the field", (_, value, path) => {
    const decoded = yesPriced(frame(value));
    expect(decoded).toMatchObject({ refusal: { path } });
    expect("refusal" in decoded && decoded.refusal.message).not.toBe("");
  });

  it.each<[string, unknown, string, object]>([
    [
      "an average whose end is renamed",
      print({ avg_60s_data: { value: "1", window_size: 60, end: 1 } }),
      "msg.avg_60s_data.window_end_ts_exclusive",
      { value: 83_817.71, average60s: null },
    ],
    [
      "an average that is a number",
      print({ avg_60s_data: 83_817.7 }),
      "msg.avg_60s_data",
      { average60s: null, venueReceivedAt: printedAt + 63 },
    ],
    [
      "a quarter's average of another form",
      print({ last_60s_windowed_average_15min: [] }),
      "msg.last_60s_windowed_average_15min",
      { quarterHour: null },
    ],
    [
      "a time of receipt as text",
      print({ received_at: "2026-11-20T12:00:00Z" }),
      "msg.received_at",
      { eventTime: printedAt, venueReceivedAt: null },
    ],
    [
      "another taker",
      trade({ taker_outcome_side: "maybe" }),
      "msg.taker_outcome_side",
      { takerSide: null, contracts: 200 },
    ],
    [
      "a block trade as text",
      trade({ is_block_trade: "no" }),
      "msg.is_block_trade",
      { blockTrade: null, yesPrice: 390_000 },
    ],
    [
      "a trade's time in its older field only",
      trade({ ts_ms: "now", ts: 1_788_255_917 }),
      "msg.ts_ms",
      { eventTime: 1_788_255_917_000 },
    ],
    [
      "a change's time in seconds where milliseconds stand",
      delta({ ts_ms: 1_788_255_917 }),
      "msg.ts_ms",
      { eventTime: null, change: -4_800 },
    ],
    ["a summary's time", ticker({ ts_ms: "now" }), "msg.ts_ms", { eventTime: null, yesBid: 390_000 }],
    [
      "a close that is no time",
      created({ close_ts: "soon" }),
      "msg.close_ts",
      { market: "KXBTC15M-X", openAt: printedAt, closeAt: null },
    ],
  ])("keeps a frame without %s that it cannot read, and names the field", (_, value, path, kept) => {
    expect(yesPriced(frame(value))).toMatchObject({ events: [kept], unread: { path } });
  });

  it("takes an average of no print for none, and needs no number where none counts", () => {
    const empty = { value: "0", window_size: 0, window_start_ts_ms: printedAt, window_end_ts_exclusive: printedAt };
    const decoded = yesPriced(frame(print({ last_60s_windowed_average_15min: empty })));
    expect(decoded).toMatchObject({ events: [{ value: 83_817.71, quarterHour: null, average60s: { prints: 60 } }] });
    expect(decoded).not.toHaveProperty("unread");
    expect(yesPriced(frame({ ...ticker({}), sid: "5", seq: "9" }))).toMatchObject({
      events: [{ kind: "market-ticker" }],
    });
  });

  it("refuses what is no JSON", () => {
    expect(yesPriced('{"type":')).toMatchObject({ refusal: { path: "" } });
    expect(yesPriced("")).toMatchObject({ refusal: { path: "" } });
  });
});

describe("Kalshi's commands", () => {
  it("say how books are to be priced, always", () => {
    expect(JSON.parse(subscribeCommand(1, "orderbook_delta", { markets: ["A"] }))).toEqual({
      id: 1,
      cmd: "subscribe",
      params: { channels: ["orderbook_delta"], market_tickers: ["A"], use_yes_price: true },
    });
  });

  it("name the index: without it nothing comes", () => {
    expect(JSON.parse(subscribeCommand(2, "cfbenchmarks_value", { indices: ["BRTI"] }))).toEqual({
      id: 2,
      cmd: "subscribe",
      params: { channels: ["cfbenchmarks_value"], index_ids: ["BRTI"] },
    });
  });

  it("end one subscription", () => {
    expect(JSON.parse(unsubscribeCommand(4, 7))).toEqual({ id: 4, cmd: "unsubscribe", params: { sids: [7] } });
  });

  it("name one subscription", () => {
    expect(JSON.parse(updateCommand(3, 7, "get_snapshot", ["A", "B"]))).toEqual({
      id: 3,
      cmd: "update_subscription",
      params: { sids: [7], market_tickers: ["A", "B"], action: "get_snapshot" },
    });
  });
});
