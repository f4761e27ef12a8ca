/**
 * Recent prices of one product on one connection. A return never reaches over a gap: after a reconnect the price may have
 * moved for minutes, and taken as one second's move it would look like volatility that was not there.
 */

/** One price a second is kept. */
const stepMs = 1_000;

export class PriceBuffer {
  readonly #prices = new Map<number, number>();
  readonly #keepMs: number;
  #since: number | null = null;
  #newest = Number.NEGATIVE_INFINITY;

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** When the unbroken stretch of prices began; null when there is none. */
  get since(): number | null {
    return this.#since;
  }

  /** The connection was lost: what comes next does not follow on what was. */
  clear(): void {
    this.#prices.clear();
    this.#since = null;
    this.#newest = Number.NEGATIVE_INFINITY;
  }

  /** @param at when the price reached us, epoch ms; not before the one before it. */
  push(at: number, price: number): void {
    const second = Math.floor(at / stepMs);
    this.#since ??= at;
    this.#newest = Math.max(this.#newest, second);
    this.#prices.set(second, price);
    const oldest = this.#newest - this.#keepMs / stepMs;
    for (const kept of this.#prices.keys()) {
      if (kept >= oldest) break;
      this.#prices.delete(kept);
    }
  }

  /** ln(newest / price of `spanMs` before now), or null when the unbroken stretch does not reach back so far. */
  logReturn(now: number, spanMs: number): number | null {
    const newest = this.#prices.get(this.#newest);
    if (newest === undefined) return null;
    // The last price at or before the instant: seconds without a quote keep the price of before.
    const then = Math.floor((now - spanMs) / stepMs);
    for (let second = then; second > then - this.#keepMs / stepMs; second--) {
      const price = this.#prices.get(second);
      if (price !== undefined) return Math.log(newest / price);
    }
    return null;
  }
}
