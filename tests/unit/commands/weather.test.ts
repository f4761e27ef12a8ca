import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command } from "../../../commands/weather.ts";
import { CommandError, UsageError } from "../../../runtime/command.ts";
import type { Evaluation } from "../../../runtime/evaluation.ts";
import { archiveCsv } from "../weather/evaluation/archive.ts";
import { answerOf, run, type Said } from "./terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "brier-weather-"));
const captures = join(folder, "captures");
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(captures, path, ".."), { recursive: true });
  writeFileSync(join(captures, path), text);
}

const pricesCsv = [
  "timestamp,78° or below,79° to 80°,81° or above",
  "2026-03-11T14:10:00Z,20.00,50.00,30.00",
  "2026-03-12T01:10:00Z,1.00,99.00,1.00",
].join("\n");
const settled = {
  captured_at: "2026-03-13T12:00:00Z",
  actuals: { high: { cli: 80 }, low: { cli: 60 } },
  settled_markets: {
    events: [
      {
        event_ticker: "KXHIGHMIA-26MAR12",
        series: "KXHIGHMIA",
        event_date: "2026-03-12",
        close_time: "2026-03-13T05:00:00Z",
        expiration_value: "80.00",
        n_markets: 3,
        results: {
          "KXHIGHMIA-26MAR12-T79": "no",
          "KXHIGHMIA-26MAR12-B79.5": "yes",
          "KXHIGHMIA-26MAR12-T80": "no",
        },
      },
    ],
  },
};

describe("brier weather evaluate", () => {
  const svg = join(folder, "svg");
  let json: Said;
  let text: Said;
  beforeAll(async () => {
    write("weather/forecasts/a.csv", archiveCsv(["MIAMI_BEACH", "OZ"], 96));
    write("kalshi/weather/miami_minute_prices/prices-kxhighmia-26mar11-minute.csv", pricesCsv);
    write("kalshi/weather/miami_minute_prices/prices-kxhighmia-26mar12-minute.csv", pricesCsv);
    write("kalshi/weather/settled_by_city/a.jsonl", `${JSON.stringify(settled)}\n`);
    json = await run(command, ["evaluate"], { captures, svg, json: true });
    text = await run(command, ["evaluate"], { captures });
  });

  it("gives every city, lead and season its figures with intervals", () => {
    const { history, market } = answerOf<Evaluation>(json);
    const dressed = history.report.parts.filter(({ method }) => method === "dressed");
    // Two cities, all, four leads, two seasons; and two cities by four leads.
    expect(dressed).toHaveLength(2 + 1 + 4 + 2 + 8);
    for (const { crps, coverage, pit } of dressed) {
      expect(crps.byDay.low).toBeLessThanOrEqual(crps.mean);
      expect(crps.byDay.high).toBeGreaterThanOrEqual(crps.mean);
      expect(coverage).toHaveLength(3);
      expect(pit).toHaveLength(10);
    }
    expect(json.code).toBe(history.report.verdict.holds && market.verdict.holds ? 0 : 1);
  });

  it("takes the settlement where one is captured, and says which event lacks one", () => {
    const { market } = answerOf<Evaluation>(json);
    expect(market.events).toMatchObject([
      { eventTicker: "KXHIGHMIA-26MAR11", basis: "closing price", officialFrom: null },
      { eventTicker: "KXHIGHMIA-26MAR12", basis: "official", officialF: 80, winner: 1 },
    ]);
    expect(market.events[1]?.officialFrom).toBe("kalshi/weather/settled_by_city/a.jsonl");
    expect(text.out.join("\n")).toContain("Without an official outcome: KXHIGHMIA-26MAR11.");
  });

  it("prints tables for people", () => {
    const said = text.out.join("\n");
    for (const part of ["CRPS, °F", "Log score, nats", "Coverage", "PIT histogram", "OZ", "hours left"]) {
      expect(said).toContain(part);
    }
    expect(said).not.toMatch(/NaN|undefined/);
  });

  it("writes the plots as SVG that stands by itself", () => {
    for (const name of ["reliability", "pit", "pmf", "market"]) {
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
    mkdirSync(join(broken, "weather/forecasts"), { recursive: true });
    writeFileSync(join(broken, "weather/forecasts/a.csv"), "date,city\n");
    await expect(run(command, ["evaluate"], { captures: broken })).rejects.toThrow(/a\.csv.*the header lacks/);
    expect(existsSync(join(broken, "svg"))).toBe(false);
  });
});
