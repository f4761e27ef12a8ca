/** The JSON of an exchange's body, read once: paging, the check for broken answers and decoding all look at it. */
import type { Exchange } from "./source.ts";

/** What `JSON.parse` made of the body, or its complaint. */
export type Body = { value: unknown } | { fault: string };

/** Per exchange; gone with it. */
const bodies = new WeakMap<Exchange, Body>();

/** The value is shared: it is read, never changed. */
export function bodyOf(exchange: Exchange): Body {
  let body = bodies.get(exchange);
  if (body === undefined) {
    try {
      body = { value: JSON.parse(exchange.body) as unknown };
    } catch (error) {
      body = { fault: error instanceof Error ? error.message : String(error) };
    }
    bodies.set(exchange, body);
  }
  return body;
}
