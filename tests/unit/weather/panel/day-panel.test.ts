import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partitionOf } from "../../../../core/market/strikes.ts";
import { predictDayAhead } from "../../../../core/weather/day-ahead.ts";
import { bracketProbabilities } from "../../../../core/weather/high-pmf.ts";
import { predictIntraday } from "../../../../core/weather/intraday.ts";
import { type DayPanel, dayPanel, type PanelInputs } from "../../../../core/weather/panel/day-panel.ts";
import { marketMinutes, weatherMinutes } from "../../../../core/weather/panel/rows.ts";
import { priorParameters } from "../../../../core/weather/parameters.ts";
import { rowSchema } from "../../../../schemas/emit/zod.ts";
import { type TableRow, tables } from "../../../../schemas/index.ts";
import { present } from "../present.ts";
import {
  climateDate,
  end,
  eventTicker,
  hour,
  inputs,
  markets,
  minute,
  observations,
  snapshots,
  start,
  station,
} from "./day.ts";

const made = (given: PanelInputs, more: Partial<Parameters<typeof dayPanel>[0]> = {}) =>
  dayPanel({ station, climateDate, parametersAt: () => priorParameters, inputs: given, ...more });
const panel = made(inputs);

/** Every number of a panel up to a minute, the models' distributions included. */
function numbers({ temperature, models, markets: listed }: DayPanel, minutes: number): unknown {
  const cut = (columns: object) =>
    Object.fromEntries(
      Object.entries(columns).map(([name, column]) => [
        name,
        column instanceof Float64Array ? [...column.subarray(0, minutes)] : undefined,
      ]),
    );
  return {
    temperature: cut(temperature),
    models: cut(models),
    words: models.words.filter((word) => word.minute < minutes),
    markets: listed.map(({ market, columns }) => [market.market_ticker, cut(columns)]),
  };
}

/** What the intraday model says when it is asked alone. */
function intradayAt(now: number) {
  const said = predictIntraday({
    station,
    climateDate,
    now,
    parameters: priorParameters,
    members: inputs.weather_ensemble_members,
    observations: inputs.weather_observations,
    summaries: [],
    reports: [],
  });
  return "refusal" in said ? undefined : said;
}

const intervalOf = (market: (typeof markets)[number]) => {
  const partition = partitionOf(markets);
  return "fault" in partition ? undefined : partition.intervals[markets.indexOf(market)];
};

/** What was known at an instant, and nothing else. */
const knownAt = (instant: number): PanelInputs =>
  Object.fromEntries(
    Object.entries(inputs).map(([table, rows]) => [
      table,
      (rows as { ingested_at: number }[]).filter(({ ingested_at }) => ingested_at <= instant),
    ]),
  );

describe("the minute panel", () => {
  it("leaves Visual Crossing's copies out, as the jobs do", () => {
    const copies = observations().map((row) => ({
      ...row,
      valid_at: row.valid_at + minute,
      report_type: "visual_crossing",
      temperature_tenths_c: 400,
      low_f: 104,
      high_f: 104,
      ingested_at: row.ingested_at - minute,
    }));
    const weather_observations = [...(inputs.weather_observations ?? []), ...copies];
    expect(numbers(made({ ...inputs, weather_observations }), 1440)).toEqual(numbers(panel, 1440));
  });

  it("is the same for the running day, from what was known then, as for the day that is over", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1439 }), (at) => {
        const now = start + at * minute + 30_000;
        const running = made(knownAt(now), { until: now });
        expect(running.minutes).toBe(at + 1);
        expect(numbers(running, at)).toEqual(numbers(panel, at));
        // The models are asked at the present minute, too.
        const word = present(running.models.words.at(-1));
        expect(word.minute).toBe(at);
        expect(word.intraday).toEqual(intradayAt(start + at * minute));
        for (const name of ["newMaximumIn60", "observedLeastF"] as const)
          expect(running.models[name][at]).toBe(word.intraday?.[name] ?? Number.NaN);
        if (at % 5 === 0) expect(numbers(running, at + 1)).toEqual(numbers(panel, at + 1));
      }),
      { numRuns: 4, examples: [[724], [60], [1439]] },
    );
  });

  it("tells the present minute's brackets by the word of that minute", () => {
    const at = 723;
    const running = made(knownAt(start + at * minute), { until: start + at * minute });
    const word = present(running.models.words.at(-1));
    for (const { market, columns } of running.markets) {
      const interval = present(intervalOf(market));
      expect(columns.intraday[at]).toBeCloseTo(
        present(bracketProbabilities(present(word.intraday), [interval])[0]),
        12,
      );
    }
    expect(weatherMinutes(running, end).at(-1)?.pmf).toEqual(word.together?.pmf);
  });

  it("goes by the parameters in force at each minute, and says which", () => {
    const { stations: priors, fusion } = priorParameters;
    const own = present(priors[station.icao]);
    const warmer = {
      version: "fit-warmer",
      trainedUntil: "2026-07-01",
      stations: { ...priors, [station.icao]: { ...own, intraday: { ...own.intraday, biasF: 8 } } },
      fusion: { ...fusion, pool: [{ fromHours: 0, fromWidth: 0, weights: { market: 0, dayAhead: 0, intraday: 1 } }] },
    };
    // Between two of the models' words: the next one is the first by these.
    const from = start + 603 * minute;
    const changed = made(inputs, { parametersAt: (now) => (now < from ? priorParameters : warmer) });
    expect(numbers(changed, 605)).toEqual(numbers(panel, 605));
    const whole = made(inputs, { parametersAt: () => warmer });
    for (const at of [605, 900, 1439]) {
      expect(changed.models.meanF[at]).toBe(whole.models.meanF[at]);
      expect(changed.models.meanF[at]).not.toBe(panel.models.meanF[at]);
      expect(changed.markets[2]?.columns.fused[at]).toBe(whole.markets[2]?.columns.fused[at]);
    }
    const versions = weatherMinutes(changed, end).map(({ parameters_version }) => parameters_version);
    expect(versions.indexOf("fit-warmer")).toBe(605);
    expect(versions.lastIndexOf(priorParameters.version)).toBe(604);
  });

  it("is as long as the day, and empty before it begins", () => {
    expect(made(inputs, { until: end + hour }).minutes).toBe(1440);
    expect(made(inputs, { until: start - minute }).minutes).toBe(0);
  });

  it("says of the models what the desk's jobs would say at that instant", () => {
    for (const at of [0, 605, 1000, 1435]) {
      const now = start + at * minute;
      const word = present(panel.models.words[at / 5]);
      const common = { station, climateDate, now, parameters: priorParameters };
      expect(word.dayAhead).toEqual(
        predictDayAhead({ ...common, members: inputs.weather_ensemble_members, nbm: inputs.nbm_forecasts }),
      );
      expect(word.intraday).toEqual(intradayAt(now));
    }
    // Readings come by the hour: before the first nothing is said, after midday there is a hazard.
    expect(panel.models.words[0]?.intraday).toBeUndefined();
    expect(panel.models.newMaximumIn60[725]).toBeGreaterThan(0.5);
    expect(panel.models.newMaximumIn60[1380]).toBeLessThan(0.01);
  });

  it("keeps the models' last word until the next", () => {
    for (const name of ["meanF", "sdF", "newMaximumIn60", "observedLeastF"] as const)
      for (let at = 600; at < 700; at++) expect(panel.models[name][at]).toBe(panel.models[name][at - (at % 5)]);
  });

  it("puts the brackets in order, and sums to 1 over them", () => {
    expect(panel.markets.map(({ market }) => market.market_ticker)).toEqual(
      markets.map(({ market_ticker }) => market_ticker).toReversed(),
    );
    for (const at of [0, 61, 700, 1439]) {
      for (const name of ["probability", "model", "dayAhead", "fused"] as const) {
        const sum = panel.markets.reduce((total, { columns }) => total + (columns[name][at] ?? Number.NaN), 0);
        expect(sum, `${name} at ${at}`).toBeCloseTo(1, 9);
      }
      const raw = panel.markets.reduce((total, { columns }) => total + (columns.fusedRaw[at] ?? Number.NaN), 0);
      expect(raw).toBeLessThanOrEqual(1 + 1e-12);
    }
  });

  it("says nothing of brackets that are no partition, and shows their quotes", () => {
    const { markets: listed } = made({ ...inputs, kalshi_markets: markets.slice(1) });
    expect(listed).toHaveLength(5);
    for (const { columns } of listed) {
      expect(columns.model[700]).toBeNaN();
      expect(columns.probability[700]).toBeNaN();
      expect(columns.bid[700]).toBeGreaterThan(0);
    }
  });

  it("takes candles where the day has them, each from the end of its minute, and snapshots between them", () => {
    const candle: TableRow<"market_candles"> = {
      market_ticker: present(markets[2]).market_ticker,
      event_ticker: eventTicker,
      end_at: start + 605 * minute,
      yes_bid_open: null,
      yes_bid_low: null,
      yes_bid_high: null,
      yes_bid_close: 410_000,
      yes_ask_open: null,
      yes_ask_low: null,
      yes_ask_high: null,
      yes_ask_close: 430_000,
      price_open: null,
      price_low: null,
      price_high: null,
      price_close: null,
      price_mean: null,
      price_previous: null,
      volume: 700,
      open_interest: 0,
      window_at: end + 12 * hour,
      ingested_at: end + 12 * hour,
      decoder_version: 1,
      raw_key: "raw/made-up",
    };
    const market_candles = [candle, { ...candle, ingested_at: end + 13 * hour }];
    const alone = made({ ...inputs, market_candles, market_snapshots: [] });
    expect(alone.quoteSource).toBe("candles");
    const { columns } = present(alone.markets[3]);
    expect([columns.bid[604], columns.bid[605], columns.ask[606]]).toEqual([Number.NaN, 0.41, 0.43]);
    expect(columns.volume[700]).toBe(7);
    // Snapshots stand between the candles: the next one comes at a quarter past.
    const both = present(made({ ...inputs, market_candles }).markets[3]).columns;
    expect([both.bid[610], both.ageMinutes[614]]).toEqual([0.41, 9]);
    expect(both.bid[615]).toBe(present(panel.markets[3]).columns.bid[615]);
    expect(both.volume[700]).toBe(present(panel.markets[3]).columns.volume[700]);
    expect(panel.quoteSource).toBe("snapshots");
    expect(made({ ...inputs, market_snapshots: [] }).quoteSource).toBe("none");
  });

  it("shows no quote of a market that was not open", () => {
    const paused = snapshots(start + 600 * minute).map((row) => ({ ...row, status: "inactive" }));
    const shown = inputs.market_snapshots.filter(({ ingested_at }) => ingested_at !== start + 600 * minute);
    const { columns } = present(made({ ...inputs, market_snapshots: [...shown, ...paused] }).markets[0]);
    expect(columns.bid[599]).toBeGreaterThan(0);
    expect(columns.bid[600]).toBeNaN();
    expect(columns.mid[600]).toBeNaN();
  });

  it("knows history that came later only when that is asked for, and says so", () => {
    const late = { ...inputs, weather_observations: observations(() => 90 * 24 * hour) };
    expect(made(late).temperature.readings[1439]).toBe(0);
    const assumed = made(late, { knowledge: "assumed" });
    // Twenty minutes after each reading: at noon the last is that of 11:40.
    expect(assumed.temperature.ageMinutes[720]).toBe(20);
    expect(assumed.temperature.readings[720]).toBe(141);
    expect(weatherMinutes(assumed, end)[720]).toMatchObject({ knowledge: "assumed", readings: 141 });
  });
});

describe("the panel's rows", () => {
  const knowledgeAt = end + hour;
  const weather = weatherMinutes(panel, knowledgeAt);
  const market = marketMinutes(panel, knowledgeAt);

  it("are one a minute, without a gap, as their tables want them", () => {
    expect(weather.map(({ minute_at }) => minute_at)).toEqual(
      Array.from({ length: 1440 }, (_, at) => start + at * minute),
    );
    expect(market).toHaveLength(6 * 1440);
    for (const row of [weather[0], weather[700]]) expect(rowSchema(tables.weather_minutes).parse(row)).toEqual(row);
    for (const row of [market[0], market[700]]) expect(rowSchema(tables.market_minutes).parse(row)).toEqual(row);
    expect(new Set(market.map(({ market_ticker, minute_at }) => `${market_ticker} ${minute_at}`)).size).toBe(6 * 1440);
  });

  it("hold the distribution at the models' minutes, and null where nothing is known", () => {
    expect(weather[700]?.pmf?.reduce((sum: number, p) => sum + (p ?? 0), 0)).toBeCloseTo(1, 12);
    expect(weather[701]).toMatchObject({ pmf: null, pmf_low: null });
    expect(weather[0]).toMatchObject({ max_low_f: null, observed_least_f: null, new_maximum_60m: null });
    expect(market[0]).toMatchObject({ velocity: null, acceleration: null, volume_60m: null });
  });
});
