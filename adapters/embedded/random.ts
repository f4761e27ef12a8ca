/** Random numbers: the system's, and a seeded sequence that is the same on every machine. */
import { createHash } from "node:crypto";
import type { Random } from "../../core/ports.ts";
import { xoshiro128pp } from "../../core/stats/prng.ts";

export const systemRandom: Random = { next: () => Math.random() };

/** @param seed any text; its SHA-256 gives the state of a xoshiro128++ generator. */
export function seededRandom(seed: string): Random {
  const digest = createHash("sha256").update(seed).digest();
  const word = (index: number): number => digest.readUInt32LE(index * 4);
  const draw = xoshiro128pp([word(0), word(1), word(2), word(3)]);
  // 53 bits of two draws: the resolution of a double in [0, 1).
  return { next: () => ((draw() >>> 5) * 2 ** 26 + (draw() >>> 6)) / 2 ** 53 };
}
