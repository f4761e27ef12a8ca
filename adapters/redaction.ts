/** Takes out of log fields what must not be read there. */

const secretName =
  /token|secret|passw|api[-_]?key|access[-_]?key|private[-_]?key|authori[sz]ation|signature|cookie|credential/i;
const botToken = /\bbot\d+:[\w-]+/g;
/** The query of an address: which of its values are keys is known to its host only. */
const query = /(\bhttps?:\/\/[^\s?#"'<>]*)\?[^\s#"'<>]*/g;

const hidden = "<redacted>";
/** Deeper than this is no log field but a data structure that fell in. */
const maxDepth = 6;

export function redactText(text: string): string {
  // The query first: the mark that takes a token's place would end the address.
  return text.replace(query, `$1?${hidden}`).replace(botToken, `bot${hidden}`);
}

/** A text without a secret that is known: some hosts repeat the key in their complaint about it. */
export function withoutSecret(text: string, secret: string | undefined): string {
  if (secret === undefined) return text;
  return text.replaceAll(secret, hidden).replaceAll(encodeURIComponent(secret), hidden);
}

/** The fields as plain JSON data: values under secret-looking names, bot tokens and queries of addresses are replaced. */
export function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, redactMember(name, value, 0)]));
}

function redactMember(name: string, value: unknown, depth: number): unknown {
  return secretName.test(name) && value !== undefined && value !== null ? hidden : redactValue(value, depth);
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object") return value;
  if (depth >= maxDepth) return "<too deep>";
  if (value instanceof Error) return { name: value.name, message: redactText(value.message) };
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "<invalid date>" : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (Array.isArray(value)) return value.map((member) => redactValue(member, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, redactMember(name, member, depth + 1)]),
  );
}
