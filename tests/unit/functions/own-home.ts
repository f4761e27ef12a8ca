/** A home of a test's own, in which there is only what the test lands. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Home, type HomeOptions, openHome } from "../../../runtime/home.ts";

/** The home, what it has logged so far, and what ends it and takes its folder away. */
export interface OwnHome {
  home: Home;
  logged: () => string;
  remove: () => void;
}

function ownHome(surroundings: HomeOptions["surroundings"]): OwnHome {
  const folder = mkdtempSync(join(tmpdir(), "brier-home-"));
  let log = "";
  const home = openHome({ folder, surroundings, log: { write: (line) => (log += line) } });
  return {
    home,
    logged: () => log,
    remove() {
      home.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export const liveHome = (): OwnHome => ownHome({ kind: "live" });

/** In a simulated world of Chicago in which nothing goes wrong, at its begin. */
export const sandboxHome = (seed: string, start: number, days = 1): OwnHome =>
  ownHome({ kind: "sandbox", seed, start, days, incidents: "none", cities: ["KMDW"], clock: "virtual" });
