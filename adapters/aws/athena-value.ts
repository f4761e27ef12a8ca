/** Athena answers in text; this gives each value the form that the `Sql` port promises. */
import type { SqlValue } from "../../core/ports.ts";

/**
 * @param type Athena's name of the column type, without its parameters (`bigint`, `decimal`, `array`, …).
 * @param text the value as Athena writes it; absent means NULL.
 * @returns integers as numbers (bigint beyond 2^53), decimals as strings, timestamps as ISO 8601 UTC, dates as
 * `YYYY-MM-DD`. Athena does not tell the type of an array's elements: an array of numbers and nulls becomes an array,
 * any other stays Athena's text. Throws on text that is not of its type.
 */
export function athenaValue(type: string, text: string | undefined): SqlValue {
  if (text === undefined) return null;
  const base = type.toLowerCase().replace(/\(.*$/, "");
  switch (base) {
    case "boolean":
      if (text !== "true" && text !== "false") throw mismatch(type, text);
      return text === "true";
    case "tinyint":
    case "smallint":
    case "integer":
    case "int":
    case "bigint": {
      if (!/^-?\d+$/.test(text)) throw mismatch(type, text);
      const value = Number(text);
      return Number.isSafeInteger(value) ? value : BigInt(text);
    }
    case "double":
    case "float":
    case "real":
      return doubleOf(text) ?? fail(type, text);
    case "timestamp":
    case "timestamp with time zone":
      return isoOf(text) ?? fail(type, text);
    case "array":
      return arrayOf(text) ?? text;
    default:
      return text;
  }
}

function doubleOf(text: string): number | undefined {
  if (/^-?\d+(?:\.\d+)?(?:E-?\d+)?$/i.test(text)) return Number(text);
  if (text === "NaN") return Number.NaN;
  if (text === "Infinity") return Number.POSITIVE_INFINITY;
  if (text === "-Infinity") return Number.NEGATIVE_INFINITY;
  return undefined;
}

/** `2026-11-01 00:00:00.000`, alone or followed by `UTC`; other zones do not occur in the lake. */
function isoOf(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?: (?:UTC|Z|\+00:00))?$/.exec(text);
  if (match === null) return undefined;
  const [, date, time, fraction = ""] = match;
  return `${date}T${time}.${fraction.slice(0, 3).padEnd(3, "0")}Z`;
}

function arrayOf(text: string): SqlValue[] | undefined {
  if (!text.startsWith("[") || !text.endsWith("]")) return undefined;
  const inside = text.slice(1, -1).trim();
  if (inside === "") return [];
  const values: SqlValue[] = [];
  for (const element of inside.split(",")) {
    const value = element.trim() === "null" ? null : doubleOf(element.trim());
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

function fail(type: string, text: string): never {
  throw mismatch(type, text);
}

function mismatch(type: string, text: string): Error {
  return new Error(`Athena gave ${JSON.stringify(text)} in a column of type ${type}`);
}
