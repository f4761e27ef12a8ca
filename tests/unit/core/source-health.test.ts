import { describe, expect, it } from "vitest";
import type { Refusal, SourceHealth } from "../../../core/source.ts";
import { healthAfter } from "../../../core/source-health.ts";

const minute = 60_000;
const start = Date.UTC(2026, 9, 28, 12);
const refusal = (path: string): Refusal => ({ kind: "content", exchange: 0, path, message: `found ${path}` });
const window = (minutes: number, ...paths: string[]): SourceHealth => ({
  status: "ok",
  window_at: start + minutes * minute,
  refusals: paths.map(refusal),
});
const after = (...windows: SourceHealth[]): SourceHealth | undefined =>
  windows.reduce<SourceHealth | undefined>((stored, one) => healthAfter(stored, one), undefined);
const earlier = (health: SourceHealth | undefined) =>
  (health?.earlier ?? []).map(({ window_at, path }) => [(window_at - start) / minute, path]);

describe("the health of a source", () => {
  it("is the newest window's, and keeps what others refused for ten minutes", () => {
    const nine = after(window(0, "a"), ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((minutes) => window(minutes)));
    expect(nine).toMatchObject({ status: "ok", window_at: start + 9 * minute, refusals: [] });
    expect(earlier(nine)).toEqual([[0, "a"]]);
    expect(after(window(0, "a"), window(1), window(10))).toEqual(window(10));
    // A source that runs by the hour keeps nothing.
    expect(after(window(0, "a"), window(60))).toEqual(window(60));
  });

  it("keeps one refusal a field, the newest", () => {
    const health = after(window(0, "markets[0].x", "markets[1].x", "b"), window(2, "markets[7].x"), window(3));
    expect(earlier(health)).toEqual([
      [2, "markets[7].x"],
      [0, "b"],
    ]);
  });

  it("takes in what comes late without going back, and forgets what is mended", () => {
    const late = after(window(5, "now"), window(3, "late"));
    expect(late).toMatchObject({ window_at: start + 5 * minute, refusals: [refusal("now")] });
    expect(earlier(late)).toEqual([[3, "late"]]);
    expect(after(window(5, "now"), window(3, "late"), window(3))).toEqual(window(5, "now"));
    expect(after(window(5, "now"), window(5))).toEqual(window(5));
  });

  it("blocks by the newest window alone", () => {
    const blocked: SourceHealth = { ...window(1), status: "blocked", refusals: [{ ...refusal("x"), kind: "drift" }] };
    expect(after(window(0), blocked)?.status).toBe("blocked");
    expect(after(blocked, window(2))?.status).toBe("ok");
    expect(after(window(2), blocked)?.status).toBe("ok");
  });
});
