import { describe, expect, it } from "vitest";
import { seededUniform } from "../../../../core/stats/prng.ts";
import { climateDay } from "../../../../core/weather/climate-day.ts";
import { fitIntraday, type IntradayCase, intradayCase, intradayLosses } from "../../../../core/weather/fit/intraday.ts";
import { fahrenheitInterval } from "../../../../core/weather/metar.ts";
import { priorParameters } from "../../../../core/weather/parameters.ts";
import { stations } from "../../../../core/weather/stations.ts";
import { tables } from "../../../../schemas/index.ts";
import { rowWith } from "../../schemas/table-rows.ts";
import { present } from "../present.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const station = present(stations.find(({ icao }) => icao === "KDEN"));
const prior = present(priorParameters.stations["KDEN"]).intraday;

/** Box & Muller 1958. */
function normals(seed: number): () => number {
  const uniform = seededUniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

const law = { bias: 4, phi: 0.98, sigma: 0.2 };
/** The ensembles' path: warmest at 15 local standard time. */
const pathAt = (hour: number, high: number) => high - 8 * (1 - Math.cos((2 * Math.PI * (hour - 15)) / 24));

interface Given {
  seed?: number;
  /** Steps without a reading. */
  hole?: readonly [number, number];
  bias?: number;
}

/** A day whose temperature is the path, a bias and an AR(1) residual, read in whole °C every five minutes. */
function dayOf(date: string, { seed = 1, hole = [0, 0], bias = law.bias }: Given = {}) {
  const normal = normals(seed);
  const { start } = climateDay(station, date);
  const high = 60 + 5 * normal();
  let residual = (law.sigma / Math.sqrt(1 - law.phi ** 2)) * normal();
  let officialF = -Infinity;
  const observations = Array.from({ length: 288 }, (_, step) => {
    const temperature = pathAt(step / 12, high) + bias + residual;
    residual = law.phi * residual + law.sigma * normal();
    officialF = Math.max(officialF, Math.round(temperature));
    const tenths = Math.round(((Math.round(temperature) - 32) / 1.8) * 1) * 10;
    const { low, high: most } = fahrenheitInterval(tenths, true);
    const valid_at = start + step * 5 * MINUTE;
    return rowWith(tables.weather_observations, {
      station: "KDEN",
      valid_at,
      report_type: "five_minute",
      temperature_tenths_c: tenths + 0,
      whole_celsius: true,
      low_f: low,
      high_f: most,
      ingested_at: valid_at + MINUTE,
    });
  }).filter((_, step) => step < hole[0] || step >= hole[1]);
  const members = Array.from({ length: 10 }, (_, member) =>
    rowWith(tables.weather_ensemble_members, {
      station: "KDEN",
      model: "ncep_gefs_seamless",
      member,
      first_valid_at: start,
      step_seconds: 3600,
      temperature_f: Array.from({ length: 30 }, (_unused, hour) => pathAt(hour, high)),
      ingested_at: start - HOUR,
    }),
  );
  return { station, date, observations, members, officialF };
}

const dateAt = (index: number) => new Date(Date.UTC(2026, 7, 1 + index)).toISOString().slice(0, 10);
function caseOf(index: number, given: Given = {}): IntradayCase {
  const found = intradayCase(dayOf(dateAt(index), { seed: index + 1, ...given }));
  if ("refusal" in found) throw new Error(found.refusal);
  return found;
}
const meanOf = (losses: readonly (number | null)[]) =>
  losses.reduce<number>((sum, loss) => sum + present(loss ?? undefined) / losses.length, 0);
const casesOf = (count: number, from = 0) => Array.from({ length: count }, (_, index) => caseOf(from + index));

describe("intradayCase", () => {
  it("gives what the readings show above the ensembles' path", () => {
    const { residuals, block } = caseOf(0);
    const mean = residuals.reduce((sum, value) => sum + value / residuals.length, 0);
    expect(Math.abs(mean - law.bias)).toBeLessThan(1.5);
    expect(block).toBe("KDEN 2026-08-01");
  });

  it("tells nothing of the feed's highest value where the peak may lie in a hole", () => {
    expect(caseOf(0).feedMaxF).not.toBeNull();
    expect(caseOf(0, { hole: [170, 190] }).feedMaxF).toBeNull();
  });

  it("takes a backfilled day's readings as a desk at work would have had them", () => {
    const day = dayOf(dateAt(0));
    const late = Date.UTC(2026, 10, 1);
    const backfilled = { ...day, observations: day.observations.map((row) => ({ ...row, ingested_at: late })) };
    const found = intradayCase(backfilled);
    if ("refusal" in found) throw new Error(found.refusal);
    expect(found.residuals).toEqual(caseOf(0).residuals);
    const losses = intradayLosses(prior, found);
    for (const loss of losses) expect(present(loss)).toBeGreaterThan(0);
    // Twenty minutes after each reading instead of one: not the same as on the day, and not much worse.
    expect(losses).not.toEqual(intradayLosses(prior, caseOf(0)));
    expect(meanOf(losses)).toBeCloseTo(meanOf(intradayLosses(prior, caseOf(0))), 0);
  });

  it("has no loss at an hour at which nothing could be said", () => {
    // From local midnight until 10:00 no reading.
    const [nine, noon, three] = intradayLosses(prior, caseOf(0, { hole: [0, 120] }));
    expect(nine).toBeNull();
    expect([noon, three].every((loss) => typeof loss === "number" && loss > 0)).toBe(true);
  });

  it("refuses a day without the ensembles' hours or with few readings", () => {
    const day = dayOf(dateAt(0));
    expect(intradayCase({ ...day, members: [] })).toMatchObject({ refusal: expect.stringContaining("no ensemble") });
    expect(intradayCase({ ...day, observations: day.observations.slice(0, 99) })).toMatchObject({
      refusal: "99 of 288 five-minute readings of 2026-08-01 at KDEN; it needs 100",
    });
  });
});

describe("fitIntraday", () => {
  const cases = casesOf(60);

  it("finds bias, law and offset, drawn to the prior by the number of days", () => {
    const found = fitIntraday(cases, prior);
    // From 9 to 18 local standard time.
    const mean = cases.reduce((sum, { residuals }) => {
      const day = residuals.subarray(108, 216);
      return sum + day.reduce((a, b) => a + b, 0) / day.length / 60;
    }, 0);
    expect(found.biasF).toBeCloseTo((60 * mean + 8 * prior.biasF) / 68, 9);
    const noon = present(found.buckets.at(-1));
    const noonPrior = present(prior.buckets.at(-1));
    // Three quarters of the way from the prior's forgetting and noise to those of the days.
    expect(Math.log(1 - noon.phi)).toBeCloseTo(0.25 * Math.log(1 - noonPrior.phi) + 0.75 * Math.log(1 - law.phi), 0);
    expect(noon.sigma).toBeLessThan(noonPrior.sigma);
    expect(noon.sigma).toBeGreaterThan(law.sigma);
    expect(found.spread).toBeLessThan(prior.spread);
    expect(found.peakOffset.sdF).toBeLessThan(1);
    expect(found.buckets.map(({ fromMinute }) => fromMinute)).toEqual(
      prior.buckets.map(({ fromMinute }) => fromMinute),
    );
  });

  it("moves little on few days, not at all on none, and forgets days before the newest sixty", () => {
    expect(fitIntraday([], prior)).toBe(prior);
    const few = fitIntraday(cases.slice(0, 2), prior);
    expect(few.biasF).toBeLessThan(prior.biasF + 0.4 * (law.bias - prior.biasF));
    const other = Array.from({ length: 10 }, (_, index) => caseOf(-20 + index, { bias: -9, seed: 900 + index }));
    expect(fitIntraday([...cases, ...other], prior)).toEqual(fitIntraday(cases, prior));
  });

  it("does better than the prior on days it has not seen", () => {
    const fresh = casesOf(12, 100);
    const found = fitIntraday(cases, prior);
    const mean = (parameters: typeof prior) =>
      fresh.reduce((sum, one) => sum + meanOf(intradayLosses(parameters, one)) / fresh.length, 0);
    expect(mean(found)).toBeLessThan(mean(prior));
  });
});
