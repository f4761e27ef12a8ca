/** The machine's own time. */
import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../../core/ports.ts";

export function createClock(): Clock {
  return {
    now: () => Date.now(),
    async sleep(ms) {
      if (!(ms >= 0 && Number.isFinite(ms))) throw new Error(`cannot sleep ${ms} ms: give a finite number from 0 up`);
      await wait(ms);
    },
  };
}
