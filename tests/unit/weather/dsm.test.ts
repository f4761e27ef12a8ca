import { describe, expect, it } from "vitest";
import { parseDailySummaries } from "../../../core/weather/dsm.ts";
import { capture, haveCaptures } from "./captures.ts";

const behind = `9951443/00/${Array.from({ length: 24 }, () => "00").join("/")}/71/21201714/21261653/8`;
const text = (message: string, heading = "CXUS43 KLOT 200617", pil = "DSMMDW") =>
  `189 \n${heading}\n${pil}\n${message}=\n`;
const seenAt = Date.parse("2026-11-20T06:25:00Z");
const read = (body: string, at = seenAt) => {
  const parsed = parseDailySummaries(body, at);
  if ("refusal" in parsed) throw new Error(parsed.refusal);
  return parsed;
};

describe("parseDailySummaries", () => {
  it("reads the day's message", () => {
    expect(read(text(`KMDW DS 19/11 451503/ 320207// 45/ 33//${behind}`))).toEqual({
      productId: "202611200617-KLOT-CXUS43-DSMMDW",
      pil: "DSMMDW",
      issuedAt: Date.parse("2026-11-20T06:17:00Z"),
      refusals: [],
      summaries: [
        {
          station: "KMDW",
          climateDate: "2026-11-19",
          kind: "final",
          asOf: null,
          maximum: { value: 45, time: "1503" },
          minimum: { value: 32, time: "0207" },
        },
      ],
    });
  });

  it.each([
    ["an hour", "DS 1600 19/11", "CXUS43 KLOT 192215", "intermediate", "1600"],
    ["no hour, but a day that is not over", "DS 19/11", "CXUS43 KLOT 192215", "intermediate", null],
    ["COR", "DS COR 19/11", "CXUS43 KLOT 200917 CCA", "corrected", null],
    ["COR and an hour", "DS COR 1600 19/11", "CXUS43 KLOT 192230 CCA", "intermediate", "1600"],
  ])("takes a message with %s for what it is", (_what, said, heading, kind, asOf) => {
    const { summaries } = read(
      text(`KMDW ${said} 451503/ 320207// 45/ 33//${behind}`, heading),
      Date.parse("2026-11-20T10:00:00Z"),
    );
    expect(summaries).toMatchObject([{ kind, asOf, climateDate: "2026-11-19" }]);
  });

  it("knows the day by standard time: a quarter past the summer's midnight is still the day before", () => {
    const summer = (heading: string) =>
      read(text(`KMDW DS 09/07 871434/ 740536// 87/ 74//${behind}`, heading), Date.parse("2026-07-10T12:00:00Z"))
        .summaries[0]?.kind;
    expect(summer("CXUS43 KLOT 100515")).toBe("intermediate");
    expect(summer("CXUS43 KLOT 100615")).toBe("final");
  });

  it("reads values below zero, missing ones, and lines broken anywhere", () => {
    const message = `KMDW DS 19/11 -51503/ -120207// -5/ -12//${behind}`;
    const broken = message.replaceAll(/(.{31})/g, "$1\r\r\n");
    expect(read(text(broken)).summaries).toMatchObject([{ maximum: { value: -5 }, minimum: { value: -12 } }]);
    expect(read(text(`KMDW DS 19/11 M/ M// M/ M//${behind}`)).summaries).toMatchObject([
      { maximum: { value: null, time: null }, minimum: { value: null, time: null } },
    ]);
  });

  it("finds the year of a message from before the new year", () => {
    const body = text(`KMDW DS 31/12 451503/ 320207// 45/ 33//${behind}`, "CXUS43 KLOT 010617");
    expect(read(body, Date.parse("2027-01-01T06:30:00Z"))).toMatchObject({
      issuedAt: Date.parse("2027-01-01T06:17:00Z"),
      summaries: [{ climateDate: "2026-12-31", kind: "final" }],
    });
  });

  it.each([
    ["a message cut short", "KMDW DS 19/11 451503/ 320207// 45/ 33//9951443/00/00", /cut short after 3 of 27 fields/],
    ["a maximum below the minimum", `KMDW DS 19/11 301503/ 320207// 45/ 33//${behind}`, /30 °F is below minimum 32/],
    ["a time that is none", `KMDW DS 19/11 452503/ 320207// 45/ 33//${behind}`, /time of the maximum is 2503/],
    ["a maximum beyond the world's", `KMDW DS 19/11 1451503/ 320207// 45/ 33//${behind}`, /maximum is 145 °F/],
    ["a stale date", `KMDW DS 19/09 451503/ 320207// 45/ 33//${behind}`, /not within 8 days/],
    ["a date that is none", `KMDW DS 31/11 451503/ 320207// 45/ 33//${behind}`, /date 31\/11/],
    ["a day to come", `KMDW DS 21/11 451503/ 320207// 45/ 33//${behind}`, /not within 8 days/],
    ["other words", "KMDW DS NIL", /is no daily summary/],
  ])("refuses %s", (_what, message, reason) => {
    const { summaries, refusals } = read(text(message));
    expect(summaries).toEqual([]);
    expect(refusals.join()).toMatch(reason);
  });

  it("refuses a day that has not begun in standard time", () => {
    const { refusals } = read(text(`KMDW DS 20/11 451503/ 320207// 45/ 33//${behind}`, "CXUS43 KLOT 200517"));
    expect(refusals).toEqual(["KMDW: climate day 2026-11-20 has not begun"]);
  });

  it("refuses one message of several alone", () => {
    const { summaries, refusals } = read(
      text(`KMDW DS NIL=\nKORD DS 19/11 451503/ 320207// 45/ 33//${behind}`, "CDUS27 KZME 200617", ""),
    );
    expect([summaries.length, refusals.length]).toEqual([1, 1]);
  });

  it.each([
    ["nothing", "", /no WMO heading/],
    ["a heading alone", "189 \nCXUS43 KLOT 200617\nDSMMDW\n", /no message/],
    ["a heading of the 32nd", text("x", "CXUS43 KLOT 320617"), /320617/],
  ])("refuses %s whole", (_what, body, reason) => {
    const parsed = parseDailySummaries(body, seenAt);
    expect("refusal" in parsed ? parsed.refusal : "taken").toMatch(reason);
  });
});

describe.skipIf(!haveCaptures)("captured messages", () => {
  interface Expected {
    messages: number;
    KFSM: { date: string; tmax_f: number; tmax_time_lst: string };
    KPBF: { tmax_f: number; tmin_f: number };
  }
  const at = Date.parse("2015-11-27T06:30:00Z");

  it("reads every message of the collective", () => {
    const expected = (JSON.parse(capture("weather/expected.json")) as Record<string, Expected>)["dsm/pyiem/DSM.txt"];
    const { summaries, refusals, pil } = read(capture("weather/dsm/pyiem/DSM.txt").split("\u0001").at(-1) ?? "", at);
    expect([refusals, pil]).toEqual([[], null]);
    expect(summaries).toHaveLength(expected?.messages ?? 0);
    const of = (icao: string) => summaries.find(({ station }) => station === icao);
    expect(of("KFSM")).toMatchObject({
      climateDate: expected?.KFSM.date,
      maximum: { value: expected?.KFSM.tmax_f, time: expected?.KFSM.tmax_time_lst },
    });
    expect(of("KPBF")).toMatchObject({
      maximum: { value: expected?.KPBF.tmax_f },
      minimum: { value: expected?.KPBF.tmin_f },
    });
  });

  it("takes missing values as missing", () => {
    const { summaries, refusals } = read(
      capture("weather/dsm/pyiem/DSM_allmissing.txt").split("\u0001").at(-1) ?? "",
      at,
    );
    expect(refusals).toEqual([]);
    expect(summaries.map(({ station, maximum }) => [station, maximum.value])).toEqual([
      ["KHKS", null],
      ["KXXX", null],
    ]);
  });
});
