/** What a decoder finds in a payload, with the path of each thing. */
import type * as z from "zod";
import type { Note, Refusal } from "../source.ts";

/** Something in a payload that is not as we know it. It refuses the whole payload. */
export interface Fault {
  /** For example `markets[3].yes_bid_dollars`. */
  path: string;
  message: string;
}

export interface Findings {
  faults: Fault[];
  notes: Note[];
}

export function noFindings(): Findings {
  return { faults: [], notes: [] };
}

/** The path with its indices left out, `markets[].yes_bid_dollars`: the name of the field, whichever row it was in. */
function fieldOf(path: string): string {
  return path.replaceAll(/\[\d+\]/g, "[]");
}

export function join(path: string, field: PropertyKey): string {
  if (typeof field === "number") return `${path}[${field}]`;
  return path === "" ? String(field) : `${path}.${String(field)}`;
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return typeof value === "string" ? `the string "${short}"` : `the ${typeof value} ${short}`;
}

/** Reads `value` by `schema`; whatever does not fit becomes a fault with its path under `path`. */
export function read<S extends z.ZodType>(
  schema: S,
  value: unknown,
  path: string,
  findings: Findings,
): z.output<S> | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    let found: unknown = value;
    for (const step of issue.path) found = (found as Record<PropertyKey, unknown> | null | undefined)?.[step];
    const expected = issue.code === "invalid_type" ? `expected ${issue.expected}` : issue.message;
    findings.faults.push({ path: issue.path.reduce(join, path), message: `${show(found)}, ${expected}` });
  }
  return undefined;
}

/** The same for one field and a parser that throws. */
export function parsed<T>(
  parse: (value: unknown) => T,
  value: unknown,
  path: string,
  findings: Findings,
): T | undefined {
  try {
    return parse(value);
  } catch (error) {
    findings.faults.push({ path, message: (error as Error).message });
    return undefined;
  }
}

/** One note a field and message: the tenth market with the same new field is no news. */
export function note(findings: Findings, path: string, message: string): void {
  const field = fieldOf(path);
  if (findings.notes.some((known) => known.path === field && known.message === message)) return;
  findings.notes.push({ path: field, message });
}

/** One refusal a field, at its first occurrence: a renamed field stands in every row of the payload. */
export function refusalsOf(faults: readonly Fault[], exchange: number): Refusal[] {
  const byField = new Map<string, { first: Fault; times: number }>();
  for (const fault of faults) {
    const seen = byField.get(fieldOf(fault.path));
    if (seen === undefined) byField.set(fieldOf(fault.path), { first: fault, times: 1 });
    else seen.times += 1;
  }
  return [...byField.values()].map(({ first, times }) => ({
    kind: "drift",
    exchange,
    path: first.path,
    message: times === 1 ? first.message : `${first.message} (${times} times in this payload)`,
  }));
}
