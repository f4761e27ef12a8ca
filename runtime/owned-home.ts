/** Opening a home that exists, to work in it: its own kind of clock, and nothing scheduled. */
import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { openVirtualClock, systemClock } from "../adapters/embedded/clock.ts";
import type { Clock } from "../core/ports.ts";
import { demoDays, demoStart } from "../sandbox/incidents.ts";
import { type Home, homePaths, openHome, type Surroundings } from "./home.ts";

/** What a home that was played lives in: the world of the demo, at the instant where it stands. */
const playedWorld: Surroundings = {
  kind: "sandbox",
  seed: "brier",
  start: demoStart,
  days: demoDays,
  incidents: "none",
  clock: "virtual",
};

/** A home that was played has its virtual clock in a file. */
export function isPlayed(folder: string): boolean {
  return existsSync(homePaths.clock(folder));
}

/** The home's own time. */
export function homeClock(folder: string): Clock {
  return isPlayed(folder) ? openVirtualClock(homePaths.clock(folder), demoStart) : systemClock;
}

/** @throws CommandError when another process owns the home. */
export async function inOwnedHome<T>(folder: string, work: (home: Home) => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const home = openHome({
    folder,
    surroundings: isPlayed(folder) ? playedWorld : { kind: "live" },
    log: { write: (line) => appendFileSync(homePaths.log(folder), line) },
  });
  try {
    return await work(home);
  } finally {
    home.close();
  }
}
