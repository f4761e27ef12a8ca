import { firesBetween } from "../../../core/schedule.ts";
import { describe, expect, it } from "vitest";
import { maxPages } from "../../../core/market/paging.ts";
import type { Exchange, Source } from "../../../core/source.ts";
import { kalshiMarkets } from "../../../core/sources/kalshi-markets.ts";
import { kalshiSettlements } from "../../../core/sources/kalshi-settlements.ts";
import { eventPayload, marketPayload, seriesPayload, without } from "../market/payloads.ts";

const at = Date.parse("2026-11-02T12:00:00Z");
const markets = kalshiMarkets(["KXHIGHXYZ", "KXHIGHABC"]);
const settlements = kalshiSettlements(["KXHIGHXYZ"]);
const provenance = { window_at: at, raw_key: "raw/kalshi-markets/x" };

function answer(url: string, body: unknown, overrides: Partial<Exchange> = {}): Exchange {
  return { url, status: 200, fetched_at: at + 1_234, body: JSON.stringify(body), ...overrides };
}

/** Asks round after round as ingest does. */
function play(source: Source, respond: (url: string) => unknown, host?: string): Exchange[] {
  const exchanges: Exchange[] = [];
  for (let round = 0; round < 2 * maxPages; round += 1) {
    const requests = source.next({ at }, exchanges, new Set());
    if (requests.length === 0) return exchanges;
    for (const { url } of requests) {
      const asked = new URL(url);
      if (host !== undefined) asked.host = host;
      exchanges.push(answer(asked.href, respond(url)));
    }
  }
  throw new Error("the source does not stop asking");
}

const base = "https://external-api.kalshi.com/trade-api/v2";
const page = (url: string) => Number(new URL(url).searchParams.get("cursor") ?? 0);
const numbered = (n: number, overrides = {}) => marketPayload({ ticker: `KXHIGHXYZ-26NOV02-B${n}.5`, ...overrides });

describe("kalshi-markets", () => {
  it("asks for series, events and markets of every series, with a second host for each", () => {
    const requests = markets.next({ at }, [], new Set());
    expect(
      requests.map((request) => request.url.replace("https://external-api.kalshi.com/trade-api/v2", "")),
    ).toStrictEqual([
      "/series/KXHIGHXYZ",
      "/events?series_ticker=KXHIGHXYZ&with_nested_markets=true&status=open&limit=200",
      "/series/KXHIGHABC",
      "/events?series_ticker=KXHIGHABC&with_nested_markets=true&status=open&limit=200",
      "/markets?series_ticker=KXHIGHXYZ&status=open&mve_filter=exclude&limit=1000",
      "/markets?series_ticker=KXHIGHABC&status=open&mve_filter=exclude&limit=1000",
    ]);
    for (const { url, fallbackUrl } of requests) {
      expect(fallbackUrl).toBe(url.replace("external-api.kalshi.com", "api.elections.kalshi.com"));
      expect(markets.hosts).toContain(new URL(url).host);
    }
  });

  it("asks for series and events again only in the next hour, and only once they were read whole", () => {
    const exchanges = play(markets, world(1));
    const { known } = markets.decode(exchanges, { window_at: at, raw_key: "raw/x" });
    const kinds = (window: number, ids: readonly string[]) => [
      ...new Set(markets.next({ at: window }, [], new Set(ids)).map(({ url }) => new URL(url).pathname.split("/")[3])),
    ];
    const hour = Math.floor(at / 3_600_000) * 3_600_000;
    expect(kinds(hour + 2_700_000, known)).toEqual(["markets"]);
    expect(kinds(hour + 3_600_000, known)).toEqual(["series", "events", "markets"]);
    const [first, ...others] = exchanges;
    const broken = [{ ...(first as Exchange), status: 404 }, ...others];
    expect(markets.decode(broken, { window_at: at, raw_key: "raw/x" }).known).toEqual([]);
  });

  const world = (pages: number) => (url: string) => {
    const path = new URL(url).pathname;
    if (path.includes("/series/")) return { series: seriesPayload({ ticker: path.split("/").at(-1) }) };
    if (path.endsWith("/events")) return { events: [], cursor: "" };
    const event = `${new URL(url).searchParams.get("series_ticker")}-26NOV02`;
    const market = marketPayload({ event_ticker: event, ticker: `${event}-B${page(url)}.5` });
    const next = page(url) + 1;
    return { markets: [market], cursor: next < pages ? String(next) : "" };
  };

  it.each([undefined, "api.elections.kalshi.com"])(
    "follows cursors to the end, whichever host answered (%s)",
    (host) => {
      const exchanges = play(markets, world(4), host);
      expect(exchanges).toHaveLength(2 * (1 + 1 + 4));
      expect(new Set(exchanges.map((exchange) => exchange.url)).size).toBe(exchanges.length);
      const decoded = markets.decode(exchanges, provenance);
      expect(decoded.refusals).toStrictEqual([]);
      expect(decoded.rows.market_snapshots).toHaveLength(2 * 4);
    },
  );

  it.each([
    ["events", { events: [eventPayload()], cursor: "" }, "events[0].series_ticker"],
    ["markets", { markets: [marketPayload()], cursor: "" }, "markets[0].event_ticker"],
  ])("refuses %s of a series that was not asked for: the filter no longer works", (path, body, field) => {
    const exchange = answer(`${base}/${path}?series_ticker=KXHIGHABC`, body);
    expect(markets.decode([exchange], provenance).refusals).toMatchObject([
      { kind: "drift", path: field, message: 'series "KXHIGHXYZ", expected "KXHIGHABC", which was asked for' },
    ]);
    const other = answer(`${base}/series/KXHIGHABC`, { series: seriesPayload() });
    expect(markets.decode([other], provenance).refusals).toMatchObject([{ path: "series.ticker" }]);
  });

  it("refuses events without the markets that were asked for with them, and reads them where they were not", () => {
    const body = { events: [without(eventPayload(), "markets")], cursor: "" };
    const nested = answer(`${base}/events?series_ticker=KXHIGHXYZ&with_nested_markets=true`, body);
    const alone = answer(`${base}/events?series_ticker=KXHIGHXYZ`, body);
    for (const source of [markets, settlements]) {
      expect(source.decode([nested], provenance).refusals).toMatchObject([
        { kind: "drift", path: "events[0].markets" },
      ]);
      expect(source.decode([alone], provenance).refusals).toEqual([]);
    }
  });

  it("escapes the cursor", () => {
    const first = answer("https://external-api.kalshi.com/trade-api/v2/markets?series_ticker=KXHIGHXYZ", {
      markets: [],
      cursor: "a+b/c=&d",
    });
    const [request] = markets.next({ at }, [first], new Set());
    expect(new URL(request?.url ?? "").searchParams.get("cursor")).toBe("a+b/c=&d");
  });

  it("stops at a listing that does not end, and refuses it", () => {
    const exchanges = play(markets, world(10_000));
    expect(exchanges.length).toBeLessThan(2 * (2 + maxPages) + 1);
    expect(markets.decode(exchanges, provenance).refusals).toMatchObject([
      { kind: "drift", path: "cursor" },
      { kind: "drift", path: "cursor" },
    ]);
  });

  it("stops at a cursor that points back, and refuses it", () => {
    const exchanges = play(markets, (url) =>
      new URL(url).pathname.endsWith("/markets") ? { markets: [], cursor: "same" } : world(1)(url),
    );
    expect(exchanges).toHaveLength(2 * 4);
    expect(markets.decode(exchanges, provenance).refusals).toMatchObject([{ path: "cursor" }, { path: "cursor" }]);
  });

  const listing = (...tickers: Record<string, unknown>[]) =>
    answer(`${base}/markets?series_ticker=KXHIGHXYZ`, { markets: tickers, cursor: "" }, { fetched_at: at + 5_000 });
  const nestedEvent = (...nested: Record<string, unknown>[]) =>
    answer(`${base}/events?series_ticker=KXHIGHXYZ`, { events: [eventPayload({ markets: nested })], cursor: "" });

  it("takes the listing from the events and the quotes from the markets", () => {
    const decoded = markets.decode(
      [
        answer(`${base}/series/KXHIGHXYZ`, { series: seriesPayload() }),
        nestedEvent(marketPayload()),
        listing(marketPayload({ yes_bid_dollars: "0.4000" })),
      ],
      provenance,
    );
    expect(decoded.refusals).toStrictEqual([]);
    expect(decoded.notes).toStrictEqual([]);
    expect(decoded.rows.kalshi_series).toHaveLength(1);
    expect(decoded.rows.kalshi_events).toHaveLength(1);
    expect(decoded.rows.kalshi_markets).toMatchObject([{ ingested_at: at + 1_234, decoder_version: 2, ...provenance }]);
    expect(decoded.rows.market_snapshots).toMatchObject([{ yes_bid: 400_000, ingested_at: at + 5_000 }]);
  });

  it("reports a market that only one of the two has, and takes it from there", () => {
    const decoded = markets.decode(
      [
        nestedEvent(numbered(50), numbered(52), numbered(54, { status: "closed" })),
        listing(numbered(50), numbered(56)),
      ],
      provenance,
    );
    expect(decoded.refusals).toStrictEqual([]);
    expect(decoded.notes).toStrictEqual([
      {
        path: "events[].markets[]",
        message: "KXHIGHXYZ-26NOV02-B52.5 is active in its event but not in the list of markets",
      },
      { path: "markets[]", message: "KXHIGHXYZ-26NOV02-B56.5 is in the list of markets but in no event" },
    ]);
    expect(decoded.rows.kalshi_markets).toHaveLength(4);
    expect(decoded.rows.market_snapshots).toHaveLength(4);
  });

  it("takes one row of a market that two pages list, the later one", () => {
    const decoded = markets.decode(
      [listing(numbered(50)), listing(numbered(50, { yes_bid_dollars: "0.3000" }))],
      provenance,
    );
    expect(decoded.rows.market_snapshots).toMatchObject([{ yes_bid: 300_000 }]);
  });

  it("refuses one payload with its index and path, and keeps the others", () => {
    const decoded = markets.decode(
      [nestedEvent(marketPayload()), listing(without(marketPayload(), "yes_bid_dollars"))],
      provenance,
    );
    expect(decoded.refusals).toStrictEqual([
      { kind: "drift", exchange: 1, path: "markets[0].yes_bid_dollars", message: "missing, expected string" },
    ]);
    expect(decoded.rows.kalshi_events).toHaveLength(1);
  });

  it.each([
    [
      400,
      '{"error":{"code":"bad_request","message":"bad request","details":"invalid status filter"}}',
      "status 400, expected 200: Kalshi says bad_request: bad request: invalid status filter",
    ],
    [429, '{"error":"too many requests"}', "status 429, expected 200: Kalshi says too many requests"],
    [503, "<html>", "status 503, expected 200"],
  ])("refuses status %d as drift with Kalshi's words", (status, body, message) => {
    const failed = { ...listing(), status, body };
    expect(markets.decode([failed], provenance).refusals).toStrictEqual([
      { kind: "drift", exchange: 0, path: "status", message },
    ]);
    expect(markets.next({ at }, [failed], new Set())).toStrictEqual([]);
  });

  it("calls a body that is cut short broken, and refuses it when it is all there is", () => {
    const cut = { ...listing(), body: '{"markets":[{"tick' };
    expect(markets.broken?.(cut)).toMatch(/^not JSON/);
    expect(markets.broken?.(listing())).toBeUndefined();
    expect(markets.broken?.({ ...cut, status: 500 })).toBeUndefined();
    expect(markets.decode([cut], provenance).refusals).toMatchObject([{ path: "body" }]);
    expect(markets.next({ at }, [cut], new Set())).toStrictEqual([]);
  });
});

describe("kalshi-settlements", () => {
  it("asks for settled events of the last three days, page by page", () => {
    const exchanges = play(settlements, (url) => ({ events: [], cursor: page(url) < 2 ? String(page(url) + 1) : "" }));
    expect(exchanges).toHaveLength(3);
    const asked = new URL(exchanges[0]?.url ?? "").searchParams;
    expect(Number(asked.get("min_close_ts"))).toBe(at / 1000 - 3 * 86_400);
    expect(asked.get("status")).toBe("settled");
  });

  it("asks for those of two weeks three times a day, in a window of its schedule", () => {
    const since = (window: number) => {
      const [first] = settlements.next({ at: window }, [], new Set());
      return (window / 1000 - Number(new URL(first?.url ?? "").searchParams.get("min_close_ts"))) / 86_400;
    };
    const day = Date.parse("2026-10-28T00:00:00Z");
    const asked = firesBetween(settlements.schedule, day - 1, day + 86_400_000 - 1).map(since);
    expect(asked.toSorted((a, b) => a - b)).toEqual([...Array.from({ length: 45 }, () => 3), 14, 14, 14]);
  });

  it("gives every market of a listed event with its status: one that is not finalized keeps the event from a grade", () => {
    const done = {
      status: "finalized",
      result: "yes",
      expiration_value: "50.00",
      settlement_value_dollars: "1.0000",
      settlement_ts: "2026-11-03T12:00:00Z",
    };
    const event = eventPayload({ markets: [numbered(50, done), numbered(52, { ...done, status: "determined" })] });
    const decoded = settlements.decode(
      [
        answer("https://external-api.kalshi.com/trade-api/v2/events?series_ticker=KXHIGHXYZ", {
          events: [event],
          cursor: "",
        }),
      ],
      provenance,
    );
    expect(decoded.refusals).toStrictEqual([]);
    expect(Object.keys(decoded.rows)).toStrictEqual([...settlements.tables]);
    expect(decoded.rows.kalshi_markets).toMatchObject([
      { status: "finalized", result: "yes", settlement_value: 1_000_000, expiration_value: "50.00" },
      { status: "determined" },
    ]);
  });
});
