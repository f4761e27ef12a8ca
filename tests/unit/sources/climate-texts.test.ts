/** The two sources that read texts from `retrieve.py`: framing, look-back, and what a text is refused for. */
import { describe, expect, it } from "vitest";
import { monthlyClimateData } from "../../../core/sources/cf6.ts";
import { dailySummaryMessages } from "../../../core/sources/dsm.ts";
import type { Source } from "../../../core/source.ts";
import { stations } from "../../../core/weather/stations.ts";
import { capture, haveCaptures } from "../weather/captures.ts";
import { present } from "../weather/present.ts";

const at = Date.parse("2026-11-20T06:55:00Z");
const provenance = { window_at: at, raw_key: "raw/x" };
const exchange = (url: string, body: string, status = 200) => ({ url, status, fetched_at: at + 900, body });
const framed = (...texts: string[]) => texts.map((text) => `\u0001\n${text}\n\u0003\n`).join("");
const urlsOf = (source: Source, known: string[] = [], when = at) =>
  source.next({ at: when }, [], new Set(known)).map(({ url }) => url);

const summary = (max = 45, { icao = "KMDW", pil = "DSMMDW", time = "200617", date = "19/11" } = {}) =>
  `189 \nCXUS43 KLOT ${time}\n${pil}\n${icao} DS ${date} ${max}1503/ 320207// 45/ 33//9951443/00/${"00/".repeat(24)}71/21201714/21261653/8=\n`;

const rule = "=".repeat(80);
const monthly = (max = 55, { pil = "CF6MDW", time = "030712" } = {}) =>
  [
    `351 \nCXUS53 KLOT ${time}\n${pil}\n   MONTH:     NOVEMBER\n   YEAR:      2026\n${rule}\nDY MAX MIN AVG\n${rule}`,
    ` 1  50  30  40   0  20   0 0.00`,
    ` 2  ${max}  36 ${String(Math.round((max + 36) / 2)).padStart(3)}   0  20   0 0.00`,
    `${rule}\nSM  ${50 + max}   66  \n`,
  ].join("\n");

describe.each([
  [dailySummaryMessages, "DSM", "202611200617-KLOT-CXUS43-DSMMDW"],
  [monthlyClimateData, "CF6", "202611200617-KLOT-CXUS53-CF6MDW"],
] as const)("$id", (source, kind, id) => {
  const [url = ""] = urlsOf(source);

  it("asks each station's texts, three days back when nothing is known", () => {
    const queries = urlsOf(source).map((one) => new URL(one).searchParams);
    expect(queries.map((query) => query.get("pil"))).toEqual(stations.map(({ site }) => `${kind}${site}`));
    for (const query of queries) {
      expect([query.get("fmt"), query.get("order"), query.get("sdate"), query.get("edate")]).toEqual([
        "text",
        "asc",
        "2026-11-17T06:55Z",
        "2026-11-20T06:55Z",
      ]);
    }
  });

  it("asks after a station's newest known text; three days whole once a day; never further back", () => {
    const from = (known: string[], when = at) =>
      new URL(urlsOf(source, known, when)[0] ?? "").searchParams.get("sdate");
    expect(from([id, id.replace("20261120", "20261119")])).toBe("2026-11-20T06:18Z");
    expect(from([`${id}-CCA`])).toBe("2026-11-20T06:18Z");
    expect(from([id.replace("20261120", "20261110")])).toBe("2026-11-17T06:55Z");
    expect(from([id.replace("MDW", "MIA")])).toBe("2026-11-17T06:55Z");
    expect(from([id], Date.parse("2026-11-21T00:20:00Z"))).toBe("2026-11-18T00:20Z");
    expect(source.next({ at }, [exchange(url, "")], new Set())).toEqual([]);
  });

  it("asks every half hour", () => {
    expect(source.schedule.everyMinutes).toBe(30);
  });

  it("takes the archive's word that there is nothing, and no other word", () => {
    const nothing = exchange(url, `ERROR: Could not Find: ${kind}MDW`);
    expect(source.decode([nothing], provenance)).toEqual({ rows: {}, refusals: [], notes: [], known: [] });
    expect(source.broken?.(nothing)).toBeUndefined();
    for (const [body, status] of [
      ["<html>", 200],
      ["service unavailable", 404],
      [summary(), 200],
    ] as const) {
      const { rows, refusals } = source.decode([exchange(url, body, status)], provenance);
      expect([rows, refusals.map((refusal) => refusal.kind)]).toEqual([{}, ["drift"]]);
    }
  });

  it("asks an answer that was cut short again, and refuses its last text when it is stored", () => {
    const good = kind === "DSM" ? summary() : monthly();
    const cut = exchange(url, `${framed(good)}\u0001\n${good.slice(0, -40)}`);
    expect(source.broken?.(cut)).toMatch(/cut short/);
    expect(source.broken?.(exchange(url, framed(good)))).toBeUndefined();
    const { rows, refusals } = source.decode([cut], provenance);
    expect(Object.values(rows).flat().length).toBeGreaterThan(0);
    expect(refusals).toMatchObject([{ kind: "content", path: `${kind}MDW`, message: "the text has no end" }]);
  });
});

describe("daily summaries", () => {
  const [url = ""] = urlsOf(dailySummaryMessages);
  const decode = (...texts: string[]) => dailySummaryMessages.decode([exchange(url, framed(...texts))], provenance);

  it("gives a row a message with where it came from", () => {
    const { rows, refusals, known } = decode(summary());
    expect([refusals, known]).toEqual([[], ["202611200617-KLOT-CXUS43-DSMMDW"]]);
    expect(rows.daily_summaries).toEqual([
      {
        product_id: "202611200617-KLOT-CXUS43-DSMMDW",
        station: "KMDW",
        climate_date: "2026-11-19",
        issued_at: Date.parse("2026-11-20T06:17:00Z"),
        kind: "final",
        as_of: null,
        max_f: 45,
        max_time: "1503",
        min_f: 32,
        min_time: "0207",
        window_at: at,
        ingested_at: at + 900,
        decoder_version: 1,
        raw_key: "raw/x",
      },
    ]);
  });

  it("keeps versions in any order, one row each, and the first of two that contradict each other", () => {
    const early = summary(44, { time: "192215" });
    const dates = (...texts: string[]) =>
      present(decode(...texts).rows.daily_summaries).map(({ kind, max_f }) => [kind, max_f]);
    expect(dates(summary(), early, early)).toEqual([
      ["final", 45],
      ["intermediate", 44],
    ]);
    expect(decode(summary(), summary()).refusals).toEqual([]);
    const contradicting = decode(summary(), summary(46));
    expect(present(contradicting.rows.daily_summaries).map(({ max_f }) => max_f)).toEqual([45]);
    expect(contradicting.refusals).toMatchObject([
      { kind: "content", message: expect.stringContaining("comes twice") },
    ]);
  });

  it.each([
    ["another product", summary(45, { pil: "DSMORD", icao: "KORD" }), /asked DSMMDW, the text says DSMORD/],
    ["another station's message", summary(45, { icao: "KORD" }), /asked KMDW, the message is of KORD/],
    ["a garbled message", summary().replace("451503", "4#1503"), /is no daily summary/],
    ["no heading", summary().replace("CXUS43 KLOT", "CXUS43"), /no WMO heading/],
  ])("refuses %s alone", (_what, bad, message) => {
    const { rows, refusals } = decode(bad, summary(41, { time: "190617", date: "18/11" }));
    expect(present(rows.daily_summaries).map(({ max_f }) => max_f)).toEqual([41]);
    expect(refusals).toMatchObject([{ kind: "content", path: "DSMMDW" }]);
    expect(refusals[0]?.message).toMatch(message);
  });
});

describe("monthly data", () => {
  const [url = ""] = urlsOf(monthlyClimateData);
  const decode = (...texts: string[]) => monthlyClimateData.decode([exchange(url, framed(...texts))], provenance);

  it("gives a row a day of every version", () => {
    const { rows, refusals, known } = decode(monthly(), monthly(56, { time: "031112" }), monthly());
    expect([refusals, known]).toEqual([[], ["202611030712-KLOT-CXUS53-CF6MDW", "202611031112-KLOT-CXUS53-CF6MDW"]]);
    expect(
      present(rows.climate_monthly).map((row) => [row.product_id.slice(0, 12), row.climate_date, row.max_f]),
    ).toEqual([
      ["202611030712", "2026-11-01", 50],
      ["202611030712", "2026-11-02", 55],
      ["202611031112", "2026-11-01", 50],
      ["202611031112", "2026-11-02", 56],
    ]);
    expect(rows.climate_monthly?.[0]).toMatchObject({
      pil: "CF6MDW",
      station: "KMDW",
      min_f: 30,
      ingested_at: at + 900,
    });
  });

  it.each([
    ["another station's page", monthly(55, { pil: "CF6ORD" }), /asked CF6MDW, the text says CF6ORD/],
    ["a page whose days do not add up", monthly().replace("SM  105", "SM  999"), /the line SM says 999/],
    ["a version that contradicts another of its minute", monthly(57, { time: "041112" }), /comes twice/],
  ])("refuses %s", (_what, bad, message) => {
    const { refusals } = decode(monthly(55, { time: "041112" }), bad);
    expect(refusals).toMatchObject([{ kind: "content", path: "CF6MDW" }]);
    expect(refusals[0]?.message).toMatch(message);
  });
});

describe.skipIf(!haveCaptures)("captured texts", () => {
  it("are read from a file, without the address that was asked, with the archive's frame or without", () => {
    const file = (path: string, seen: string) => [
      { ...exchange("file:text", capture(path)), fetched_at: Date.parse(seen) },
    ];
    const collective = dailySummaryMessages.decode(
      file("weather/dsm/pyiem/DSM.txt", "2015-11-27T07:00:00Z"),
      provenance,
    );
    expect([present(collective.rows.daily_summaries).length, collective.refusals]).toEqual([23, []]);
    const page = monthlyClimateData.decode(file("weather/cf6/pyiem/CF6DSM.txt", "2026-01-01T00:00:00Z"), provenance);
    expect([present(page.rows.climate_monthly).length, page.refusals]).toEqual([22, []]);
    const bad = monthlyClimateData.decode(file("weather/cf6/pyiem/CF6DSM_bad.txt", "2026-01-01T00:00:00Z"), provenance);
    expect(bad).toMatchObject({ rows: {}, refusals: [{ kind: "content", message: expect.stringContaining("MONTH") }] });
  });

  it("are framed as the archive's own answer is", () => {
    const [url = ""] = urlsOf(dailySummaryMessages);
    const { refusals } = dailySummaryMessages.decode(
      [exchange(url, capture("weather/iem/afos_retrieve_framing_swody1.txt"))],
      provenance,
    );
    expect(refusals).toMatchObject([{ kind: "content", path: "DSMMDW" }]);
  });
});
