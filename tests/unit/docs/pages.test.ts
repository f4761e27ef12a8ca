/** What README.md and docs/ say of schedules, sources and commands, held against the lists and the commands themselves. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Schedule } from "../../../core/source.ts";
import { feedIds, usualFeeds } from "../../../core/crypto/feeds.ts";
import { streamsRead } from "../../../core/crypto/job-inputs.ts";
import { knownTickers, venueTickers } from "../../../core/crypto/venues/rest.ts";
import { sources } from "../../../core/sources.ts";
import { ticks } from "../../../core/ticks.ts";
import type { Command } from "../../../runtime/command.ts";

const pages = [
  "README.md",
  ...readdirSync("docs").flatMap((name) => (name.endsWith(".md") ? [join("docs", name)] : [])),
];
const text = (page: string) => readFileSync(page, "utf8");

/** The section under a heading, without its subsections' siblings. */
function section(page: string, heading: string): string {
  const [, found] = text(page).split(`\n## ${heading}\n`);
  if (found === undefined) throw new Error(`${page} has no section "${heading}"`);
  return found.split("\n## ")[0] ?? "";
}

/** Rows of the section's tables whose first cell is an id, by that id. */
function rowsById(markdown: string): Map<string, string[]> {
  const rows = [...markdown.matchAll(/^\| `([a-z-]+)` +\|(.*)\|$/gm)];
  return new Map(rows.map(([, id = "", rest = ""]) => [id, rest.split("|").map((cell) => cell.trim())]));
}

const two = (n: number) => String(n).padStart(2, "0");

/** `:20 :50`; `:09, every 6 h`; a tick of many minutes by its first one. */
function minutesOf({ everyMinutes, offsetMinutes }: Schedule): string {
  if (everyMinutes === 1) return "every minute";
  if (everyMinutes > 60) return `:${two(offsetMinutes % 60)}, every ${everyMinutes / 60} h`;
  if (everyMinutes < 15) return `:${two(offsetMinutes)}, every ${everyMinutes} min`;
  const minutes = Array.from({ length: 60 / everyMinutes }, (_, index) => offsetMinutes + index * everyMinutes);
  return minutes.map((minute) => `:${two(minute)}`).join(" ");
}

const spanOf = (minutes: number) => (minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`);

const everyOf = ({ everyMinutes }: Schedule) =>
  everyMinutes === 1
    ? "every minute"
    : everyMinutes === 60
      ? "every hour"
      : `every ${everyMinutes > 60 ? `${everyMinutes / 60} h` : `${everyMinutes} min`}`;

describe("schedules as written", () => {
  it("docs/architecture.md names every tick with its minutes", () => {
    const rows = rowsById(section("docs/architecture.md", "What happens when"));
    expect(Object.fromEntries([...rows].map(([id, [minutes]]) => [id, minutes]))).toEqual(
      Object.fromEntries(ticks.map(({ id, schedule }) => [id, minutesOf(schedule)])),
    );
  });

  it("docs/sources.md names every source with its minutes and the age at which it is stale", () => {
    const rows = rowsById(text("docs/sources.md"));
    expect(Object.fromEntries([...rows].map(([id, [, minutes, stale]]) => [id, [minutes, stale]]))).toEqual(
      Object.fromEntries(
        sources.map(({ id, schedule, staleAfterMinutes }) => [id, [minutesOf(schedule), spanOf(staleAfterMinutes)]]),
      ),
    );
  });

  it("README.md names every source beside how often it is asked", () => {
    const [diagram = ""] = section("README.md", "One tick").split("ingest ──►");
    for (const { id, schedule } of sources) {
      const line = diagram.split("\n").find((one) => one.split(/[ (]/).includes(id));
      expect(line, id).toMatch(new RegExp(`\\b${everyOf(schedule)} `));
    }
  });
});

it("docs/sources.md says which venue is polled, which is streamed, and of which a price is made", () => {
  const [, table = ""] = section("docs/sources.md", "Bitcoin at the venues").split("Which venue is heard how:");
  const rows = [...table.matchAll(/^\| ([a-z-]*[a-z]) +\| ([\w ]*\w) +\| ([\w ]*\w) +\| (\w+)/gm)]
    .map(([, ...cells]) => cells)
    .filter(([venue]) => venue !== "venue");
  const polled = venueTickers.map(({ venue }) => venue);
  const known = knownTickers.map(({ venue }) => venue);
  const streamed = feedIds.filter((id) => id !== "kalshi");
  const said = (id: string) => [
    id,
    polled.includes(id) ? "yes" : known.includes(id) ? "on request" : "no",
    usualFeeds.includes(id) ? "yes" : streamed.includes(id) ? "on request" : "no",
    polled.includes(id) || streamsRead.includes(`stream-${id}`) ? "yes" : "no",
  ];
  expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(
    new Set([...known, ...streamed].map((venue) => JSON.stringify(said(venue)))),
  );
});

it("docs/sources.md tells the sources that can be filled up from those that cannot", () => {
  const [, can = "", cannot = ""] =
    /can be asked about the past: ([^.]*\.)([^]*)/.exec(section("docs/sources.md", "Filling up the past")) ?? [];
  for (const { id, reachesBackDays } of sources) {
    expect(can.includes(`\`${id}\``), id).toBe(reachesBackDays !== undefined);
    if (reachesBackDays !== undefined) expect(cannot.includes(`\`${id}\``), id).toBe(false);
  }
});

it("README.md names the cost that docs/cost.md computes, of all desks and of the weather alone", () => {
  const dollars = (pattern: RegExp) =>
    (pattern.exec(text("docs/cost.md")) ?? []).slice(1).map((found) => `$${Math.round(Number(found))}`);
  const [list, free] = dollars(/\*\*total\*\* \| \| \| \*\*([\d.]+)\*\* \| \*\*([\d.]+)\*\*/);
  expect(text("README.md")).toContain(`**${list} a month** at list prices, ${free} after the free tier`);
  const [alone, freeAlone] = dollars(/^\| weather \| ([\d.]+) \| ([\d.]+) /m);
  expect(text("README.md")).toContain(`with \`desks=weather\` it is about ${alone} (${freeAlone} after the free tier)`);
});

describe.each(pages)("%s", (page) => {
  it("names commands and options that there are", async () => {
    const named = [...text(page).matchAll(/\bbrier (-- )?([a-z]+)\b([^\n`#]*)/g)].map(
      ([line, asScript, name = "", rest = ""]) => ({
        line,
        asScript: asScript !== undefined,
        name,
        options: [...rest.matchAll(/--([a-z][a-z-]*)/g)].map(([, option = ""]) => option),
      }),
    );
    for (const { line, asScript, name, options } of named) {
      const file = new URL(`../../../commands/${name}.ts`, import.meta.url);
      // The word also stands in prose.
      if (!existsSync(file) && !asScript) continue;
      const { command } = (await import(file.href)) as { command: Command };
      for (const option of options) expect(["json", "help", ...Object.keys(command.options)], line).toContain(option);
    }
  });

  it("links to pages that there are, and to each once in a sentence", () => {
    const links = [...text(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
    for (const target of links.filter((one) => !/^https?:/.test(one))) {
      expect(existsSync(join(dirname(page), target)), target).toBe(true);
    }
    expect(links.filter((target, index) => target === links[index - 1])).toEqual([]);
  });
});
