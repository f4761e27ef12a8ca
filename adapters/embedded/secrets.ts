/** Secrets of the home: `secrets.json` in its folder, one JSON object of name and value, readable by its owner only. */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Secrets } from "../../core/ports.ts";

/** Reads the file at each call, so that a key that was put there counts at once. */
export function openSecrets(home: string): Secrets {
  const path = join(home, "secrets.json");
  return {
    async get(name) {
      const text = readPrivate(path);
      if (text === undefined) return undefined;
      const secrets = parseSecrets(path, text);
      if (!Object.hasOwn(secrets, name)) return undefined;
      const value = secrets[name];
      if (typeof value !== "string" || value === "") {
        throw new Error(`${path}: the value of ${name} is not a text; write "${name}": "…"`);
      }
      return value;
    },
  };
}

function readPrivate(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const mode = fstatSync(file).mode & 0o777;
    // Windows has no such bits.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new Error(`${path}: others may use this file (mode ${mode.toString(8)}); run: chmod 600 ${path}`);
    }
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

function parseSecrets(path: string, text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which is secret.
    throw new Error(`${path}: not JSON; write one object, {"name": "value"}`);
  }
  if (parsed === null || typeof parsed !== "object" || Array.isArray(parsed)) {
    throw new Error(`${path}: not a JSON object; write {"name": "value"}`);
  }
  return parsed as Record<string, unknown>;
}
