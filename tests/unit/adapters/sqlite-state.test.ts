import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openQueue } from "../../../adapters/embedded/queue.ts";
import { openState, openStateReader } from "../../../adapters/embedded/state.ts";

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

test("is read beside its owner, who writes, and after him, and nothing is changed by that", async () => {
  const home = mkdtempSync(join(tmpdir(), "brier-state-"));
  const path = join(home, "home.sqlite");
  let now = Date.UTC(2026, 10, 1);
  const clock = { now: () => now, sleep: async () => {} };
  expect(() => openStateReader(path, { clock })).toThrow("unable to open");
  const owner = openState(path, { clock });
  const reader = openStateReader(path, { clock });
  expect(await reader.get("newest")).toBeUndefined();
  await owner.put("newest", { bid: 1 }, 0, { expiresAt: now + 1_000 });
  expect(await reader.get("newest")).toEqual({ value: { bid: 1 }, version: 1 });
  now += 1_000;
  expect(await reader.get("newest")).toBeUndefined();
  await owner.put("newest", { bid: 2 }, 0);
  reader.close();
  owner.close();
  const later = openStateReader(path, { clock });
  expect(await later.get("newest")).toEqual({ value: { bid: 2 }, version: 1 });
  later.close();
  rmSync(home, { recursive: true, force: true });
});
