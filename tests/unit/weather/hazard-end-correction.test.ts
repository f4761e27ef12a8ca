import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalCdf } from "../../../core/stats/normal.ts";
import {
  correctedNodes,
  cutFactors,
  firstOffset,
  inverseVandermonde,
} from "../../../core/weather/hazard/end-correction.ts";
import { present } from "./present.ts";

const offsets = Array.from({ length: correctedNodes }, (_, row) => row + firstOffset);

describe("the inverse of the Vandermonde matrix", () => {
  it("is the inverse, in whole numbers", () => {
    // Row i of the inverse on the powers of node j: the unit matrix, times the row's denominator.
    for (const [row, { numerators, denominator }] of inverseVandermonde.entries()) {
      for (const [column, node] of offsets.entries()) {
        const value = numerators.reduce((sum, a, power) => sum + BigInt(a) * BigInt(node) ** BigInt(power), 0n);
        expect(value).toBe(row === column ? BigInt(denominator) : 0n);
      }
      expect(numerators.every(Number.isSafeInteger)).toBe(true);
    }
  });
});

describe("the factors at a cut", () => {
  const factors = new Float64Array(correctedNodes);
  const bernoulli = [1 / 2, 1 / 6, 0, -1 / 30, 0, 1 / 42, 0, -1 / 30];

  it("meet the eight moments of Euler and Maclaurin, wherever the cut falls", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (theta) => {
        cutFactors(theta, factors);
        for (let n = 1; n <= 8; n++) {
          const moment = offsets.reduce(
            (sum, i, row) => sum + (present(factors[row]) - (i <= 0 ? 1 : 0)) * i ** (n - 1),
            0,
          );
          expect(moment).toBeCloseTo((theta ** n - present(bernoulli[n - 1])) / n, 8);
        }
      }),
    );
  });

  it("end an integral of the normal density between nodes, to eighth order", () => {
    const error = (h: number, cut: number) => {
      const first = -8;
      const at = (cut - first) / h;
      const node = Math.floor(at);
      cutFactors(at - node, factors);
      let sum = 0;
      for (let j = 0; j <= node + 4; j++) {
        const factor = j < node + firstOffset ? 1 : present(factors[j - node - firstOffset]);
        sum += factor * Math.exp(-0.5 * (first + j * h) ** 2);
      }
      return Math.abs((h * sum) / Math.sqrt(2 * Math.PI) - normalCdf(cut));
    };
    const worst = (h: number) =>
      Math.max(...Array.from({ length: 41 }, (_, index) => error(h, -3 + (index * 6) / 40 + 0.0137)));
    expect(worst(0.25)).toBeLessThan(2e-7);
    // Halving the spacing of an eighth-order rule divides its error by 256.
    expect(worst(0.5) / worst(0.25)).toBeGreaterThan(150);
    // The plain sum up to the node below is of first order.
    expect(worst(0.5)).toBeLessThan(1e-4);
  });
});
