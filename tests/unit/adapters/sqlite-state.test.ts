import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openQueue } from "../../../adapters/embedded/queue.ts";
import { openState } from "../../../adapters/embedded/state.ts";

test("outlives its process, beside the queues in one file, and expires to the millisecond", async () => {
  const home = mkdtempSync(join(tmpdir(), "brier-state-"));
  const path = join(home, "home.sqlite");
  const start = Date.UTC(2026, 10, 1);
  let now = start;
  const clock = { now: () => now, sleep: async () => {} };
  const first = openState(path, { clock });
  const queue = openQueue(path, { clock });
  await queue.send("notify", [{ id: "n", body: 1 }]);
  await first.put("claim", "mine", 0, { expiresAt: start + 1_000 });
  await first.increment("repeats", 2);
  first.close();
  queue.close();

  const second = openState(path, { clock });
  now = start + 999;
  expect(await second.get("claim")).toEqual({ value: "mine", version: 1 });
  expect(await second.put("claim", "theirs", 0)).toBe(false);
  now = start + 1_000;
  expect(await second.get("claim")).toBeUndefined();
  expect(await second.put("claim", "theirs", 1)).toBe(false);
  expect(await second.put("claim", "theirs", 0)).toBe(true);
  expect(await second.count("repeats")).toBe(2);
  second.close();
  rmSync(home, { recursive: true, force: true });
});
