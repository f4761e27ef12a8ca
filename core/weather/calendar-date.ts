/** Dates as American English text writes them. */

const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];

/**
 * `YYYY-MM-DD` of a month's name (whole or its first three letters, any case), day and year; undefined when there is no
 * such day. `Sept` is accepted too: newswire style has no three-letter September.
 */
export function calendarDate(month: string, day: number, year: number): string | undefined {
  const name = month.toLowerCase();
  const index = MONTHS.findIndex(
    (whole) => whole === name || whole.slice(0, 3) === name || (name === "sept" && whole === "september"),
  );
  if (index < 0 || !Number.isInteger(day) || !Number.isInteger(year)) return undefined;
  const at = new Date(Date.UTC(year, index, day));
  return at.getUTCMonth() === index && at.getUTCDate() === day ? at.toISOString().slice(0, 10) : undefined;
}
