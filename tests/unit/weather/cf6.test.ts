import { describe, expect, it } from "vitest";
import { parseMonthlyData } from "../../../core/weather/cf6.ts";
import { capture, haveCaptures } from "./captures.ts";

const rule = "=".repeat(80);
const cell = (value: number | "M") => String(value).padStart(4);
const row = (day: number, max: number | "M", min: number | "M", average?: number | "M") => {
  const mean = average ?? (max === "M" || min === "M" ? "M" : Math.round((max + min) / 2));
  return `${String(day).padStart(2)}${cell(max)}${cell(min)}${cell(mean)}   0  20   0 0.00  0.0    0  8.6 17 210   M    M   5        26 210`;
};
interface Page {
  rows?: string[];
  heading?: string;
  pil?: string;
  month?: string[];
  sums?: string;
  end?: boolean;
}
const page = ({
  rows = [row(1, 50, 30), row(2, 55, 36)],
  heading = "CXUS53 KLOT 030712",
  pil = "CF6MDW",
  month = ["MONTH:     NOVEMBER", "YEAR:      2026"],
  sums = "SM  105   66",
  end = true,
}: Page = {}) =>
  [
    "351 ",
    heading,
    pil,
    "PRELIMINARY LOCAL CLIMATOLOGICAL DATA (WS FORM: F-6)",
    "",
    "       STATION:   CHICAGO-MIDWAY",
    ...month.map((line) => `       ${line}`),
    rule,
    "DY MAX MIN AVG DEP HDD CDD  WTR  SNW DPTH SPD SPD DIR MIN PSBL S-S WX    SPD DR",
    rule,
    "",
    ...rows,
    ...(end ? [rule, `${sums}       862   0  0.21     2.7 228.0          M      123`, rule] : []),
    "",
  ].join("\n");
const seenAt = Date.parse("2026-11-03T07:22:00Z");
const parse = (given: Page = {}, at = seenAt) => parseMonthlyData(page(given), at);
const read = (given: Page = {}, at = seenAt) => {
  const parsed = parse(given, at);
  if ("refusal" in parsed) throw new Error(parsed.refusal);
  return parsed.data;
};

describe("parseMonthlyData", () => {
  it("reads the days that are over", () => {
    expect(read()).toMatchObject({
      productId: "202611030712-KLOT-CXUS53-CF6MDW",
      pil: "CF6MDW",
      station: { icao: "KMDW" },
      issuedAt: Date.parse("2026-11-03T07:12:00Z"),
      days: [
        { climateDate: "2026-11-01", maximum: 50, minimum: 30 },
        { climateDate: "2026-11-02", maximum: 55, minimum: 36 },
      ],
    });
  });

  it("drops the day of the issue, by standard time, and the days to come", () => {
    const rows = [row(1, 50, 30), row(2, 55, 36), row(3, 40, 38), row(4, "M", "M")];
    const dates = (heading: string) =>
      read({ rows, heading, sums: "SM  145  104" }, Date.parse("2026-11-04T08:00:00Z")).days.map(({ climateDate }) =>
        climateDate.slice(-2),
      );
    expect(dates("CXUS53 KLOT 040559")).toEqual(["01", "02"]);
    expect(dates("CXUS53 KLOT 040600")).toEqual(["01", "02", "03"]);
  });

  it("keeps a past day without values, and values below zero", () => {
    const { days } = read({ rows: [row(1, "M", "M"), row(2, 4, -10)], sums: "SM    4  -10" });
    expect(days.map(({ maximum, minimum }) => [maximum, minimum])).toEqual([
      [null, null],
      [4, -10],
    ]);
  });

  it("takes no trace for a number: T for the rain changes nothing, T for the maximum is refused", () => {
    const rain = row(1, 50, 30).replace("0 0.00  0.0", "0    T    T");
    expect(rain).toContain("0    T    T");
    expect(read({ rows: [rain, row(2, 55, 36)] }).days).toEqual(read().days);
    const warmth = row(1, 50, 30).replace("  50", "   T");
    const parsed = parse({ rows: [warmth, row(2, 55, 36)] });
    expect("refusal" in parsed ? parsed.refusal : "taken").toMatch(/MAX is "T"/);
  });

  it("tells the month of the issue: that of the days, or the next one for a whole month", () => {
    const october = { month: ["MONTH:     10", "YEAR:      2026"], rows: [row(30, 50, 30), row(31, 55, 36)] };
    expect(new Date(read({ ...october, heading: "CXUS53 KLOT 010712" }).issuedAt).toISOString()).toBe(
      "2026-11-01T07:12:00.000Z",
    );
    // Written again long after: what has just come was written just now; a file read years later says nothing of that.
    const again = { ...october, heading: "CXUS53 KLOT 030712" };
    expect(new Date(read(again).issuedAt).toISOString()).toBe("2026-11-03T07:12:00.000Z");
    expect(new Date(read({}, Date.parse("2030-01-01T00:00:00Z")).issuedAt).toISOString()).toBe(
      "2026-11-03T07:12:00.000Z",
    );
  });

  it.each<[string, Page, RegExp]>([
    ["no month", { month: ["YEAR:      2026"] }, /no line MONTH/],
    ["no year", { month: ["MONTH:     NOVEMBER"] }, /no line YEAR/],
    ["a month that is none", { month: ["MONTH:     13", "YEAR:      2026"] }, /month is "13"/],
    ["a page that is cut short", { end: false }, /2 lines of ====/],
    ["a row of other width", { rows: [row(1, 50, 30), ` 2${cell(55)}  6x${row(2, 5, 5).slice(10)}`] }, /MIN is "6x"/],
    ["an average that is not theirs", { rows: [row(1, 50, 30), row(2, 55, 36, 40)] }, /average 40 °F/],
    ["days that do not add up", { sums: "SM  115   66" }, /add up to 105, the line SM says 115/],
    ["a maximum below the minimum", { rows: [row(1, 30, 50)], sums: "SM   30   50" }, /below minimum/],
    ["a day twice", { rows: [row(1, 50, 30), row(1, 55, 36)] }, /day 1 follows day 1/],
    ["days out of order", { rows: [row(2, 50, 30), row(1, 55, 36)] }, /day 1 follows day 2/],
    ["another product", { pil: "CLIMDW" }, /line after the heading is "CLIMDW"/],
    ["a heading of the future", { heading: "CXUS53 KLOT 090712" }, /fits no month/],
    [
      "words for the archive's error",
      { heading: "Bad date: 12/2026. Last month in file is 11 / 2026 ." },
      /no WMO heading/,
    ],
  ])("refuses %s", (_what, given, reason) => {
    const parsed = parse(given);
    expect("refusal" in parsed ? parsed.refusal : "taken").toMatch(reason);
  });
});

it("refuses a day that its month has not", () => {
  const given = { rows: [row(31, 105, 66)], heading: "CXUS53 KLOT 020712", sums: "SM  105   66" };
  const parsed = parse(given, Date.parse("2026-12-02T08:00:00Z"));
  expect("refusal" in parsed ? parsed.refusal : "taken").toBe("day 31 is not in the month 2026-11");
});

describe.skipIf(!haveCaptures)("captured pages", () => {
  interface Expected {
    rows?: number;
    first_max?: number;
    as_seen_at?: string;
    error?: string;
  }
  const all = haveCaptures ? (JSON.parse(capture("weather/expected.json")) as Record<string, Expected>) : {};
  const pages = Object.entries(all).filter(([path]) => path.startsWith("cf6/"));

  it("covers every captured page", () => {
    expect(pages.length).toBeGreaterThanOrEqual(5);
  });

  it.each(pages)("%s", (path, expected) => {
    const at = Date.parse(expected.as_seen_at ?? "2026-01-01T00:00:00Z");
    const parsed = parseMonthlyData(capture(`weather/${path}`), at);
    if (expected.error !== undefined) {
      expect(parsed).toHaveProperty("refusal");
      return;
    }
    if ("refusal" in parsed) throw new Error(parsed.refusal);
    expect(parsed.data.days).toHaveLength(expected.rows ?? -1);
    if (expected.first_max !== undefined) expect(parsed.data.days[0]?.maximum).toBe(expected.first_max);
    expect(parsed.data.station).toBeUndefined();
  });
});
