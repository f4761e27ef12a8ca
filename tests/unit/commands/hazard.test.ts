import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { command } from "../../../commands/hazard.ts";
import { CommandError, UsageError } from "../../../runtime/command.ts";
import { answerOf, run } from "./terminal.ts";
import { isDeep } from "../../runs.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "brier-hazard-"))));
afterEach(() => rmSync(folder, { recursive: true }));

interface Answer {
  date: string;
  official_f: number | null;
  fit: { dates: string[] };
  points: { pmf: number[] }[];
}

/** A recording of `days` days at Midway, and the official highs beside it. */
function record(days: number): string {
  const lines = ["stid,valid_utc,temp_f"];
  const highs = ["station,climate_date,cli_tmax_f"];
  for (let day = 0; day < days; day++) {
    const start = Date.UTC(2026, 1, 1 + day, 6);
    for (let step = 0; step < 288; step++) {
      const celsius = Math.round(4 + day - 5 * Math.cos((2 * Math.PI * (step - 36)) / 288));
      lines.push(`KMDW,${new Date(start + step * 300_000).toISOString()},${(celsius * 1.8 + 32).toFixed(1)}`);
    }
    highs.push(`KMDW,2026-02-0${day + 1},${Math.round((9 + day) * 1.8 + 32)}`);
  }
  writeFileSync(join(folder, "cli_settlement_x.csv"), highs.join("\n"));
  writeFileSync(join(folder, "obs.csv"), lines.join("\n"));
  return join(folder, "obs.csv");
}

describe("brier hazard", () => {
  it("plays a day of a recording with the other days' model, and writes its plots", async () => {
    const svg = join(folder, "plots");
    const { code, out, notes } = await run(command, ["KMDW"], { captures: record(5), date: "2026-02-03", svg });
    expect(code).toBe(0);
    expect(out[0]).toMatch(/Chicago \(KMDW\), 2026-02-03: official high 52 °F/);
    const text = out.join("\n");
    expect(text).toMatch(/4 other days \(2026-02-01, 2026-02-02, 2026-02-04, 2026-02-05\)/);
    expect(text).toMatch(/Nothing of 2026-02-03 is in it/);
    expect(notes).toHaveLength(2);
    for (const name of ["pmf", "hazard"]) {
      const file = readFileSync(join(svg, `${name}.svg`), "utf8");
      expect(file).toMatch(/^<svg[^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(file).not.toMatch(/NaN/);
    }
  });

  it("takes the folder of the recording too, when it holds one", async () => {
    const captures = record(4);
    const given = async (from: string) =>
      answerOf<Answer>(await run(command, ["KMDW"], { captures: from, json: true }));
    expect(await given(folder)).toEqual(await given(captures));
    writeFileSync(join(folder, "again.csv"), readFileSync(captures));
    await expect(run(command, ["KMDW"], { captures: folder })).rejects.toThrow(
      /several recordings .*again\.csv.*obs\.csv/,
    );
    rmSync(captures);
    rmSync(join(folder, "again.csv"));
    await expect(run(command, ["KMDW"], { captures: folder })).rejects.toThrow(/no CSV file with the columns stid/);
  });

  it("answers in JSON with a distribution for every step", async () => {
    const answer = answerOf<Answer>(await run(command, ["kmdw"], { captures: record(4), json: true }));
    expect(answer.points).toHaveLength(288);
    expect(answer.fit.dates).not.toContain(answer.date);
    expect(answer.official_f).toBe(54);
    for (const { pmf } of answer.points) expect(pmf.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
  });

  const demo = (seed: string) => run(command, ["KMIA"], { demo: true, seed, json: true });

  it("plays a day of the simulated world, another for another seed", async () => {
    expect(await demo("b")).not.toEqual(await demo("a"));
  });

  it.runIf(isDeep)("plays the same day for the same seed", async () => {
    expect(await demo("a")).toEqual(await demo("a"));
  });

  it("refuses what it cannot do, and says what would help", async () => {
    const captures = record(2);
    await expect(run(command, ["KXXX"], { demo: true })).rejects.toThrow(UsageError);
    await expect(run(command, ["KMDW"], {})).rejects.toThrow(/either --captures FILE or --demo/);
    await expect(run(command, ["KMDW"], { captures, demo: true })).rejects.toThrow(UsageError);
    await expect(run(command, ["KMDW"], { captures })).rejects.toThrow(/not enough to fit/);
    await expect(run(command, ["KMDW"], { captures, date: "2026-05-01" })).rejects.toThrow(/no readings .* 2026-05-01/);
    await expect(run(command, ["KMIA"], { captures })).rejects.toThrow(/there are none/);
    await expect(run(command, ["KMDW"], { captures: join(folder, "no.csv") })).rejects.toThrow(CommandError);
    writeFileSync(join(folder, "bad.csv"), "a,b\n1,2\n");
    await expect(run(command, ["KMDW"], { captures: join(folder, "bad.csv") })).rejects.toThrow(/no column stid/);
  });
});
