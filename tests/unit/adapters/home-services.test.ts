/** Secrets, clock, random numbers and log of the embedded home. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openVirtualClock } from "../../../adapters/embedded/clock.ts";
import { createLog } from "../../../adapters/embedded/log.ts";
import { seededRandom } from "../../../adapters/embedded/random.ts";
import { openSecrets } from "../../../adapters/embedded/secrets.ts";
import { xoshiro128pp } from "../../../core/stats/prng.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "brier-home-"));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

function sequence(seed: string): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: 5 }, () => random.next());
}

/** The one line that an event writes. */
function record(event: string, fields?: Record<string, unknown>): Record<string, unknown> {
  const lines: string[] = [];
  const log = createLog({
    clock: { now: () => Date.UTC(2026, 10, 1), sleep: async () => {} },
    stream: { write: (line: string) => lines.push(line) },
  });
  log.warn(event, fields);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]*\n$/);
  return JSON.parse(lines[0] ?? "");
}

describe("secrets", () => {
  test.skipIf(process.platform === "win32").each([0o640, 0o604, 0o660, 0o610])(
    "refuses a file of mode %o and says how to mend it",
    async (mode) => {
      const path = join(home, "secrets.json");
      writeFileSync(path, '{"a": "hidden"}');
      chmodSync(path, mode);
      await expect(openSecrets(home).get("a")).rejects.toThrow(`chmod 600 ${path}`);
      chmodSync(path, 0o600);
      expect(await openSecrets(home).get("a")).toBe("hidden");
    },
  );

  test.each(['{"a": hidden', '["hidden"]', "null", '{"a": {"b": "hidden"}}', '{"a": ""}'])(
    "refuses %s without showing it",
    async (text) => {
      writeFileSync(join(home, "secrets.json"), text, { mode: 0o600 });
      const error = await openSecrets(home)
        .get("a")
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect(String(error)).toContain("secrets.json");
      expect(`${String(error)} ${(error as Error).stack}`).not.toContain("hidden");
    },
  );
});

describe("virtual clock", () => {
  const start = Date.UTC(2026, 9, 30);

  test("starts where told, then goes on where it was", async () => {
    const path = join(home, "clock");
    const clock = openVirtualClock(path, start);
    expect(clock.now()).toBe(start);
    clock.advanceTo(start + 1);
    await clock.sleep(10_000);
    expect(clock.now()).toBe(start + 1);
    expect(openVirtualClock(path, start).now()).toBe(start + 1);
  });

  test("never goes back, not even in the file", () => {
    const path = join(home, "clock");
    const clock = openVirtualClock(path, start);
    clock.advanceTo(start);
    expect(() => clock.advanceTo(start - 1)).toThrow(/cannot go back/);
    expect(() => clock.advanceTo(Number.NaN)).toThrow(/whole number/);
    expect(clock.now()).toBe(start);
    expect(openVirtualClock(path, 0).now()).toBe(start);
  });

  test("a file that holds no instant is refused", () => {
    writeFileSync(join(home, "clock"), "");
    expect(() => openVirtualClock(join(home, "clock"), start)).toThrow(/not an instant/);
  });
});

describe("random numbers", () => {
  // After 102 400 draws from the state 1, 2, 3, 4 the next is 0x2c873cfa: php-src,
  // ext/random/tests/02_engine/user_xoshiro128plusplus.phpt (there little-endian: fa3c872c). The first, by hand:
  // rotl(1 + 4, 7) + 1.
  test("xoshiro128++ gives the published draws", () => {
    const draw = xoshiro128pp([1, 2, 3, 4]);
    expect(draw()).toBe(641);
    for (let skipped = 1; skipped < 102_400; skipped++) draw();
    expect(draw()).toBe(0x2c_87_3c_fa);
  });

  test("the same seed gives the same sequence, another seed another", () => {
    expect(sequence("a")).toEqual(sequence("a"));
    expect(sequence("a")).not.toEqual(sequence("b"));
  });
});

describe("log", () => {
  test("writes one line of JSON with time, level, event and fields", () => {
    expect(
      record("step failed", { queue: "ingest", receives: 2, time: "mine", error: new TypeError("broken") }),
    ).toEqual({
      time: "2026-11-01T00:00:00.000Z",
      level: "warn",
      event: "step failed",
      queue: "ingest",
      receives: 2,
      error: { name: "TypeError", message: "broken" },
    });
  });

  test("hides what is named like a secret, at any depth, bot tokens and queries of addresses", () => {
    const line = record("calling https://a.test/x?apikey=hidden now", {
      token: "hidden",
      apiKey: "hidden",
      "KALSHI-ACCESS-SIGNATURE": "hidden",
      headers: { Authorization: "hidden", accept: "text/plain", deeper: [{ password: ["hidden"] }] },
      url: "https://api.telegram.org/bot123456:hidden-hidden/sendMessage",
      error: new Error("failed: https://a.test/?sig=hidden"),
      place: new URL("https://b.test/p?k=hidden"),
      lakeKey: "raw/kalshi-markets/a",
      raw_key: "raw/kalshi-markets/b",
    });
    expect(JSON.stringify(line)).not.toContain("hidden");
    expect(line).toMatchObject({ lakeKey: "raw/kalshi-markets/a", raw_key: "raw/kalshi-markets/b" });
    expect(line.headers).toMatchObject({ accept: "text/plain" });
  });

  test("never throws for what JSON cannot hold", () => {
    const circle: Record<string, unknown> = { count: 3n };
    circle.self = circle;
    expect(record("odd", { circle, at: new Date(Number.NaN), nothing: undefined })).toMatchObject({
      circle: { count: "3" },
      at: "<invalid date>",
    });
  });
});
