/** A home with both desks, then with one of them, then with both again: nothing is missed of what did not run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Desk } from "../../core/desk.ts";
import { chosenDesks, desks } from "../../core/desks.ts";
import { HttpError } from "../../core/ports.ts";
import { sources, sourcesOf } from "../../core/sources.ts";
import { ticksOf } from "../../core/ticks.ts";
import { examine } from "../../runtime/doctor.ts";
import { type Home, openHome } from "../../runtime/home.ts";
import { play } from "../../runtime/play.ts";
import { objects } from "../../runtime/report.ts";

const day = "2026-10-28";
const clock = (time: string) => Date.parse(`${day}T${time}:00Z`);
const folder = mkdtempSync(join(tmpdir(), "brier-chosen-"));
const weather = chosenDesks("weather");
const ofCrypto = sourcesOf(["crypto"]).map(({ id }) => id);
let home: Home;

/** Sources and the watch: what they bring is enough to be missed. */
async function run(of: readonly Desk[], until: string): Promise<void> {
  const ticks = ticksOf(of).filter(({ queue }) => queue === "ingest" || queue === "watch");
  await play(home, { until: clock(until), ticks });
}

const ask = (query: string) => objects(home.services.sql, query);
const quoted = ofCrypto.map((id) => `'${id}'`).join(", ");

beforeAll(async () => {
  home = openHome({
    folder,
    surroundings: {
      kind: "sandbox",
      seed: "chosen",
      start: clock("14:41"),
      days: 1,
      incidents: "none",
      cities: ["KMDW"],
      clock: "virtual",
    },
    log: { write: () => undefined },
  });
  await run(desks, "14:50");
  await run(weather, "16:35");
});
afterAll(() => {
  home.close();
  rmSync(folder, { recursive: true, force: true });
});

const offline = {
  http: { request: () => Promise.reject(new HttpError("network", "no answer")) },
  clock: { now: () => clock("16:35"), sleep: () => Promise.resolve() },
  live: false,
};

describe("a home that leaves a desk out", () => {
  it("asks nothing for it, misses nothing of it, and goes on with the other", async () => {
    const landed = await ask(
      `select source, count(*) as n, max(window_at) as last from ingest_ledger where entry = 'landed' group by source`,
    );
    for (const { source, last } of landed)
      if (ofCrypto.includes(String(source)))
        expect(Date.parse(String(last)), String(source)).toBeLessThanOrEqual(clock("14:50"));
    expect(landed.find(({ source }) => source === "venue-quotes")?.["n"]).toBe(10);
    expect(await ask("select * from ingest_ledger_gaps")).toEqual([]);
    expect(await ask("select rule, scope from alerts")).toEqual([]);
    // What was due while it ran is in the book, from the first instant to the last watch that knew of it.
    const [booked] = await ask(
      "select min(window_at) as first, max(window_at) as last from ingest_ledger where entry = 'expected' and source = 'venue-quotes'",
    );
    expect(Date.parse(String(booked?.["first"]))).toBe(clock("14:41"));
    expect(Date.parse(String(booked?.["last"]))).toBe(clock("14:48"));
  });

  it("says so to the doctor, who asks for the rest only", async () => {
    const checks = await examine(folder, offline);
    expect(checks).toContainEqual({ area: "home", subject: "desks", state: "ok", found: "weather; without crypto" });
    const asked = checks.filter(({ area }) => area === "source").map(({ subject }) => subject);
    expect(asked.toSorted()).toEqual(
      sourcesOf(["weather"])
        .map(({ id }) => id)
        .toSorted(),
    );
  });

  it("takes it up again without missing the time between", async () => {
    await run(desks, "17:10");
    expect(await ask("select * from ingest_ledger_gaps")).toEqual([]);
    expect(await ask("select rule, scope from alerts")).toEqual([]);
    const again = await ask(
      `select source, min(window_at) as first from ingest_ledger
       where entry = 'expected' and source in (${quoted}) and window_at > timestamp '2026-10-28 14:50:00' group by source`,
    );
    expect(again.length).toBeGreaterThan(3);
    for (const { first } of again) expect(Date.parse(String(first))).toBeGreaterThan(clock("16:35"));
    const checks = await examine(folder, offline);
    expect(checks.find(({ subject }) => subject === "desks")?.found).toBe("weather, crypto");
    expect(checks.filter(({ area }) => area === "source")).toHaveLength(sources.length);
  });
});
