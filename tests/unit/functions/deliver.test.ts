import { describe, expect, it } from "vitest";
import type { Delivery, Services } from "../../../core/ports.ts";
import { deliver, retryDelaysSeconds, type Step } from "../../../functions/deliver.ts";
import { Permanent } from "../../../functions/permanent.ts";

const services = { log: { info() {}, warn() {}, error() {} } } as unknown as Services;
const body = JSON.stringify({ source: "kalshi-markets", at: "2026-10-28T15:00:00Z" });
const nothing: Step<"ingest"> = () => Promise.resolve();

function delivery(change: Partial<Delivery> = {}): Delivery {
  return { id: "m", body, receives: 1, receipt: "r", ...change };
}

describe("a delivery", () => {
  it("is done when its step returns", async () => {
    expect(await deliver("ingest", nothing, delivery(), services)).toEqual({ outcome: "done" });
  });

  it.each([
    ["no JSON", "{", /^not JSON/],
    ["a missing member", JSON.stringify({ source: "kalshi-markets" }), /^not a ingest message: at/],
    ["another type", JSON.stringify({ source: 1, at: "2026-10-28T15:00:00Z" }), /^not a ingest message: source/],
    ["an unknown member", JSON.stringify({ source: "x", at: "2026-10-28T15:00:00Z", extra: 1 }), /ingest message/],
    ["no instant", JSON.stringify({ source: "x", at: "yesterday" }), /ingest message: at/],
  ])("with %s is parked at once, and the step never sees it", async (_what, text, reason) => {
    let seen = false;
    const step: Step<"ingest"> = () => {
      seen = true;
      return Promise.resolve();
    };
    const disposition = await deliver("ingest", step, delivery({ body: text }), services);
    expect(disposition).toMatchObject({ outcome: "park", reason: expect.stringMatching(reason) as string });
    expect(seen).toBe(false);
  });

  it("whose work can never succeed is parked with the reason", async () => {
    const step: Step<"ingest"> = () => Promise.reject(new Permanent("no such source"));
    expect(await deliver("ingest", step, delivery(), services)).toEqual({
      outcome: "park",
      reason: "Permanent: no such source",
    });
  });

  it("that failed is tried again, later each time", async () => {
    const step: Step<"ingest"> = () => Promise.reject(new Error("503"));
    for (const [index, afterSeconds] of retryDelaysSeconds.entries()) {
      const disposition = await deliver("ingest", step, delivery({ receives: index + 1 }), services);
      expect(disposition).toEqual({ outcome: "retry", afterSeconds, error: "Error: 503" });
    }
  });
});
