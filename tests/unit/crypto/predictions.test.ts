/** What a bitcoin job predicts from its inputs, and what it says of them. */
import { describe, expect, it } from "vitest";
import { cryptoDesk } from "../../../core/crypto/desk.ts";
import type { PlannedJob } from "../../../core/desk.ts";
import type { Rows } from "../../../schemas/index.ts";
import { present } from "../weather/present.ts";
import { closeTime, inputsAt, planFacts, prints, quarter, ranges, thresholds, venueQuotes } from "./listing.ts";

const second = 1_000;
const minute = 60_000;
const now = closeTime - 10 * minute;

const jobOf = (event: string, at = now, target: number | undefined = 84_050.12): PlannedJob =>
  present(cryptoDesk.plan(planFacts(at, { target })).find(({ event_ticker }) => event_ticker === event));

function predicted(job: PlannedJob, inputs: Rows) {
  const result = cryptoDesk.predict(job, inputs);
  if ("refusal" in result) throw new Error(result.refusal);
  const [prediction, ...others] = result.rows.predictions ?? [];
  expect(others).toEqual([]);
  return { prediction: present(prediction), markets: result.rows.prediction_markets ?? [] };
}

function refused(job: PlannedJob, inputs: Rows): string {
  const result = cryptoDesk.predict(job, inputs);
  if (!("refusal" in result)) throw new Error("predicted");
  return result.refusal;
}

const details = (text: string | null) => JSON.parse(text ?? "null") as Record<string, unknown>;

describe("a bitcoin prediction", () => {
  it("gives every market of every event its part of one distribution", () => {
    const of = (event: string) => predicted(jobOf(event), inputsAt(now));
    const [low, middle, high] = of(ranges).markets;
    const [above84000, above84100] = of(thresholds).markets;
    expect(present(low).probability + present(middle).probability + present(high).probability).toBeCloseTo(1, 12);
    expect(present(above84000).probability).toBeCloseTo(present(middle).probability + present(high).probability, 12);
    expect(present(above84100).probability).toBe(present(high).probability);
    // The price stands at 84,050 and the target 12 cents above it.
    expect(present(of(quarter).markets[0]).probability).toBeCloseTo(0.5, 1);
    expect(present(middle)).toMatchObject({ lowest_cents: 8_400_000, highest_cents: 8_409_999, lowest: null });
  });

  it("is in dollars, without a distribution over degrees, and says how well the price is known", () => {
    const { prediction } = predicted(jobOf(ranges), inputsAt(now));
    expect(prediction).toMatchObject({ pmf: null, pmf_low: null, mean_f: null, sd_f: null, station: "BRTI" });
    expect(prediction.mean_usd).toBeCloseTo(84_050, -1);
    expect(prediction.sd_usd).toBeGreaterThan(20);
    expect(prediction.sd_usd).toBeLessThan(200);
    expect(prediction.confidence).toBeGreaterThan(0.5);
    expect(prediction.lead_hours).toBeCloseTo(1 / 6, 12);
  });

  it("reaches as wide as the time is long, hours before the close: one distribution still, without momentum", () => {
    const sds = [1, 6, 24].map((hours) => {
      const at = closeTime - hours * 60 * minute;
      const { prediction, markets } = predicted(jobOf(ranges, at), inputsAt(at));
      expect(markets.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
      expect(details(prediction.details)).toMatchObject({ momentum_shift: 0, shape: { degrees_of_freedom: 4 } });
      expect(prediction.lead_hours).toBe(hours);
      return prediction.sd_usd ?? 0;
    });
    // √τ, but for the minute that is averaged, the noise of the price and the wide component.
    expect((sds[1] ?? 0) / (sds[0] ?? 0)).toBeCloseTo(Math.sqrt(6), 1);
    expect((sds[2] ?? 0) / (sds[1] ?? 0)).toBeCloseTo(2, 1);
  });

  it("names the ticks that it was made of by their keys, and why the index did not lead", () => {
    const { prediction } = predicted(jobOf(ranges), inputsAt(now));
    const said = details(prediction.details);
    expect(said).toMatchObject({ index_source: "rest", prints: null, seconds_to_close: 600 });
    expect(said["ticks"]).toEqual(
      venueQuotes(now, 1)
        .map(({ venue, product, origin, quote_at }) => ({ venue, product, origin, quote_at }))
        .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    );
    expect(said["passed"]).toContain("BRTI: no print");
  });

  it("starts from the index where its prints are held, and knows those of the window", () => {
    const late = closeTime - 30 * second;
    const inputs = { ...inputsAt(late), index_prints: prints(late - 5 * minute, late, () => 84_060) };
    const { prediction } = predicted(jobOf(ranges, late), inputs);
    expect(details(prediction.details)).toMatchObject({
      index_source: "brti",
      price: expect.closeTo(84_060, 0),
      price_at: late,
      index_share: expect.closeTo(0.98, 2),
      prints: {
        newest_at: late - second,
        window: { n: 30, first_at: closeTime - minute, last_at: late - second },
      },
    });
    // Two holders of the stream brought them, the second one later; its parts are named as well.
    const again = inputs.index_prints.map((row) => ({ ...row, received_at: row.received_at + 200, connection: "d" }));
    const twice = predicted(jobOf(ranges, late), { ...inputs, index_prints: [...again, ...inputs.index_prints] });
    expect(twice).toEqual(predicted(jobOf(ranges, late), inputs));
    const earlier = predicted(jobOf(ranges), {
      ...inputsAt(now),
      index_prints: prints(now - minute, now, () => 84_060),
    });
    const logSd = (text: string | null) => (details(text)["shape"] as { log_sd: number }).log_sd;
    expect(logSd(prediction.details)).toBeLessThan(logSd(earlier.prediction.details) / 10);
  });

  it("says how far the venues were from the index, from quotes of the same second and a half alone", () => {
    const priceAt = (at: number) => 84_000 + (at - now) / 1_000;
    const index_prints = prints(now - 10 * minute, now, priceAt);
    // All are $20 high; two venues are far off, and seen three seconds after the others of their five.
    const off: Record<string, readonly [venue: string, product: string, off: number, after: number]> = {
      "coinbase BTC-USD": ["coinbase", "BTC-USD", -80, 3],
      "kraken XBTUSD": ["kraken", "XBTUSD", 29, 0],
      "bitstamp btcusd": ["bitstamp", "btcusd", 11, 0],
      "kraken USDTUSD": ["gemini", "btcusd", 120, 3],
    };
    const round = venueQuotes(now, 84_000);
    const venue_quotes = Array.from({ length: 120 }, (_, before) =>
      round.map((row) => {
        const [venue, product, high, after] = present(off[`${row.venue} ${row.product}`]);
        const at = now - (before + 1) * 5 * second + after * second;
        const mid = priceAt(at) + high;
        return { ...row, venue, product, bid: mid - 0.5, ask: mid + 0.5, quote_at: at, received_at: at };
      }),
    ).flat();
    const { prediction } = predicted(jobOf(ranges), {
      ...inputsAt(now),
      index_prints: [...index_prints, ...index_prints],
      venue_quotes,
    });
    const said = details(prediction.details)["basis"] as Record<string, unknown>;
    // Of five prints the third alone has no quote that is fresh enough. The price rises by a dollar a second.
    expect(said).toMatchObject({ state: "quiet", pairs: 480, reason: null });
    expect(said["mean_bps"]).toBeCloseTo((19.5 / 83_700) * 1e4, 1);
    expect(said["spread_bps"]).toBeCloseTo(1.4826 * (0.5 / 83_700) * 1e4, 2);
    const none = predicted(jobOf(ranges), inputsAt(now));
    expect(details(none.prediction.details)["basis"]).toEqual({
      state: "unmeasured",
      pairs: 0,
      mean_bps: null,
      spread_bps: null,
      reason: null,
    });
  });

  it("says the same again from the same inputs, and does not look at what came after it", () => {
    const inputs = inputsAt(now);
    const once = predicted(jobOf(ranges), inputs);
    expect(predicted(jobOf(ranges), inputs)).toEqual(once);
    const future = {
      ...inputs,
      venue_quotes: [...(inputs.venue_quotes ?? []), ...venueQuotes(now + second, 90_000)],
      index_prints: prints(now, now + minute, () => 90_000),
    };
    expect(predicted(jobOf(ranges), future)).toEqual(once);
  });

  it("is refused without a target, a price, or a volatility, each by name", () => {
    const inputs = inputsAt(now);
    expect(refused(jobOf(quarter, now, undefined), inputsAt(now, { target: undefined }))).toBe(
      "not priceable yet: the target price is not set",
    );
    // Planned before the target was known, predicted from that listing all the same.
    expect(refused({ ...jobOf(quarter, now, undefined), refusal: null }, inputsAt(now, { target: undefined }))).toBe(
      "not priceable yet: the target price is not set",
    );
    const old = (inputs.venue_quotes ?? []).filter(({ received_at }) => received_at < now);
    expect(refused(jobOf(ranges), { ...inputs, venue_quotes: old })).toMatch(/^no price: BRTI: no print/);
    expect(refused(jobOf(ranges), { ...inputs, spot_candles: [] })).toBe("no volatility: no candle of any venue");
  });
});
