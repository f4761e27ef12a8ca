/** The demo's incidents in the roll-up of the settlement checks: a corrected report, a wrong station, a worded value. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command as settlements } from "../../commands/settlements.ts";
import { ticks } from "../../core/ticks.ts";
import { UsageError } from "../../runtime/command.ts";
import { openHome } from "../../runtime/home.ts";
import { play } from "../../runtime/play.ts";
import type { SettlementReport } from "../../runtime/settlements.ts";
import { readSent } from "../../sandbox/sent.ts";
import { homePaths } from "../../runtime/home.ts";
import { demoStart } from "../../sandbox/incidents.ts";
import { answerOf, run } from "../unit/commands/terminal.ts";

const hour = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), "brier-settlements-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What settling needs, once an hour: the listing, the reports, the outcomes. Nothing is predicted, all is enriched. */
const needed = [
  "ingest-kalshi-markets",
  "ingest-kalshi-settlements",
  "ingest-climate-reports",
  "coordinate-weather",
  "settle-weather",
];
const hourly = ticks
  .filter(({ id }) => needed.includes(id))
  .map((tick) => ({ ...tick, schedule: { everyMinutes: 60, offsetMinutes: tick.schedule.offsetMinutes % 60 } }));

async function report(values: Record<string, string> = {}) {
  const { out, code } = await run(settlements, [], { home: folder, json: true, ...values });
  return { code, ...answerOf<SettlementReport>({ out }) };
}

beforeAll(async () => {
  if (hourly.length !== needed.length) throw new Error(`of ${needed.join(", ")} only ${hourly.length} are ticks`);
  const home = openHome({
    folder,
    surroundings: {
      kind: "sandbox",
      seed: "brier",
      start: demoStart,
      days: 5,
      incidents: "demo",
      cities: ["KAUS", "KMDW", "KLAX"],
      clock: "virtual",
    },
    log: { write: () => undefined },
  });
  try {
    // To the daily tick of 31 October, by which all three have happened.
    await play(home, { until: demoStart + 3 * 24 * hour + 15.5 * hour, ticks: hourly });
  } finally {
    home.close();
  }
}, 120_000);

describe("brier settlements", () => {
  it("shows each of the incidents under its verdict, and nothing else", async () => {
    const { odd, days, code } = await report();
    expect(
      odd.map(({ event_ticker, source, verdict, outcome_agrees }) => [event_ticker, source, verdict, outcome_agrees]),
    ).toEqual([
      ["KXHIGHAUS-26OCT29", "climate_report", "revised", expect.any(Boolean)],
      ["KXHIGHLAX-26OCT30", "climate_report", "unparsable", true],
      ["KXHIGHCHI-26OCT30", "refused_text", "unparsable", null],
    ]);
    expect(odd[2]?.detail).toBe("asked CLIMDW, the text says CLIORD");
    // Three stations, climate days 27 to 30 October.
    expect(days).toHaveLength(12);
    expect(days.every(({ events, checks, agree }) => events === 1 && checks >= 1 && agree <= checks)).toBe(true);
    expect(code).toBe(0);
  });

  it("keeps the two labels apart", async () => {
    const { days } = await report();
    const [austin] = days.filter(({ station, climate_date }) => station === "KAUS" && climate_date === "2026-10-29");
    expect((austin?.physical_f ?? 0) - (austin?.settlement_f ?? 0)).toBe(2);
    const [angeles] = days.filter(({ station, climate_date }) => station === "KLAX" && climate_date === "2026-10-30");
    expect(angeles).toMatchObject({ settlement_source: "first_final_report", settlement_f: angeles?.physical_f });
    for (const day of days.filter((one) => one !== austin)) expect(day.settlement_f).toBe(day.physical_f);
  });

  it("told of them in one message of the day", () => {
    const rollups = readSent(homePaths.sent(folder)).filter(({ text }) => text.includes("Settlements of weather"));
    const last = rollups.at(-1)?.text ?? "";
    for (const line of ["KAUS 2026-10-29 revised", "KLAX 2026-10-30 unparsable", "KMDW 2026-10-30 unparsable"])
      expect(
        rollups.filter(({ text }) => text.includes(line)),
        line,
      ).toHaveLength(1);
    expect(last).toContain("CLIORD");
  });

  it("takes a range of days, prints a table, and refuses what is no day", async () => {
    expect(
      (await report({ from: "2026-10-30", to: "2026-10-30" })).days.map(({ climate_date }) => climate_date),
    ).toEqual(["2026-10-30", "2026-10-30", "2026-10-30"]);
    const { out } = await run(settlements, [], { home: folder });
    expect(out[0]).toMatch(/^station +day +checks +agree +late +revised/);
    expect(out.join("\n")).toMatch(
      /12 events, \d+ checks: \d+ agree, 0 late, 1 revised, 0 source differs, 2 unparsable/,
    );
    expect((await run(settlements, [], { home: folder, from: "2030-01-01" })).out).toEqual([
      "No settlement was checked in that time.",
    ]);
    await expect(run(settlements, [], { home: folder, from: "yesterday" })).rejects.toThrow(UsageError);
    await expect(run(settlements, [], { home: folder, from: "2026-10-31", to: "2026-10-30" })).rejects.toThrow(
      /is after/,
    );
  });
});
