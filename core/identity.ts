/** Names that are computed from what they name, so that a repeat meets itself. */
import { createHash } from "node:crypto";

/** JSON with sorted object keys and no spaces: equal values give equal text. Undefined members are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === "object" && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member,
  );
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** `<kind>-<20 hex digits of the hash of the row's key>`. */
export function idOf(kind: string, key: Record<string, unknown>): string {
  return `${kind}-${sha256(canonicalJson(key)).slice(0, 20)}`;
}
