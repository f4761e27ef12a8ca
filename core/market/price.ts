/**
 * Money and counts as whole numbers. Kalshi sends both as decimal strings (`"0.0300"`, `"279.11"`); they are read digit
 * by digit, because a detour over floating point would turn some of them into a neighbour.
 */

/** Micro-dollars, a whole number: $1 = 1_000_000. */
export type Price = number;

/** Hundredths of a contract, a whole number: 1 contract = 100. */
export type Count = number;

/** One dollar, what a Yes contract pays when it wins. */
export const dollar: Price = 1_000_000;

/** One contract. */
export const contract: Count = 100;

function parseFixed(text: unknown, decimals: number, what: string): number {
  if (typeof text !== "string") throw new Error(`${JSON.stringify(text) ?? "nothing"} is not ${what}`);
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) throw new Error(`"${text}" is not ${what}`);
  const fraction = match[2] ?? "";
  if (fraction.length > decimals) throw new Error(`"${text}" is not ${what}: it has more than ${decimals} decimals`);
  const value = Number(`${match[1]}${fraction.padEnd(decimals, "0")}`);
  if (!Number.isSafeInteger(value)) throw new Error(`"${text}" is not ${what}: it is too large`);
  return value;
}

function formatFixed(value: number, decimals: number, atLeast: number, what: string): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${value} is not ${what}`);
  const digits = String(value).padStart(decimals + 1, "0");
  const fraction = digits.slice(-decimals);
  let length = decimals;
  while (length > atLeast && fraction[length - 1] === "0") length -= 1;
  return `${digits.slice(0, -decimals)}.${fraction.slice(0, length)}`;
}

/** `"0.0300"` → 30_000 micro-dollars. @throws unless it is an unsigned decimal string of at most 6 decimals. */
export function parsePrice(text: unknown): Price {
  return parseFixed(text, 6, "a dollar string");
}

/** `"279.11"` → 27_911 hundredths. @throws unless it is an unsigned decimal string of at most 2 decimals. */
export function parseCount(text: unknown): Count {
  return parseFixed(text, 2, "a count string");
}

/** 30_000 → `"0.0300"`: four decimals as Kalshi writes them, more where they are needed. */
export function formatPrice(price: Price): string {
  return formatFixed(price, 6, 4, "a price in whole micro-dollars");
}

/** 27_911 → `"279.11"`. */
export function formatCount(count: Count): string {
  return formatFixed(count, 2, 2, "a count in whole hundredths");
}
