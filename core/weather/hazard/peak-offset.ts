/**
 * How far the official high lies above the highest value of the five-minute feed. The feed shows whole °C and not every
 * reading, the sensor keeps whole °F of every minute: the one rounding is symmetric, the other only adds.
 */

/** N(meanF, sdF²). */
export interface PeakOffset {
  /** °F. */
  meanF: number;
  /** °F, above 0 and at most 1. */
  sdF: number;
}

/**
 * Before any day is known: rounding to whole °C leaves ±0.9 °F, evenly (sd 0.52); peaks between readings add to that.
 * It counts as so many days.
 */
const prior = { meanF: 0, sdF: 0.6, days: 10 };

/** °F², of the feed's whole °C: an interval of 1.8 °F. */
const ROUNDING_VARIANCE = 1.8 ** 2 / 12;
/** Of a fit that finds no more than the rounding, °F. */
const LEAST_SD = 0.1;

/**
 * What of the offset's spread is left when a reading stands for its interval and not for the number in it: peaks between
 * the readings. Where the interval is taken into account, or a temperature is no reading at all, the rounding would count
 * twice.
 */
export function betweenReadingsSd({ sdF }: PeakOffset): number {
  return Math.sqrt(Math.max(LEAST_SD ** 2, sdF ** 2 - ROUNDING_VARIANCE));
}

/** Mean and spread of the days' offsets, drawn to the prior. Days whose feed has a hole tell nothing of it: leave them out. */
export function fitPeakOffset(days: readonly { officialF: number; feedMaxF: number }[]): PeakOffset {
  const offsets = days.map(({ officialF, feedMaxF }) => officialF - feedMaxF);
  const weight = prior.days + offsets.length;
  const meanF = (prior.days * prior.meanF + offsets.reduce((sum, offset) => sum + offset, 0)) / weight;
  const squares = prior.days * (prior.sdF ** 2 + (prior.meanF - meanF) ** 2);
  const variance = offsets.reduce((sum, offset) => sum + (offset - meanF) ** 2, squares) / weight;
  return { meanF, sdF: Math.min(1, Math.sqrt(variance)) };
}
