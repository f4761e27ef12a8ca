/**
 * `"85.00"` → 85. Null for anything that is not a plain decimal number: `""` and `"No"` have been seen where a number
 * should stand.
 */
export function parseExpirationValue(text: string): number | null {
  // Adding zero turns -0 into 0.
  return /^\s*-?\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) + 0 : null;
}
