import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readStrikeText, readStrikeTexts, strikeTextFault } from "../../../core/market/strike-text.ts";
import { intervalOf, outcomeOf, type Strike, strikeOf } from "../../../core/market/strikes.ts";
import { capture, captureLines, haveCaptures } from "../weather/captures.ts";

const read = (text: string) => {
  const reading = readStrikeText(text);
  return "interval" in reading ? [reading.interval.lowest, reading.interval.highest] : reading.unread;
};

describe("readStrikeText", () => {
  it.each<[string, number | null, number | null]>([
    ["57–58", 57, 58],
    ["57-58°", 57, 58],
    ["57° to 58°", 57, 58],
    ["57° – 58°", 57, 58],
    ["between 57 and 58", 57, 58],
    ["between 57-58°", 57, 58],
    ["between 57° and 58°F", 57, 58],
    ["≥ 59", 59, null],
    [">=59°", 59, null],
    ["59° or above", 59, null],
    ["59 °F or higher", 59, null],
    ["59 degrees Fahrenheit or above", 59, null],
    ["at least 59", 59, null],
    ["> 58", 59, null],
    ["greater than 58°", 59, null],
    ["greater than or equal to 59°", 59, null],
    ["above 58", 59, null],
    ["≤ 50", null, 50],
    ["50° or below", null, 50],
    ["at most 50", null, 50],
    ["no more than 50°", null, 50],
    ["< 51", null, 50],
    ["less than 51°", null, 50],
    ["less than 51° fahrenheit", null, 50],
    ["below 51", null, 50],
    ["-5 to -4", -5, -4],
    ["-5--4", -5, -4],
    ["−5–−4", -5, -4],
    ["-5°--4°", -5, -4],
    ["-5-4", -5, 4],
    ["-1-0°", -1, 0],
    ["> -1", 0, null],
    ["< 0°", null, -1],
    ["0° or below", null, 0],
    ["-10° or above", -10, null],
    ["100–101°", 100, 101],
  ])("reads %j", (text, lowest, highest) => {
    expect(read(text)).toEqual([lowest, highest]);
  });

  it.each<[string, number | null, number | null]>([
    ["Will the **high temp in NYC** be >94° on Jul 10, 2026?", 95, null],
    ["Will the **high temp in NYC** be 57–58° on Jul 10, 2026?", 57, 58],
    ["Will the maximum temperature be <-3° on Jan 4, 2026?", null, -4],
    ["Will the maximum temperature be -5--4° on Jan 4, 2026?", -5, -4],
    ["Will the high be above 58 on Jul 10?", 59, null],
    ["On 2026-07-10, will it be 90-91°?", 90, 91],
    ["If it is between 70-71° fahrenheit according to The Weather Company, then", 70, 71],
  ])("finds the strike in the sentence %j", (text, lowest, highest) => {
    expect(read(text)).toEqual([lowest, highest]);
  });

  it.each([
    ["", /empty/],
    ["2026-07", /no known form/],
    ["2026-07-10", /no known form/],
    ["07-10", /no known form/],
    ["Jul 10-11", /no known form/],
    ["on Oct 4, 2026", /no known form/],
    ["g58", /no known form/],
    ["l58-59", /no known form/],
    ["big58 or above", /no known form/],
    ["greater94", /no known form/],
    ["56.5", /no known form/],
    ["94.5° or above", /no known form/],
    ["above 1,000°", /no known form/],
    ["$58 or above", /no known form/],
    ["above 3%", /no known form/],
    ["3 % or above", /no known form/],
    ["7:00 or 8:00 AM", /no known form/],
    ["10-11am", /no known form/],
    ["at least 3 inches of rain on 9-10 May", /no known form/],
    ["58", /no known form/],
    ["-5 -4", /no known form/],
    ["57 to 58 or above", /no known form/],
    ["58°C or above", /not in degrees Fahrenheit/],
    ["above 20 celsius", /not in degrees Fahrenheit/],
    ["not above 58°", /denies/],
    ["58-57°", /58 is more than 57/],
    ["greater than 70° and less than 73°", /says 71 or above and 72 or below/],
    ["57-58° or 60-61°", /says 57 to 58 and 60 to 61/],
  ])("does not read %j", (text, why) => {
    expect(read(text)).toMatch(why);
  });

  const dash = fc.constantFrom("-", "–", "−", "‑");
  const degree = fc.constantFrom("", "°", " °F", "° fahrenheit", " degrees");
  const number = fc.integer({ min: -140, max: 140 });
  const signed = (value: number, minus: string) => String(value).replace("-", minus);

  it("reads back every text that it is given for an interval", () => {
    fc.assert(
      fc.property(
        number,
        fc.nat(20),
        dash,
        dash,
        degree,
        fc.constantFrom(" to ", "dash", " dash "),
        (low, width, minus, between, mark, joint) => {
          const [first, last] = [low, low + width].map((value) => signed(value, minus));
          const to = joint.replace("dash", between);
          expect(read(`${first}${mark}${to}${last}${mark}`), "range").toEqual([low, low + width]);
          expect(read(`Will it be **${first}${to}${last}°** on Jul 10, 2026?`), "title").toEqual([low, low + width]);
          expect(read(`between ${first} and ${last}${mark}`), "between").toEqual([low, low + width]);
        },
      ),
    );
  });

  it("subtitles count inclusively and titles strictly, on both sides", () => {
    fc.assert(
      fc.property(number, dash, degree, (value, minus, mark) => {
        const text = signed(value, minus) + mark;
        for (const words of [`${text} or above`, `at least ${text}`, `≥ ${text}`])
          expect(read(words), words).toEqual([value, null]);
        for (const words of [`> ${text}`, `>${text}`, `greater than ${text}`, `above ${text}`])
          expect(read(words), words).toEqual([value + 1, null]);
        for (const words of [`${text} or below`, `at most ${text}`, `≤${text}`])
          expect(read(words), words).toEqual([null, value]);
        for (const words of [`< ${text}`, `less than ${text}`, `below ${text}`])
          expect(read(words), words).toEqual([null, value - 1]);
      }),
    );
  });

  it("never reads a strike out of a date", () => {
    const date = fc
      .integer({ min: Date.UTC(2021, 0, 1), max: Date.UTC(2030, 0, 1) })
      .map((at) => new Date(at).toISOString().slice(0, 10));
    fc.assert(
      fc.property(date, (day) => {
        for (const text of [day, day.slice(0, 7), `on ${day}`, `be on ${day}`, day.replaceAll("-", "–")])
          expect(read(text), text).toMatch(/no known form/);
      }),
    );
  });
});

describe("strikeOf", () => {
  it("is the inverse of intervalOf, also where it pays", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -60, max: 60 }),
        fc.nat(5),
        fc.constantFrom("low", "high", "both"),
        (at, width, open) => {
          const interval = { lowest: open === "low" ? null : at, highest: open === "high" ? null : at + width };
          const back = intervalOf(strikeOf(interval));
          expect(back).toEqual(interval);
          for (const value of [at - 1, at, at + width, at + width + 1])
            expect(outcomeOf(back ?? interval, value)).toBe(outcomeOf(interval, value));
        },
      ),
    );
    expect(() => strikeOf({ lowest: null, highest: null })).toThrow("open on both sides");
  });
});

describe("readStrikeTexts", () => {
  const texts = { yes_sub_title: "95° or above", title: "Will it be >94° on Jul 10?", rules_primary: "" };
  it("takes what the texts say together", () => {
    expect(readStrikeTexts(texts)).toEqual({ interval: { lowest: 95, highest: null } });
    expect(readStrikeTexts({ ...texts, yes_sub_title: "" })).toEqual({ interval: { lowest: 95, highest: null } });
  });
  it("says nothing where they contradict each other, or none can be read", () => {
    expect(readStrikeTexts({ ...texts, title: "Will it be >95° on Jul 10?" })).toEqual({
      unread: "the texts disagree: 95 or above and 96 or above",
    });
    expect(readStrikeTexts({ yes_sub_title: "", title: null, rules_primary: "" })).toEqual({
      unread: "the market has no texts",
    });
    expect(readStrikeTexts({ yes_sub_title: "Yes", title: null, rules_primary: "" })).toMatchObject({
      unread: expect.stringContaining('"Yes"') as string,
    });
  });
});

interface Worded extends Strike {
  ticker: string;
  yes_sub_title: string;
  title: string | null;
  rules_primary: string;
}

/** Every object of a capture that has a subtitle and a strike type; what it lacks is absent. */
function worded(value: unknown): Worded[] {
  if (Array.isArray(value)) return value.flatMap(worded);
  if (typeof value !== "object" || value === null) return [];
  const object = value as Partial<Worded>;
  const own =
    typeof object.yes_sub_title === "string" && typeof object.strike_type === "string"
      ? [
          {
            ticker: object.ticker ?? "",
            yes_sub_title: object.yes_sub_title,
            title: object.title ?? null,
            rules_primary: object.rules_primary ?? "",
            strike_type: object.strike_type,
            floor_strike: object.floor_strike ?? null,
            cap_strike: object.cap_strike ?? null,
          },
        ]
      : [];
  return [...own, ...Object.values(value).flatMap(worded)];
}

describe.skipIf(!haveCaptures)("captured temperature markets", () => {
  const markets = () =>
    [
      ...[
        "kalshi/weather/KXHIGHCHI-26OCT04.json",
        "kalshi/weather/kxhighny_settled_trimmed.json",
        "kalshi/weather/sfo_2026-06-03/kalshi_kxhightsfo_open_markets.json",
        "weather/kalshi/kxhighmia_26apr11_t83_settled.json",
      ].map((path): unknown => JSON.parse(capture(path))),
      captureLines<unknown>("kalshi/weather/weather_books_2026-07-24_7cities.jsonl"),
    ].flatMap(worded);

  it("say in every text what their fields say", () => {
    const found = markets();
    expect(found.length).toBeGreaterThan(280);
    let texts = 0;
    for (const market of found) {
      expect(strikeTextFault(market)).toBeUndefined();
      expect(readStrikeTexts(market)).toEqual({ interval: intervalOf(market) });
      for (const text of [market.yes_sub_title, market.title ?? "", market.rules_primary].filter((one) => one !== "")) {
        expect(readStrikeText(text), text).toEqual({ interval: intervalOf(market) });
        texts += 1;
      }
    }
    expect(texts).toBeGreaterThan(300);
    process.stderr.write(
      `strike texts: ${new Set(found.map(({ ticker }) => ticker)).size} captured markets (${found.length} objects), ${texts} texts, all agree\n`,
    );
  });

  it("would be caught by one degree", () => {
    for (const market of markets()) {
      const shifted = {
        ...market,
        floor_strike: market.floor_strike === null ? null : market.floor_strike + 1,
        cap_strike: market.cap_strike === null ? null : market.cap_strike + 1,
      };
      expect(strikeTextFault(shifted)).toBeDefined();
    }
  });

  it("give the brackets in the headings of the minute prices a partition", () => {
    for (const day of ["26apr20", "26apr21", "26may01"]) {
      const [heading = ""] = capture(
        `kalshi/weather/miami_minute_prices/kalshi-price-history-kxhighmia-${day}-minute.csv`,
      ).split(/\r?\n/);
      for (const label of heading.split(",").slice(1)) expect(readStrikeText(label.trim())).toHaveProperty("interval");
    }
  });
});
