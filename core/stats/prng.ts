/**
 * xoshiro128++ 1.0 (Blackman & Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021), seeded by
 * splitmix32. For resampling and simulation that must repeat bit by bit; not for secrets.
 */

const rotateLeft = (value: number, by: number) => (value << by) | (value >>> (32 - by));

/** A generator from four 32-bit words of state, not all zero. Each call gives a whole number in [0, 2^32). */
export function xoshiro128pp(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state;
  if ((a | b | c | d) === 0) throw new RangeError("xoshiro128++: the state must not be all zero");
  return () => {
    const result = (rotateLeft((a + d) | 0, 7) + a) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

/** A generator from one seed (its low 32 bits count), with values uniform in [0, 1). */
export function seededUniform(seed: number): () => number {
  let word = seed | 0;
  const splitmix32 = () => {
    word = (word + 0x9e3779b9) | 0;
    let mixed = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
  const next = xoshiro128pp([splitmix32(), splitmix32(), splitmix32(), splitmix32()]);
  return () => next() / 2 ** 32;
}
