/** What a request to Kalshi's API asks: parameters, their limits, pages; and how it is refused (kalshi-api.md §1.4). */
import { hashText } from "./noise.ts";

export class Refused extends Error {
  readonly status: number;
  constructor(status: number, details: string) {
    super(details);
    this.status = status;
  }
}

export function whole(url: URL, name: string): number | undefined {
  const text = url.searchParams.get(name);
  if (text === null || text === "") return undefined;
  if (!/^-?\d+$/.test(text)) throw new Refused(400, `invalid ${name}`);
  return Number(text);
}

export function limitOf(url: URL, fallback: number, highest: number): number {
  const limit = whole(url, "limit") ?? fallback;
  if (limit < 1 || limit > highest) throw new Refused(400, `limit must be between 1 and ${highest}`);
  return limit;
}

export function listOf(url: URL, name: string): readonly string[] | undefined {
  const text = url.searchParams.get(name);
  return text === null || text === "" ? undefined : text.split(",");
}

export function flag(url: URL, name: string): boolean {
  const text = url.searchParams.get(name) ?? "false";
  if (text !== "true" && text !== "false") throw new Refused(400, `invalid ${name}`);
  return text === "true";
}

/** A cursor names the last item of its page and belongs to the filters that it was made under. */
export function page<T>(
  url: URL,
  items: readonly T[],
  keyOf: (item: T) => string,
  limit: number,
): { items: T[]; cursor: string } {
  const scope = new URLSearchParams(url.searchParams);
  scope.delete("cursor");
  scope.delete("limit");
  scope.sort();
  const seal = hashText(`${url.pathname}?${scope.toString()}`).toString(16);
  const cursor = url.searchParams.get("cursor") ?? "";
  let from = 0;
  if (cursor !== "") {
    const [given, key] = Buffer.from(cursor, "base64url").toString("utf8").split("\n");
    const at = items.findIndex((item) => keyOf(item) === key);
    if (given !== seal || at < 0) throw new Refused(400, "invalid cursor");
    from = at + 1;
  }
  const slice = items.slice(from, from + limit);
  const last = slice.at(-1);
  const more = from + limit < items.length && last !== undefined;
  return { items: slice, cursor: more ? Buffer.from(`${seal}\n${keyOf(last)}`).toString("base64url") : "" };
}
