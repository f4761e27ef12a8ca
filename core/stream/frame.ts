/**
 * Reading one text frame: JSON, then field by field. By hand and not by schema, because thousands of them come a second.
 * What is not as we know it refuses the frame, with the path of the field.
 */
import { parseInstant } from "../market/instant.ts";
import type { StreamEvent } from "./event.ts";

/** Why a frame is not taken. */
export interface FrameRefusal {
  /** For example `msg.price_dollars`; empty for the frame itself. */
  path: string;
  message: string;
}

/** `unread`: a field that the frame can do without and that could not be read. */
export type DecodedFrame<T = StreamEvent> = { events: T[]; unread?: FrameRefusal } | { refusal: FrameRefusal };

export type FrameDecoder<T = StreamEvent> = (text: string) => DecodedFrame<T>;

class FrameFault extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

export type Fields = Readonly<Record<string, unknown>>;

function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

export function fault(path: string, value: unknown, expected: string): never {
  throw new FrameFault(path, `${show(value)}, expected ${expected}`);
}

/** Reads JSON text by `read`, whose complaints become the refusal. */
export function readFields<T>(text: string, read: (value: unknown) => T): T | { refusal: FrameRefusal } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { refusal: { path: "", message: `not JSON: ${show(text)}` } };
  }
  try {
    return read(value);
  } catch (error) {
    if (error instanceof FrameFault) return { refusal: { path: error.path, message: error.message } };
    throw error;
  }
}

/** A decoder from a function that reads the frame's JSON, and notes what it had to leave out of it. */
export function frameDecoder<T = StreamEvent>(read: (frame: unknown, unread: FrameRefusal[]) => T[]): FrameDecoder<T> {
  return (text) =>
    readFields(text, (frame) => {
      const notes: FrameRefusal[] = [];
      const events = read(frame, notes);
      const [unread] = notes;
      return unread === undefined ? { events } : { events, unread };
    });
}

/** A field that the frame can do without: null when it cannot be read, with a note. */
export function spare<T>(read: () => T | null, unread: FrameRefusal[]): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FrameFault)) throw error;
    unread.push({ path: error.path, message: error.message });
    return null;
  }
}

export function fieldsOf(value: unknown, path: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fault(path, value, "an object");
  return value as Fields;
}

export function listOf(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) fault(path, value, "an array");
  return value as unknown[];
}

export function textOf(value: unknown, path: string): string {
  if (typeof value !== "string" || value === "") fault(path, value, "a text");
  return value;
}

/** A whole number, as JSON number. */
export function wholeOf(value: unknown, path: string): number {
  if (!Number.isSafeInteger(value)) fault(path, value, "a whole number");
  return value as number;
}

export function wholeOrNull(value: unknown, path: string): number | null {
  return value === undefined || value === null ? null : wholeOf(value, path);
}

/** A positive number, written as decimal string or as JSON number. */
export function positiveOf(value: unknown, path: string): number {
  const number = amountOf(value, path);
  if (number === 0) fault(path, value, "more than 0");
  return number;
}

/** A number of 0 or more, written as decimal string or as JSON number. */
export function amountOf(value: unknown, path: string): number {
  const number =
    typeof value === "number" ? value : typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : -1;
  if (!(number >= 0 && number < Number.POSITIVE_INFINITY)) fault(path, value, "a decimal number of 0 or more");
  return number;
}

const zero = 48;
const nine = 57;

/**
 * A decimal string as a whole number of units of 10^-decimals, exact: `"-48.00"` with 2 decimals is -4800. Further
 * decimals must be zeros.
 */
export function unitsOf(value: unknown, decimals: number, path: string): number {
  if (typeof value !== "string") fault(path, value, "a decimal string");
  const negative = value.charCodeAt(0) === 45;
  let units = 0;
  let seen = 0;
  // Digits after the point; -1 before it.
  let after = -1;
  for (let at = negative ? 1 : 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === 46 && after < 0 && seen > 0) {
      after = 0;
    } else if (code >= zero && code <= nine) {
      if (after < decimals) units = units * 10 + (code - zero);
      else if (code !== zero) fault(path, value, `at most ${decimals} decimals`);
      seen += 1;
      if (after >= 0) after += 1;
    } else fault(path, value, "a decimal string");
  }
  if (seen === 0 || after === 0) fault(path, value, "a decimal string");
  for (let missing = decimals - Math.max(after, 0); missing > 0; missing--) units *= 10;
  if (!Number.isSafeInteger(units)) fault(path, value, "a number that fits");
  return negative && units !== 0 ? -units : units;
}

/** RFC 3339 → epoch ms. */
export function instantOf(value: unknown, path: string): number {
  try {
    return parseInstant(value);
  } catch {
    return fault(path, value, "an RFC 3339 time");
  }
}

/** Epoch ms of a number of milliseconds that can be a time of ours (2001 to 2286): seconds and microseconds are none. */
export function epochMsOf(value: unknown, path: string): number {
  const ms = wholeOf(value, path);
  if (ms < 1e12 || ms >= 1e13) fault(path, value, "epoch milliseconds");
  return ms;
}

export function epochSecondsOf(value: unknown, path: string): number {
  const seconds = wholeOf(value, path);
  if (seconds < 1e9 || seconds >= 1e10) fault(path, value, "epoch seconds");
  return seconds * 1_000;
}
