/** What Kalshi says when it does not answer with data: three shapes of body have been seen for the same thing. */

export interface KalshiError {
  /** Kalshi's code, for example `bad_request`; undefined when the body carries none. */
  code: string | undefined;
  message: string;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function fromObject(object: Record<string, unknown>): KalshiError | undefined {
  const code = text(object["code"]);
  const message = text(object["message"]);
  const details = text(object["details"]);
  if (code === undefined && message === undefined) return undefined;
  const words = [message ?? code, details].filter((part) => part !== undefined);
  return { code, message: words.join(": ") };
}

/**
 * Reads `{error: {code, message, details}}` (as seen), `{code, message, details}` (as specified) and `{error: "text"}`
 * (429). Undefined for any other body.
 */
export function parseKalshiError(body: string): KalshiError | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // A proxy's HTML page: there is no Kalshi error in it, and the status says the rest.
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const object = value as Record<string, unknown>;
  const inner = object["error"];
  if (typeof inner === "string") return { code: undefined, message: inner };
  if (typeof inner === "object" && inner !== null) return fromObject(inner as Record<string, unknown>);
  return fromObject(object);
}

/** One sentence about an answer whose status is not 200. */
export function describeFailure(status: number, body: string): string {
  const error = parseKalshiError(body);
  if (error === undefined) return `status ${status}, expected 200`;
  return `status ${status}, expected 200: Kalshi says ${error.code === undefined ? "" : `${error.code}: `}${error.message}`;
}
