import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command } from "../../../commands/crypto.ts";
import { CommandError, UsageError } from "../../../runtime/command.ts";
import type { CryptoEvaluation } from "../../../runtime/crypto-evaluation.ts";
import { walkCsv } from "../crypto/evaluation/walk.ts";
import { answerOf, run, type Said } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "brier-crypto-"));
const captures = join(folder, "captures");
afterAll(() => rmSync(folder, { recursive: true }));

const days = 4;
const csv = walkCsv(days * 1_440);
const orders = [
  "created_time,fill_count_fp,taker_fill_cost_dollars,taker_fees_dollars",
  "2026-06-01T00:00:00Z,1.00,0.040000,0.002700",
];

describe("brier crypto evaluate", () => {
  const svg = join(folder, "svg");
  let json: Said;
  let text: Said;
  beforeAll(async () => {
    mkdirSync(join(captures, "crypto/candles"), { recursive: true });
    mkdirSync(join(captures, "crypto/kalshi"), { recursive: true });
    // In two files that overlap, one of them packed.
    const lines = csv.trimEnd().split("\n");
    const [head = ""] = lines;
    const cut = 2_000;
    writeFileSync(join(captures, "crypto/candles/btc_perp_1m_a.csv.gz"), gzipSync(lines.slice(0, cut).join("\n")));
    writeFileSync(join(captures, "crypto/candles/btc_perp_1m_b.csv"), [head, ...lines.slice(cut - 10)].join("\n"));
    writeFileSync(join(captures, "crypto/kalshi/x_order_fees.csv"), orders.join("\n"));
    json = await run(command, ["evaluate"], { captures, svg, json: true });
    text = await run(command, ["evaluate"], { captures });
  });

  it("scores every horizon and method with intervals", () => {
    const { history, fees } = answerOf<CryptoEvaluation>(json);
    expect(history.bars).toBe(days * 1_440);
    expect(history.report.horizons.map(({ seconds }) => seconds)).toEqual([900, 600, 300, 180, 120, 60]);
    for (const { scores } of history.report.horizons) {
      expect(Object.keys(scores)).toEqual(["constant", "momentum", "no_window", "desk", "fitted"]);
    }
    // A day of history, then three of which two would be needed on either side.
    expect(history.hours).toEqual([]);
    expect(fees?.epochs).toMatchObject([{ orders: 1, byExplanation: { one_fill: 1 } }]);
    expect(json.code).toBe(history.report.verdicts.every(({ holds }) => holds) ? 0 : 1);
  });

  it("prints tables for people", () => {
    const said = text.out.join("\n");
    for (const part of ["Brier score", "Log loss", "no_window", "900 s:", "rule from", "one_fill", "Too few days"]) {
      expect(said).toContain(part);
    }
    expect(said).not.toMatch(/NaN|undefined/);
  });

  it("writes the plots as SVG that stands by itself", () => {
    for (const name of ["crypto-brier", "crypto-reliability"]) {
      const file = readFileSync(join(svg, `${name}.svg`), "utf8");
      expect(file).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(file).not.toMatch(/NaN|undefined/);
    }
  });

  it("is told what is wrong", async () => {
    await expect(run(command, [], { captures })).rejects.toThrow(UsageError);
    await expect(run(command, ["evaluate"])).rejects.toThrow(/--captures/);
    await expect(run(command, ["evaluate"], { captures: join(folder, "absent") })).rejects.toThrow(CommandError);
    const broken = join(folder, "broken");
    mkdirSync(join(broken, "crypto/candles"), { recursive: true });
    writeFileSync(join(broken, "crypto/candles/btc_perp_1m.csv"), "time,price\n");
    await expect(run(command, ["evaluate"], { captures: broken })).rejects.toThrow(/btc_perp_1m\.csv.*header/);
    // One day is not enough to fit on one part and score on another.
    writeFileSync(join(broken, "crypto/candles/btc_perp_1m.csv"), csv.split("\n").slice(0, 1_600).join("\n"));
    await expect(run(command, ["evaluate"], { captures: broken })).rejects.toThrow(/too few bars/);
  });
});
