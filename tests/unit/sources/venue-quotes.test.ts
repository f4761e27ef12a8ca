/** The spot venues' tickers: the rounds of a minute, doors that are shut, and what each venue's answer becomes. */
import fc from "fast-check";
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

const tomorrow = new Date(at - (at % 86_400_000) + 86_400_000).toISOString();

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
      const given = answer(request, now) ?? ofWorld(request, now) ?? { url: "", status: 0, body: "" };
      exchanges.push({ ...given, fetched_at: now });
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
        message: `found HTTP ${status}: the venue refuses us; it is left out until ${tomorrow}`,
      },
    ]);
    const later = fetched(says("gemini", status), first.known, at + 5 * minute);
    expect(later.rounds.every((requests) => requests.every(({ url }) => url !== urlOf("gemini")))).toBe(true);
    expect(later.refusals).toEqual([]);
    expect(fetched(() => undefined, first.known, Date.parse(tomorrow) - minute).rounds[0]).toHaveLength(4);
    expect(fetched(() => undefined, first.known, Date.parse(tomorrow)).rounds[0]).toHaveLength(5);
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

describe("a venue that is asked too often", () => {
  /** Binance's hosts, the second one in the first's place where `host` says so. */
  const throttled =
    (status: number, retry_at?: number, host = urlOf("binance")): Answer =>
    ({ url }) =>
      url === urlOf("binance")
        ? { url: host, status, body: "{}", ...(retry_at === undefined ? {} : { retry_at }) }
        : undefined;
  const asks = ({ rounds }: { rounds: SourceRequest[][] }) =>
    rounds.flat().filter(({ url }) => url === urlOf("binance")).length;

  it("hands the answer on, and that is asked for", () => {
    expect(
      fetched()
        .rounds.flat()
        .every(({ heedsThrottling }) => heedsThrottling === true),
    ).toBe(true);
  });

  it.each([429, 418])(
    "with %i is left alone until the end of its Retry-After, across windows; others go on",
    (status) => {
      const until = at + 10 * minute;
      let known: string[] = [];
      let asked = 0;
      for (let window = 0; window < 12; window++) {
        const answer = window < 10 ? throttled(status, until) : () => undefined;
        const one = fetched(answer, known, at + window * minute);
        known = [...known, ...one.known];
        asked += asks(one);
        expect(one.rounds).toHaveLength(11);
        expect(one.rounds.at(-1)).toHaveLength(window < 10 ? 4 : 5);
        expect(one.refusals).toEqual(
          window === 0
            ? [
                {
                  kind: "content",
                  exchange: 4,
                  path: "binance status",
                  message: `found HTTP ${status}: the venue refuses us; it is left out until ${new Date(until).toISOString()}`,
                },
              ]
            : [],
        );
      }
      // Once, and in every round of the two minutes after the end.
      expect(asked).toBe(1 + 2 * 11);
    },
  );

  it("without a Retry-After is left alone: 429 for the rest of the minute, 418 until the next UTC day", () => {
    const slower = fetched(throttled(429));
    expect([asks(slower), slower.known, slower.refusals.length]).toEqual([1, [], 1]);
    expect(asks(fetched(undefined, slower.known, at + minute))).toBe(11);
    const banned = fetched(throttled(418));
    expect([asks(banned), banned.known]).toEqual([1, [`closed-binance-until-${tomorrow}`]]);
  });

  it("for a day, a minute at a time, leaves few ids to know: all of them stand in one item of the state store", () => {
    const known = new Set<string>();
    for (let windowAt = at; windowAt < at + 86_400_000; windowAt += minute) {
      const [asked] = venueQuotes.next({ at: windowAt }, [], known).filter(({ url }) => url === urlOf("binance"));
      if (asked === undefined) continue;
      const exchange = { url: asked.url, status: 429, body: "{}", fetched_at: windowAt, retry_at: windowAt + 61_000 };
      for (const id of venueQuotes.decode([exchange], { window_at: windowAt, raw_key: "raw/x" }).known) known.add(id);
    }
    expect(known.size).toBe(24 * 6);
  });

  it("at its reserve host is left alone as well: the two count together", () => {
    const one = fetched(throttled(418, at + 5 * minute, reserve));
    expect([asks(one), one.known]).toEqual([1, [expect.stringMatching(/^closed-binance-until-/)]]);
  });

  it("is no other venue whose name begins alike", () => {
    const known = ["closed-binance-us-until-2030-01-01T00:00:00.000Z"];
    expect(asks(fetched(undefined, known))).toBe(11);
  });

  it("is never asked before the end, and no longer than ten minutes after it", () => {
    const pauses = fc.integer({ min: 0, max: 3 * 86_400 });
    const property = fc.property(
      pauses,
      fc.integer({ min: 0, max: 10 }),
      fc.constantFrom(418, 429),
      (pause, round, status) => {
        const saidAt = at + round * 5_000 + 300;
        const until = saidAt + pause * 1_000;
        const shut = fetched((request, now) => (now === saidAt ? throttled(status, until)(request, now) : undefined));
        expect(asks(shut)).toBe(round + 1);
        const asksAt = (windowAt: number) => venueQuotes.next({ at: windowAt }, [], new Set(shut.known)).length;
        const lastBefore = Math.ceil(until / minute) * minute - minute;
        if (lastBefore > at) expect([asksAt(at + minute), asksAt(lastBefore)]).toEqual([4, 4]);
        expect(asksAt(lastBefore + 11 * minute)).toBe(5);
      },
    );
    fc.assert(property, { numRuns: 50 });
  });
});

describe("rounds that take long", () => {
  it("are not made up for: the next one is that of the running five seconds", () => {
    const answered = (asked: readonly SourceRequest[], now: number): Exchange[] =>
      asked.map(({ url }) => ({ url, status: 0, body: "", fetched_at: now }));
    const first = venueQuotes.next({ at }, [], new Set());
    const [late] = venueQuotes.next({ at }, answered(first, at + 12_300), new Set());
    expect([late?.notBefore, late?.notAfter]).toEqual([at + 10_000, at + 15_000]);
    const [soon] = venueQuotes.next({ at }, answered(first, at + 3_000), new Set());
    expect(soon?.notBefore).toBe(at + 5_000);
    expect(venueQuotes.next({ at }, answered(first, at + 55_000), new Set())).toEqual([]);
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
