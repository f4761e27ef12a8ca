import { climateReportText as text } from "../commands/report-text.ts";
import { describe, expect, it } from "vitest";
import { climateReports } from "../../../core/sources/climate-reports.ts";
import { stations } from "../../../core/weather/stations.ts";
import { capture, haveCaptures } from "../weather/captures.ts";
import { present } from "../weather/present.ts";

const window = { at: Date.parse("2026-11-21T06:50:00Z") };
const provenance = { window_at: window.at, raw_key: "raw/climate-reports/x" };
const exchange = (url: string, body: unknown, status = 200) => ({
  url,
  status,
  fetched_at: window.at + 900,
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const base = "https://mesonet.agron.iastate.edu/api/1";
const list = (pil: string, ids: unknown[], status = 200) =>
  exchange(
    `${base}/nws/afos/list.json?pil=${pil}&date=2026-11-20`,
    { data: ids.map((product_id, index) => ({ index, product_id })) },
    status,
  );
const textOf = (productId: string, body: string, status = 200) =>
  exchange(`${base}/nwstext/${productId}`, body, status);

const id = "202611200634-KLOT-CDUS43-CLIMDW";
const corrected = "202611201434-KLOT-CDUS43-CLIMDW-CCA";
const next = (exchanges: ReturnType<typeof exchange>[], known: string[] = []) =>
  climateReports.next(window, exchanges, new Set(known)).map(({ url }) => url);
const decode = (...exchanges: ReturnType<typeof exchange>[]) => climateReports.decode(exchanges, provenance);

describe("next", () => {
  it("asks each station's lists of today and yesterday (UTC), and in turn of one of the two days before", () => {
    const datesAsked = (at: string) => {
      const urls = climateReports.next({ at: Date.parse(at) }, [], new Set()).map(({ url }) => new URL(url));
      const datesOf = (pil: string) =>
        urls.filter(({ searchParams }) => searchParams.get("pil") === pil).map((url) => url.searchParams.get("date"));
      for (const { pil } of stations) expect(datesOf(pil)).toEqual(datesOf("CLIMDW"));
      return datesOf("CLIMDW");
    };
    expect(next([])[0]).toBe(`${base}/nws/afos/list.json?pil=CLIMDW&date=2026-11-19`);
    expect(datesAsked("2026-11-21T06:20:00Z")).toEqual(["2026-11-18", "2026-11-20", "2026-11-21"]);
    expect(datesAsked("2026-11-21T06:50:00Z")).toEqual(["2026-11-19", "2026-11-20", "2026-11-21"]);
  });

  it("looks for a text within every hour of its day and of the three days after it", () => {
    const issued = Date.parse("2026-11-18T00:05:00Z");
    const date = new Date(issued).toISOString().slice(0, 10);
    for (let hour = Date.parse("2026-11-18T01:20:00Z"); hour < Date.parse("2026-11-22T00:00:00Z"); hour += 3_600_000) {
      const asked = [hour, hour + 30 * 60_000].flatMap((at) => climateReports.next({ at }, [], new Set()));
      expect(asked.some(({ url }) => url.endsWith(`date=${date}`))).toBe(true);
    }
  });

  it("then asks each text once that no window has brought, and is done", () => {
    const lists = [list("CLIMDW", [id, corrected]), list("CLIMDW", [id])];
    expect(next(lists)).toEqual([`${base}/nwstext/${id}`, `${base}/nwstext/${corrected}`]);
    expect(next(lists, [id])).toEqual([`${base}/nwstext/${corrected}`]);
    expect(next(lists, [id, corrected])).toEqual([]);
    expect(next([...lists, textOf(id, text())], [])).toEqual([]);
  });

  it("asks the other stations' texts where one list cannot be read", () => {
    const other = "202611200825-KMFL-CDUS42-CLIMIA";
    expect(next([list("CLIMDW", [7]), list("CLIMDW", [id], 503), list("CLIMIA", [other])])).toEqual([
      `${base}/nwstext/${other}`,
    ]);
  });
});

describe("decode", () => {
  it("gives a row a report with where it came from", () => {
    const { rows, refusals, notes, known } = decode(list("CLIMDW", [id]), textOf(id, text()));
    expect([refusals, notes, known]).toEqual([[], [], [id]]);
    expect(rows.climate_reports).toEqual([
      {
        product_id: id,
        section: 0,
        pil: "CLIMDW",
        station: "KMDW",
        issuing_office: "KLOT",
        bbb: null,
        site_name: "CHICAGO-MIDWAY",
        climate_date: "2026-11-19",
        issued_at: Date.parse("2026-11-20T06:34:00Z"),
        kind: "final",
        as_of: null,
        max_f: 41,
        max_time: "2:56 PM",
        max_record: false,
        max_estimated: false,
        min_f: 30,
        min_time: "4:31 AM",
        window_at: window.at,
        ingested_at: window.at + 900,
        decoder_version: 1,
        raw_key: "raw/climate-reports/x",
      },
    ]);
  });

  it("keeps every version, a correction told by the id's group alone too", () => {
    const { rows } = decode(textOf(id, text()), textOf(corrected, text("CLIMDW", "CDUS43 KLOT 201434")));
    expect(present(rows.climate_reports).map(({ kind, bbb }) => [kind, bbb])).toEqual([
      ["final", null],
      ["corrected", "CCA"],
    ]);
  });

  it("refuses another station's report alone, by its product id, and remembers it", () => {
    const second = "202611200825-KMFL-CDUS42-CLIMIA";
    const { rows, refusals, known } = decode(
      textOf(id, text("CLIORD")),
      textOf(second, text("CLIMIA", "CDUS42 KMFL 200825")),
    );
    expect(refusals).toEqual([
      { kind: "content", exchange: 0, path: id, message: "asked CLIMDW, the text says CLIORD" },
    ]);
    expect(present(rows.climate_reports).map(({ station }) => station)).toEqual(["KMIA"]);
    expect(known).toEqual([id, second]);
  });

  it.each([
    ["garbled text", text().replace("MAXIMUM         41", "MAXIMUM         4#"), /is not an indented MAXIMUM/],
    [
      "two stations under one of ours",
      `${text()}\n${text().split("\n").slice(8).join("\n")}`,
      /CLIMDW holds 2 stations/,
    ],
  ])("sets %s aside without blocking the source", (_what, body, message) => {
    const { rows, refusals, known } = decode(textOf(id, body));
    expect([rows, known]).toEqual([{}, [id]]);
    expect(refusals).toMatchObject([{ kind: "content", path: id }]);
    expect(refusals[0]?.message).toMatch(message);
  });

  it.each<[string, string, number]>([
    ["no such product", "not found", 404],
    ["an empty body", "", 200],
    ["the archive's error text", "ERROR: Could not Find: CLIMDW", 200],
    ["a web server's page", "<html><body>busy</body></html>", 200],
  ])("refuses %s and asks again: the report has not come", (_what, body, status) => {
    expect(decode(textOf(id, body, status))).toMatchObject({
      rows: {},
      known: [],
      refusals: [{ kind: "content", path: id }],
    });
  });

  it("takes no report for final that was issued before the station's day was over", () => {
    // 20 November ends at 06:00Z of the 21st in Chicago. Without AS OF line and label nothing but the time of issue tells.
    const early = "202611200830-KLOT-CDUS43-CLIMDW";
    const same = text("CLIMDW", "CDUS43 KLOT 200830")
      .replace(/NOVEMBER 19/, "NOVEMBER 20")
      .replace(/^ YESTERDAY$/m, "");
    expect(same).toContain("NOVEMBER 20");
    const { rows } = decode(textOf(early, same));
    expect(present(rows.climate_reports).map(({ climate_date, kind }) => [climate_date, kind])).toEqual([
      ["2026-11-20", "intermediate"],
    ]);
  });

  const url = list("CLIMDW", []).url;
  it.each([
    ["a list without data", exchange(url, { rows: [] }), /found nothing, expected an array/, "data"],
    [
      "a renamed id",
      exchange(url, { data: [{ index: 0, product: id }] }),
      /found nothing, expected a product id/,
      "data[0].product_id",
    ],
    ["an id of another form", list("CLIMDW", [id, "CLIMDW"]), /found "CLIMDW"/, "data[1].product_id"],
    [
      "another station's id",
      list("CLIMDW", ["202611200825-KMFL-CDUS42-CLIMIA"]),
      /CLIMDW\[-BBB\]/,
      "data[0].product_id",
    ],
    ["an id that is a number", list("CLIMDW", [7]), /found 7/, "data[0].product_id"],
    ["HTML", exchange(url, "<html>"), /found no JSON/, "$"],
    ["null", exchange(url, "null"), /expected an array/, "data"],
    ["an error", list("CLIMDW", [], 422), /found HTTP 422/, "$"],
  ])("takes %s for drift", (_what, given, message, path) => {
    const { refusals, rows } = decode(given);
    expect(rows).toEqual({});
    expect(refusals).toMatchObject([{ kind: "drift", exchange: 0, path: `list.json?pil=CLIMDW ${path}` }]);
    expect(refusals[0]?.message).toMatch(message);
  });

  it("takes a list without products as it is: nothing was issued", () => {
    expect(decode(list("CLIMDW", []))).toEqual({ rows: {}, refusals: [], notes: [], known: [] });
  });
});

describe.skipIf(!haveCaptures)("captured list and texts", () => {
  it("reads the list and the text of the archive", () => {
    const listed = exchange(
      `${base}/nws/afos/list.json?pil=CLINYC&date=2026-07-10`,
      capture("weather/iem/list_clinyc_20260710.json"),
    );
    expect(next([listed])).toEqual(
      ["202607100625", "202607102035"].map((at) => `${base}/nwstext/${at}-KOKX-CDUS41-CLINYC`),
    );
    const [final = ""] = next([listed]);
    const { rows, refusals } = decode(listed, exchange(final, capture("weather/iem/text_clinyc_202607100625.txt")));
    expect(refusals).toEqual([]);
    expect(rows.climate_reports).toMatchObject([
      { station: null, pil: "CLINYC", kind: "final", climate_date: "2026-07-09" },
    ]);
  });

  it("reads a text that comes from a file, under an id made from its heading", () => {
    const { rows } = decode(exchange("file:chi_final.txt", capture("weather/cli/six_cities/chi_final.txt")));
    expect(rows.climate_reports).toMatchObject([
      { product_id: "202607090634-KLOT-CDUS43-CLIMDW", station: "KMDW", kind: "final" },
    ]);
  });

  it("refuses the captured report under another station's id", () => {
    const { refusals } = decode(
      textOf("202607090634-KLOT-CDUS43-CLIMDW", capture("weather/cli/six_cities/mia_final.txt")),
    );
    expect(refusals).toMatchObject([{ kind: "content", message: "asked CLIMDW, the text says CLIMIA" }]);
  });
});
