/** The captured payloads through `brier ingest`, and what SQL says of them. Skipped where there are none. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command as decode } from "../../commands/decode.ts";
import { command as ingest } from "../../commands/ingest.ts";
import { hashLake } from "../../runtime/lake-hash.ts";
import { openHomeReader } from "../../runtime/reader.ts";
import type { FileReport } from "../../runtime/recorded-files.ts";
import { answerOf, run } from "../unit/commands/terminal.ts";
import { haveCaptures } from "../unit/weather/captures.ts";

const captures = process.env["BRIER_CAPTURES"] ?? "../shared/captures";

const home = mkdtempSync(join(tmpdir(), "brier-captures-"));
const reader = openHomeReader(home);
afterAll(() => {
  reader.close();
  rmSync(home, { recursive: true });
});

interface Summary {
  outcomes: Record<string, number>;
  rows: Record<string, number>;
  reports: FileReport[];
}

async function ingestAll(): Promise<Summary> {
  const { out, code } = await run(ingest, [], { from: captures, home, json: true });
  expect(code).toBe(0);
  return answerOf<Summary>({ out });
}

async function ask(query: string): Promise<Record<string, unknown>> {
  const { columns, rows } = await reader.sql.query(query);
  return Object.fromEntries(columns.map((column, index) => [column, rows[0]?.[index]]));
}

/** The queries of docs/queries.md, as they stand there. */
const queries = [...readFileSync("docs/queries.md", "utf8").matchAll(/```sql\n([\s\S]*?)```/g)].map(
  ([, query]) => query ?? "",
);

describe.skipIf(!haveCaptures)("the captures", () => {
  let first: Summary;
  beforeAll(async () => {
    first = await ingestAll();
  });
  const outcomeOf = (part: string) =>
    first.reports.filter(({ file }) => file.includes(part)).map(({ outcome }) => outcome);

  it("of the weather markets all land", () => {
    const ours = first.reports.filter(({ file }) => file.startsWith("kalshi/weather/") && !file.endsWith(".csv"));
    expect(ours.length).toBeGreaterThan(5);
    expect(ours.filter(({ outcome }) => outcome !== "landed").map(({ file }) => file)).toEqual([]);
    expect(first.rows["kalshi_markets"]).toBeGreaterThan(400);
  });

  it("that hold cents beside dollars are refused, and name the field", () => {
    const cents = first.reports.filter(({ file }) => /market_single_(?:response|20260112_cents_era)\.json$/.test(file));
    expect(cents.map(({ outcome }) => outcome)).toEqual(["refused", "refused"]);
    for (const { refusals } of cents) expect(refusals[0]?.message).toMatch(/cents/);
  });

  it("of climate reports land, all but the one that must be rejected", () => {
    const reports = first.reports.filter(({ file }) => file.startsWith("weather/cli/") && file.endsWith(".txt"));
    expect(reports.filter(({ outcome }) => outcome !== "landed").map(({ file }) => file)).toEqual([
      "weather/cli/pyiem/CLIPPG.txt",
    ]);
  });

  it("of other trades are said to be of other kinds", () => {
    expect(new Set(outcomeOf("crypto/ws/"))).toEqual(new Set(["unknown"]));
    expect(new Set(outcomeOf("nba/nba/"))).toEqual(new Set(["unknown"]));
  });

  it("brought twice land once", async () => {
    const before = await hashLake(reader.lake);
    const second = await ingestAll();
    expect(second.outcomes["landed"]).toBe(0);
    expect(second.outcomes["repeated"]).toBe(first.outcomes["landed"]);
    expect(await hashLake(reader.lake)).toEqual(before);
  });

  it("settle as strikes and official value say: no disagreement", async () => {
    const counts = await ask(queries[0] ?? "");
    const lines = first.reports.filter(({ file }) => file.includes("settled_by_city"));
    expect(lines).not.toEqual([]);
    expect(counts["events"]).toBeGreaterThanOrEqual(75);
    expect(counts["brackets"]).toBeGreaterThanOrEqual(450);
    expect(counts["disagree"]).toBe(0);
    expect(Number(counts["agree"]) + Number(counts["not_recomputable"])).toBe(counts["brackets"]);
    const resolved = await ask(
      "select count(distinct event_ticker) as events, count(*) as brackets from latest_resolutions",
    );
    expect(resolved).toEqual({ events: 75, brackets: 450 });
  });

  it("would show a disagreement if there were one", async () => {
    // The same recomputation on results turned round: every bracket that can be recomputed disagrees.
    const turned = await ask(
      "select count(*) as n from settled_brackets where recomputed = case when result = 'yes' then 'no' else 'yes' end",
    );
    expect(turned["n"]).toBe(0);
    const known = await ask("select count(*) as n from settled_brackets where recomputed = result");
    expect(known["n"]).toBeGreaterThanOrEqual(450);
  });

  it("can be asked every question of docs/queries.md", async () => {
    expect(queries.length).toBeGreaterThan(4);
    for (const query of queries) await expect(reader.sql.query(query)).resolves.toBeDefined();
  });

  it("decode to the same rows as they land", async () => {
    const file = join(captures, "kalshi/weather/KXHIGHCHI-26OCT04.json");
    const { code, out } = await run(decode, ["kalshi-markets", file]);
    expect(code).toBe(0);
    const report = first.reports.find(({ file: name }) => name === "kalshi/weather/KXHIGHCHI-26OCT04.json");
    expect(out).toHaveLength(Object.values(report?.rows ?? {}).reduce((sum, n) => sum + n, 0));
  });
});
