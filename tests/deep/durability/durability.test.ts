import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../adapters/embedded/random.ts";
import type { Delivery, QueueName } from "../../../core/ports.ts";
import { queueNames } from "../../../functions/steps.ts";
import { type Home, homePaths } from "../../../runtime/home.ts";
import { hashLake, type LakeContents } from "../../../runtime/lake-hash.ts";
import { play } from "../../../runtime/play.ts";
import { work } from "../../../runtime/workers.ts";
import { readSent } from "../../../sandbox/sent.ts";
import { instrument, openShortRun, until } from "./short-run.ts";

const kills = 50;

interface Outcome {
  lake: LakeContents;
  grades: number;
  parked: number;
  messages: string[];
}

async function outcomeOf(home: Home): Promise<Outcome> {
  const { rows } = await home.services.sql.query("select count(*) as n from grades");
  return {
    lake: await hashLake(home.services.lake),
    grades: Number(rows[0]?.[0]),
    parked: Object.values(home.queue.depths()).reduce((sum, { parked }) => sum + parked, 0),
    messages: readSent(homePaths.sent(home.folder)).map((message) => JSON.stringify(message)),
  };
}

const folders: string[] = [];
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "brier-durability-"));
  folders.push(folder);
  return folder;
}

let undisturbed: Outcome;
let operations = 0;

beforeAll(async () => {
  const home = openShortRun(newFolder());
  const counted = instrument(home, () => {
    operations += 1;
  });
  await play(counted, { until });
  undisturbed = await outcomeOf(home);
  home.close();
});

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The alert that a message speaks of: the last `<code>` names it. */
function alertOf(body: string): string {
  return /alert-[0-9a-f]{20}/.exec(body)?.[0] ?? "no alert id";
}

describe("an undisturbed short run", () => {
  it("grades forecasts, sends messages and parks nothing", () => {
    expect(undisturbed.grades).toBeGreaterThan(0);
    expect(undisturbed.messages.length).toBeGreaterThan(0);
    expect(undisturbed.parked).toBe(0);
    expect(new Set(undisturbed.messages.map(alertOf)).size).toBe(undisturbed.messages.length);
  });
});

describe(`a run killed with SIGKILL at ${kills} random operations`, () => {
  it("ends with the same lake, no lost grade, and at most one marked repeat of a message per kill", async () => {
    const folder = newFolder();
    const random = seededRandom("kills");
    // Spread so that the fifty deaths are over shortly before the work is.
    const span = Math.floor((operations * 1.6) / kills);
    let deaths = 0;
    for (let finished = false; !finished;) {
      const operation = deaths < kills ? 1 + Math.floor(random.next() * span) : 0;
      const player = spawnSync(process.execPath, [join(import.meta.dirname, "player.ts"), folder, String(operation)], {
        encoding: "utf8",
      });
      if (player.signal === "SIGKILL") deaths += 1;
      else {
        expect(player.stderr).not.toMatch(/Error/);
        expect(player.status).toBe(0);
        finished = true;
      }
    }
    expect(deaths).toBe(kills);
    const home = openShortRun(folder);
    const outcome = await outcomeOf(home);
    home.close();
    expect(outcome.lake).toEqual(undisturbed.lake);
    expect(outcome.grades).toBe(undisturbed.grades);
    expect(outcome.parked).toBe(0);
    // Every alert arrived, and unmarked just once.
    const unmarked = outcome.messages.filter((body) => !body.includes("possibly repeated"));
    const marked = outcome.messages.filter((body) => body.includes("possibly repeated"));
    const expected = new Set(undisturbed.messages.map(alertOf));
    expect(new Set(outcome.messages.map(alertOf))).toEqual(expected);
    expect(new Set(unmarked.map(alertOf)).size).toBe(unmarked.length);
    expect(marked.length).toBeLessThanOrEqual(kills);
  });
});

describe("a run killed from outside, in the middle of whatever it does", () => {
  it("ends with the same lake", async () => {
    const folder = newFolder();
    const random = seededRandom("from outside");
    let deaths = 0;
    for (let finished = false; !finished;) {
      // From the start of the process: the first deaths come before anything was opened.
      const timeout = deaths < 12 ? 200 + Math.floor(random.next() * 1_500) : undefined;
      const player = spawnSync(process.execPath, [join(import.meta.dirname, "player.ts"), folder, "0"], {
        encoding: "utf8",
        killSignal: "SIGKILL",
        ...(timeout === undefined ? {} : { timeout }),
      });
      if (player.signal === "SIGKILL") deaths += 1;
      else {
        expect(player.stderr).not.toMatch(/Error/);
        expect(player.status).toBe(0);
        finished = true;
      }
    }
    expect(deaths).toBeGreaterThan(0);
    const home = openShortRun(folder);
    const outcome = await outcomeOf(home);
    home.close();
    expect(outcome.lake).toEqual(undisturbed.lake);
    expect(outcome.grades).toBe(undisturbed.grades);
    expect(new Set(outcome.messages.map(alertOf))).toEqual(new Set(undisturbed.messages.map(alertOf)));
  });
});

describe("a run in which every message arrives three times in random order", () => {
  it("ends with the same lake", async () => {
    const random = seededRandom("thrice");
    const home = openShortRun(newFolder());
    await play(home, {
      until,
      async drain({ queue, services }) {
        for (;;) {
          const held: [QueueName, Delivery][] = [];
          for (const name of queueNames) {
            for (let more = await queue.receive(name, 100); more.length > 0; more = await queue.receive(name, 100)) {
              held.push(...more.map((delivery): [QueueName, Delivery] => [name, delivery]));
            }
          }
          if (held.length === 0) return;
          const thrice = [...held, ...held, ...held]
            .map((item) => ({ item, at: random.next() }))
            .toSorted((a, b) => a.at - b.at);
          for (const { item } of thrice) await work(item[0], item[1], queue, services);
        }
      },
    });
    const outcome = await outcomeOf(home);
    home.close();
    expect(outcome.lake).toEqual(undisturbed.lake);
    expect(outcome.parked).toBe(0);
    expect(new Set(outcome.messages.map(alertOf)).size).toBe(outcome.messages.length);
  });
});
