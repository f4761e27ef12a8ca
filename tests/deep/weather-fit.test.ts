/** A played home is fitted, and its later jobs read what was fitted: named as an input, and made again byte for byte. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command as weather } from "../../commands/weather.ts";
import type { Job } from "../../core/desk.ts";
import { ticks } from "../../core/ticks.ts";
import { parametersOf, priorParameters } from "../../core/weather/parameters.ts";
import { inputsOf } from "../../functions/jobs.ts";
import { UsageError } from "../../runtime/command.ts";
import { openHome } from "../../runtime/home.ts";
import { play } from "../../runtime/play.ts";
import { objects } from "../../runtime/report.ts";
import { replay } from "../../runtime/replay.ts";
import { currentParameters } from "../../runtime/weather-fit.ts";
import { answerOf, run } from "../unit/commands/terminal.ts";

const hour = 3_600_000;
const start = Date.UTC(2026, 9, 1, 14);
const fittedAt = start + 7 * 24 * hour;
const folder = mkdtempSync(join(tmpdir(), "brier-weather-fit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const needed = [
  "ingest-kalshi-markets",
  "ingest-kalshi-settlements",
  "ingest-climate-reports",
  "ingest-open-meteo-ensemble",
  "ingest-iem-nbm",
  "coordinate-weather",
  "settle-weather",
];
const threeHourly = ticks
  .filter(({ id }) => needed.includes(id))
  .map((tick) => ({ ...tick, schedule: { everyMinutes: 180, offsetMinutes: tick.schedule.offsetMinutes % 60 } }));

async function inHome<T>(work: (home: ReturnType<typeof openHome>) => Promise<T>): Promise<T> {
  const home = openHome({
    folder,
    surroundings: {
      kind: "sandbox",
      seed: "fit",
      start,
      days: 10,
      incidents: "none",
      cities: ["KLAX"],
      clock: "virtual",
    },
    log: { write: () => undefined },
  });
  try {
    return await work(home);
  } finally {
    home.close();
  }
}

interface Answer {
  parameters_version: string;
  dry_run: boolean;
  in_force: boolean;
  lines: { station: string; part: string; reason: string | null; trained: { until: string } | null }[];
}
const fit = async (values: Record<string, string | boolean> = {}) => {
  const { out, code } = await run(weather, ["fit"], { home: folder, json: true, ...values });
  return { code, ...answerOf<Answer>({ out }) };
};

beforeAll(async () => {
  if (threeHourly.length !== needed.length)
    throw new Error(`of ${needed.join(", ")} only ${threeHourly.length} are ticks`);
  await inHome((home) => play(home, { until: fittedAt, ticks: threeHourly }));
}, 120_000);

describe("brier weather fit", () => {
  it("says of each part whether it was fitted, or why the prior stays", async () => {
    const { out } = await run(weather, ["fit"], { home: folder, city: "KLAX", "dry-run": true });
    const text = out.join("\n");
    expect(text).toMatch(/KLAX +day-ahead .* prior/);
    expect(text).toMatch(/KLAX day-ahead: \d+ days with forecasts and outcomes; it needs 13/);
    expect(text).toContain("Nothing was written.");
  });

  it("refuses what it cannot read", async () => {
    await expect(run(weather, ["fit"], { home: folder, city: "KSFO" })).rejects.toThrow(UsageError);
    await expect(run(weather, ["fit"], { home: folder, scheme: "loudest" })).rejects.toThrow(
      "log-score or hazard-volume",
    );
    await expect(run(weather, ["fit"], { home: folder, "as-of": "2027-01-01T00:00:00Z" })).rejects.toThrow("future");
    await expect(run(weather, ["fit"], { home: folder, "as-of": "yesterday" })).rejects.toThrow("--as-of");
    await expect(run(weather, ["fit", "more"], { home: folder })).rejects.toThrow(UsageError);
  });

  it("is read by the jobs that come after, on days after those that it was fitted on, and by no other", async () => {
    const dry = await fit({ "dry-run": true });
    expect(dry).toMatchObject({ dry_run: true, in_force: false });
    await inHome(async ({ services }) => expect(await currentParameters(services)).toEqual([]));

    const { parameters_version, in_force, lines } = await fit();
    expect(parameters_version).toBe(dry.parameters_version);
    expect(in_force).toBe(true);
    expect(lines.map(({ part }) => part)).toContain("fusion");

    await inHome(async (home) => {
      const { services } = home;
      const { trainedUntil, version } = parametersOf(await currentParameters(services));
      expect(version).toBe(parameters_version);
      await play(home, { until: fittedAt + 7 * hour, ticks: threeHourly });
      const jobs = await objects(services.sql, "select * from jobs order by planned_at, event_ticker");
      const usedBy = Map.groupBy(jobs, (job) => String(job["parameters_version"]));
      expect([...usedBy.keys()].toSorted()).toEqual([priorParameters.version, parameters_version].toSorted());
      for (const job of usedBy.get(parameters_version) ?? []) {
        expect(Date.parse(String(job["planned_at"]))).toBeGreaterThanOrEqual(fittedAt);
        if (trainedUntil !== null) expect(String(job["climate_date"]) > trainedUntil).toBe(true);
        const named = inputsOf(job as unknown as Job).filter(({ table }) => table === "weather_parameters");
        expect(named.length).toBe(1);
      }
      const [predicted] = await objects(
        services.sql,
        "select prediction_id from predictions where parameters_version = ? order by prediction_id",
        [parameters_version],
      );
      const again = await replay(services, String(predicted?.["prediction_id"]));
      expect(again).toMatchObject({ equal: true, fault: null });
    });
  }, 60_000);
});
