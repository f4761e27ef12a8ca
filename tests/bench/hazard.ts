/**
 * The intraday hazard model: solving one city's day and asking its table, beside a Monte Carlo of 100,000 paths of the
 * same model in the same run. Errors are against a grid of an eighth of the smallest innovation.
 */
import { ahead } from "../../core/weather/hazard/coefficients.ts";
import { buildDayTable, type DayTable } from "../../core/weather/hazard/day-table.ts";
import { conditioned } from "../../core/weather/hazard/filter.ts";
import { type OfficialSoFar, officialCdf } from "../../core/weather/hazard/official-so-far.ts";
import { type IntradayModel, lookup } from "../../core/weather/hazard/outlook.ts";
import { simulateMaxima, shares, syntheticDay } from "../unit/weather/hazard-monte-carlo.ts";
import { type Figure, medianMs } from "./figure.ts";

const thresholds = 24;
const paths = 100_000;
const lookups = 20_000;
const repetitions = 15;

/** The states at which errors are looked for: every six hours, the residual at 0 and two spreads to either side. */
const states = [0, 71, 143, 179, 215].flatMap((step) =>
  [-4.4, -2.2, 0, 2.2, 4.4].map((residual) => ({ step, residual })),
);

function survivalAt(table: DayTable, from: { step: number; residual: number }): Float64Array {
  const into = new Float64Array(thresholds);
  table.survival(ahead(table.coefficients, { step: from.step, mean: from.residual, sd: 0 }, from.step + 1), into);
  return into;
}

const largest = (a: Float64Array, b: Float64Array) =>
  Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? 0))));

export async function measure(): Promise<Figure[]> {
  const day = syntheticDay();
  const levels = Float64Array.from({ length: thresholds }, (_, index) => 78.5 + index);
  const build = () => buildDayTable({ ...day, levels });
  const table = build();
  const reference = buildDayTable({ ...day, levels, spacings: [0.125] });
  const error = Math.max(...states.map((state) => largest(survivalAt(table, state), survivalAt(reference, state))));
  const buildMs = await medianMs(repetitions, build);

  // The model of the desk around the table: the pmf of the high after a reading that is already taken, and with it.
  const model: IntradayModel = { table, lowestF: 79, peakOffset: { meanF: 0.5, sdF: 0.6 } };
  const readings = Array.from({ length: lookups }, (_, n) => {
    const step = n % 280;
    const temperatureF = (day.baseline[step] ?? 0) + ((n % 41) - 20) / 5;
    return { step, leastF: Math.floor(temperatureF), mostF: Math.ceil(temperatureF) };
  });
  const tick = ({ step, leastF, mostF }: (typeof readings)[number]) => {
    const before = ahead(day.coefficients, { step: Math.max(0, step - 1), mean: 0, sd: 0.3 }, step);
    const law = conditioned(before, day.baseline[step] ?? 0, { leastF, mostF });
    const soFar: OfficialSoFar = {
      leastF,
      mostF,
      pieces: [{ readLeastF: leastF, readMostF: mostF, leastF, mostF: Infinity }],
    };
    const official = table.levels.map((_, index) => officialCdf(soFar, model.peakOffset, model.lowestF + index));
    return lookup(model, official, ahead(day.coefficients, law, step + 1));
  };
  const ready = readings.map(tick);
  const into = new Float64Array(thresholds + 1);
  const lookupMs = await medianMs(repetitions, () => {
    for (const one of ready) one(into);
  });
  const tickMs = await medianMs(repetitions, () => {
    for (const reading of readings) tick(reading)(into);
  });

  // From midnight with the residual at 0: what the table answers for every step and residual at once.
  const first = { step: 0, residual: 0 };
  const midnight = survivalAt(reference, first);
  let drawn = new Float64Array(thresholds);
  const simulateMs = await medianMs(1, () => {
    drawn = new Float64Array(shares(simulateMaxima(day, first, paths, 1), levels));
  });
  return [
    { name: "hazard-day-table", value: buildMs, unit: "ms", baseline: simulateMs },
    { name: "hazard-max-error", value: error, unit: "prob.", baseline: largest(drawn, midnight) },
    { name: "hazard-lookup", value: (lookupMs / lookups) * 1000, unit: "µs", baseline: null },
    { name: "hazard-tick", value: (tickMs / lookups) * 1000, unit: "µs", baseline: null },
  ];
}
