import { describe, expect, test } from "vitest";
import { determination } from "../../../sandbox/events.ts";
import { demoStart } from "../../../sandbox/incidents.ts";
import { ask, askJson, day, demoWorld, hour, kalshi, type Json } from "./asking.ts";
import { runs } from "../../runs.ts";

const world = demoWorld();
const noon = demoStart + 3 * day + 18 * hour;
const after = demoStart + 10 * day;
const marketsOf = (query: string, now: number): Json[] => askJson(world, `${kalshi}/markets?${query}`, now).markets;
/** With its series, since without one the world makes the events of all. */
const ofEvent = (ticker: string) => `series_ticker=${ticker.split("-")[0]}&event_ticker=${ticker}`;
const settled = world.series.flatMap((series) => marketsOf(`series_ticker=${series}&status=settled&limit=1000`, after));
const byEvent = Map.groupBy(settled, (market): string => market.event_ticker);

describe("an event's brackets", () => {
  test("six, which hold every whole degree exactly once", () => {
    expect(byEvent.size).toBeGreaterThan(300);
    for (const markets of [...byEvent.values()].slice(0, 60)) {
      expect(markets.map((one): string => one.strike_type).toSorted((a, b) => a.localeCompare(b))).toEqual([
        "between",
        "between",
        "between",
        "between",
        "greater",
        "less",
      ]);
      for (let value = -40; value <= 130; value += 1) {
        const yes = markets.filter(
          ({ strike_type: type, floor_strike: floor, cap_strike: cap }) =>
            (type === "less" && value < cap) ||
            (type === "greater" && value > floor) ||
            (type === "between" && value >= floor && value <= cap),
        );
        expect(yes).toHaveLength(1);
      }
    }
  });

  test("strikes, labels, tickers and rule text say the same", () => {
    for (const market of settled.slice(0, 120)) {
      const {
        strike_type: type,
        floor_strike: floor,
        cap_strike: cap,
        ticker,
        rules_primary: rule,
        yes_sub_title: label,
      } = market;
      const words: Record<string, string> = {
        less: `less than ${cap}°`,
        greater: `greater than ${floor}°`,
        between: `between ${floor}-${cap}°`,
      };
      expect(rule).toContain(`, is ${words[type]} fahrenheit according to The Weather Company, then`);
      expect(rule).toMatch(
        /^If the maximum temperature recorded at [A-Z][A-Za-z ]+ \(CLI[A-Z]{3}\) for [A-Z][a-z]{2} \d{1,2}, 2026, is /,
      );
      expect(ticker).toBe(`${market.event_ticker}-${type === "between" ? `B${floor}.5` : `T${floor ?? cap}`}`);
      expect(label).toBe(
        type === "between"
          ? `${floor}° to ${cap}°`
          : type === "less"
            ? `${cap - 1}° or below`
            : `${floor + 1}° or above`,
      );
      expect("floor_strike" in market).toBe(type !== "less");
      expect("cap_strike" in market).toBe(type !== "greater");
    }
  });

  test("exactly one Yes, and it holds the official value", () => {
    const stations: Record<string, string> = {
      KXHIGHCHI: "KMDW",
      KXHIGHMIA: "KMIA",
      KXHIGHAUS: "KAUS",
      KXHIGHLAX: "KLAX",
      KXHIGHDEN: "KDEN",
      KXHIGHPHIL: "KPHL",
    };
    for (const [event, markets] of byEvent) {
      const yes = markets.filter((one) => one.result === "yes");
      expect(yes).toHaveLength(1);
      expect(markets.filter((one) => one.result === "no")).toHaveLength(5);
      const [winner] = yes;
      const value = Number(winner.expiration_value);
      expect(winner.expiration_value).toMatch(/^-?\d+\.00$/);
      expect(value).toBeGreaterThanOrEqual(
        winner.strike_type === "greater" ? winner.floor_strike + 1 : (winner.floor_strike ?? -99),
      );
      expect(value).toBeLessThanOrEqual(
        winner.strike_type === "less" ? winner.cap_strike - 1 : (winner.cap_strike ?? 199),
      );
      expect(markets.map((one): string => one.settlement_value_dollars).toSorted((a, b) => a.localeCompare(b))).toEqual(
        [...Array(5).fill("0.0000"), "1.0000"],
      );
      const date = new Date(Date.parse(winner.close_time) - 12 * hour).toISOString().slice(0, 10);
      expect(value).toBe(world.officialHigh(stations[event.split("-")[0] ?? ""] ?? "", date));
    }
  });
});

describe("an event's life", () => {
  const ticker = "KXHIGHMIA-26NOV01";
  const eventAt = (iso: string) => ask(world, `${kalshi}/events/${ticker}?with_nested_markets=true`, Date.parse(iso));
  const statusesAt = (iso: string) =>
    new Set(JSON.parse(eventAt(iso).body).event.markets.map((one: Json) => one.status));

  test("listed, open, closed, determined, finalized", () => {
    expect(eventAt("2026-10-31T09:29:59Z").status).toBe(404);
    expect(statusesAt("2026-10-31T13:59:59Z")).toEqual(new Set(["initialized"]));
    expect(statusesAt("2026-10-31T14:00:00Z")).toEqual(new Set(["active"]));
    expect(statusesAt("2026-11-02T04:59:59Z")).toEqual(new Set(["active"]));
    expect(statusesAt("2026-11-02T05:00:00Z")).toEqual(new Set(["closed"]));
    // Miami's report is out at about 08:25Z; 7 a.m. Eastern is 12:00Z in standard time, 11:00Z before the switch.
    expect(statusesAt("2026-11-02T11:59:59Z")).toEqual(new Set(["closed"]));
    expect(statusesAt("2026-11-02T12:00:00Z")).toEqual(new Set(["determined"]));
    expect(statusesAt("2026-11-02T13:02:00Z")).toEqual(new Set(["finalized"]));
  });

  test("the outcome appears when it is determined, the settlement instant when it is final", () => {
    const marketAt = (iso: string) => JSON.parse(eventAt(iso).body).event.markets[0];
    expect(marketAt("2026-11-02T11:00:00Z")).toMatchObject({ result: "", expiration_value: "" });
    expect(marketAt("2026-11-02T11:00:00Z")).not.toHaveProperty("settlement_value_dollars");
    expect(marketAt("2026-11-02T12:30:00Z").result).toMatch(/^(yes|no)$/);
    expect(marketAt("2026-11-02T12:30:00Z")).not.toHaveProperty("settlement_ts");
    const { settlement_ts: at, yes_bid_dollars: bid, yes_ask_dollars: offer } = marketAt("2026-11-02T14:00:00Z");
    expect(Date.parse(at)).toBeGreaterThanOrEqual(Date.parse("2026-11-02T13:00:00Z"));
    expect([bid, offer]).toEqual(["0.0000", "1.0000"]);
  });

  test.each([
    ["2026-10-31T06:34:00Z", "2026-10-31T11:00:00Z"],
    ["2026-10-31T11:00:00Z", "2026-10-31T12:00:00Z"],
    ["2026-10-31T12:00:00Z", "2026-11-01T12:00:00Z"],
    ["2026-11-02T11:59:00Z", "2026-11-02T12:00:00Z"],
  ])("released at %s, determined at the first 7 or 8 a.m. Eastern after it: %s", (released, determined) => {
    expect(new Date(determination(Date.parse(released)))).toEqual(new Date(determined));
  });

  test("closes at local standard midnight on both sides of the DST change", () => {
    const closes = (series: string) =>
      askJson(world, `${kalshi}/events?series_ticker=${series}`, after).events.map((one: Json) =>
        one.strike_date.slice(11),
      );
    expect(new Set(closes("KXHIGHCHI"))).toEqual(new Set(["06:00:00Z"]));
    expect(new Set(closes("KXHIGHLAX"))).toEqual(new Set(["08:00:00Z"]));
  });
});

describe("quotes", () => {
  test("whole cents, never crossed, sizes where there is a price, the No side mirrored", () => {
    const steps = runs(7, 140);
    for (let step = 0; step < steps; step += 1) {
      for (const market of marketsOf("status=open&limit=1000", demoStart + (step * 140 * hour) / steps)) {
        const {
          yes_bid_dollars: bid,
          yes_ask_dollars: offer,
          yes_bid_size_fp: bidSize,
          yes_ask_size_fp: askSize,
        } = market;
        for (const price of [bid, offer]) expect(price).toMatch(/^[01]\.\d\d00$/);
        expect(Number(bid)).toBeLessThan(Number(offer));
        expect(Number(bidSize) > 0).toBe(bid !== "0.0000");
        expect(Number(askSize) > 0).toBe(offer !== "1.0000");
        expect(Number(market.no_ask_dollars)).toBeCloseTo(1 - Number(bid), 10);
        expect(Number(market.no_bid_dollars)).toBeCloseTo(1 - Number(offer), 10);
      }
    }
  });

  test("early in an event's life nobody quotes", () => {
    const young = marketsOf("event_ticker=KXHIGHDEN-26NOV01", Date.parse("2026-10-31T14:00:00Z"));
    expect(young).toHaveLength(6);
    for (const market of young) {
      expect(market).toMatchObject({
        yes_bid_dollars: "0.0000",
        yes_bid_size_fp: "0.00",
        yes_ask_dollars: "1.0000",
        yes_ask_size_fp: "0.00",
      });
    }
  });

  test("with those of the day before, and the volume since, once a market is a day old", () => {
    const at = Date.parse("2026-11-01T20:00:00Z");
    const [markets, before] = [at, at - day].map((instant) => marketsOf(ofEvent("KXHIGHMIA-26NOV01"), instant));
    expect(markets).toHaveLength(6);
    for (const [index, market] of (markets ?? []).entries()) {
      const earlier = before?.[index];
      expect(market).toMatchObject({
        previous_yes_bid_dollars: earlier.yes_bid_dollars,
        previous_yes_ask_dollars: earlier.yes_ask_dollars,
        previous_price_dollars: earlier.last_price_dollars,
      });
      expect(Number(market.volume_24h_fp)).toBeCloseTo(Number(market.volume_fp) - Number(earlier.volume_fp), 6);
      expect(earlier.volume_24h_fp).toBe(earlier.volume_fp);
    }
  });

  test("volumes only grow, and there are fractional sizes", () => {
    let last = -1;
    const sizes = new Set<string>();
    for (let at = Date.parse("2026-10-31T14:00:00Z"); at < Date.parse("2026-11-02T12:00:00Z"); at += hour) {
      const market = marketsOf(ofEvent("KXHIGHMIA-26NOV01"), at)[3];
      expect(Number(market.volume_fp)).toBeGreaterThanOrEqual(last);
      last = Number(market.volume_fp);
      sizes.add(market.yes_bid_size_fp);
    }
    expect([...sizes].some((size) => !size.endsWith(".00"))).toBe(true);
  });

  test("the market is informed: its Brier score is far below that of equal chances, and it sharpens", () => {
    const scores = { early: [] as number[], late: [] as number[] };
    // Every tenth event: all would say the same with ten times the work.
    for (const [event, markets] of [...byEvent].filter((_, index) => index % 10 === 0)) {
      const closes = Date.parse(markets[0].close_time);
      for (const [name, before] of [
        ["early", 32],
        ["late", 8],
      ] as const) {
        for (const market of marketsOf(ofEvent(event), closes - before * hour)) {
          const mid = (Number(market.yes_bid_dollars) + Number(market.yes_ask_dollars)) / 2;
          const outcome = markets.find((one) => one.ticker === market.ticker)?.result === "yes" ? 1 : 0;
          scores[name].push((mid - outcome) ** 2);
        }
      }
    }
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(scores.early)).toBeGreaterThan(0.06);
    expect(mean(scores.early)).toBeLessThan(0.125);
    expect(mean(scores.late)).toBeLessThan(0.7 * mean(scores.early));
  });

  test("one to three times in the seven days all six books together give a sure profit after fees", () => {
    const fee = (price: number) => 0.07 * price * (1 - price);
    const found = new Set<string>();
    for (let at = demoStart; at < demoStart + 7 * day; at += hour / 4) {
      const open = world.series.flatMap((series) => marketsOf(`series_ticker=${series}&status=open&limit=1000`, at));
      for (const [event, markets] of Map.groupBy(open, (one) => one.event_ticker)) {
        const asks = markets.map((one) => Number(one.yes_ask_dollars));
        const bids = markets.map((one) => Number(one.yes_bid_dollars));
        if (asks.every((one) => one < 1) && asks.reduce((sum, one) => sum + one + fee(one), 0) < 1)
          found.add(`${event} yes ${at}`);
        if (bids.every((one) => one > 0) && bids.reduce((sum, one) => sum + one - fee(one), 0) > 1)
          found.add(`${event} no ${at}`);
      }
    }
    expect(found.size).toBeGreaterThanOrEqual(1);
    expect(found.size).toBeLessThanOrEqual(3);
  });

  test("the order book's best levels are the market's quotes", () => {
    for (const market of marketsOf("status=open", noon)) {
      const { orderbook_fp: book } = askJson(world, `${kalshi}/markets/${market.ticker}/orderbook`, noon);
      const best = book.yes_dollars.at(-1) ?? ["0.0000", "0.00"];
      const bestNo = book.no_dollars.at(-1) ?? ["0.0000", "0.00"];
      expect(best).toEqual([market.yes_bid_dollars, market.yes_bid_size_fp]);
      expect(bestNo).toEqual([market.no_bid_dollars, market.yes_ask_size_fp]);
      expect(book.yes_dollars).toEqual(book.yes_dollars.toSorted());
    }
  });
});

describe("filters, paging, errors", () => {
  test("pages join to the whole list, the last cursor is empty", () => {
    const whole = askJson(world, `${kalshi}/markets?series_ticker=KXHIGHCHI&limit=1000`, noon);
    expect(whole.cursor).toBe("");
    const joined: Json[] = [];
    let cursor = "";
    do {
      const answer = askJson(world, `${kalshi}/markets?series_ticker=KXHIGHCHI&limit=7&cursor=${cursor}`, noon);
      joined.push(...answer.markets);
      expect(answer.markets.length).toBeLessThanOrEqual(7);
      ({ cursor } = answer);
    } while (cursor !== "");
    expect(joined).toEqual(whole.markets);
  });

  test("a cursor holds over a new listing, but not under other filters", () => {
    const url = `${kalshi}/events?series_ticker=KXHIGHAUS&limit=2`;
    const before = Date.parse("2026-10-31T09:00:00Z");
    const first = askJson(world, url, before);
    const second = askJson(world, `${url}&cursor=${first.cursor}`, before + hour);
    expect(first.events.map((one: Json) => one.event_ticker)).toEqual(["KXHIGHAUS-26OCT31", "KXHIGHAUS-26OCT30"]);
    expect(second.events.map((one: Json) => one.event_ticker)).toEqual(["KXHIGHAUS-26OCT29", "KXHIGHAUS-26OCT28"]);
    expect(ask(world, `${url}&with_nested_markets=true&cursor=${first.cursor}`, before).status).toBe(400);
    expect(ask(world, `${kalshi}/events?series_ticker=KXHIGHDEN&limit=2&cursor=${first.cursor}`, before).status).toBe(
      400,
    );
  });

  test("status, times and tickers", () => {
    const statuses = (query: string) => new Set(marketsOf(query, noon).map((one) => one.status));
    expect(statuses("status=open")).toEqual(new Set(["active"]));
    expect(statuses("status=settled")).toEqual(new Set(["finalized"]));
    expect(marketsOf("mve_filter=only", noon)).toEqual([]);
    const [one, two] = marketsOf("status=open", noon);
    expect(marketsOf(`tickers=${two.ticker},${one.ticker}`, noon)).toHaveLength(2);
    const since = noon / 1000 - 2 * 86_400;
    expect(marketsOf(`series_ticker=KXHIGHMIA&min_settled_ts=${since}`, noon)).toHaveLength(12);
    const events = askJson(
      world,
      `${kalshi}/events?series_ticker=KXHIGHMIA&status=settled&min_close_ts=${since}&with_nested_markets=true`,
      noon,
    ).events;
    expect(events.every((event: Json) => Date.parse(event.markets[0].close_time) >= since * 1000)).toBe(true);
    expect(events).toHaveLength(2);
    // Without a series, those of every family.
    const all = new Set(marketsOf("status=open&limit=1000", noon).map(({ ticker }) => ticker.split("-")[0]));
    expect([...all].toSorted((a, b) => a.localeCompare(b))).toEqual(
      [...world.series, "KXBTC", "KXBTC15M", "KXBTCD"].toSorted((a, b) => a.localeCompare(b)),
    );
  });

  test.each([
    ["markets?status=finalized", 400, "invalid status filter"],
    ["markets?limit=1001", 400, "limit must be between 1 and 1000"],
    ["events?limit=201", 400, "limit must be between 1 and 200"],
    ["markets?cursor=abc", 400, "invalid cursor"],
    ["markets?status=open&min_close_ts=1", 400, "close timestamp filters cannot be combined with status open"],
    ["markets?min_close_ts=1&min_settled_ts=1", 400, "timestamp filters are mutually exclusive"],
    ["events?with_nested_markets=maybe", 400, "invalid with_nested_markets"],
    ["series/KXHIGHNY", 404, "series not found"],
    ["markets/KXHIGHCHI-26OCT04-X", 404, "market not found"],
    ["nothing", 404, "no such endpoint"],
  ])("%s answers %i", (path, status, details) => {
    const answer = ask(world, `${kalshi}/${path}`, noon);
    expect(answer.status).toBe(status);
    const [code, message] = status === 404 ? ["not_found", "not found"] : ["bad_request", "bad request"];
    expect(JSON.parse(answer.body)).toEqual({ error: { code, message, details } });
  });

  test("the series names its fee rule and settlement source", () => {
    expect(askJson(world, `${kalshi}/series/KXHIGHCHI`, noon).series).toMatchObject({
      ticker: "KXHIGHCHI",
      fee_type: "quadratic",
      fee_multiplier: 1,
      exchange_index: 0,
      settlement_sources: [{ name: "The Weather Company", url: "https://weather.com/kalshi" }],
    });
  });
});
