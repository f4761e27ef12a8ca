import { describe, expect, it } from "vitest";
import {
  clockCheck,
  forecastChecks,
  healthCheck,
  homeChecks,
  type HomeFacts,
  hostCheck,
  nodeCheck,
  queueChecks,
  shapeCheck,
  telegramCheck,
} from "../../../core/health/checks.ts";

const sound: HomeFacts = {
  folder: "h",
  exists: true,
  unwritable: undefined,
  owner: undefined,
  lakeRefuses: undefined,
  secretsMode: 0o600,
};
const source = { id: "s", errorImpact: "Somebody is hurt." };
const quiet = { queue: "ingest", visible: 0, delayed: 0, inFlight: 0, parked: 0, reason: undefined };

const gap = (fillable: boolean) => ({
  source: "s",
  windows: 3,
  first: "2026-10-30 18:09",
  last: "2026-11-01 00:09",
  fillable,
});

describe("the doctor's findings", () => {
  it("are problems only with a cause and a mend", () => {
    const found = [
      nodeCheck("v22.1.0"),
      ...homeChecks({ ...sound, unwritable: "EACCES" }),
      ...homeChecks({ ...sound, lakeRefuses: "EPERM", secretsMode: 0o644 }),
      clockCheck(60_000, "h"),
      hostCheck("h", { failure: "ENOTFOUND" }),
      hostCheck("h", { status: 503 }),
      hostCheck("h", { status: 429 }),
      hostCheck("h", { status: 418 }),
      shapeCheck(source, { kind: "refused", path: "markets[0].yes_bid_dollars", message: "missing" }),
      shapeCheck(source, { kind: "unanswered" }),
      telegramCheck({ token: true, chat: false }),
      ...queueChecks([{ ...quiet, parked: 2, reason: "not JSON" }]),
      ...healthCheck("s", {
        status: "blocked",
        window_at: 0,
        refusals: [{ kind: "drift", exchange: 0, path: "p", message: "m" }],
      }),
      ...forecastChecks({ ungraded: 1, unsettled: 2, gaps: [gap(false)] }),
    ];
    const problems = found.filter(({ state }) => state === "problem");
    expect(problems).toHaveLength(17);
    for (const { cause, mend } of problems) {
      expect(cause).toBeTruthy();
      expect(mend).toBeTruthy();
    }
  });

  it("send to backfill for windows that can still be asked for, and for no others", () => {
    const mendOf = (fillable: boolean) =>
      forecastChecks({ ungraded: 0, unsettled: 0, gaps: [gap(fillable)] }).at(-1)?.mend ?? "";
    expect(mendOf(true)).toBe("brier backfill s --from 2026-10-30 --to 2026-11-01, with the same --home");
    expect(mendOf(false)).not.toContain("backfill");
  });

  it("are none where all is well", () => {
    const found = [
      nodeCheck("v24.0.0"),
      ...homeChecks(sound),
      ...homeChecks({ ...sound, exists: false }),
      ...homeChecks({ ...sound, owner: { pid: 1, alive: true } }),
      clockCheck(-2_000, "h"),
      clockCheck(undefined, ""),
      hostCheck("h", { status: 404 }),
      shapeCheck(source, { kind: "decoded", rows: 1, notes: [] }),
      telegramCheck({ token: false, chat: false }),
      telegramCheck({ token: true, chat: true }),
      ...queueChecks([{ ...quiet, visible: 4 }]),
      ...healthCheck("s", { status: "ok", window_at: 0, refusals: [] }),
      ...forecastChecks({ ungraded: 0, unsettled: 0, gaps: [] }),
    ];
    expect(found.filter(({ state }) => state === "problem")).toEqual([]);
  });

  it("name the field that an upstream has changed, and who is hurt", () => {
    const { found, mend } = shapeCheck(source, {
      kind: "refused",
      path: "markets[0].yes_bid_dollars",
      message: "missing, expected string",
    });
    expect(found).toBe("refused markets[0].yes_bid_dollars: missing, expected string");
    expect(mend).toContain("Somebody is hurt.");
  });
});
