/** Captured payloads: read from beside the repository, never copied into it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = process.env["BRIER_CAPTURES"] ?? "../shared/captures";

export const haveCaptures = existsSync(join(root, "README.md"));
if (!haveCaptures) {
  process.stderr.write(`captures: none at ${root}; tests that read them are skipped (set BRIER_CAPTURES)\n`);
}

export function capture(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** One JSON value a line; the caller names its shape. */
export function captureLines<T>(path: string): T[] {
  return capture(path)
    .split("\n")
    .filter((line) => line !== "")
    .map((line): T => JSON.parse(line));
}
