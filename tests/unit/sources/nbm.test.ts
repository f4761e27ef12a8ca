import { describe, expect, it } from "vitest";
import { nbmGuidance } from "../../../core/sources/nbm.ts";
import { stations } from "../../../core/weather/stations.ts";
import { capture, haveCaptures } from "../weather/captures.ts";
import { present } from "../weather/present.ts";

const at = Date.parse("2026-11-20T14:35:00Z");
const provenance = { window_at: at, raw_key: "raw/iem-nbm/x" };
const next = (known: string[] = [], when = at) =>
  nbmGuidance.next({ at: when }, [], new Set(known)).map(({ url }) => url);
const [url = ""] = next();
const exchange = (body: string, address = url, status = 200) => ({ url: address, status, fetched_at: at + 900, body });
const head = "runtime,ftime,model,tmp,station,txn,xnd";
const run = "2026-11-20 13:00:00";
const table = (...rows: string[]) => exchange([head, ...rows, ""].join("\n"));
const row = (ftime: string, txn = "", xnd = "", station = "KMDW", model = "NBS", runtime = run) =>
  `${runtime},${ftime}:00:00,${model},41,${station},${txn},${xnd}`;
const decode = (...exchanges: ReturnType<typeof exchange>[]) => nbmGuidance.decode(exchanges, provenance);
const maxima = (...exchanges: ReturnType<typeof exchange>[]) =>
  present(decode(...exchanges).rows.nbm_forecasts).map(({ climate_date, max_f, sd_f }) => [climate_date, max_f, sd_f]);

describe("next", () => {
  it("asks each station alone, three days back when nothing is known", () => {
    expect(next()).toHaveLength(stations.length);
    expect(url).toContain(
      "/cgi-bin/request/mos.py?station=KMDW&model=NBS&sts=2026-11-17T14:35Z&ets=2026-11-20T14:35Z&format=csv",
    );
  });

  it("asks after a station's newest known run, and three days whole in the first window of a day", () => {
    const known = ["202611200100-NBS-KMDW", "202611200700-NBS-KMDW", "202611201300-NBS-KMIA"];
    expect(
      next(known)
        .slice(0, 3)
        .map((one) => new URL(one).searchParams.get("sts")),
    ).toEqual(["2026-11-20T07:01Z", "2026-11-20T13:01Z", "2026-11-17T14:35Z"]);
    expect(new URL(next(known, Date.parse("2026-11-21T00:35:00Z"))[0] ?? "").searchParams.get("sts")).toBe(
      "2026-11-18T00:35Z",
    );
  });
});

describe("decode", () => {
  it("takes the maxima of 00 UTC for the day before, and no night's minimum", () => {
    const given = table(
      row("2026-11-20 21"),
      row("2026-11-21 00", "47.0", "2.0"),
      row("2026-11-21 12", "30.0", "3.0"),
      row("2026-11-22 00", "-4", ""),
    );
    expect(maxima(given)).toEqual([
      ["2026-11-20", 47, 2],
      ["2026-11-21", -4, null],
    ]);
    expect(decode(given)).toMatchObject({ refusals: [], known: ["202611201300-NBS-KMDW"] });
    expect(present(decode(given).rows.nbm_forecasts)[0]).toEqual({
      station: "KMDW",
      run_at: Date.parse("2026-11-20T13:00:00Z"),
      climate_date: "2026-11-20",
      model: "NBS",
      max_f: 47,
      sd_f: 2,
      window_at: at,
      ingested_at: at + 900,
      decoder_version: 1,
      raw_key: "raw/iem-nbm/x",
    });
  });

  it("reads rows in any order and one that comes twice once", () => {
    const [first, second] = [row("2026-11-21 00", "47.0", "2.0"), row("2026-11-22 00", "50.0", "3.0")];
    expect(maxima(table(second, first, first))).toEqual([
      ["2026-11-21", 50, 3],
      ["2026-11-20", 47, 2],
    ]);
    const other = decode(table(first, row("2026-11-21 00", "48.0", "2.0")));
    expect(present(other.rows.nbm_forecasts).map(({ max_f }) => max_f)).toEqual([47]);
    expect(other.refusals).toMatchObject([{ kind: "content", path: "KMDW txn" }]);
  });

  it("gives a run without a maximum no row, remembers it, and says so where no run of the table has one", () => {
    expect(decode(table(row("2026-11-21 00")))).toMatchObject({
      rows: {},
      refusals: [],
      known: ["202611201300-NBS-KMDW"],
    });
    const bare = exchange(`runtime,ftime,model,tmp,station\n${run},2026-11-21 00:00:00,NBS,41,KMDW\n`);
    expect(decode(bare)).toMatchObject({ rows: {}, refusals: [{ kind: "content", path: "KMDW txn" }] });
    expect(decode(table())).toEqual({ rows: {}, refusals: [], notes: [], known: [] });
  });

  it.each([
    ["another station", row("2026-11-21 00", "47.0", "2.0", "KORD"), "KMDW station", /found "KORD"/],
    ["another model", row("2026-11-21 00", "47.0", "2.0", "KMDW", "NBE"), "KMDW model", /found "NBE"/],
    ["a maximum that cannot be", row("2026-11-21 00", "470", "2.0"), "KMDW row", /txn is "470"/],
    ["a maximum in tenths", row("2026-11-21 00", "47.5", "2.0"), "KMDW row", /whole °F/],
    ["a negative spread", row("2026-11-21 00", "47.0", "-2"), "KMDW row", /xnd is "-2"/],
    ["a word for a number", row("2026-11-21 00", "M", "2.0"), "KMDW row", /txn is "M"/],
    ["a forecast of the past", row("2026-11-20 00", "47.0", "2.0"), "KMDW row", /not after the runtime/],
    [
      "a run of another form",
      row("2026-11-21 00", "47.0", "2.0", "KMDW", "NBS", "2026-11-20T13:00"),
      "KMDW row",
      /runtime is/,
    ],
    ["a torn line", `${run},2026-11-21 00:00`, "KMDW row", /heading's fields/],
  ])("refuses %s alone", (_what, bad, path, message) => {
    const { rows, refusals } = decode(table(bad, row("2026-11-22 00", "50.0", "3.0")));
    expect(present(rows.nbm_forecasts)).toHaveLength(1);
    expect(refusals).toMatchObject([{ kind: "content", exchange: 0, path }]);
    expect(refusals[0]?.message).toMatch(message);
  });

  it.each([
    ["a renamed column", exchange("run,ftime,model,station\n"), "KMDW runtime"],
    ["an error", exchange('{"detail":"Missing sts and/or ets"}', url, 422), "KMDW status"],
    ["the guidance as a text", exchange("KDSM    NBM V5.0 NBS GUIDANCE    4/07/2026  1500 UTC\n"), "KMDW runtime"],
  ])("takes %s for drift", (_what, given, path) => {
    expect(decode(given)).toMatchObject({ rows: {}, refusals: [{ kind: "drift", path }] });
  });

  it("asks a body that was cut short again", () => {
    expect(nbmGuidance.broken?.(exchange(`${head}\n2026-11`))).toMatch(/cut short/);
    expect(nbmGuidance.broken?.(table())).toBeUndefined();
  });
});

describe.skipIf(!haveCaptures)("captured guidance", () => {
  it("reads the archive's table", () => {
    const { rows, refusals } = decode(
      exchange(capture("weather/nbm/iem_mos_nbs_knyc_20250128_01z.csv"), "file:nbs.csv"),
    );
    expect(refusals).toEqual([]);
    // txn and xnd of the three rows of 00 UTC, read off the file by eye.
    expect(
      present(rows.nbm_forecasts).map(({ station, climate_date, max_f, sd_f }) => [station, climate_date, max_f, sd_f]),
    ).toEqual([
      ["KNYC", "2025-01-28", 38, 2],
      ["KNYC", "2025-01-29", 46, 2],
      ["KNYC", "2025-01-30", 36, 1],
    ]);
  });

  it.each(["NBSUSA.txt", "NBSUSA_empty.txt", "NBS_v5.txt"])("refuses the bulletin %s: it is no table", (name) => {
    const { rows, refusals } = decode(exchange(capture(`weather/nbm/pyiem/${name}`), "file:bulletin.txt"));
    expect([rows, refusals.map(({ kind }) => kind)]).toEqual([{}, ["drift"]]);
  });

  it("refuses the captured table when another station was asked for", () => {
    const { rows, refusals } = decode(exchange(capture("weather/nbm/iem_mos_nbs_knyc_20250128_01z.csv")));
    expect(rows).toEqual({});
    expect(refusals[0]).toMatchObject({ kind: "content", path: "KMDW station" });
  });
});
