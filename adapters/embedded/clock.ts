/** The wall clock, and a virtual one that stands still until it is moved. */
import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../../core/ports.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms) {
    checkDuration(ms);
    await wait(ms);
  },
};

export interface VirtualClock extends Clock {
  /** Moves the clock; it outlives a crash once this has returned. @param at epoch ms, not before `now()`. */
  advanceTo(at: number): void;
}

/**
 * A clock whose time is kept in a file, so that a run goes on where it was. Sleeping takes no virtual time.
 * @param startAt epoch ms; used only when there is no file yet.
 */
export function openVirtualClock(path: string, startAt: number): VirtualClock {
  let current = readInstant(path);
  if (current === undefined) {
    checkInstant(startAt);
    createInstant(path, startAt);
    current = startAt;
  }
  let instant = current;
  return {
    now: () => instant,
    async sleep(ms) {
      checkDuration(ms);
    },
    advanceTo(at) {
      checkInstant(at);
      if (at < instant) {
        throw new Error(`virtual clock: cannot go back from ${iso(instant)} to ${iso(at)}`);
      }
      if (at === instant) return;
      overwriteInstant(path, at);
      instant = at;
    },
  };
}

function readInstant(path: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const instant = Date.parse(text.trim());
  if (Number.isNaN(instant)) {
    throw new Error(`${path}: ${JSON.stringify(text.slice(0, 40))} is not an instant; remove the home and start again`);
  }
  return instant;
}

/** Written beside and renamed: a crash leaves no file or a whole one. */
function createInstant(path: string, instant: number): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, `${iso(instant)}\n`);
  renameSync(temporary, path);
}

/**
 * Written over in place, in one call: instants have one length, so a killed process leaves the old one or the new one.
 * (Renaming over a file makes some file systems flush it: milliseconds for each of a week's two thousand instants.)
 */
function overwriteInstant(path: string, instant: number): void {
  const file = openSync(path, "r+");
  writeSync(file, `${iso(instant)}\n`, 0);
  closeSync(file);
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

function checkInstant(at: number): void {
  if (!Number.isSafeInteger(at)) throw new Error(`virtual clock: ${at} is not a whole number of epoch milliseconds`);
}

function checkDuration(ms: number): void {
  if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) throw new Error(`clock: cannot sleep ${ms} ms; give 0 or more`);
}
