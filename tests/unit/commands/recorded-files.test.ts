import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFolderLake } from "../../../adapters/embedded/lake.ts";
import type { Lake } from "../../../core/ports.ts";
import { hashLake } from "../../../runtime/lake-hash.ts";
import { ingestFile, recordedFiles } from "../../../runtime/recorded-files.ts";
import { marketPayload } from "../market/payloads.ts";
import { climateReportText } from "./report-text.ts";

let root: string;
let from: string;
let lake: Lake;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "brier-recorded-"));
  from = join(root, "from");
  mkdirSync(join(from, "deep"), { recursive: true });
  lake = openFolderLake(join(root, "lake"));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(name: string, content: unknown): string {
  writeFileSync(join(from, name), typeof content === "string" ? content : JSON.stringify(content));
  return name;
}

const recording = { captured_at: "2026-11-01T12:34:56Z", markets: [marketPayload()] };

describe("recorded files", () => {
  it("are found in subfolders by their endings, sorted, hidden ones left out", () => {
    for (const name of ["b.json", "deep/a.txt", ".hidden.json", "c.gz", "d.csv"]) write(name, "x");
    expect(recordedFiles(from)).toEqual(["b.json", "d.csv", "deep/a.txt"]);
  });

  it("land with the instant of the recording, and their bytes stay under raw/recordings", async () => {
    const report = await ingestFile(lake, from, write("m.json", recording));
    expect(report).toMatchObject({ outcome: "landed", rows: { kalshi_markets: 1, market_snapshots: 1 } });
    const keys = await lake.list("");
    expect(keys.filter((key) => key.startsWith("raw/recordings/"))).toHaveLength(1);
    expect(
      keys.filter((key) =>
        /^tables\/(?:ingest_ledger|kalshi_markets|market_snapshots)\/dt=2026-11-01\/recordings-/.test(key),
      ),
    ).toHaveLength(3);
  });

  it("land once, whatever they are called", async () => {
    await ingestFile(lake, from, write("m.json", recording));
    const before = await hashLake(lake);
    expect(await ingestFile(lake, from, "m.json")).toMatchObject({ outcome: "repeated" });
    expect(await ingestFile(lake, from, write("deep/copy.json", recording))).toMatchObject({ outcome: "repeated" });
    expect(await hashLake(lake)).toEqual(before);
  });

  it("land after a crash between the rows and the book", async () => {
    await ingestFile(lake, from, write("m.json", recording));
    const whole = await hashLake(lake);
    const [book] = await lake.list("tables/ingest_ledger/");
    rmSync(join(root, "lake", book ?? ""));
    expect(await ingestFile(lake, from, "m.json")).toMatchObject({ outcome: "landed" });
    expect(await hashLake(lake)).toEqual(whole);
  });

  it("are refused with cents, quarantined with the reason, and leave no row", async () => {
    const report = await ingestFile(
      lake,
      from,
      write("m.json", { ...recording, markets: [marketPayload({ volume: 3 })] }),
    );
    expect(report.outcome).toBe("refused");
    expect(report.refusals[0]?.path).toBe("markets[0].volume");
    expect(await lake.list("tables/")).toEqual([]);
    const [key] = await lake.list("quarantine/recordings/");
    expect(new TextDecoder().decode(await lake.get(key ?? ""))).toContain("markets[0].volume");
  });

  it("of other kinds are said to be so, not refused", async () => {
    write("a.json", { events: [{ id: 1 }], channel: "candles" });
    write("b.txt", "METAR KMDW 201853Z");
    write("c.csv", "a,b\n1,2");
    for (const file of ["a.json", "b.txt", "c.csv"])
      expect(await ingestFile(lake, from, file)).toMatchObject({ outcome: "unknown", refusals: [] });
    expect(await lake.list("")).toEqual([]);
  });

  it("may be climate reports, known from their issue on", async () => {
    expect(await ingestFile(lake, from, write("r.txt", climateReportText()))).toMatchObject({
      outcome: "landed",
      rows: { climate_reports: 1 },
    });
    expect(await lake.list("tables/climate_reports/dt=2026-11-20/")).toHaveLength(1);
    const bad = await ingestFile(
      lake,
      from,
      write("bad.txt", climateReportText().replace("NOVEMBER 19", "NOVEMBER 31")),
    );
    expect(bad.outcome).toBe("refused");
  });

  it("may be lists of products, which hold no rows", async () => {
    const list = { data: [{ index: 0, pil: "CLIMDW", product_id: "202611200634-KLOT-CDUS43-CLIMDW" }] };
    expect(await ingestFile(lake, from, write("l.json", list))).toMatchObject({ outcome: "empty", refusals: [] });
  });
});
