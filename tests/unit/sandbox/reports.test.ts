import { describe, expect, test } from "vitest";
import { allCities } from "../../../sandbox/cities.ts";
import { demoStart } from "../../../sandbox/incidents.ts";
import { createNoise } from "../../../sandbox/noise.ts";
import { createReports } from "../../../sandbox/reports.ts";
import { createThermometers } from "../../../sandbox/temperature.ts";
import { ask, askJson, day, demoWorld, hour, iem, type Json } from "./asking.ts";

const world = demoWorld();
const isoDate = (at: number) => new Date(at).toISOString().slice(0, 10);
const list = (pil: string, date: string, now: number) =>
  askJson(world, `${iem}/nws/afos/list.json?pil=${pil}&date=${date}`, now).data;
const textOf = (productId: string, now: number) => ask(world, `${iem}/nwstext/${productId}`, now).body;
/** Every product that the six offices enter from the day before the DST change to two days after it. */
const products = allCities.flatMap((city) =>
  [0, 1, 2, 3, 4].flatMap((ahead) => {
    const date = isoDate(demoStart + (3 + ahead) * day);
    return list(city.pil, date, demoStart + 30 * day).map((entry: Json) => ({
      city,
      entry,
      text: textOf(entry.product_id, demoStart + 30 * day),
    }));
  }),
);

describe("product list", () => {
  test("has the shape of IEM's answer and grows with time", () => {
    const date = isoDate(demoStart + day);
    const whole = list("CLIMDW", date, demoStart + 3 * day);
    expect(whole[0]).toEqual({
      index: 0,
      entered: expect.stringMatching(/^2026-10-29T06:3\d:00Z$/),
      pil: "CLIMDW",
      product_id: expect.stringMatching(/^2026102906\d\d-KLOT-CDUS43-CLIMDW$/),
      cccc: "KLOT",
      count: 1,
      link: expect.stringContaining("p.php?pid="),
      text_link: expect.stringContaining("/api/1/nwstext/"),
    });
    const early = Date.parse(whole[0].entered);
    expect(list("CLIMDW", date, early - 1)).toEqual([]);
    expect(list("CLIMDW", date, early)).toHaveLength(1);
    expect(whole.length).toBeGreaterThanOrEqual(2);
  });

  test("an unknown product id, an early request and a bad date", () => {
    expect(list("CLIORD", "2026-10-29", demoStart + 3 * day)).toEqual([]);
    const [first] = list("CLIMDW", "2026-10-29", demoStart + 3 * day);
    expect(ask(world, `${iem}/nwstext/${first.product_id}`, Date.parse(first.entered) - 1).status).toBe(404);
    expect(ask(world, `${iem}/nwstext/nonsense`, demoStart).status).toBe(404);
    expect(ask(world, `${iem}/nws/afos/list.json?pil=CLIMDW&date=2026-10`, demoStart).status).toBe(422);
  });
});

describe("report texts (weather.md §3.4)", () => {
  test("header, PIL, headline and body of every product", () => {
    expect(products.length).toBeGreaterThan(55);
    for (const { city, entry, text } of products) {
      const lines = text.split("\n");
      const [stamp] = entry.product_id.split("-");
      expect(lines[0]).toMatch(/^\d{3} $/);
      expect(lines[1]).toMatch(new RegExp(`^${city.office.wmo} ${city.office.id} ${stamp.slice(6, 12)}( CCA)?$`));
      expect(lines[2]).toBe(city.pil);
      expect(text).toMatch(/\n\.\.\.THE .* CLIMATE SUMMARY FOR (OCTOBER|NOVEMBER) \d+ 2026( CORRECTION)?\.\.\.\n/);
      expect(text.match(/^ {2}MAXIMUM +-?\d+ +\d{1,2}:?\d\d [AP]M/gm)).toHaveLength(1);
      // The trap: another line with MAXIMUM, the normals of another day.
      expect(text.match(/^ MAXIMUM TEMPERATURE \(F\)/gm)).toHaveLength(1);
      expect(text.includes("\n YESTERDAY")).toBe(!text.includes("AS OF"));
      expect(text.includes("\n TODAY")).toBe(text.includes("AS OF"));
    }
  });

  test("final reports come after the climate day, with the official maximum, by clock time of the place", () => {
    for (const { city, entry } of products.filter(
      (one) => !one.text.includes("AS OF") && !one.text.includes("CORRECTION"),
    )) {
      const entered = Date.parse(entry.entered);
      const climateDate = isoDate(entered + city.offsetHours * hour - day);
      const over = Date.parse(`${climateDate}T00:00:00Z`) + day - city.offsetHours * hour;
      expect(entered).toBeGreaterThan(over);
      expect(entered).toBeLessThan(over + 10 * hour);
    }
    for (const city of allCities) {
      const morning = products.find((one) => one.city === city && one.entry.entered.startsWith("2026-11-02"));
      const max = Number(/^ {2}MAXIMUM +(-?\d+)/m.exec(morning?.text ?? "")?.[1]);
      expect(max).toBe(world.officialHigh(city.icao, "2026-11-01"));
    }
  });

  test("the clock on the wall changes on 2026-11-01, the climate day does not", () => {
    const chicago = (date: string) =>
      products
        .filter((one) => one.city.pil === "CLIMDW" && one.entry.entered.startsWith(date))
        .map(({ text }) => text.split("\n")[6]);
    // 06:34 UTC is 1:34 a.m. daylight time before the switch (07:00 UTC that day) and 12:34 a.m. standard time after.
    expect(chicago("2026-11-01")[0]).toMatch(/^1\d\d AM CDT SUN NOV 01 2026$/);
    expect(chicago("2026-11-02")[0]).toMatch(/^12\d\d AM CST MON NOV 02 2026$/);
    expect(chicago("2026-10-31").at(-1)).toMatch(/^4\d\d PM CDT SAT OCT 31 2026$/);
    expect(chicago("2026-11-01").at(-1)).toMatch(/^4\d\d PM CST SUN NOV 01 2026$/);
  });

  test("intermediate reports: the usual and the short form, and no more than the day so far", () => {
    const texts = products.filter(({ text }) => text.includes("AS OF"));
    expect(texts.some(({ text }) => text.includes("\nVALID TODAY AS OF 0400 PM LOCAL TIME.\n"))).toBe(true);
    expect(texts.some(({ text }) => text.includes("\nVALID AS OF 0400 PM LOCAL TIME.\n"))).toBe(true);
    expect(texts.some(({ text }) => text.includes("\nVALID AS OF 0600 AM LOCAL TIME.\n"))).toBe(true);
    for (const { city, entry, text } of texts) {
      const max = Number(/^ {2}MAXIMUM +(-?\d+)/m.exec(text)?.[1]);
      const date = isoDate(Date.parse(entry.entered) + city.offsetHours * hour);
      expect(max).toBeLessThanOrEqual(world.officialHigh(city.icao, date));
    }
  });

  test("over a year some reports are corrected, some of them without saying so", () => {
    const noise = createNoise("brier");
    const reports = createReports(noise, createThermometers(noise), []);
    const corrected = allCities.flatMap((city) =>
      Array.from({ length: 365 }, (_, ahead) => reports.about(city, 20_600 + ahead)).flatMap((about) =>
        about.filter((one) => one.kind === "corrected"),
      ),
    );
    expect(corrected.length / (6 * 365)).toBeGreaterThan(0.02);
    expect(corrected.length / (6 * 365)).toBeLessThan(0.06);
    expect(corrected.some((one) => one.marked && one.bbb === "CCA")).toBe(true);
    expect(corrected.some((one) => !one.marked && one.bbb === undefined)).toBe(true);
  });
});
