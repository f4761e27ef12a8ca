/** `brier weather panel` on a lake written for it: by which parameters each minute is told, and into whose home it goes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command } from "../../../commands/weather.ts";
import { openFolderLake } from "../../../adapters/embedded/lake.ts";
import { priorParameters } from "../../../core/weather/parameters.ts";
import { readPart, writeParts } from "../../../functions/parts.ts";
import { CommandError } from "../../../runtime/command.ts";
import { homePaths } from "../../../runtime/home.ts";
import { makePanels } from "../../../runtime/weather-panel.ts";
import { run } from "../commands/terminal.ts";
import { fittedRows } from "../weather/fitted-rows.ts";
import { climateDate, end, hour, inputs, start, station } from "../weather/panel/day.ts";

const folder = mkdtempSync(join(tmpdir(), "brier-panel-"));
const lake = openFolderLake(homePaths.lake(folder));
afterAll(() => rmSync(folder, { recursive: true }));

/** A fit that jobs were pointed to from an instant on. */
async function pointed(version: string, from: number, trained_until: string): Promise<void> {
  const rows = fittedRows({ parameters_version: version, as_of: from - hour, trained_until });
  await writeParts(lake, `weather-${version}`, 1, {
    weather_parameters: rows.map((row) => ({ ...row, ingested_at: from })),
  });
}

/** Versions in the newest panel of the day, each with its first minute. */
async function versionsOf(knowledge: "recorded" | "assumed" = "recorded") {
  const range = { from: climateDate, to: climateDate };
  const [made] = await makePanels(lake, { stations: [station], range, knowledge, now: end + 72 * hour });
  const firsts = new Map<string, number>();
  for (const key of await lake.list("tables/weather_minutes/"))
    for (const row of await readPart(lake, "weather_minutes", key))
      if (row.knowledge === knowledge && !firsts.has(row.parameters_version))
        firsts.set(row.parameters_version, row.minute);
  return { outcome: made?.outcome, versions: [...firsts].toSorted(([, a], [, b]) => a - b) };
}

beforeAll(async () => {
  await writeParts(lake, "made-up", 1, inputs);
  await pointed("fit-before", start - 48 * hour, "2026-07-05");
  await pointed("fit-noon", start + 12 * hour, "2026-07-07");
  await pointed("fit-evening", start + 18 * hour, climateDate);
  await pointed("fit-after", end + 24 * hour, "2026-07-08");
});

describe("the parameters of a panel", () => {
  it("are those that jobs were pointed to at each minute, and the prior where they knew the day", async () => {
    const { outcome, versions } = await versionsOf();
    expect(outcome).toBe("created");
    expect(versions).toEqual([
      ["fit-before", 0],
      ["fit-noon", 720],
      [priorParameters.version, 1080],
    ]);
  });

  it("do not change with what jobs are pointed to later", async () => {
    await pointed("fit-later", end + 48 * hour, "2026-07-08");
    expect((await versionsOf()).outcome).toBe("repeated");
  });

  it("are the newest that were trained before the day where that is assumed", async () => {
    const { versions } = await versionsOf("assumed");
    expect(versions).toEqual([["fit-later", 0]]);
  });
});

describe("brier weather panel and diagnose", () => {
  const lock = homePaths.lock(folder);
  const written = () => lake.list("tables/weather_");

  it("name a station in the next step that has a panel", async () => {
    const { out } = await run(command, ["panel"], {
      home: folder,
      city: "KMIA,KMDW",
      from: climateDate,
      to: climateDate,
    });
    expect(out.join("\n")).toContain("where station = 'KMDW'");
    const none = await run(command, ["panel"], { home: folder, city: "KMIA", from: climateDate, to: climateDate });
    expect(none.out.join("\n")).not.toContain("Then:");
  });

  it("write nothing into a home that another process is working in", async () => {
    const before = await written();
    // The process that started this one lives on.
    writeFileSync(lock, String(process.ppid));
    try {
      const range = { home: folder, from: climateDate, to: climateDate };
      await expect(run(command, ["panel"], { ...range, assume: true, city: "KMDW" })).rejects.toThrow(CommandError);
      await expect(run(command, ["panel"], range)).rejects.toThrow(`is in use by process ${process.ppid}`);
    } finally {
      rmSync(lock);
    }
    expect(await written()).toEqual(before);
  });
});
