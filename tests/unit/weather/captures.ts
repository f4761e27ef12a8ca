/** Captured payloads: read from beside the repository, never copied into it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = process.env["BRIER_CAPTURES"] ?? "../shared/captures";

export const haveCaptures = existsSync(join(root, "README.md"));
if (!haveCaptures) console.warn(`captures: none at ${root}; tests that read them are skipped (set BRIER_CAPTURES)`);

export function capture(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
