import { describe, expect, it } from "vitest";
import { kalshiFrames, subscribeCommand, updateCommand } from "../../../core/market/stream-frames.ts";

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
    const print = {
      type: "cfbenchmarks_value",
      sid: 4,
      seq: 17,
      msg: {
        index_id: "BRTI",
        received_at: 1_795_190_400_063,
        data: '{"type":"value","id":"BRTI","time":1795190400000,"value":"83817.71"}',
        avg_60s_data: {
          value: "83817.70733000",
          window_size: 60,
          window_start_ts_ms: 1_795_190_340_000,
          window_end_ts_exclusive: 1_795_190_400_000,
        },
      },
    };
    expect(yesPriced(frame(print))).toEqual({
      events: [
        {
          kind: "index-print",
          sid: 4,
          seq: 17,
          indexId: "BRTI",
          eventTime: 1_795_190_400_000,
          value: 83_817.71,
          average60s: { value: 83_817.707_33, prints: 60, endExclusive: 1_795_190_400_000 },
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
    const created = {
      type: "market_lifecycle_v2",
      sid: 5,
      msg: { event_type: "created", market_ticker: "KXBTC15M-X", open_ts: 1_795_190_400, close_ts: 1_795_191_300 },
    };
    expect(yesPriced(frame(created))).toEqual({
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
    ["a time in seconds where milliseconds stand", delta({ ts_ms: 1_788_255_917 }), "msg.ts_ms"],
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

  it("name one subscription", () => {
    expect(JSON.parse(updateCommand(3, 7, "get_snapshot", ["A", "B"]))).toEqual({
      id: 3,
      cmd: "update_subscription",
      params: { sids: [7], market_tickers: ["A", "B"], action: "get_snapshot" },
    });
  });
});
