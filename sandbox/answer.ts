/** What every simulated service gives back. */
import type { HttpResponse } from "../core/ports.ts";

export function json(status: number, body: unknown): HttpResponse {
  return jsonText(status, JSON.stringify(body));
}

export function jsonText(status: number, body: string): HttpResponse {
  return { status, headers: { "content-type": "application/json; charset=utf-8" }, body };
}

export function plainText(status: number, body: string): HttpResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
