/** A home of a test's own, in which there is only what the test lands. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Home, openHome } from "../../../runtime/home.ts";

/** @returns the home, what it has logged so far, and what ends it and takes its folder away */
export function liveHome(): { home: Home; logged: () => string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "brier-home-"));
  let log = "";
  const home = openHome({ folder, surroundings: { kind: "live" }, log: { write: (line) => (log += line) } });
  return {
    home,
    logged: () => log,
    remove() {
      home.close();
      rmSync(folder, { recursive: true });
    },
  };
}
