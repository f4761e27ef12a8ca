/** On the embedded home: a tick that comes too late must not be planned from the present. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { coordinate } from "../../../functions/coordinate/step.ts";
import { ticks } from "../../../core/ticks.ts";
import { type Home, openHome } from "../../../runtime/home.ts";
import { play } from "../../../runtime/play.ts";

const hour = 3_600_000;
const start = Date.UTC(2026, 9, 28, 15);
let home: Home;

beforeEach(async () => {
  home = openHome({
    folder: mkdtempSync(join(tmpdir(), "brier-coordinate-")),
    surroundings: {
      kind: "sandbox",
      seed: "late",
      start,
      days: 2,
      incidents: "none",
      cities: ["KMDW"],
      clock: "virtual",
    },
    log: { write: () => undefined },
  });
  const ingestOnly = ticks.filter(({ queue }) => queue === "ingest");
  await play(home, { until: start + hour, ticks: ingestOnly });
});

afterEach(() => {
  home.close();
  rmSync(home.folder, { recursive: true });
});

const planned = async () => (await home.services.lake.list("tables/jobs/")).length;

describe("coordinate", () => {
  it("plans a tick that is on time", async () => {
    await coordinate({ desk: "weather", at: new Date(start + hour).toISOString() }, home.services);
    expect(await planned()).toBe(1);
  });

  it("plans nothing for a tick whose inputs would be from after it", async () => {
    await coordinate({ desk: "weather", at: new Date(start + 5 * 60_000).toISOString() }, home.services);
    expect(await planned()).toBe(0);
  });
});
