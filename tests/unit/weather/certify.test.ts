import { describe, expect, it } from "vitest";
import { certify, type SettlementFacts } from "../../../core/weather/certify.ts";
import { readRuleText } from "../../../core/weather/rule-text.ts";
import { climateDay } from "../../../core/weather/climate-day.ts";
import { stations } from "../../../core/weather/stations.ts";
import { capture, captureLines, haveCaptures } from "./captures.ts";
import { present } from "./present.ts";

type Market = SettlementFacts["markets"][number];

const twcSource = [{ name: "The Weather Company", url: "https://weather.com/kalshi" }];

/** An event as the exchange lists it today, in this project's own words for the numbers. */
function facts(
  change: Partial<{ series: object; event: object; market: object; markets: Market[] }> = {},
): SettlementFacts {
  const text = (strike: string) =>
    `If the maximum temperature recorded at Denver (CLIDEN) for Nov 20, 2026, is ${strike} fahrenheit according to The Weather Company, then the market resolves to Yes.`;
  const market = (
    suffix: string,
    strike: string,
    rest: Pick<Market, "strike_type" | "floor_strike" | "cap_strike">,
  ): Market => ({
    market_ticker: `KXHIGHDEN-26NOV20-${suffix}`,
    event_ticker: "KXHIGHDEN-26NOV20",
    title: null,
    yes_sub_title: "",
    rules_primary: text(strike),
    close_time: Date.parse("2026-11-21T07:00:00Z"),
    ...rest,
  });
  const markets = change.markets ?? [
    market("T40", "less than 40°", { strike_type: "less", floor_strike: null, cap_strike: 40 }),
    market("B40.5", "between 40-41°", { strike_type: "between", floor_strike: 40, cap_strike: 41 }),
    market("T41", "greater than 41°", { strike_type: "greater", floor_strike: 41, cap_strike: null }),
  ];
  return {
    series: { series_ticker: "KXHIGHDEN", settlement_sources: JSON.stringify(twcSource), ...change.series },
    event: { event_ticker: "KXHIGHDEN-26NOV20", series_ticker: "KXHIGHDEN", settlement_sources: null, ...change.event },
    // A change of a market is made to one of several only: every market must be looked at.
    markets: markets.map((row, index) => (index === markets.length - 1 ? { ...row, ...change.market } : row)),
  };
}
const reason = (of: SettlementFacts) => {
  const certificate = certify(of);
  return certificate.ok ? "certified" : certificate.reason;
};
const rules = present(facts().markets[2]).rules_primary;
const nws = (site: string, issuedby: string) => [
  {
    name: "NWS Climatological Report",
    url: `https://forecast.weather.gov/product.php?site=${site}&product=CLI&issuedby=${issuedby}`,
  },
];
const otherMarket = (change: object) => facts({ market: change });

describe("certify", () => {
  it("maps an event to station, climate day and rule", () => {
    const certificate = certify(facts());
    expect(certificate).toMatchObject({ ok: true, climateDate: "2026-11-20", rule: "twc", station: { icao: "KDEN" } });
  });

  it("takes the event's own sources before the series', an empty list as none", () => {
    const own = JSON.stringify([{ name: "Somebody", url: "https://example.org" }]);
    expect(reason(facts({ event: { settlement_sources: own } }))).toMatch(
      /settlement source is .*Somebody.*expected .*The Weather Company/,
    );
    const event = { settlement_sources: JSON.stringify(twcSource) };
    expect(reason(facts({ series: { settlement_sources: own }, event }))).toBe("certified");
    expect(reason(facts({ event: { settlement_sources: "[]" } }))).toBe("certified");
  });

  const one = (name: string, url: string) => ({ series: { settlement_sources: JSON.stringify([{ name, url }]) } });
  it.each<[string, SettlementFacts, RegExp]>([
    [
      "an unknown series",
      facts({ series: { series_ticker: "KXHIGHTSFO" } }),
      /series is KXHIGHTSFO, expected one of KXHIGHCHI/,
    ],
    [
      "an event of another series",
      facts({ event: { series_ticker: "KXHIGHCHI" } }),
      /is of series KXHIGHCHI, expected KXHIGHDEN/,
    ],
    [
      "a ticker of another series",
      facts({ event: { event_ticker: "KXHIGHCHI-26NOV20" } }),
      /event ticker is KXHIGHCHI-26NOV20/,
    ],
    [
      "a ticker without a date",
      facts({ event: { event_ticker: "KXHIGHDEN-26NOV" } }),
      /event ticker is KXHIGHDEN-26NOV/,
    ],
    ["no source", facts({ series: { settlement_sources: "[]" } }), /expected exactly one/],
    [
      "two sources",
      facts({ series: { settlement_sources: JSON.stringify([...twcSource, ...twcSource]) } }),
      /expected exactly one/,
    ],
    ["sources that are no list", facts({ series: { settlement_sources: "{}" } }), /expected an array/],
    ["sources that are no JSON", facts({ series: { settlement_sources: "twc" } }), /expected an array/],
    [
      "a source without url",
      facts({ series: { settlement_sources: '[{"name":"The Weather Company"}]' } }),
      /with name and url/,
    ],
    ["another name", facts(one("AccuWeather", "https://weather.com/kalshi")), /settlement source is .*AccuWeather/],
    ["another address", facts(one("The Weather Company", "https://weather.com/kalshi2")), /kalshi2/],
    [
      "the old source after the change",
      facts({ series: { settlement_sources: JSON.stringify(nws("BOU", "DEN")) } }),
      /source is nws, expected twc/,
    ],
    ["no markets", facts({ markets: [] }), /has no markets/],
    ["a market of another event", otherMarket({ event_ticker: "KXHIGHDEN-26NOV21" }), /is of event KXHIGHDEN-26NOV21/],
    [
      "a market's ticker of another event",
      otherMarket({ market_ticker: "KXHIGHDEN-26NOV21-T41" }),
      /market KXHIGHDEN-26NOV21-T41/,
    ],
    ["an unknown form", otherMarket({ rules_primary: rules.replace("If the", "Whenever the") }), /no known form/],
    ["an addition", otherMarket({ rules_primary: `${rules} Unless revised.` }), /no known form/],
    ["a minimum", otherMarket({ rules_primary: rules.replace("maximum", "minimum") }), /no known form/],
    ["the lowest", otherMarket({ rules_primary: rules.replace("maximum", "lowest") }), /no known form/],
    ["celsius", otherMarket({ rules_primary: rules.replace("fahrenheit", "celsius") }), /no known form/],
    [
      "another publisher",
      otherMarket({ rules_primary: rules.replace("The Weather Company", "AccuWeather") }),
      /no known form/,
    ],
    ["at least", otherMarket({ rules_primary: rules.replace("greater than", "at least") }), /no known form/],
    ["resolving to No", otherMarket({ rules_primary: rules.replace("to Yes", "to No") }), /no known form/],
    [
      "another place",
      otherMarket({ rules_primary: rules.replace("Denver", "Chicago") }),
      /names the place "Chicago", expected "Denver"/,
    ],
    [
      "another station's code",
      otherMarket({ rules_primary: rules.replace("CLIDEN", "CLIBOU") }),
      /names the code CLIBOU, expected CLIDEN/,
    ],
    ["no code", otherMarket({ rules_primary: rules.replace(" (CLIDEN)", "") }), /no known form/],
    [
      "another day",
      otherMarket({ rules_primary: rules.replace("Nov 20", "Nov 21") }),
      /names 2026-11-21, expected 2026-11-20/,
    ],
    ["another year", otherMarket({ rules_primary: rules.replace("20, 2026", "20, 2027") }), /names 2027-11-20/],
    ["no such day", otherMarket({ rules_primary: rules.replace("Nov 20", "Nov 31") }), /no known form/],
    [
      "another number",
      otherMarket({ rules_primary: rules.replace("41°", "42°") }),
      /says .*42.*the strike fields .*41/,
    ],
    ["another direction", otherMarket({ rules_primary: rules.replace("greater", "less") }), /the strike fields/],
    ["a strike that includes its end", otherMarket({ strike_type: "greater_or_equal" }), /greater_or_equal/],
    ["another floor", otherMarket({ floor_strike: 40 }), /the strike fields/],
    ["a floor that is missing", otherMarket({ floor_strike: null }), /the strike fields/],
    ["a cap too many", otherMarket({ cap_strike: 45 }), /the strike fields/],
    [
      "the other end as strike",
      otherMarket({ strike_type: "less", floor_strike: null, cap_strike: 41 }),
      /the strike fields/,
    ],
    [
      "a close after the day",
      otherMarket({ close_time: Date.parse("2026-11-21T07:00:01Z") }),
      /closes at 2026-11-21T07:00:01/,
    ],
    [
      "a close too early",
      otherMarket({ close_time: Date.parse("2026-11-21T06:57:59Z") }),
      /closes at 2026-11-21T06:57:59/,
    ],
    ["a close by the summer clock", otherMarket({ close_time: Date.parse("2026-11-21T06:00:00Z") }), /closes at/],
    [
      "the rule text of the NWS years",
      otherMarket({
        rules_primary:
          "If the highest temperature recorded in Denver, CO for November 20, 2026 as reported by the National Weather Service's Climatological Report (Daily), is greater than 41°, then the market resolves to Yes.",
      }),
      /settles by nws, expected twc/,
    ],
  ])("refuses %s", (_what, changed, expected) => {
    expect(reason(changed)).toMatch(expected);
  });

  it("accepts a close in the last two minutes of the day", () => {
    expect(reason(otherMarket({ close_time: Date.parse("2026-11-21T06:59:00Z") }))).toBe("certified");
  });

  it("knows the day on which the source changed", () => {
    const on = (yymmmdd: string, date: string, day: string) => {
      const text = (body: string) => body.replace("Nov 20, 2026", date);
      const markets = facts().markets.map((market) => ({
        ...market,
        event_ticker: `KXHIGHDEN-${yymmmdd}`,
        market_ticker: market.market_ticker.replace("26NOV20", yymmmdd),
        rules_primary: text(market.rules_primary),
        close_time: climateDay(present(stations.find(({ icao }) => icao === "KDEN")), day).end,
      }));
      return reason(facts({ markets, event: { event_ticker: `KXHIGHDEN-${yymmmdd}` } }));
    };
    expect(on("26AUG14", "Aug 14, 2026", "2026-08-14")).toBe("certified");
    expect(on("26AUG13", "Aug 13, 2026", "2026-08-13")).toMatch(/source is twc, expected nws for 2026-08-13/);
  });
});

describe("certify in the NWS years", () => {
  const chicago = (change: { url?: string; name?: string; rules?: string } = {}): SettlementFacts => {
    const [source] = nws("LOT", "MDW");
    return {
      series: {
        series_ticker: "KXHIGHCHI",
        settlement_sources: JSON.stringify([
          { name: change.name ?? "NWS Climatological Report Chicago Midway", url: change.url ?? present(source).url },
        ]),
      },
      event: { event_ticker: "KXHIGHCHI-26JUN02", series_ticker: "KXHIGHCHI", settlement_sources: null },
      markets: [
        {
          market_ticker: "KXHIGHCHI-26JUN02-T85",
          event_ticker: "KXHIGHCHI-26JUN02",
          title: null,
          yes_sub_title: "",
          rules_primary:
            change.rules ??
            "If the highest temperature recorded at Chicago Midway, IL for June 2, 2026, is greater than 85° according to the National Weather Service's Climatological Report (Daily), then the market resolves to Yes.",
          strike_type: "greater",
          floor_strike: 85,
          cap_strike: null,
          close_time: Date.parse("2026-06-03T05:59:00Z"),
        },
      ],
    };
  };
  const rulesText = present(chicago().markets[0]).rules_primary;
  it("certifies the report of the station's own site only", () => {
    expect(reason(chicago())).toBe("certified");
    const url = present(nws("LOT", "MDW")[0]).url;
    for (const [changed, found] of [
      [{ url: url.replace("MDW", "ORD") }, /issued by MDW/],
      [{ url: url.replace("LOT", "MKX") }, /site LOT/],
      [{ url: url.replace("CLI", "CF6") }, /settlement source/],
      [{ url: url.replace("weather.gov", "weather.com") }, /settlement source/],
      [{ url: url.replace("https", "http") }, /settlement source/],
      [{ url: url.replace("product.php", "other.php") }, /settlement source/],
      [{ url: "MDW" }, /settlement source/],
      [{ name: "Weather Report" }, /settlement source/],
      [{ rules: rulesText.replace("Midway, IL", "O'Hare, IL") }, /names the place/],
      [{ rules: rulesText.replace("Chicago Midway, IL", "Chicago") }, /names the place "Chicago"/],
      [{ rules: rulesText.replace("for June", "(CLIMDW) for June") }, /no known form/],
    ] as const) {
      expect(reason(chicago(changed))).toMatch(found);
    }
  });
});

describe("the words beside the strike fields", () => {
  // The market that is changed pays above 41.
  it.each([
    { yes_sub_title: "42° or above" },
    { title: "Will the maximum temperature be >41° on Nov 20, 2026?" },
    { yes_sub_title: "42° or above", title: "Will the **high** be >41° on Nov 20, 2026?" },
    // A text that cannot be read contradicts nothing.
    { yes_sub_title: "Hot", title: "How hot?" },
  ])("may say the same, or nothing: %j", (words) => {
    expect(reason(otherMarket(words))).toBe("certified");
  });

  it.each([
    [{ yes_sub_title: "41° or above" }, /the text "41° or above" says 41 or above, the strike fields 42 or above/],
    [{ yes_sub_title: "42° or below" }, /says 42 or below, the strike fields 42 or above/],
    [{ yes_sub_title: "42° or above", title: "Will it be >42° on Nov 20, 2026?" }, /says 43 or above/],
    [{ title: "Will it be 40-41° on Nov 20, 2026?" }, /says 40 to 41/],
  ])("refuse the event when they say another strike: %j", (words, why) => {
    expect(reason(otherMarket(words))).toMatch(why);
  });
});

describe("readRuleText", () => {
  const text = (strike: string) => rules.replace("greater than 41°", strike);
  it.each([
    ["between -5--4°", { type: "between", floor: -5, cap: -4 }],
    ["between -1-0°", { type: "between", floor: -1, cap: 0 }],
    ["less than -5°", { type: "less", cap: -5 }],
    ["greater than 0°", { type: "greater", floor: 0 }],
  ])("reads %j", (strike, expected) => {
    expect(readRuleText(text(strike))?.strike).toEqual(expected);
  });
  it.each(["between 57 and 58°", "greater than 58", "58° or above", "exactly 58°", "greater than 58.5°"])(
    "does not know %j",
    (strike) => {
      expect(readRuleText(text(strike))).toBeUndefined();
    },
  );
});

/** A market as the exchange sends it; a strike that it does not have is left out, by a recorder its title too. */
type Sent = Omit<Market, "market_ticker" | "close_time" | "floor_strike" | "cap_strike" | "title"> &
  Partial<Pick<Market, "floor_strike" | "cap_strike" | "title">> & { ticker: string; close_time: string };
const listed = ({
  ticker,
  close_time,
  floor_strike = null,
  cap_strike = null,
  title = null,
  ...rest
}: Sent): Market => ({
  ...rest,
  title,
  floor_strike,
  cap_strike,
  market_ticker: ticker,
  close_time: Date.parse(close_time),
});
const eventFacts = (
  series_ticker: string,
  event_ticker: string,
  sources: unknown,
  markets: Sent[],
): SettlementFacts => ({
  series: { series_ticker, settlement_sources: JSON.stringify(sources) },
  event: { event_ticker, series_ticker, settlement_sources: null },
  markets: markets.map(listed),
});

describe.skipIf(!haveCaptures)("captured rule texts", () => {
  it("certifies the whole event of October 2026 and each of its markets", () => {
    const {
      series,
      event,
      markets,
    }: {
      series: { ticker: string; settlement_sources: unknown };
      event: { event_ticker: string };
      markets: Sent[];
    } = JSON.parse(capture("kalshi/weather/KXHIGHCHI-26OCT04.json"));
    expect(markets).toHaveLength(6);
    const certificate = certify(eventFacts(series.ticker, event.event_ticker, series.settlement_sources, markets));
    expect(certificate).toMatchObject({ ok: true, climateDate: "2026-10-04", rule: "twc", station: { icao: "KMDW" } });
  });

  it("certifies the six cities of July 2026 and refuses every other series", () => {
    const books = captureLines<Sent>("kalshi/weather/weather_books_2026-07-24_7cities.jsonl");
    const bookOf = new Map(books.map((book) => [book.ticker, book]));
    const verdicts = new Map<string, string>();
    for (const row of captureLines<{
      series: string;
      sample_ticker: string;
      rules_primary: string;
      settlement_sources: unknown;
    }>("kalshi/weather/weather_books_meta_2026-07-24.jsonl")) {
      if (!row.series.startsWith("KXHIGH")) continue;
      const event_ticker = row.sample_ticker.slice(0, row.sample_ticker.lastIndexOf("-"));
      const book = bookOf.get(row.sample_ticker);
      const market = book && { ...book, event_ticker, rules_primary: row.rules_primary };
      const certificate = certify(eventFacts(row.series, event_ticker, row.settlement_sources, market ? [market] : []));
      verdicts.set(
        row.series,
        certificate.ok
          ? `${certificate.station.icao} ${certificate.climateDate} ${certificate.rule}`
          : certificate.reason,
      );
    }
    expect(verdicts.size).toBeGreaterThan(15);
    for (const [series, verdict] of verdicts) {
      const station = stations.find(({ highSeries }) => highSeries === series);
      expect(verdict).toMatch(station === undefined ? /^series is / : new RegExp(`^${station.icao} 2026-07-2\\d nws$`));
    }
    expect([...verdicts.values()].filter((verdict) => verdict.endsWith("nws"))).toHaveLength(6);
  });

  it("certifies the Miami event that settled late", () => {
    const miami: Sent = JSON.parse(capture("weather/kalshi/kxhighmia_26apr11_t83_settled.json"));
    const certificate = certify(eventFacts("KXHIGHMIA", miami.event_ticker, nws("MFL", "MIA"), [miami]));
    expect(certificate).toMatchObject({ ok: true, climateDate: "2026-04-11", rule: "nws" });
  });

  it("refuses San Francisco and New York", () => {
    const sfo: { markets: Sent[] } = JSON.parse(
      capture("kalshi/weather/sfo_2026-06-03/kalshi_kxhightsfo_open_markets.json"),
    );
    const ny: { markets: Sent[] } = JSON.parse(capture("kalshi/weather/kxhighny_settled_trimmed.json"));
    for (const market of [...sfo.markets, ...ny.markets]) {
      const series = market.event_ticker.slice(0, market.event_ticker.indexOf("-"));
      expect(reason(eventFacts(series, market.event_ticker, nws("MTR", "SFO"), [market]))).toMatch(
        /^series is KXHIGH(TSFO|NY)/,
      );
    }
  });
});
