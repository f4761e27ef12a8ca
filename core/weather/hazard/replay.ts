/**
 * A recorded day played through the model. Baseline, residual model and peak offset come from the other days of the
 * recording, those after it included: the days change places, as in cross-validation; the day itself is known only up to
 * each step.
 */
import { fitBaseline } from "./baseline.ts";
import { stepsPerDay } from "./coefficients.ts";
import { buildIntradayModel, type FeedReading, observe, type Outlook, outlook, startOfDay } from "./outlook.ts";
import { fitPeakOffset, type PeakOffset } from "./peak-offset.ts";
import { longestGap, pathOf } from "./readings.ts";
import { coefficientsOf, fitResidualModel, type ResidualModel } from "./residual-model.ts";

/** Version of model and recipe together. */
export const hazardVersion = 1;

/** An hour: a feed with longer holes may have missed its peak. */
const WHOLE_FEED_STEPS = 12;

export interface RecordedDay {
  date: string;
  /** In order of time. */
  readings: readonly FeedReading[];
  /** °F; undefined when nobody says. */
  officialF: number | undefined;
}

export interface Fit {
  /** Dates that baseline and residuals come from. */
  dates: string[];
  /** Of these the ones with an official high and a whole feed. */
  offsetDates: string[];
  baseline: Float64Array;
  residuals: ResidualModel;
  peakOffset: PeakOffset;
}

export interface ReplayPoint extends Outlook {
  step: number;
  /** The feed's last value until then and its highest, °F; null before the first reading. */
  temperatureF: number | null;
  feedMaxF: number | null;
}

/**
 * Residuals of each day against the baseline of the rest: against a baseline that had seen them they would look smaller
 * than those of a new day.
 * @throws when the days are too few.
 */
export function fitDays(days: readonly RecordedDay[]): Fit {
  const paths = days.map(({ readings }) => pathOf(readings));
  const residuals = paths.map((path, index) => {
    const rest = fitBaseline(paths.toSpliced(index, 1));
    return path.map((value, step) => value - (rest[step] ?? Number.NaN));
  });
  const offsetDays = days.flatMap(({ date, readings, officialF }) =>
    officialF === undefined || longestGap(readings) > WHOLE_FEED_STEPS
      ? []
      : [{ date, officialF, feedMaxF: Math.max(...readings.map(({ temperatureF }) => temperatureF)) }],
  );
  return {
    dates: days.map(({ date }) => date),
    offsetDates: offsetDays.map(({ date }) => date),
    baseline: fitBaseline(paths),
    residuals: fitResidualModel(residuals),
    peakOffset: fitPeakOffset(offsetDays),
  };
}

/** The outlook at every step until `until`, from a fit on other days and this day's readings up to the step. */
export function replay(fit: Fit, readings: readonly FeedReading[], until = stepsPerDay - 1): ReplayPoint[] {
  const given = { baseline: fit.baseline, coefficients: coefficientsOf(fit.residuals), peakOffset: fit.peakOffset };
  const taken: FeedReading[] = [];
  let model = buildIntradayModel(given);
  let soFar = startOfDay(model);
  const points: ReplayPoint[] = [];
  let next = 0;
  for (let step = 0; step <= until; step++) {
    for (let reading = readings[next]; reading !== undefined && reading.step <= step; reading = readings[++next]) {
      taken.push(reading);
      const residual = Math.abs(reading.temperatureF - (fit.baseline[reading.step] ?? 0));
      if (residual > model.table.grid.reach) {
        // A day unlike the others: a wider table from here on, with what was read so far.
        model = buildIntradayModel({ ...given, mustReach: 1.5 * residual });
        soFar = taken.reduce((state, one) => observe(model, state, one), startOfDay(model));
      } else soFar = observe(model, soFar, reading);
    }
    points.push({
      step,
      temperatureF: taken.at(-1)?.temperatureF ?? null,
      feedMaxF: soFar.last === null ? null : soFar.feedMaxF,
      ...outlook(model, soFar, step),
    });
  }
  return points;
}
