import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../adapters/embedded/clock.ts";
import { type Http, HttpError } from "../../../core/ports.ts";
import { sources } from "../../../core/sources.ts";
import { examine } from "../../../runtime/doctor.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "brier-doctor-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const asked: string[] = [];
const world = (request: Http["request"]) => ({
  http: {
    request: (what: Parameters<Http["request"]>[0]) => {
      asked.push(what.url);
      expect(what).toMatchObject({ timeoutMs: 5_000, repeatable: false });
      return request(what);
    },
  },
  clock: systemClock,
  live: true,
});
/** Those that ask something without a key. */
const open = sources.filter(({ secret }) => secret === undefined);
const offline = world(() => Promise.reject(new HttpError("network", "GET somewhere: no answer (ENOTFOUND)")));

describe("the doctor", () => {
  it("says of each host that it cannot be reached, when there is no network", async () => {
    const checks = await examine(folder, offline);
    const hosts = new Set(open.flatMap(({ hosts: all }) => all));
    const unreached = checks.filter(({ area, state }) => area === "host" && state === "problem");
    expect(new Set(unreached.map(({ subject }) => subject))).toEqual(hosts);
    expect(unreached[0]?.found).toContain("ENOTFOUND");
    expect(checks.filter(({ area, state }) => area === "source" && state === "problem")).toHaveLength(open.length);
  });

  it("asks the host in reserve when the usual one has no usable answer", async () => {
    asked.length = 0;
    await examine(folder, offline);
    for (const { hosts } of open)
      for (const host of hosts) expect(asked.some((url) => new URL(url).host === host)).toBe(true);
  });

  it("asks nothing of a source whose key is not set up, and never shows the key of one that has it", async () => {
    asked.length = 0;
    const of = (checks: Awaited<ReturnType<typeof examine>>) =>
      checks.find(({ area, subject }) => area === "source" && subject === "visual-crossing");
    expect(of(await examine(folder, offline))).toMatchObject({
      state: "note",
      found: expect.stringContaining("rests"),
    });
    expect(asked.filter((url) => url.includes("visualcrossing"))).toEqual([]);
    const file = join(folder, "secrets.json");
    writeFileSync(file, '{"visual-crossing-key": "K3Y/5ECRET"}');
    chmodSync(file, 0o600);
    const body = "No account found with API key 'K3Y/5ECRET'";
    const checks = await examine(
      folder,
      world(() => Promise.resolve({ status: 401, headers: {}, body })),
    );
    expect(asked.filter((url) => url.includes("visualcrossing") && url.endsWith("&key=K3Y%2F5ECRET"))).not.toEqual([]);
    expect(of(checks)?.found).toContain("HTTP 401");
    expect(JSON.stringify(checks)).not.toMatch(/5ECRET/);
  });

  it("names the field that a decoder refuses, and compares the clocks", async () => {
    const headers = { date: new Date(Date.UTC(2020, 0, 1)).toUTCString() };
    const checks = await examine(
      folder,
      world(() => Promise.resolve({ status: 200, headers, body: "{}" })),
    );
    expect(checks).toContainEqual(
      expect.objectContaining({
        subject: "kalshi-markets",
        state: "problem",
        found: expect.stringMatching(/^refused body/),
      }),
    );
    expect(checks).toContainEqual(expect.objectContaining({ area: "clock", state: "problem" }));
  });

  it("finds secrets that others may read, and leaves no trace in the lake", async () => {
    mkdirSync(join(folder, "lake"));
    writeFileSync(join(folder, "secrets.json"), "{}");
    chmodSync(join(folder, "secrets.json"), 0o644);
    const checks = await examine(folder, offline);
    expect(checks).toContainEqual(
      expect.objectContaining({
        subject: "secrets.json",
        found: "mode 644",
        mend: expect.stringContaining("chmod 600"),
      }),
    );
    expect(checks).toContainEqual(expect.objectContaining({ area: "lake", state: "ok" }));
    expect(readdirSync(join(folder, "lake"))).toEqual([]);
  });
});
