/** One-minute candles of bitcoin from two venues, each with its own order of columns. */
import { gunzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Exchange } from "../../../core/source.ts";
import { spotCandles } from "../../../core/sources/spot-candles.ts";
import { haveCaptures } from "../weather/captures.ts";

const at = Date.UTC(2026, 10, 2, 20, 6);
const [kraken = "", coinbase = ""] = spotCandles.next({ at }, [], new Set()).map(({ url }) => url);
const second = at / 1000;

/** The minutes before `at`, the running one last. */
const krakenBody = (rows: unknown[][], pair = "XXBTZUSD") =>
  JSON.stringify({ error: [], result: { [pair]: rows, last: second } });
const krakenRows = [
  [second - 120, "80000.1", "80010.0", "79990.0", "80005.0", "80001.2", "1.50000000", 12],
  [second - 60, "80005.0", "80005.0", "80005.0", "80005.0", "0.0", "0.00000000", 0],
  [second, "80005.0", "80020.0", "80005.0", "80020.0", "80012.0", "0.10000000", 3],
];
const coinbaseRows = [
  [second, 80_005, 80_020, 80_005, 80_020, 0.2],
  [second - 60, 79_990, 80_010.5, 80_000.25, 80_005, 1.5],
];

const exchange = (url: string, body: unknown, status = 200): Exchange => ({
  url,
  status,
  fetched_at: at + 2_000,
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const decoded = (...exchanges: Exchange[]) => spotCandles.decode(exchanges, { window_at: at, raw_key: "raw/x" });

describe("candles", () => {
  it("of both venues land, without the minute that is still running", () => {
    const { rows, refusals } = decoded(exchange(kraken, krakenBody(krakenRows)), exchange(coinbase, coinbaseRows));
    expect(refusals).toEqual([]);
    expect(rows.spot_candles).toMatchObject([
      {
        venue: "kraken",
        product: "XBTUSD",
        minute_at: at - 120_000,
        open: 80_000.1,
        high: 80_010,
        low: 79_990,
        close: 80_005,
        vwap: 80_001.2,
        volume: 1.5,
      },
      { venue: "kraken", minute_at: at - 60_000, volume: 0, vwap: null },
      {
        venue: "coinbase",
        product: "BTC-USD",
        minute_at: at - 60_000,
        low: 79_990,
        high: 80_010.5,
        open: 80_000.25,
        close: 80_005,
        volume: 1.5,
        vwap: null,
      },
    ]);
    expect(rows.spot_candles).toHaveLength(3);
  });

  it("of one venue are enough; answers without any are drift", () => {
    const one = decoded(exchange(kraken, "", 0), exchange(coinbase, coinbaseRows));
    expect([one.rows.spot_candles?.length, one.refusals]).toEqual([1, []]);
    const none = decoded(exchange(kraken, "", 0), exchange(coinbase, []));
    expect(none.rows).toEqual({});
    expect(none.refusals).toMatchObject([{ kind: "drift" }]);
  });

  it("are not missed where nobody could be reached: that is no drift", () => {
    expect(decoded(exchange(kraken, "", 0), exchange(coinbase, "", 0))).toMatchObject({ rows: {}, refusals: [] });
  });

  it.each([
    ["EService:Unavailable", true],
    ["EService:Busy", true],
    ["EGeneral:Too many requests", true],
    ["EAPI:Rate limit exceeded", true],
    ["EQuery:Unknown asset pair", false],
    ["EGeneral:Invalid arguments", false],
  ])("of Kraken with %s and status 200 are no answer: %s", (error, away) => {
    const said = spotCandles.broken?.(exchange(kraken, { error: [error] }));
    expect(said).toBe(away ? `says ${error}` : undefined);
  });

  it.each(["<html>", "null", "[]", '{"error":[]}', '{"error":[7]}', krakenBody(krakenRows)])(
    "in an answer without such a word are for the decoder: %s",
    (body) => expect(spotCandles.broken?.(exchange(kraken, body))).toBeUndefined(),
  );

  it.each([
    ["an error with status 200", kraken, '{"error":["EGeneral:Too many requests"]}', "kraken error"],
    ["another pair", kraken, krakenBody(krakenRows, "XBTUSDT"), "kraken result.XXBTZUSD"],
    ["a low above the open", coinbase, [[second - 60, 80_001, 80_010, 80_000, 80_005, 1]], "coinbase [0]"],
    ["a time that is no minute", coinbase, [[second - 59, 1, 4, 2, 3, 1]], "coinbase [0][0]"],
    ["a time in milliseconds", coinbase, [[at - 60_000, 1, 4, 2, 3, 1]], "coinbase [0][0]"],
    ["a price of zero", coinbase, [[second - 60, 0, 4, 2, 3, 1]], "coinbase [0][1]"],
  ])("%s is refused with its place", (_, url, body, path) => {
    const { refusals, rows } = decoded(exchange(url, body));
    expect(refusals[0]?.path).toContain(path);
    expect(rows).toEqual({});
  });

  it("are asked for in one round", () => {
    expect(spotCandles.next({ at }, [exchange(kraken, "")], new Set())).toEqual([]);
  });

  it.skipIf(!haveCaptures)("as Kraken sent them are read, of the pair that we ask for only", () => {
    const path = "crypto/candles/kraken_xbtusdt_1m_rest_ohlc_20251110.json.gz";
    const root = process.env["BRIER_CAPTURES"] ?? "../shared/captures";
    const body = gunzipSync(readFileSync(`${root}/${path}`)).toString();
    expect(decoded(exchange(kraken, body)).rows).toEqual({});
    const ours = decoded(exchange(kraken, body.replace("XBTUSDT", "XXBTZUSD")));
    expect(ours.refusals).toEqual([]);
    expect(ours.rows.spot_candles?.length).toBeGreaterThan(700);
    expect(ours.rows.spot_candles?.some(({ volume, vwap }) => volume === 0 && vwap === null)).toBe(true);
  });
});
