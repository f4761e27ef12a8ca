/** The HTTP client that all upstreams are asked through. */
import {
  type Clock,
  type Http,
  HttpError,
  type HttpRequest,
  type HttpResponse,
  type Log,
  type Random,
} from "../../core/ports.ts";
import { createRateLimiter, type RateLimit } from "./rate-limit.ts";
import { retryAfterMs } from "./retry-after.ts";
import { redactText } from "../redaction.ts";

export interface HttpOptions {
  fetch?: typeof fetch;
  clock: Clock;
  random: Random;
  log: Log;
  /** By host (`api.example.org`, with a port when it is not the default one). */
  limits?: Readonly<Record<string, RateLimit>>;
}

const maxAttempts = 4;
const maxRedirects = 5;
const defaultTimeoutMs = 10_000;
const defaultMaxBytes = 16 * 1024 * 1024;
/** Wait before the 2nd attempt; doubles with each further one. */
const firstDelayMs = 500;
/**
 * No upstream may hold a function for longer than this: who wants to be left alone for more is not asked again here. The
 * queue's own retries wait for minutes.
 */
const maxRetryAfterMs = 20_000;
/** For hosts without a limit of their own. Half of what Kalshi grants its lowest tier. */
const defaultLimit: RateLimit = { perSecond: 10, burst: 20 };
/** Some hosts refuse requests without one. */
const userAgent = "brier";
/** Headers that say nothing about who asks. With any other one a request does not follow to another host. */
const anonymousHeaders = new Set(["accept", "accept-language", "content-type", "user-agent"]);

/** Asks over the network: rate limited by host and, where a request is repeatable, retried. */
export function createHttp({ fetch: send = fetch, clock, random, log, limits = {} }: HttpOptions): Http {
  const takeTurn = createRateLimiter(clock, limits, defaultLimit);
  return retrying({ request: (request) => askOnce(request, send, takeTurn) }, { clock, random, log });
}

/**
 * Repeats what `http` fails at while the request is repeatable, and logs every attempt. Split from the network so that
 * a simulated world is asked with the same patience.
 */
export function retrying(http: Http, { clock, random, log }: Pick<HttpOptions, "clock" | "random" | "log">): Http {
  return {
    async request(request) {
      const url = parseUrl(request.url);
      const { method = "GET", repeatable = method === "GET" } = request;
      const attempts = repeatable ? maxAttempts : 1;
      for (let attempt = 1; ; attempt++) {
        const startedAt = clock.now();
        const outcome = await http.request(request).catch((error: unknown) => {
          if (error instanceof HttpError) return error;
          throw error;
        });
        const result = outcome instanceof HttpError ? { failure: outcome.kind } : { status: outcome.status };
        const path = redactText(url.pathname);
        const fields = { method, host: url.host, path, attempt, ms: clock.now() - startedAt, ...result };
        const retryAfter = outcome instanceof HttpError ? undefined : outcome.headers["retry-after"];
        const wantedMs = retryAfterMs(retryAfter, clock.now()) ?? 0;
        if (attempt < attempts && isTransient(outcome) && wantedMs <= maxRetryAfterMs) {
          const delayMs = Math.max(backOffMs(attempt, random), wantedMs);
          log.warn("http request is repeated", { ...fields, delayMs });
          await clock.sleep(delayMs);
        } else if (outcome instanceof HttpError) {
          log.warn("http request failed", fields);
          throw outcome;
        } else {
          log.info("http request", fields);
          return outcome;
        }
      }
    },
  };
}

/** One attempt, redirects included; each host on the way takes its turn. */
async function askOnce(
  request: HttpRequest,
  send: typeof fetch,
  takeTurn: (host: string) => Promise<void>,
): Promise<HttpResponse> {
  const { method = "GET", timeoutMs = defaultTimeoutMs, maxBytes = defaultMaxBytes, body = null } = request;
  const headers = new Headers(request.headers);
  const anonymous = [...headers.keys()].every((name) => anonymousHeaders.has(name));
  if (!headers.has("user-agent")) headers.set("user-agent", userAgent);
  let url = parseUrl(request.url);
  for (let redirects = 0; ; redirects++) {
    await takeTurn(url.host);
    const what = `${method} ${url.host}${redactText(url.pathname)}`;
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await send(url, { method, headers, body, signal, redirect: "manual" });
      const next = method === "GET" && redirects < maxRedirects ? redirectOf(response, url, anonymous) : undefined;
      if (next === undefined) {
        const text = await readBody(response, maxBytes, what);
        return { status: response.status, headers: Object.fromEntries(response.headers), body: text };
      }
      await response.body?.cancel();
      url = next;
    } catch (error) {
      throw toHttpError(error, signal, what, timeoutMs);
    }
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The address is not shown: it may carry a key.
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new Error("http request: url is not an absolute http or https address");
  }
  if (url.username !== "" || url.password !== "") {
    throw new Error(`http request to ${url.host}: url holds a user name or password; send a header instead`);
  }
  return url;
}

/** Whether another attempt may go better. A body over the cap would be over it again. */
function isTransient(outcome: HttpResponse | HttpError): boolean {
  if (outcome instanceof HttpError) return outcome.kind !== "too_large";
  return outcome.status === 429 || outcome.status >= 500;
}

/** Between half of the step and the whole of it, so that clients that failed together do not come back together. */
function backOffMs(attempt: number, random: Random): number {
  const step = firstDelayMs * 2 ** (attempt - 1);
  return Math.round(step / 2 + (step / 2) * random.next());
}

/** Where an answer sends a GET on to, or undefined when the answer itself is the result. */
function redirectOf(response: Response, from: URL, anonymous: boolean): URL | undefined {
  const location = response.headers.get("location");
  if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return undefined;
  if (!URL.canParse(location, from.href)) return undefined;
  const next = new URL(location, from);
  if (next.origin === from.origin) return next;
  return anonymous && next.protocol === "https:" ? next : undefined;
}

/** @throws HttpError too_large, also when the length is announced: then nothing of it is read. */
async function readBody(response: Response, maxBytes: number, what: string): Promise<string> {
  const tooLarge = (): HttpError => new HttpError("too_large", `${what}: the body has more than ${maxBytes} bytes`);
  const { body } = response;
  if (body === null) return "";
  if (Number(response.headers.get("content-length") ?? 0) > maxBytes) {
    await body.cancel();
    throw tooLarge();
  }
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (bytes > maxBytes) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Messages of `fetch` may hold the address, so only the code of the failure is taken over. */
function toHttpError(error: unknown, signal: AbortSignal, what: string, timeoutMs: number): HttpError {
  if (error instanceof HttpError) return error;
  if (signal.aborted) return new HttpError("timeout", `${what}: no whole answer within ${timeoutMs} ms`);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error ? ("code" in cause ? String(cause.code) : cause.name) : "unknown";
  return new HttpError("network", `${what}: no answer (${code})`);
}
