/**
 * Readings that the ones beside them do not show. A sensor that fails jumps up and back; the air keeps what it has won
 * for some minutes. So a jump counts from the second reading on that shows it, and until then it is neither in the
 * filter nor a floor under the day's high.
 */
import type { FeedReading } from "./readings.ts";

/**
 * The jump between two readings five minutes apart that needs no witness, °F beyond what their rounding leaves open, and
 * what each further minute allows. Air over an airport warms by 10 °F an hour on a clear morning and by some 4 °F in five
 * minutes in a heat burst (Wichita, 9 June 2011: 17 °F in 20 minutes); the captured feeds never moved by more than 3.6
 * between neighbours, rounding included. A real jump above it is believed one reading later.
 */
const jump = { atOnceF: 6, perMinuteF: 0.25, minutes: 5 };
/** Readings of one kind nearer than this may be of the same five-minute mean. */
const WITNESS_MINUTES = 5;

export interface Screened {
  /** In order of time. */
  taken: FeedReading[];
  /** Newest readings that jump away from the others: they may be the first of many. */
  unconfirmed: FeedReading[];
  isolated: FeedReading[];
}

/** °F between what two readings can stand for. */
const apart = (a: FeedReading, b: FeedReading) => Math.max(0, a.leastF - b.mostF, b.leastF - a.mostF);

function agree(a: FeedReading, b: FeedReading): boolean {
  const further = Math.max(0, b.minute - a.minute - jump.minutes);
  return apart(a, b) <= jump.atOnceF + jump.perMinuteF * further;
}

/** Whether a run of agreeing readings is of two moments: two kinds of report at one instant tell one measurement. */
function witnessed(run: readonly FeedReading[]): boolean {
  const [first, last] = [run[0], run.at(-1)];
  if (first === undefined || last === undefined) return false;
  const minutes = last.minute - first.minute;
  return minutes >= WITNESS_MINUTES || (minutes > 0 && run.some(({ kind }) => kind !== first.kind));
}

/** @param readings in order of time */
export function screen(readings: readonly FeedReading[]): Screened {
  let taken: FeedReading[] = [];
  let pending: FeedReading[] = [];
  const isolated: FeedReading[] = [];
  for (const reading of readings) {
    const [before, jumped] = [taken.at(-1), pending.at(-1)];
    const returns = before === undefined || agree(before, reading);
    if (jumped === undefined) {
      if (returns) taken.push(reading);
      else pending.push(reading);
      continue;
    }
    const nearer = before === undefined || !returns || apart(jumped, reading) <= apart(before, reading);
    const stays = agree(jumped, reading) && nearer;
    if (!stays) {
      isolated.push(...pending);
      pending = [];
      if (returns) taken.push(reading);
      else pending.push(reading);
      continue;
    }
    pending.push(reading);
    if (!witnessed(pending)) continue;
    // The readings before the jump may have been the false ones, if nobody saw them twice.
    if (witnessed(taken)) taken.push(...pending);
    else {
      isolated.push(...taken);
      taken = pending;
    }
    pending = [];
  }
  return { taken, unconfirmed: pending, isolated };
}
