/** The spot venues' tickers: the rounds of a minute, doors that are shut, and what each venue's answer becomes. */
import { describe, expect, it } from "vitest";
import { knownTickers, venueTickers } from "../../../core/crypto/venues/rest.ts";
import { pairOf } from "../../../core/crypto/venues/pairs.ts";
import type { Exchange, Source, SourceRequest } from "../../../core/source.ts";
import { quotesOf, venueQuotes } from "../../../core/sources/venue-quotes.ts";
import { demoStart } from "../../../sandbox/incidents.ts";
import { ask, demoWorld } from "../sandbox/asking.ts";

const world = demoWorld();
const minute = 60_000;
const at = demoStart + 3 * 86_400_000;
const urlOf = (venue: string) => knownTickers.find((ticker) => ticker.venue === venue)?.url ?? "";
const reserve = "https://api.binance.com/api/v3/ticker/bookTicker?symbol=BTCUSDT";

type Answer = (request: SourceRequest, now: number) => Omit<Exchange, "fetched_at"> | undefined;

const ofWorld: Answer = ({ url }, now) => ({ url, ...ask(world, url, now) });

/** All rounds of a window; what `answer` leaves out comes from the simulated venues. */
function fetched(
  answer: Answer = () => undefined,
  known: readonly string[] = [],
  windowAt = at,
  source: Source = venueQuotes,
) {
  const exchanges: Exchange[] = [];
  const rounds: SourceRequest[][] = [];
  for (;;) {
    const requests = source.next({ at: windowAt }, exchanges, new Set(known));
    if (requests.length === 0) break;
    rounds.push(requests);
    for (const request of requests) {
      const now = (request.notBefore ?? windowAt) + 300;
      const { url, status, body } = answer(request, now) ?? ofWorld(request, now) ?? { url: "", status: 0, body: "" };
      exchanges.push({ url, status, body, fetched_at: now });
    }
  }
  return { rounds, exchanges, ...source.decode(exchanges, { window_at: windowAt, raw_key: "raw/x" }) };
}

const says =
  (venue: string, status: number, body = "{}"): Answer =>
  ({ url }) =>
    url === urlOf(venue) ? { url, status, body } : undefined;

describe("the rounds of a minute", () => {
  it("are eleven, five seconds apart, all venues at once, each with a short patience", () => {
    const { rounds } = fetched();
    expect(rounds).toHaveLength(11);
    for (const [index, requests] of rounds.entries()) {
      expect(requests.map(({ url }) => url)).toEqual(venueTickers.map(({ url }) => url));
      for (const request of requests) {
        expect(request).toMatchObject({ optional: true, timeoutMs: 1_500 });
        // A window that comes late still has its first round.
        if (index === 0) expect([request.notBefore, request.notAfter]).toEqual([undefined, undefined]);
        else expect([request.notBefore, request.notAfter]).toEqual([at + index * 5_000, at + (index + 1) * 5_000]);
      }
    }
  });

  it("give a row for each product and round, with the venue's time where it says one", () => {
    const { rows, refusals, notes } = fetched();
    expect([refusals, notes]).toEqual([[], []]);
    const quotes = rows.venue_quotes ?? [];
    // Five venues, and USDT in dollars.
    expect(quotes).toHaveLength(11 * 6);
    for (const quote of quotes) {
      expect(quote.bid).toBeLessThan(quote.ask);
      expect(quote).toMatchObject({ origin: "rest", connection: null, quote_at: quote.received_at, window_at: at });
      expect(quote.event_time === null).toBe(["coinbase", "kraken", "binance"].includes(quote.venue));
    }
    expect(quotes.find(({ product }) => product === "USDTUSD")?.bid).toBeCloseTo(0.9994, 2);
    expect(quotes.find(({ venue }) => venue === "binance")?.bid_size).toBeGreaterThan(0);
  });
});

describe("a venue that shuts its door", () => {
  it.each([451, 403])("with %i is not asked again that day, and that is said once", (status) => {
    const first = fetched(says("gemini", status));
    expect(first.rounds.map((requests) => requests.length)).toEqual([5, ...Array.from({ length: 10 }, () => 4)]);
    expect(first.refusals).toEqual([
      {
        kind: "content",
        exchange: 3,
        path: "gemini status",
        message: `found HTTP ${status}: the venue refuses us; it is left out until tomorrow`,
      },
    ]);
    const later = fetched(says("gemini", status), first.known, at + 5 * minute);
    expect(later.rounds.every((requests) => requests.every(({ url }) => url !== urlOf("gemini")))).toBe(true);
    expect(later.refusals).toEqual([]);
    const tomorrow = fetched(() => undefined, first.known, at + 86_400_000);
    expect(tomorrow.rounds[0]).toHaveLength(5);
  });

  it("is not Binance when only its reserve host refuses: the first one is asked on", () => {
    const { rounds, refusals, notes, known, rows } = fetched(({ url }, now) =>
      // The client asks the reserve when the first host has no answer.
      url === urlOf("binance") && now < at + 20_000 ? { url: reserve, ...ask(world, reserve, now) } : undefined,
    );
    expect(rounds.every((requests) => requests.length === 5)).toBe(true);
    expect([refusals, known]).toEqual([[], []]);
    expect(notes).toEqual([{ path: "api.binance.com", message: "HTTP 451: this host refuses us and is no reserve" }]);
    expect(rows.venue_quotes?.filter(({ venue }) => venue === "binance")).toHaveLength(7);
  });
});

describe("the venues that are asked", () => {
  const all = quotesOf(knownTickers);

  it("leave out Binance.US unless it is added to the list", () => {
    expect(knownTickers.map(({ venue }) => venue)).toEqual([...venueTickers.map(({ venue }) => venue), "binance-us"]);
    expect(venueQuotes.hosts).not.toContain("api.binance.us");
    expect(all.hosts).toContain("api.binance.us");
  });

  it("are all read where all are asked, Binance.US in USDT", () => {
    const { rounds, rows, refusals } = fetched(undefined, [], at, all);
    expect(rounds[0]?.map(({ url }) => url)).toEqual(knownTickers.map(({ url }) => url));
    expect(refusals).toEqual([]);
    const own = (rows.venue_quotes ?? []).filter(({ venue }) => venue === "binance-us");
    expect(own).toHaveLength(11);
    expect(new Set(own.map((quote) => pairOf(quote)))).toEqual(new Set(["BTC/USDT"]));
  });

  it("include Binance.US's shut door: it has no reserve", () => {
    const shut = fetched(says("binance-us", 451), [], at, all);
    expect(shut.rounds.map((requests) => requests.length)).toEqual([6, ...Array.from({ length: 10 }, () => 5)]);
    expect(shut.refusals.map(({ path }) => path)).toEqual(["binance-us status"]);
    const later = fetched(says("binance-us", 451), shut.known, at + minute, all);
    expect([later.rounds[0]?.length, later.refusals]).toEqual([5, []]);
  });

  it("are not needed to read what a venue answered while it was asked", () => {
    const stored = fetched(undefined, [], at, all);
    const again = venueQuotes.decode(stored.exchanges, { window_at: at, raw_key: "raw/x" });
    expect([again.refusals, again.rows]).toEqual([[], stored.rows]);
  });
});

describe("an answer that is no quote", () => {
  it("is refused once a window, however many rounds say the same; the others land", () => {
    const { refusals, rows } = fetched(says("kraken", 200, '{"error":["EService:Unavailable"]}'));
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatchObject({ kind: "content", path: "kraken error" });
    expect(new Set(rows.venue_quotes?.map(({ venue }) => venue))).toEqual(
      new Set(["coinbase", "bitstamp", "gemini", "binance"]),
    );
  });

  it.each([
    ["bitstamp", '{"timestamp":"1793000000","bid":"0.00","ask":"1.00"}', "bitstamp bid"],
    ["bitstamp", '{"timestamp":"1793000000","bid":"81000.00","ask":"80999.00"}', "bitstamp bid"],
    ["coinbase", '{"bid":"81000.00"}', "coinbase ask"],
    ["gemini", '{"bid":"81000.00","ask":"81001.00"}', "gemini volume"],
    ["binance", '{"symbol":"LTCBTC","bidPrice":"4","bidQty":"1","askPrice":"5","askQty":"1"}', "binance symbol"],
    ["kraken", "<html>", "kraken"],
  ])("of %s names the field: %s", (venue, body, path) => {
    const { refusals, rows } = fetched(says(venue, 200, body));
    expect(refusals).toHaveLength(1);
    expect(refusals[0]?.path).toContain(path);
    expect(rows.venue_quotes?.some((quote) => quote.venue === venue)).toBe(false);
  });

  it("of Kraken takes the other pair with it only where it is no answer at all", () => {
    const [btc, usdt] = ['"XXBTZUSD":{"a":["80001"],"b":["80000"]}', '"USDTZUSD":{"a":["0.9996"],"b":["0.9995"]}'];
    for (const [body, left, missing] of [
      [btc, ["XBTUSD"], ["kraken result.USDTZUSD"]],
      [usdt, ["USDTUSD"], ["kraken result.XXBTZUSD"]],
      [`${btc},"USDTZUSD":{"a":["0.9995"],"b":["0.9996"]}`, ["XBTUSD"], ["kraken bid"]],
      ['"XBTUSDT":{"a":["2"],"b":["1"]}', [], ["kraken result.XXBTZUSD", "kraken result.USDTZUSD"]],
    ] as const) {
      const { refusals, rows } = fetched(says("kraken", 200, `{"error":[],"result":{${body}}}`));
      const own = (rows.venue_quotes ?? []).filter(({ venue }) => venue === "kraken");
      expect([...new Set(own.map(({ product }) => product))]).toEqual(left);
      expect(refusals.map(({ kind, path }) => [kind, path])).toEqual(missing.map((path) => ["content", path]));
    }
  });

  it("late or lost says nothing while others have prices; a minute without any is refused", () => {
    expect(fetched(says("coinbase", 0, "")).refusals).toEqual([]);
    const silent = fetched(({ url }) => ({ url, status: 0, body: "" }));
    expect(silent.rows).toEqual({});
    expect(silent.refusals).toMatchObject([{ kind: "content", message: "no venue answered in this minute" }]);
  });
});
