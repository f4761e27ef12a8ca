/**
 * An order book in whole numbers. Each side is two flat arrays in order, the best level last: most changes fall near the
 * best price, so that little moves. No level holds 0.
 */

const firstCapacity = 32;

/** One side. `sign` is 1 for bids (best = highest) and -1 for asks (best = lowest): keys ascend towards the best. */
export class BookSide {
  #keys = new Float64Array(firstCapacity);
  #sizes = new Float64Array(firstCapacity);
  #length = 0;
  readonly #sign: 1 | -1;

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  get length(): number {
    return this.#length;
  }

  /** NaN when the side is empty. */
  get bestPrice(): number {
    return this.#length === 0 ? Number.NaN : this.#sign * (this.#keys[this.#length - 1] as number);
  }

  /** 0 when the side is empty. */
  get bestSize(): number {
    return this.#length === 0 ? 0 : (this.#sizes[this.#length - 1] as number);
  }

  sizeAt(price: number): number {
    const key = this.#sign * price;
    const at = this.#find(key);
    return at < this.#length && this.#keys[at] === key ? (this.#sizes[at] as number) : 0;
  }

  /** Puts `size` in place of what is there; 0 removes the level. */
  set(price: number, size: number): void {
    const key = this.#sign * price;
    const at = this.#find(key);
    if (at < this.#length && this.#keys[at] === key) {
      if (size === 0) this.#remove(at);
      else this.#sizes[at] = size;
    } else if (size !== 0) this.#insert(at, key, size);
  }

  /** Adds a signed change. @returns the new size; when it is negative, nothing was changed. */
  add(price: number, change: number): number {
    const key = this.#sign * price;
    const at = this.#find(key);
    if (at < this.#length && this.#keys[at] === key) {
      const size = (this.#sizes[at] as number) + change;
      if (size === 0) this.#remove(at);
      else if (size > 0) this.#sizes[at] = size;
      return size;
    }
    if (change > 0) this.#insert(at, key, change);
    return change;
  }

  /** Replaces the side. Levels in any order; of two with one price the later counts. */
  load(levels: readonly (readonly [price: number, size: number])[]): void {
    this.#length = 0;
    for (const [price, size] of levels) this.set(price, size);
  }

  /** The best `most` levels, the best first. */
  depth(most: number): [price: number, size: number][] {
    const levels: [number, number][] = [];
    for (let at = this.#length - 1; at >= 0 && levels.length < most; at--) {
      levels.push([this.#sign * (this.#keys[at] as number), this.#sizes[at] as number]);
    }
    return levels;
  }

  /** Where `key` is, or where it belongs. */
  #find(key: number): number {
    const keys = this.#keys;
    let high = this.#length;
    // The best few first: there most changes are.
    const near = high > 4 ? high - 4 : 0;
    while (high > near) {
      const at = keys[high - 1] as number;
      if (at === key) return high - 1;
      if (at < key) return high;
      high -= 1;
    }
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] as number) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(at: number, key: number, size: number): void {
    const length = this.#length;
    if (length === this.#keys.length) this.#grow();
    const keys = this.#keys;
    const sizes = this.#sizes;
    // copyWithin costs a call into the engine: not worth it for the few levels behind the best.
    if (length - at > 24) {
      keys.copyWithin(at + 1, at, length);
      sizes.copyWithin(at + 1, at, length);
    } else {
      for (let to = length; to > at; to--) {
        keys[to] = keys[to - 1] as number;
        sizes[to] = sizes[to - 1] as number;
      }
    }
    keys[at] = key;
    sizes[at] = size;
    this.#length = length + 1;
  }

  #remove(at: number): void {
    const last = this.#length - 1;
    const keys = this.#keys;
    const sizes = this.#sizes;
    if (last - at > 24) {
      keys.copyWithin(at, at + 1, last + 1);
      sizes.copyWithin(at, at + 1, last + 1);
    } else {
      for (let to = at; to < last; to++) {
        keys[to] = keys[to + 1] as number;
        sizes[to] = sizes[to + 1] as number;
      }
    }
    this.#length = last;
  }

  #grow(): void {
    const keys = new Float64Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
    const sizes = new Float64Array(this.#sizes.length * 2);
    sizes.set(this.#sizes);
    this.#sizes = sizes;
  }
}

/** Prices and sizes are whole numbers in whatever unit its feed uses. */
export class OrderBook {
  readonly bids = new BookSide(1);
  readonly asks = new BookSide(-1);

  /** Whether somebody bids at or above what somebody asks: true of an instant between two matches at the most. */
  get crossed(): boolean {
    // Comparing with NaN, the price of an empty side, is false.
    return this.bids.bestPrice >= this.asks.bestPrice;
  }
}
