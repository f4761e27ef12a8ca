import { describe, expect, it } from "vitest";
import { feedDefinition, feedIds, kalshiFeed } from "../../../core/crypto/feeds.ts";
import { Feed, type FeedInput, type FeedOutput } from "../../../core/stream/feed.ts";

const start = Date.UTC(2026, 10, 20, 16, 0, 10);

function open(id = "kraken") {
  const feed = new Feed(feedDefinition(id), "h");
  const put = (input: FeedInput, now = start): FeedOutput[] => feed.handle(input, now, 0.5);
  put({ kind: "start" });
  put({ kind: "opened", connection: 1 });
  return { feed, put };
}
const quote = (at: number, bid: unknown = 81_000) => ({
  kind: "frame" as const,
  connection: 1,
  text: JSON.stringify({
    channel: "ticker",
    data: [{ symbol: "BTC/USD", bid, bid_qty: 1, ask: 82_000, ask_qty: 1, timestamp: new Date(at).toISOString() }],
  }),
});
const healthOf = (outputs: readonly FeedOutput[]) =>
  outputs.flatMap((output) => (output.kind === "rows" ? (output.batch.rows.feed_health ?? []) : []))[0];

describe("a feed", () => {
  it("subscribes when the socket is open and sends the venue's signs of life", () => {
    const { put } = open();
    const sent = (outputs: FeedOutput[]) => outputs.filter(({ kind }) => kind === "send").length;
    const fresh = new Feed(feedDefinition("kraken"), "h");
    fresh.handle({ kind: "start" }, start, 0);
    expect(sent(fresh.handle({ kind: "opened", connection: 1 }, start, 0))).toBe(2);
    put({ kind: "alive", connection: 1 }, start + 4_000);
    for (const after of [8_000, 12_000, 16_000]) put(quote(start + after), start + after);
    expect(sent(put({ kind: "tick" }, start + 19_999))).toBe(0);
    expect(put({ kind: "tick" }, start + 20_000)).toContainEqual({
      kind: "send",
      connection: 1,
      text: expect.stringContaining("ping"),
    });
  });

  it("gives rows once a minute, the next only after the last ones are written", () => {
    const { put } = open();
    const tick = (after: number) => {
      put(quote(start + after), start + after);
      return put({ kind: "tick" }, start + after).flatMap((output) => (output.kind === "rows" ? [output.batch] : []));
    };
    for (let after = 0; after < 49_000; after += 1_000) expect(tick(after)).toEqual([]);
    const [first] = tick(50_000);
    expect(first).toMatchObject({ feed: "kraken", minute: start - 10_000 });
    expect(first?.rows.venue_quotes).toHaveLength(50);
    // The lake is slow: two minutes later the second batch is still kept.
    for (let after = 51_000; after < 170_000; after += 1_000) expect(tick(after)).toEqual([]);
    put({ kind: "written" }, start + 170_000);
    const [second] = tick(171_000);
    expect(second?.minute).toBe(start + 50_000);
    expect(second?.rows.venue_quotes).toHaveLength(120);
  });

  it("tells its health: silence, refused frames and why the connection ended", () => {
    const { put, feed } = open();
    put(quote(start), start);
    put(quote(start + 4_000, "x"), start + 4_000);
    put(quote(start + 4_500), start + 4_500);
    put({ kind: "closed", connection: 1, reason: "closed with 1006" }, start + 5_000);
    expect(feed.phase).toBe("waiting");
    const outputs = put({ kind: "tick" }, start + 50_000);
    expect(healthOf(outputs)).toMatchObject({
      feed: "kraken",
      holder: "h",
      minute_at: start - 10_000,
      phase: "connecting",
      connects: 2,
      closes: 1,
      last_close: "closed with 1006",
      frames: 3,
      data_frames: 2,
      refused: 1,
      products: 2,
      unquotable: 2,
      last_data_at: start + 4_500,
      max_silence_ms: 45_500,
      skew_ms: 0,
    });
    const [batch] = outputs.flatMap((output) => (output.kind === "rows" ? [output.batch] : []));
    expect(batch?.refused).toMatchObject([{ path: "data[0].bid", received_at: start + 4_000 }]);
  });

  it("does not listen to the socket it has left", () => {
    const { put, feed } = open();
    put({ kind: "closed", connection: 1, reason: "gone" }, start + 10);
    expect(put(quote(start), start + 20)).toEqual([]);
    expect(feed.counts.frames).toBe(0);
  });

  it("has nothing to be quoted by as soon as the connection is gone", () => {
    const { put, feed } = open();
    put(quote(start), start);
    expect(feed.session.coverage(start)).toEqual({ products: 2, unquotable: 1 });
    put({ kind: "closed", connection: 1, reason: "gone" }, start + 10);
    expect(feed.session.coverage(start + 10)).toEqual({ products: 2, unquotable: 2 });
    expect(feed.session.newest(start + 10)).toMatchObject({ quotes: {} });
  });

  it("leaves when its session says so, and comes back at once when the venue asked for it", () => {
    const feed = new Feed(feedDefinition("bitstamp"), "h");
    feed.handle({ kind: "start" }, start, 0);
    feed.handle({ kind: "opened", connection: 1 }, start, 0);
    const text = JSON.stringify({ event: "bts:request_reconnect", channel: "", data: "" });
    const outputs = feed.handle({ kind: "frame", connection: 1, text }, start + 1_000, 0.5);
    expect(outputs).toContainEqual({ kind: "close", connection: 1, reason: "bts:request_reconnect" });
    const next = feed.handle({ kind: "tick" }, start + 1_130, 0.5);
    expect(next).toContainEqual({ kind: "connect", connection: 2, url: "wss://ws.bitstamp.net" });
  });

  it("gives what it has when it is stopped", () => {
    const { put } = open();
    put(quote(start), start);
    const outputs = put({ kind: "stop" }, start + 100);
    expect(outputs.map(({ kind }) => kind)).toEqual(["rows", "close", "phase"]);
    expect(healthOf(outputs)?.phase).toBe("live");
  });
});

describe("the feeds", () => {
  it("are all there under their ids, on encrypted sockets", () => {
    for (const id of feedIds) {
      const { url, rules } = feedDefinition(id);
      expect(url).toMatch(/^wss:\/\//);
      expect(rules.silentAfterMs).toBeGreaterThanOrEqual(rules.quietAfterMs);
    }
    expect(() => feedDefinition("mtgox")).toThrow(/no feed "mtgox"; there are kalshi, coinbase/);
    expect(kalshiFeed().url).toContain("kalshi.com/trade-api/ws/v2");
  });
});
