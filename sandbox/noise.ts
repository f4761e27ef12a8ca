/**
 * Random numbers by address instead of by sequence: each value is a hash of (seed, stream, a, b, c), so the world can
 * be asked for any instant in any order and always answers alike.
 */

/** One round of MurmurHash3 (Austin Appleby, public domain). */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  let h = hash ^ Math.imul(k, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A 32-bit number for a name. */
export function hashText(text: string): number {
  let h = 0x9747b28c;
  for (let i = 0; i < text.length; i += 1) h = mix(h, text.charCodeAt(i));
  return finish(h ^ text.length);
}

export interface Noise {
  /** Uniform in the open interval (0, 1). */
  uniform(stream: number, a?: number, b?: number, c?: number): number;
  /** Standard normal. */
  normal(stream: number, a?: number, b?: number, c?: number): number;
  /** Standard normal at whole `x`, joined by straight lines between: a slowly moving quantity. */
  drift(stream: number, x: number, a?: number, b?: number): number;
}

export function createNoise(seed: string | number): Noise {
  const root = hashText(String(seed));
  const bits = (stream: number, a: number, b: number, c: number, salt: number) =>
    finish(mix(mix(mix(mix(mix(root, stream), a), b), c), salt));
  const uniform = (stream: number, a = 0, b = 0, c = 0) => (bits(stream, a, b, c, 1) + 0.5) / 0x1_0000_0000;
  const normal = (stream: number, a = 0, b = 0, c = 0) => {
    // Box and Muller (1958), its cosine half.
    const radius = Math.sqrt(-2 * Math.log((bits(stream, a, b, c, 2) + 0.5) / 0x1_0000_0000));
    return radius * Math.cos((2 * Math.PI * bits(stream, a, b, c, 3)) / 0x1_0000_0000);
  };
  const drift = (stream: number, x: number, a = 0, b = 0) => {
    const whole = Math.floor(x);
    const share = x - whole;
    const from = normal(stream, a, b, whole);
    return share === 0 ? from : from * (1 - share) + normal(stream, a, b, whole + 1) * share;
  };
  return { uniform, normal, drift };
}

/** Distribution function of the standard normal; absolute error below 1e-7 (Abramowitz and Stegun 26.2.17). */
export function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return x >= 0 ? 1 - upper : upper;
}
