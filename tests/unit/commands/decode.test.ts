import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { command } from "../../../commands/decode.ts";
import { exchangeOf, isKalshiAnswer } from "../../../runtime/payload-file.ts";
import { sourceOf } from "../../../core/sources.ts";
import { CommandError, UsageError } from "../../../runtime/command.ts";
import { eventPayload, marketPayload, seriesPayload, without } from "../market/payloads.ts";
import { climateReportText } from "./report-text.ts";
import { run } from "./terminal.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "brier-decode-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const decode = (source: string, path: string, values = {}) => run(command, [source, path], values);
const rowsOf = (out: string[]) => out.map((line): Record<string, unknown> => JSON.parse(line));

describe("brier decode", () => {
  it("reads the text of a daily summary without its frame", async () => {
    const message = `KMDW DS 19/11 451503/ 320207// 45/ 33//9951443/00/${"00/".repeat(24)}71/21201714/21261653/8=`;
    const path = file("dsm.txt", `189 \nCXUS43 KLOT 200617\nDSMMDW\n${message}\n`);
    const { code, out } = await decode("iem-daily-summaries", path, { "fetched-at": "2026-11-20T07:00:00Z" });
    expect(code).toBe(0);
    expect(rowsOf(out)).toMatchObject([{ table: "daily_summaries", station: "KMDW", kind: "final", max_f: 45 }]);
  });

  it("prints the rows of a Kalshi answer, one JSON object each", async () => {
    const { code, out } = await decode("kalshi-markets", file("e.json", { cursor: "", events: [eventPayload()] }));
    expect(code).toBe(0);
    expect(rowsOf(out).map(({ table }) => table)).toEqual(["kalshi_events", "kalshi_markets", "market_snapshots"]);
    expect(rowsOf(out)[1]).toMatchObject({
      market_ticker: "KXHIGHXYZ-26NOV02-B50.5",
      series_ticker: "KXHIGHXYZ",
      floor_strike: 50,
    });
    expect(rowsOf(out)[2]).toMatchObject({ yes_bid: 410_000, yes_bid_size: 1525, window_at: Date.UTC(2026, 0, 1) });
  });

  it("gives the same bytes for the same file, and takes the instant from --fetched-at", async () => {
    const path = file("m.json", { cursor: "", markets: [marketPayload()] });
    const [first, second] = [await decode("kalshi-markets", path), await decode("kalshi-markets", path)];
    expect(first).toEqual(second);
    const { out } = await decode("kalshi-markets", path, { "fetched-at": "2026-11-01T12:00:00Z" });
    expect(rowsOf(out)[0]).toMatchObject({ ingested_at: Date.UTC(2026, 10, 1, 12) });
  });

  it("exits 1 with the field's path when a required field is missing", async () => {
    const path = file("m.json", {
      cursor: "",
      markets: [marketPayload(), without(marketPayload(), "yes_bid_dollars")],
    });
    const { code, out, notes } = await decode("kalshi-markets", path);
    expect(code).toBe(1);
    expect(out).toEqual([]);
    expect(notes).toContainEqual(expect.stringMatching(/^refused: markets\[1\]\.yes_bid_dollars: missing/));
    const json = await decode("kalshi-markets", path, { json: true });
    expect(rowsOf(json.out)[0]).toMatchObject({ refused: [{ kind: "drift", path: "markets[1].yes_bid_dollars" }] });
  });

  it("refuses a payload that holds cents beside dollars", async () => {
    const { code, notes } = await decode("kalshi-markets", file("m.json", { market: marketPayload({ yes_bid: 41 }) }));
    expect(code).toBe(1);
    expect(notes.join("\n")).toMatch(/market\.yes_bid: the number 41: whole cents/);
  });

  it("asks for sizes in an answer as it came, not in a trimmed recording", async () => {
    const trimmed = without(without(marketPayload(), "yes_bid_size_fp"), "yes_ask_size_fp");
    expect((await decode("kalshi-markets", file("a.json", { cursor: "", markets: [trimmed] }))).code).toBe(1);
    const recording = { captured_at: "2026-11-01T12:00:00Z", markets: [trimmed] };
    expect((await decode("kalshi-markets", file("b.json", recording))).code).toBe(0);
  });

  it("reads a climate report and makes its product id from the text", async () => {
    const { code, out } = await decode("climate-reports", file("report.txt", climateReportText()));
    expect(code).toBe(0);
    expect(rowsOf(out)[0]).toMatchObject({
      table: "climate_reports",
      product_id: "202611200634-KLOT-CDUS43-CLIMDW",
      station: "KMDW",
      max_f: 41,
    });
  });

  it("takes the product id from the file's name where it stands there, and refuses another station's text", async () => {
    const path = file("202611200634-KLOT-CDUS43-CLIMDW.txt", climateReportText("CLIORD"));
    const { code, notes } = await decode("climate-reports", path);
    expect(code).toBe(1);
    expect(notes.join("\n")).toContain("asked CLIMDW, the text says CLIORD");
  });

  it("says that a file cut short is no JSON", async () => {
    const { code, notes } = await decode("open-meteo-ensemble", file("cut.json", '[{"latitude":41.7'));
    expect(code).toBe(1);
    expect(notes[0]).toMatch(/^refused: body: the body is no JSON/);
  });

  it("is told what is wrong with the command line", async () => {
    await expect(run(command, ["kalshi-markets"])).rejects.toThrow(UsageError);
    await expect(decode("nope", file("a.json", {}))).rejects.toThrow(/no source "nope"; there are kalshi-markets/);
    await expect(decode("kalshi-markets", join(folder, "absent.json"))).rejects.toThrow(CommandError);
    await expect(decode("kalshi-markets", file("a.json", {}), { "fetched-at": "soon" })).rejects.toThrow(UsageError);
  });
});

describe("the exchange around a file", () => {
  const urlOf = (body: unknown) => exchangeOf(sourceOf("kalshi-markets"), "f.json", JSON.stringify(body), 0).url;

  it("has the address that the source would have asked", () => {
    expect(urlOf({ series: seriesPayload() })).toMatch(/\/trade-api\/v2\/series\/KXHIGHXYZ$/);
    expect(urlOf({ events: [eventPayload()], cursor: "" })).toMatch(
      /\/events\?series_ticker=KXHIGHXYZ&with_nested_markets=true/,
    );
    expect(urlOf({ markets: [marketPayload()], cursor: "" })).toMatch(
      /\/markets\?series_ticker=KXHIGHXYZ&.*mve_filter=exclude/,
    );
  });

  it("names no series where the payload speaks of several", () => {
    const other = marketPayload({ event_ticker: "KXOTHER-26NOV02" });
    expect(urlOf({ markets: [marketPayload(), other] })).not.toContain("series_ticker");
  });

  it("tells an answer from what somebody made of one", () => {
    expect(isKalshiAnswer(JSON.stringify({ markets: [], cursor: "" }))).toBe(true);
    expect(isKalshiAnswer(JSON.stringify({ markets: [], captured_at: "x" }))).toBe(false);
    expect(isKalshiAnswer("not json")).toBe(false);
  });
});
