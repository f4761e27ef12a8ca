/** Random numbers: the system's, and a seeded sequence that is the same on every machine. */
import { createHash } from "node:crypto";
import type { Random } from "../../core/ports.ts";

export const systemRandom: Random = { next: () => Math.random() };

/** @param seed any text; its SHA-256 gives the generator's state. */
export function seededRandom(seed: string): Random {
  const digest = createHash("sha256").update(seed).digest();
  const draw = xoshiro128plusplus([0, 4, 8, 12].map((offset) => digest.readUInt32LE(offset)));
  // 53 bits of two draws: the resolution of a double in [0, 1).
  return { next: () => ((draw() >>> 5) * 2 ** 26 + (draw() >>> 6)) / 2 ** 53 };
}

/**
 * xoshiro128++ 1.0: D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators", ACM Transactions on
 * Mathematical Software 47 (2021); https://prng.di.unimi.it/xoshiro128plusplus.c (public domain).
 * @param state four unsigned 32-bit integers, not all 0.
 * @returns draws of unsigned 32-bit integers.
 */
export function xoshiro128plusplus(state: readonly number[]): () => number {
  const [a, b, c, d] = state;
  if (state.length !== 4 || a === undefined || b === undefined || c === undefined || d === undefined || !(a | b | c | d)) {
    throw new Error("xoshiro128++: the state is four 32-bit integers, not all 0");
  }
  const s: [number, number, number, number] = [a | 0, b | 0, c | 0, d | 0];
  return () => {
    const result = (rotateLeft((s[0] + s[3]) | 0, 7) + s[0]) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotateLeft(s[3], 11);
    return result;
  };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
