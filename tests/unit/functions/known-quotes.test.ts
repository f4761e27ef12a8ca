/** Whole minutes in which the clock moves: the poll of a minute is answered seconds after the instant that its jobs bear. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeExchanges } from "../../../adapters/exchanges.ts";
import type { Exchange } from "../../../core/source.ts";
import { cryptoDesk } from "../../../core/crypto/desk.ts";
import { sourceOf } from "../../../core/sources.ts";
import { coordinate } from "../../../functions/coordinate/step.ts";
import { enrich } from "../../../functions/enrich/step.ts";
import { landWindow } from "../../../functions/ingest/step.ts";
import { readDay } from "../../../functions/parts.ts";
import type { Home } from "../../../runtime/home.ts";
import type { TableName } from "../../../schemas/index.ts";
import { dtOf } from "../../../schemas/table.ts";
import { closeTime, type Listed, listingAnswers, ranges, thresholds } from "../crypto/listing.ts";
import { liveHome } from "./own-home.ts";

const minute = 60_000;
const tick = closeTime - 10 * minute;
const latency = 1_300;
/** Ranges that cost 90 cents together. */
const cheap: Partial<Listed> = {
  quotes: Object.fromEntries(
    ["T84000", "B84050", "T84099.99"].map((strike) => [`${ranges}-${strike}`, { bid: "0.2800", ask: "0.3000" }]),
  ),
};

let now: number;
let home: Home;
let remove: () => void;
beforeEach(() => {
  ({ home, remove } = liveHome());
});
afterEach(() => remove());

const services = () => ({ ...home.services, clock: { now: () => now, sleep: async (ms: number) => void (now += ms) } });

async function land(id: string, at: number, answers: Exchange[]): Promise<void> {
  now = Math.max(...answers.map(({ fetched_at }) => fetched_at));
  const decoded = await landWindow(sourceOf(id), at, encodeExchanges(answers), answers, services());
  expect(decoded.refusals).toEqual([]);
}

/** The poll of a whole minute, answered and landed a little later; of the thresholds later by so much. */
async function poll(at: number, given: Partial<Listed> = {}, thresholdsLater = 0): Promise<void> {
  const answers = listingAnswers(at + latency, given).map((one) =>
    one.url.endsWith("=KXBTCD") ? { ...one, fetched_at: one.fetched_at + thresholdsLater } : one,
  );
  await land("kalshi-crypto-markets", at, answers);
}

/** The book of one range, polled beside it. */
async function pollBook(at: number): Promise<void> {
  const ticker = `${ranges}-B84050`;
  const book = { ticker, orderbook_fp: { yes_dollars: [["0.3950", "9.00"]], no_dollars: [["0.5900", "7.00"]] } };
  await land("kalshi-crypto-books", at, [
    {
      url: `https://external-api.kalshi.com/trade-api/v2/markets/orderbooks?tickers=${ticker}`,
      status: 200,
      fetched_at: at + latency + 200,
      body: JSON.stringify({ orderbooks: [book] }),
    },
  ]);
}

/** Plans and enriches the tick; the poll of its minute has landed by then. */
async function decide() {
  await coordinate({ desk: "crypto", at: new Date(tick).toISOString() }, services());
  const { lake } = home.services;
  const jobs = await readDay(lake, "jobs", dtOf(tick));
  expect(jobs).toHaveLength(3);
  for (const job of jobs) await enrich({ job, prediction_id: null, refusal: "no candles" }, services());
  const read = <N extends TableName>(table: N) => readDay(lake, table, dtOf(tick), "crypto-");
  return { enrichments: await read("enrichments"), arbitrages: await read("arbitrages") };
}

describe("a decision", () => {
  it("rests on the quotes that were there at its instant, not on those of the poll beside it", async () => {
    for (const before of [2, 1, 0]) await poll(tick - before * minute, before === 0 ? cheap : {});
    const { enrichments, arbitrages } = await decide();
    expect(enrichments).toHaveLength(6);
    for (const { quoted_at, quote_origin } of enrichments)
      expect([quoted_at, quote_origin]).toEqual([tick - minute + latency, "listing"]);
    expect(arbitrages).toEqual([]);
  });

  it("sees what the poll before it showed", async () => {
    for (const before of [2, 1, 0]) await poll(tick - before * minute, before === 1 ? cheap : {});
    expect((await decide()).arbitrages).toMatchObject([{ form: "all-yes", assumes: null }]);
  });

  const wide = { bid: "0.0100", ask: "0.9900" };
  const [tails, levels] = [
    [`${ranges}-T84000`, `${ranges}-T84099.99`],
    [`${thresholds}-T83999.99`, `${thresholds}-T84099.99`],
  ] as const;
  it.each([
    // No of both tails at 44 cents.
    [
      "all-no",
      tails,
      [
        { bid: "0.5600", ask: "0.5700" },
        { bid: "0.5600", ask: "0.5700" },
      ],
      levels,
      ["no", "no"],
    ],
    // Above 83,999.99 at 40 cents, above 84,099.99 bid at 60.
    [
      "thresholds",
      levels,
      [
        { bid: "0.3900", ask: "0.4000" },
        { bid: "0.6000", ask: "0.6200" },
      ],
      tails,
      ["yes", "no"],
    ],
  ] as const)(
    "finds %s when a range is not listed: no value is left out of it",
    async (form, legs, quoted, others, sides) => {
      const quotes = {
        ...Object.fromEntries(others.map((ticker) => [ticker, wide])),
        [legs[0]]: quoted[0],
        [legs[1]]: quoted[1],
      };
      for (const before of [2, 1, 0]) await poll(tick - before * minute, { quotes, unlisted: [`${ranges}-B84050`] });
      expect((await decide()).arbitrages).toMatchObject([
        { form, contracts: `${legs[0]}/${sides[0]} ${legs[1]}/${sides[1]}`, assumes: null },
      ]);
    },
  );

  it("buys no Yes of all ranges when one of them is not listed", async () => {
    for (const before of [2, 1, 0]) await poll(tick - before * minute, { ...cheap, unlisted: [`${ranges}-B84050`] });
    expect((await decide()).arbitrages.map(({ form }) => form)).not.toContain("all-yes");
  });

  it("says what a set assumes where the fine print does not say that the average is rounded", async () => {
    // 84,000 to 84,099.99 at 10 cents, not above 83,999.99 at 30, above 84,099.99 at 40.
    const quotes = {
      [`${ranges}-B84050`]: { bid: "0.0800", ask: "0.1000" },
      [`${thresholds}-T83999.99`]: { bid: "0.7000", ask: "0.7200" },
      [`${thresholds}-T84099.99`]: { bid: "0.3800", ask: "0.4000" },
      [`${ranges}-T84000`]: { bid: "0.0100", ask: "0.9900" },
      [`${ranges}-T84099.99`]: { bid: "0.0100", ask: "0.9900" },
    };
    for (const before of [2, 1, 0]) await poll(tick - before * minute, { quotes });
    const [found] = (await decide()).arbitrages;
    expect(found).toMatchObject({
      form: "bucket",
      assumes: "the settlement value does not lie between 83999.99 and 84000: the rules do not say that it is rounded",
    });
    // In the gap all of it is lost.
    expect(found?.worst_case).toBe(found?.cost);
  });

  it("takes books of the poll before it, too", async () => {
    for (const before of [1, 0]) {
      await poll(tick - before * minute);
      await pollBook(tick - before * minute);
    }
    const of = (await decide()).enrichments.find(({ quote_origin }) => quote_origin === "book");
    expect(of).toMatchObject({ market_ticker: `${ranges}-B84050`, quoted_at: tick - minute + latency + 200 });
  });

  it("makes no arbitrage of books that are too far apart for the desk", async () => {
    // Below 84,000 at 31 cents, from there on at 60.
    const both: Partial<Listed> = { quotes: { [`${thresholds}-T83999.99`]: { bid: "0.5800", ask: "0.6000" } } };
    await poll(tick - 2 * minute, both, cryptoDesk.limits.maxLegsApartSeconds * 1_000 + 1);
    expect((await decide()).arbitrages).toEqual([]);
  });

  it("makes one of books that are not", async () => {
    const both: Partial<Listed> = { quotes: { [`${thresholds}-T83999.99`]: { bid: "0.5800", ask: "0.6000" } } };
    await poll(tick - 2 * minute, both, cryptoDesk.limits.maxLegsApartSeconds * 1_000);
    expect((await decide()).arbitrages.map(({ form }) => form)).toContain("box");
  });

  it("has no quote where it knows of none", async () => {
    await poll(tick);
    expect((await decide()).enrichments.map(({ quoted_at, p_market }) => [quoted_at, p_market])).toEqual(
      Array.from({ length: 6 }, () => [null, null]),
    );
  });

  it("takes the poll of two minutes ago when that of the last did not land", async () => {
    for (const before of [2, 0]) await poll(tick - before * minute);
    for (const { quoted_at } of (await decide()).enrichments) expect(quoted_at).toBe(tick - 2 * minute + latency);
  });
});
