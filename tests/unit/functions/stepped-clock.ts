/** A clock that a test moves: sleepers wake in order, and what they set off is done before time goes on. */
import type { Clock } from "../../../core/ports.ts";

export class SteppedClock implements Clock {
  #now: number;
  #sleepers: { at: number; wake: () => void }[] = [];

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ at: this.#now + ms, wake }));
  }

  /** Calls `run` every `ms` from now on. */
  every(ms: number, run: () => void): void {
    const again = async () => {
      while (true) {
        await this.sleep(ms);
        run();
      }
    };
    void again();
  }

  async runUntil(at: number): Promise<void> {
    while (true) {
      await settled();
      const next = this.#sleepers.reduce((least, sleeper) => Math.min(least, sleeper.at), Number.POSITIVE_INFINITY);
      if (next > at) break;
      this.#now = Math.max(this.#now, next);
      const due = this.#sleepers.filter((sleeper) => sleeper.at <= this.#now);
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.at > this.#now);
      for (const { wake } of due) wake();
    }
    this.#now = at;
    await settled();
  }
}

/** Everything that waits for nothing but its turn has had it. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((done) => setImmediate(done));
}
