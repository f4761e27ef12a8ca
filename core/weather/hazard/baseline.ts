/**
 * The path around which the residual moves: a diurnal shape of two harmonics and a level for each day, fitted to other
 * days by least squares; the day to come gets the mean level. Days of which a part is missing bend neither level nor
 * shape, as they would a mean by step. The day itself is never looked at: its observations enter by the residual alone.
 */
import { Matrix, solve } from "ml-matrix";
import { stepsPerDay } from "./coefficients.ts";

const HARMONICS = 2;
const MIN_DAYS = 2;
/** Two thirds of a day: less could fit the harmonics to hours that nobody saw. */
const MIN_STEPS = (2 / 3) * stepsPerDay;

function harmonicsAt(step: number): number[] {
  return Array.from({ length: HARMONICS }, (_, index) => {
    const angle = (2 * Math.PI * (index + 1) * step) / stepsPerDay;
    return [Math.cos(angle), Math.sin(angle)];
  }).flat();
}

/**
 * @param days temperatures in °F by step from local standard midnight, NaN where there is no reading
 * @returns °F by step
 * @throws when the days are too few, or together leave more than a third of the day unseen.
 */
export function fitBaseline(days: readonly Float64Array[]): Float64Array {
  if (days.length < MIN_DAYS) throw new RangeError(`baseline: ${days.length} days; it needs ${MIN_DAYS} or more`);
  const rows: number[][] = [];
  const values: number[] = [];
  const seen = new Set<number>();
  for (const [index, day] of days.entries()) {
    for (const [step, value] of day.entries()) {
      if (Number.isNaN(value)) continue;
      rows.push([...days.map((_, other) => (other === index ? 1 : 0)), ...harmonicsAt(step)]);
      values.push(value);
      seen.add(step);
    }
  }
  if (seen.size < MIN_STEPS)
    throw new RangeError(`baseline: the days show ${seen.size} of ${stepsPerDay} steps; it needs ${MIN_STEPS} or more`);
  if (days.some((day) => day.every(Number.isNaN))) throw new RangeError("baseline: a day without any reading");
  const fitted = solve(new Matrix(rows), Matrix.columnVector(values)).getColumn(0);
  const level = fitted.slice(0, days.length).reduce((sum, value) => sum + value, 0) / days.length;
  const shape = fitted.slice(days.length);
  return Float64Array.from(
    { length: stepsPerDay },
    (_, step) => level + harmonicsAt(step).reduce((sum, harmonic, index) => sum + harmonic * (shape[index] ?? 0), 0),
  );
}
