import { describe, expect, it } from "vitest";
import { parseClimateReport } from "../../../core/weather/climate-report.ts";
import { capture, haveCaptures } from "./captures.ts";
import { present } from "./present.ts";

/** A report in the layout of reference section 3.4, of a made-up station. */
function report(
  change: {
    heading?: string;
    pil?: string;
    title?: string;
    issued?: string;
    headline?: string;
    asOf?: string;
    columns?: string;
    label?: string;
    rows?: string[];
  } = {},
): string {
  return [
    "000",
    change.heading ?? "CDUS43 KXXX 110634",
    change.pil ?? "CLIXXX",
    "",
    change.title ?? "CLIMATE REPORT",
    "NATIONAL WEATHER SERVICE SOMEWHERE",
    change.issued ?? "134 AM CDT SAT JUL 11 2026",
    "",
    "...................................",
    "",
    change.headline ?? "...THE SOMEWHERE AIRPORT CLIMATE SUMMARY FOR JULY 10 2026...",
    ...(change.asOf === undefined ? [] : [change.asOf]),
    "",
    change.columns ?? "WEATHER ITEM   OBSERVED TIME   RECORD YEAR NORMAL DEPARTURE LAST",
    "                VALUE   (LST)  VALUE       VALUE  FROM      YEAR",
    "...................................................................",
    "TEMPERATURE (F)",
    ` ${change.label ?? "YESTERDAY"}`,
    ...(change.rows ?? [
      "  MAXIMUM         71   2:56 PM 106    1936  85      4       85",
      "  MINIMUM         57   4:31 AM  49    1934  67      0       70",
    ]),
    "  AVERAGE         64                        76      2       78",
    "",
    "PRECIPITATION (IN)",
    "  YESTERDAY        0.00          2.41 1951   0.11  -0.11     0.05",
    "",
    "THE SOMEWHERE CLIMATE NORMALS FOR TODAY",
    " MAXIMUM TEMPERATURE (F)   95       106      2022",
    " MINIMUM TEMPERATURE (F)   60        20      1888",
    "$$",
  ].join("\n");
}

function read(text: string, productId?: string) {
  const parsed = parseClimateReport(text, productId);
  if ("refusal" in parsed) throw new Error(parsed.refusal);
  return { ...parsed.report, section: present(parsed.report.sections[0]) };
}
const refusal = (text: string, productId?: string) => {
  const parsed = parseClimateReport(text, productId);
  return "refusal" in parsed ? parsed.refusal : `not refused: ${JSON.stringify(parsed.report)}`;
};

describe("parseClimateReport", () => {
  it("takes no trace for a number: T for the rain changes nothing, T for the maximum is refused", () => {
    const rain = report().replace("YESTERDAY        0.00", "YESTERDAY           T");
    expect(rain).not.toBe(report());
    expect(read(rain)).toEqual(read(report()));
    const rows = ["  MAXIMUM          T   2:56 PM 106    1936", "  MINIMUM         57   4:31 AM  49    1934"];
    expect(refusal(report({ rows }))).toMatch(/MAXIMUM {10}T .* is not an indented MAXIMUM with its value/);
  });

  it("reads a final report", () => {
    expect(parseClimateReport(report())).toEqual({
      report: {
        productId: "202607110634-KXXX-CDUS43-CLIXXX",
        pil: "CLIXXX",
        wmo: "CDUS43",
        office: "KXXX",
        bbb: null,
        issuedAt: Date.parse("2026-07-11T06:34:00Z"),
        sections: [
          {
            siteName: "SOMEWHERE AIRPORT",
            climateDate: "2026-07-10",
            kind: "final",
            asOf: null,
            maximum: { value: 71, time: "2:56 PM", record: false, estimated: false },
            minimum: { value: 57, time: "4:31 AM", record: false, estimated: false },
          },
        ],
      },
    });
  });

  it("takes no value from the normals of the next day when the MAXIMUM row is missing", () => {
    const { section } = read(report({ rows: ["  MINIMUM         57   4:31 AM  49"] }));
    expect(section.maximum.value).toBeNull();
    expect(section.minimum.value).toBe(57);
  });

  it("ends the block at the normals where no other block stands between", () => {
    const text = report().replace(/PRECIPITATION[\s\S]*?\n\n/, "");
    expect(text).not.toContain("PRECIPITATION");
    expect(read(text).section.maximum.value).toBe(71);
  });

  it.each([
    ["  MAXIMUM        100R   247 PM 100", { value: 100, time: "247 PM", record: true, estimated: false }],
    ["  MAXIMUM         57(E)  221 AM  88", { value: 57, time: "221 AM", record: false, estimated: true }],
    ["  MAXIMUM         57*  1212 PM  88", { value: 57, time: "1212 PM", record: false, estimated: false }],
    ["  MAXIMUM        -21R   355 AM -21", { value: -21, time: "355 AM", record: true, estimated: false }],
    ["  MAXIMUM         MM", { value: null, time: null, record: false, estimated: false }],
    ["  MAXIMUM         MM        MM 101", { value: null, time: null, record: false, estimated: false }],
    ["  MAXIMUM         44        MM  54", { value: 44, time: null, record: false, estimated: false }],
    ["  MAXIMUM         47", { value: 47, time: null, record: false, estimated: false }],
    ["  MAXIMUM\t\t87\t2:34 PM\t100", { value: 87, time: "2:34 PM", record: false, estimated: false }],
    ["\tMAXIMUM\t87", { value: 87, time: null, record: false, estimated: false }],
    ["  MAXIMUM          0  0714 PM  46", { value: 0, time: "0714 PM", record: false, estimated: false }],
  ])("reads the row %j", (row, expected) => {
    expect(read(report({ rows: [row, "  MINIMUM         -3"] })).section.maximum).toEqual(expected);
  });

  it("refuses a row whose observed column is blank: its first number is the record", () => {
    expect(refusal(report({ rows: ["  MAXIMUM                       106    1936  85"] }))).toMatch(
      /beyond the column OBSERVED/,
    );
  });

  it.each([
    [["  MAXIMUM         71", "  MAXIMUM         72"], /2 rows MAXIMUM/],
    [["MAXIMUM 89 150 PM 91 2008"], /not an indented MAXIMUM/],
    [["  MAXIMUM         T"], /not an indented MAXIMUM/],
    [["  MAXIMUM        711"], /MAXIMUM is 711 °F/],
    // The observed column is blank: what comes first is its time, the hour of which would pass for degrees.
    [["  MAXIMUM              112 PM 106    1936  85"], /not an indented MAXIMUM/],
    [["  MAXIMUM         92 PM"], /not an indented MAXIMUM/],
    [["  MAXIMUM\t\t\t106\t1936"], /beyond the column OBSERVED/],
    [["  MAXIMUM         7.1"], /not an indented MAXIMUM/],
  ])("refuses the rows %j", (rows, reason) => {
    expect(refusal(report({ rows }))).toMatch(reason);
  });

  it.each([
    ["VALID TODAY AS OF 0400 PM LOCAL TIME.", "0400 PM"],
    ["VALID AS OF 0600 AM LOCAL TIME.", "0600 AM"],
    ["...VALID AS OF 0600 AM LOCAL TIME...", "0600 AM"],
  ])("takes %j as intermediate", (asOf, expected) => {
    const { section } = read(report({ asOf, label: "TODAY" }));
    expect([section.kind, section.asOf]).toEqual(["intermediate", expected]);
  });

  it("a report issued on its own day is no final, whatever its label", () => {
    const change = { heading: "CDUS43 KXXX 102134", issued: "434 PM CDT FRI JUL 10 2026" };
    expect(read(report(change)).section).toMatchObject({ kind: "intermediate", asOf: null });
    expect(read(report({ ...change, label: "" })).section.kind).toBe("intermediate");
  });

  it("ends our station's day at midnight of standard time", () => {
    // In daylight time 12:59 a.m. of the 11th still belongs to the 10th in Chicago.
    const kind = (id: string, heading: string) => read(report({ pil: "CLIMDW", heading, issued: "" }), id).section.kind;
    expect(kind("202607110559-KXXX-CDUS43-CLIMDW", "CDUS43 KXXX 110559")).toBe("intermediate");
    expect(kind("202607110600-KXXX-CDUS43-CLIMDW", "CDUS43 KXXX 110600")).toBe("final");
  });

  it("a report of TODAY without an AS OF line is no final", () => {
    expect(read(report({ label: "TODAY" })).section).toMatchObject({ kind: "intermediate", asOf: null });
  });

  it.each([
    ["group", { heading: "CDUS43 KXXX 110634 CCA" }],
    ["title", { title: "CLIMATE REPORT (CORRECTION)" }],
    ["title with dots", { title: "CLIMATE REPORT...CORRECTED" }],
    ["title before", { title: "CORRECTED CLIMATE REPORT" }],
    ["old group", { heading: "CDUS43 KXXX 110634 COR" }],
    ["headline", { headline: "...THE SOMEWHERE AIRPORT CLIMATE SUMMARY FOR JULY 10 2026 CORRECTION..." }],
    ["headline", { headline: "...THE SOMEWHERE AIRPORT CLIMATE SUMMARY FOR JULY 10 2026 (CORRECTION)..." }],
    ["headline", { headline: "...THE SOMEWHERE AIRPORT CLIMATE SUMMARY FOR JULY 10 2026...CORRECTED..." }],
  ])("tells a correction by its %s", (_by, change) => {
    expect(read(report(change)).section).toMatchObject({ kind: "corrected", climateDate: "2026-07-10" });
    expect(read(report({ ...change, asOf: "VALID TODAY AS OF 0400 PM LOCAL TIME." })).section.kind).toBe(
      "intermediate",
    );
  });

  it("does not take a delayed (RRA) report for a correction, and keeps its group", () => {
    const parsed = read(report({ heading: "CDUS43 KXXX 110634 RRA" }));
    expect([parsed.bbb, parsed.section.kind, parsed.productId]).toEqual([
      "RRA",
      "final",
      "202607110634-KXXX-CDUS43-CLIXXX-RRA",
    ]);
  });

  it.each([
    "...THE SOMEWHERE AIRPORT CLIMATE SUMMARY FROM JULY 10 2026 TO JULY 10 2026...",
    "...THE SOMEWHERE AIRPORT CLIMATE SUMMARY FOR FROM JULY 10 2026 TO JULY 10 2026...",
    "...THE SOMEWHERE AIRPORT CLIMATE SUMMARY FROM JULY 10 2026...",
    "...THE SOMEWHERE AIRPORT CLIMATE SUMMARY FOR\nJUL 10 2026...",
  ])("reads the headline %j", (headline) => {
    expect(read(report({ headline })).section).toMatchObject({
      siteName: "SOMEWHERE AIRPORT",
      climateDate: "2026-07-10",
    });
  });

  it("refuses a summary of several days", () => {
    const headline = "...THE SOMEWHERE AIRPORT CLIMATE SUMMARY FROM JULY 1 2026 TO JULY 10 2026...";
    expect(refusal(report({ headline }))).toMatch(/not of one day/);
  });

  it("reads through transmission marks and carriage returns", () => {
    expect(read(`\u0001\r\r\n${report().replaceAll("\n", "\r\r\n")}\r\r\n\u0003`).section.maximum.value).toBe(71);
    expect(refusal(`\u0001${report()}\u0003\u0001${report()}\u0003`)).toMatch(/2 products/);
  });

  it.each([
    ["Could not Find", "ERROR: Could not Find: CLIXXX", /the archive found nothing/],
    ["empty body", "", /no WMO heading/],
    ["HTML", "<html><body>503</body></html>", /no WMO heading/],
    ["another product", report({ pil: "CF6XXX" }), /expected CLI and a site/],
    ["no headline", report({ headline: "...SOMETHING ELSE..." }), /no headline/],
    ["no such day", report({ headline: "...THE X CLIMATE SUMMARY FOR JUNE 31 2026..." }), /no date/],
    ["no columns", report({ columns: "" }), /no WEATHER ITEM heading/],
    ["a date ahead", report({ headline: "...THE X CLIMATE SUMMARY FOR JULY 13 2026..." }), /lies after the issue/],
    [
      "a heading of another day",
      report({ heading: "CDUS43 KXXX 220440" }),
      /does not fit the local date of issue 2026-07-11/,
    ],
    ["no local date", report({ issued: "" }), /no line with the local date/],
    ["an impossible time", report({ heading: "CDUS43 KXXX 112560" }), /must be ddhhmm/],
  ])("refuses %s", (_what, text, reason) => {
    expect(refusal(text)).toMatch(reason);
  });

  it("takes the issue instant from heading and product id, across the end of a month", () => {
    const text = report({
      heading: "CDUS43 KXXX 010134",
      issued: "",
      headline: "...THE X CLIMATE SUMMARY FOR JULY 31 2026...",
    });
    expect(read(text, "202608010130-KXXX-CDUS43-CLIXXX").issuedAt).toBe(Date.parse("2026-08-01T01:34:00Z"));
    expect(read(text, "202607312350-KXXX-CDUS43-CLIXXX").issuedAt).toBe(Date.parse("2026-08-01T01:34:00Z"));
    expect(refusal(text, "202608030130-KXXX-CDUS43-CLIXXX")).toMatch(/not within a day of product id/);
    expect(refusal(text, "nonsense")).toMatch(/product id is "nonsense"/);
  });

  it.each([
    ["CDUS43 KXXX 010634", "1234 AM CST FRI JAN 01 2027", "DECEMBER 31 2026", "2027-01-01T06:34:00Z"],
    ["CDUS43 KXXX 010140", "640 PM MST THU DEC 31 2026", "DECEMBER 30 2026", "2027-01-01T01:40:00Z"],
    ["CDUS43 KXXX 010634", "1234 AM CST WED MAR 01 2028", "FEBRUARY 29 2028", "2028-03-01T06:34:00Z"],
    ["CDUS43 KXXX 312334", "1234 PM CHST FRI JAN 01 2027", "DECEMBER 31 2026", "2026-12-31T23:34:00Z"],
    ["CDUS43 KXXX 020735", "135 AM CST /1235 AM MST/ SAT JAN 02 2027", "JANUARY 1 2027", "2027-01-02T07:35:00Z"],
  ])("dates heading %s by %s", (heading, issued, day, at) => {
    const { issuedAt } = read(report({ heading, issued, headline: `...THE X CLIMATE SUMMARY FOR ${day}...` }));
    expect(new Date(issuedAt).toISOString()).toBe(at.replace("Z", ".000Z"));
  });

  it("refuses a text that is cut off in the row of the maximum or before it", () => {
    const whole = report({ rows: ["  MAXIMUM        -12   2:56 PM"] });
    expect(refusal(whole.slice(0, whole.indexOf("-12") + 2))).toMatch(/its value may be cut off/);
    expect(refusal(whole.slice(0, whole.indexOf("  MAXIMUM")))).toMatch(/ends in the temperature block/);
    expect(read(whole.slice(0, whole.indexOf("2:56"))).section.maximum.value).toBe(-12);
  });

  it("takes the UTC date from a local evening before", () => {
    const text = report({
      heading: "CDUS43 KXXX 010140",
      issued: "640 PM PDT FRI JUL 31 2026",
      asOf: "VALID TODAY AS OF 0500 PM LOCAL TIME.",
    });
    expect(read(text).issuedAt).toBe(Date.parse("2026-08-01T01:40:00Z"));
  });

  it("gives one section a station", () => {
    const second = report({
      headline: "...THE OTHER FIELD CLIMATE SUMMARY FOR JULY 10 2026...",
      rows: ["  MAXIMUM         82"],
    });
    const both = read(`${report()}\n${second.split("\n").slice(10).join("\n")}`);
    expect(both.sections.map(({ siteName, maximum }) => [siteName, maximum.value])).toEqual([
      ["SOMEWHERE AIRPORT", 71],
      ["OTHER FIELD", 82],
    ]);
  });
});

interface Expected {
  pil?: string;
  wmo?: string;
  cccc?: string;
  ddhhmm?: string;
  bbb?: string | null;
  site_name?: string;
  climate_date?: string;
  kind?: string;
  as_of?: string | null;
  tmax_f?: number;
  tmax_record?: boolean;
  tmax_time_text?: string;
  tmin_f?: number;
  tmin_time_text?: string;
  correction?: boolean;
  stations?: string[];
  stations_tmax_f?: (number | null)[];
  error?: string;
}

describe.skipIf(!haveCaptures)("captured reports", () => {
  const all: Record<string, Expected> = haveCaptures ? JSON.parse(capture("weather/expected.json")) : {};
  const expected = Object.entries(all);
  it.each(expected.filter(([path]) => path.startsWith("cli/")))("%s gives what expected.json says", (path, want) => {
    const text = capture(`weather/${path}`);
    if (want.error !== undefined) {
      expect(refusal(text)).toMatch(/heading time 220440 does not fit/);
      return;
    }
    const { section, sections, ...product } = read(text);
    const found: Expected = {
      pil: product.pil,
      wmo: product.wmo,
      cccc: product.office,
      ddhhmm: new Date(product.issuedAt).toISOString().replaceAll(/[-:T]/g, "").slice(6, 12),
      bbb: product.bbb,
      site_name: section.siteName,
      kind: section.kind,
      as_of: section.asOf,
      correction: section.kind === "corrected",
      stations: sections.map(({ siteName }) => siteName),
      stations_tmax_f: sections.map(({ maximum }) => maximum.value),
      tmax_record: section.maximum.record,
      ...(section.maximum.value === null ? {} : { tmax_f: section.maximum.value }),
      ...(section.maximum.time === null ? {} : { tmax_time_text: section.maximum.time }),
      ...(section.minimum.value === null ? {} : { tmin_f: section.minimum.value }),
      ...(section.minimum.time === null ? {} : { tmin_time_text: section.minimum.time }),
    };
    const { climate_date, ...rest } = want as Expected & { note?: string; precip?: string };
    delete (rest as { note?: string }).note;
    delete (rest as { precip?: string }).precip;
    expect(found).toMatchObject(rest);
    if (climate_date !== undefined) {
      expect(section.climateDate).toBe(new Date(`${climate_date} UTC`).toISOString().slice(0, 10));
    }
  });

  it("reads the archive's text by its product id and refuses a framed product that is no climate report", () => {
    const { section, issuedAt } = read(
      capture("weather/iem/text_clinyc_202607100625.txt"),
      "202607100625-KOKX-CDUS41-CLINYC",
    );
    expect([section.climateDate, section.kind, new Date(issuedAt).toISOString()]).toEqual([
      "2026-07-09",
      "final",
      "2026-07-10T06:25:00.000Z",
    ]);
    expect(refusal(capture("weather/iem/afos_retrieve_framing_swody1.txt"))).toMatch(/SWODY1/);
  });
});
