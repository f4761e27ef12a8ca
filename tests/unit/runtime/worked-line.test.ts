import { describe, expect, it } from "vitest";
import { workedLine } from "../../../runtime/worked-line.ts";

const at = Date.UTC(2026, 10, 1, 14, 0, 7);
const first = { id: "ingest-kalshi-markets@2026-11-01T14:00:00.000Z", receives: 1 };

describe("what brier up says of a message", () => {
  it("names what was done, and is silent about the many jobs", () => {
    expect(workedLine("ingest", first, { outcome: "done" }, at)).toBe(
      "14:00:07  ingest      ingest-kalshi-markets@2026-11-01T14:00:00.000Z",
    );
    expect(workedLine("predict", first, { outcome: "done" }, at)).toBeUndefined();
  });

  // Without a network every source fails, and a line that looks like success would hide it.
  it("says of a failure why, and when it is tried again", () => {
    const failed = { outcome: "retry", afterSeconds: 270, error: "Error: no answer (ENOTFOUND)" } as const;
    expect(workedLine("ingest", first, failed, at)).toMatch(/failed, tried again in 4\.5 min: .*ENOTFOUND/);
    expect(workedLine("predict", first, failed, at)).toContain("failed");
    expect(workedLine("ingest", { ...first, receives: 5 }, failed, at)).toContain("failed 5 times and is given up");
  });

  it("says of parked work that it is given up, and why", () => {
    expect(workedLine("enrich", first, { outcome: "park", reason: "not JSON" }, at)).toContain("is given up: not JSON");
  });
});
