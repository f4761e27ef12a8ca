/** Kalshi's daily-high events: when they are listed, their six brackets, when they end (kalshi-api.md §2.3, §5.1). */
import { atWallClock, climateDayAt, climateDayStart, dateParts, day, hour, minute, pad } from "./calendar.ts";
import type { City } from "./cities.ts";
import type { Incident } from "./incidents.ts";
import type { Life } from "./market-family.ts";
import { hashText, type Noise } from "./noise.ts";
import type { Outlook } from "./outlook.ts";
import type { Reports } from "./reports.ts";

/** How long finished events stay listed (kalshi-api.md §2.5). */
const listedDays = 60;
/** UTC hour of the day before at which a day's event is made. */
const listingHour = 9.5;
export const settlementTimerSeconds = 3600;
/** United States Eastern Time keeps Kalshi's office hours. */
const easternOffset = -5;

const streams = { created: hashText("created"), first: hashText("first bracket"), settled: hashText("settled") };

/** `lowest` and `highest` are the whole °F for which the bracket is Yes; null where it is open. */
export type Bracket = { ticker: string } & (
  | { kind: "less"; lowest: null; highest: number }
  | { kind: "between"; lowest: number; highest: number }
  | { kind: "greater"; lowest: number; highest: null }
);

export interface Event extends Life {
  ticker: string;
  city: City;
  climateDay: number;
  /** From the lowest bracket to the highest. */
  brackets: readonly Bracket[];
  /** Kalshi's official value, whole °F; known from `determinedAt` on. */
  value: number;
  source: { name: string; url: string };
  /** Whether expiration_value is Yes or No instead of the number. */
  worded: boolean;
}

export function isYes(bracket: Bracket, value: number): boolean {
  return (bracket.lowest === null || value >= bracket.lowest) && (bracket.highest === null || value <= bracket.highest);
}

/** Two tails and four bins of two degrees from `first` on. */
function bracketsOf(eventTicker: string, first: number): Bracket[] {
  const bins = [0, 2, 4, 6].map((step): Bracket => ({
    ticker: `${eventTicker}-B${first + step}.5`,
    kind: "between",
    lowest: first + step,
    highest: first + step + 1,
  }));
  return [
    { ticker: `${eventTicker}-T${first}`, kind: "less", lowest: null, highest: first - 1 },
    ...bins,
    { ticker: `${eventTicker}-T${first + 7}`, kind: "greater", lowest: first + 8, highest: null },
  ];
}

/** The first 7 or 8 a.m. Eastern Time after the release. */
export function determination(releasedAt: number): number {
  const date = Math.floor((releasedAt + easternOffset * hour) / day);
  for (let ahead = 0; ahead <= 1; ahead += 1) {
    for (const clock of [7, 8]) {
      const at = atWallClock(easternOffset, date + ahead, clock * 60);
      if (at > releasedAt) return at;
    }
  }
  throw new Error(`no determination within two days of ${new Date(releasedAt).toISOString()}`);
}

export interface Events {
  /** The city's events that are listed at `now`, from the newest. */
  listed(city: City, now: number): readonly Event[];
  /** The city's event of a climate day, however long ago. */
  of(city: City, climateDay: number): Event;
}

export function createEvents(noise: Noise, outlook: Outlook, reports: Reports, incidents: readonly Incident[]): Events {
  const known = new Map<number, Event>();

  const build = (city: City, climateDay: number): Event => {
    const { year, monthName, dayOfMonth } = dateParts(climateDay);
    const ticker = `${city.series}-${pad(year % 100)}${monthName.slice(0, 3).toUpperCase()}${pad(dayOfMonth)}`;
    const before = (climateDay - 1) * day;
    const createdAt =
      before + listingHour * hour + Math.floor(noise.uniform(streams.created, city.index, climateDay) * 3 * minute);
    const expected = Math.round(outlook.expectedHigh(city, climateDay, createdAt));
    const first = expected - (noise.uniform(streams.first, city.index, climateDay) < 0.5 ? 3 : 4);
    const final = reports.firstFinal(city, climateDay);
    const determinedAt = determination(final.issuedAt);
    const settling = noise.uniform(streams.settled, city.index, climateDay) * minute;
    const scripted = incidents.filter((one) => "series" in one && one.series === city.series);
    const source = scripted.find((one) => one.kind === "unknown_source" && one.climateDay === climateDay);
    return {
      ticker,
      city,
      climateDay,
      createdAt,
      openAt: before + 14 * hour,
      closeAt: climateDayStart(city, climateDay + 1),
      determinedAt,
      finalizedAt: determinedAt + settlementTimerSeconds * 1000 + Math.floor(settling),
      brackets: bracketsOf(ticker, first),
      value: final.max,
      source:
        source?.kind === "unknown_source"
          ? source.source
          : { name: "The Weather Company", url: "https://weather.com/kalshi" },
      worded: scripted.some((one) => one.kind === "worded_value" && one.climateDay === climateDay),
    };
  };

  const of = (city: City, climateDay: number): Event => {
    const key = climateDay * 8 + city.index;
    let event = known.get(key);
    if (event === undefined) {
      event = build(city, climateDay);
      known.set(key, event);
    }
    return event;
  };

  return {
    of,
    listed(city, now) {
      const today = climateDayAt(city, now);
      const list: Event[] = [];
      for (let climateDay = today + 2; climateDay > today - listedDays; climateDay -= 1) {
        // Nothing is built before it can be listed.
        if (now < (climateDay - 1) * day + listingHour * hour) continue;
        const event = of(city, climateDay);
        if (event.createdAt <= now) list.push(event);
      }
      return list;
    },
  };
}
