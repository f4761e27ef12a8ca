import { describe, expect, it } from "vitest";
import { daysBefore, parseForecastHistory } from "../../../../core/weather/evaluation/forecast-history.ts";
import { archiveCsv, header } from "./archive.ts";

const parse = (csv: string) => parseForecastHistory([{ name: "a.csv", csv }]);
const row = (cells: string) => `${header}\n${cells}\n`;

describe("parseForecastHistory", () => {
  it("reads leads and both reports of a day; NA is not there", () => {
    const days = parse(row("2021-02-03,OZ,XX,34,27,NA,26,33,25,31,25,17,36,28,37")).get("OZ");
    expect(days?.get("2021-02-03")).toEqual({
      city: "OZ",
      date: "2021-02-03",
      forecastF: new Map([
        ["D-2 evening", 34],
        ["D-1 evening", 33],
        ["D morning", 31],
      ]),
      eveningHighF: 36,
      highF: 37,
    });
    expect(parse(row("2021-02-03,OZ,XX,1,1,1,1,1,1,1,1,1,NA,1,NA")).get("OZ")?.get("2021-02-03")).toMatchObject({
      eveningHighF: null,
      highF: null,
    });
  });

  it("puts days in order and joins tables", () => {
    const [first = "", ...lines] = archiveCsv(["OZ"], 6).trim().split("\n");
    const tables = [lines.slice(3).toReversed(), lines.slice(0, 3)].map((part, index) => ({
      name: `${index}.csv`,
      csv: [first, ...part].join("\r\n"),
    }));
    expect([...(parseForecastHistory(tables).get("OZ")?.keys() ?? [])]).toEqual([
      "2021-02-01",
      "2021-02-02",
      "2021-02-03",
      "2021-02-04",
      "2021-02-05",
      "2021-02-06",
    ]);
  });

  it.each([
    [
      "a lost column",
      archiveCsv(["OZ"], 2).replace("forecast_hi_prev_PM", "fc"),
      /a\.csv: the header lacks forecast_hi_prev_PM/,
    ],
    ["nothing", "", /the header lacks date/],
    [
      "a word for a high",
      row("2021-02-03,OZ,XX,MM,1,1,1,1,1,1,1,1,1,1,1"),
      /row 2, column forecast_hi_2_prev_PM: "MM"/,
    ],
    ["a fraction", row("2021-02-03,OZ,XX,1,1,1,1,1,1,1,1,1,1,1,70.5"), /column actual_hi_next_AM: "70.5"/],
    ["a height", row("2021-02-03,OZ,XX,1,1,1,1,1,1,1,1,1,1,1,700"), /"700" is no high in whole °F from -140 to 140/],
    ["a row cut short", row("2021-02-03,OZ,XX,1,1"), /"undefined" is no high/],
    ["no such day", row("2021-02-30,OZ,XX,1,1,1,1,1,1,1,1,1,1,1,1"), /date is "2021-02-30"/],
    ["no city", row("2021-02-03,,XX,1,1,1,1,1,1,1,1,1,1,1,1"), /row 2: no city/],
    ["a day twice", `${archiveCsv(["OZ"], 2)}${archiveCsv(["OZ"], 1).split("\n")[1]}\n`, /OZ has 2021-02-01 twice/],
  ])("refuses %s", (_what, csv, reason) => {
    expect(() => parse(csv)).toThrow(reason);
  });
});

describe("daysBefore", () => {
  it("crosses months and years", () => {
    expect(daysBefore("2021-03-01", 1)).toBe("2021-02-28");
    expect(daysBefore("2021-01-01", 2)).toBe("2020-12-30");
  });
});
