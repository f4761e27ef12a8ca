/**
 * Weights that let a sum over equally spaced nodes end between two of them. For a smooth f with nodes x_j = x_0 + j·h
 * and a cut at x_s + θ·h, 0 <= θ < 1,
 *
 *   ∫ f up to the cut ≈ h · (Σ_{j <= s} f_j + Σ_i w_i(θ) f_{s+i}),  i = -3 … 4,
 *
 * exact for polynomials of degree 7. By the Euler-Maclaurin formula the w_i must meet the moments
 * Σ_i w_i i^(n-1) = (θ^n − B_n)/n for n = 1 … 8 with Bernoulli's numbers (B_1 = +1/2): a Vandermonde system, whose
 * inverse holds the coefficients of Lagrange's polynomials on the eight nodes.
 */

/** Offset of the first corrected node from the last node before the cut. */
export const firstOffset = -3;
export const correctedNodes = 8;

/** B_1 … B_8. */
const bernoulli = [1 / 2, 1 / 6, 0, -1 / 30, 0, 1 / 42, 0, -1 / 30];

/**
 * Row i: Lagrange's polynomial of node i, ascending powers, as whole numbers over one denominator. All stay below 2^53:
 * the inverse is exact.
 */
export const inverseVandermonde: readonly { numerators: readonly number[]; denominator: number }[] = Array.from(
  { length: correctedNodes },
  (_, row) => {
    const node = row + firstOffset;
    let numerators = [1];
    let denominator = 1;
    for (let other = firstOffset; other < firstOffset + correctedNodes; other++) {
      if (other === node) continue;
      // Times (x − other).
      numerators = [...numerators, 0].map(
        (__, power) => (numerators[power - 1] ?? 0) - other * (numerators[power] ?? 0),
      );
      denominator *= node - other;
    }
    return { numerators, denominator };
  },
);

/** w_i as a polynomial in θ: `correctedNodes` rows of ascending powers 0 … 8. */
const coefficients: Float64Array = (() => {
  const table = new Float64Array(correctedNodes * 9);
  for (const [row, { numerators, denominator }] of inverseVandermonde.entries()) {
    for (const [power, numerator] of numerators.entries()) {
      const n = power + 1;
      table[row * 9] = (table[row * 9] ?? 0) - ((bernoulli[power] ?? 0) * numerator) / (n * denominator);
      table[row * 9 + n] = numerator / (n * denominator);
    }
  }
  return table;
})();

/** Factors on the nodes s−3 … s+4 for a cut at θ past node s: the weight above, plus 1 up to node s. */
export function cutFactors(theta: number, into: Float64Array): void {
  for (let row = 0; row < correctedNodes; row++) {
    let value = 0;
    for (let power = 8; power >= 0; power--) value = value * theta + (coefficients[row * 9 + power] ?? 0);
    into[row] = (row + firstOffset <= 0 ? 1 : 0) + value;
  }
}
