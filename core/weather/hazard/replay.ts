/**
 * A recorded day played through the model. Baseline, residual model and peak offset come from the other days of the
 * recording, those after it included: the days change places, as in cross-validation; the day itself is known only up to
 * each step.
 */
import { fitBaseline } from "./baseline.ts";
import { stepsPerDay } from "./coefficients.ts";
import { fitPeakOffset, type PeakOffset } from "./peak-offset.ts";
import { type FeedReading, longestGap, pathOf, stepOf } from "./readings.ts";
import { coefficientsOf, fitResidualModel, type ResidualModel } from "./residual-model.ts";
import { followDay, type Outlook } from "./running-day.ts";

/** Version of model and recipe together. */
export const hazardVersion = 3;

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
  const { baseline, residuals, peakOffset } = fit;
  const day = followDay({ baseline, coefficients: coefficientsOf(residuals), peakOffset });
  return Array.from({ length: until + 1 }, (_, step) => ({
    step,
    ...day.at(step, { readings: readings.filter(({ minute }) => stepOf(minute) <= step), bounds: [] }),
  }));
}
