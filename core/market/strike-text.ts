/**
 * What a market's words say of its strike: for markets that carry no strike fields, and to hold the fields against.
 * Never the first source. The forms are those of Kalshi's titles, subtitles and rule texts of daily temperatures.
 */
import { describeInterval, intervalOf, type Strike, type StrikeInterval } from "./strikes.ts";

/** The whole numbers for which the text says Yes, or why it cannot be told. */
export type StrikeReading = { interval: StrikeInterval } | { unread: string };

/** Whole numbers of at most three digits: no year, and with its leading zero no month. The dash is a sign here. */
const NUMBER = String.raw`(?<![\w.,/:°$-])(-?(?:0|[1-9]\d{0,2}))(?![\w%]|[.,/:]\d|\s%)`;
/** The second number of a range: what stands before it is the range's own sign. */
const END = String.raw`(-?(?:0|[1-9]\d{0,2}))(?![\w%]|[.,/:-]\d|\s%)`;
const DEGREE = String.raw`(?: ?°)?`;
const OR_MORE = "or (?:above|more|higher|greater|warmer|over)";
const OR_LESS = "or (?:below|less|lower|fewer|colder|under)";
/** A dash is a range when it has a space on both sides or on neither: `-5 -4` could be two values. */
const TO = `${DEGREE}(?: to | - |-)`;
/** A phrase ends here: what follows does not go on to another bound. */
const ENDED = String.raw`(?! ?(?:-|to|and) ?-?\d| (?:${OR_MORE}|${OR_LESS})\b)`;

/** `low` and `high` say what the phrase's numbers bound; a strict bound lies one further in. */
const FORMS: readonly { text: string; interval: (first: number, second: number) => StrikeInterval }[] = [
  {
    text: `(?:between |from )?${NUMBER}${TO}${END}${DEGREE}`,
    interval: (first, second) => ({ lowest: first, highest: second }),
  },
  {
    text: `between ${NUMBER}${DEGREE} and ${END}${DEGREE}`,
    interval: (first, second) => ({ lowest: first, highest: second }),
  },
  {
    text: `(?:(?:>=|≥) ?|(?:at least|no less than|greater than or equal to) )${NUMBER}${DEGREE}`,
    interval: (first) => ({ lowest: first, highest: null }),
  },
  { text: `${NUMBER}${DEGREE} ${OR_MORE}\\b`, interval: (first) => ({ lowest: first, highest: null }) },
  {
    text: `(?:(?:<=|≤) ?|(?:at most|no more than|less than or equal to) )${NUMBER}${DEGREE}`,
    interval: (first) => ({ lowest: null, highest: first }),
  },
  { text: `${NUMBER}${DEGREE} ${OR_LESS}\\b`, interval: (first) => ({ lowest: null, highest: first }) },
  {
    text: `(?:> ?|(?<!no )(?:greater than|more than|higher than|above|over) )${NUMBER}${DEGREE}`,
    interval: (first) => ({ lowest: first + 1, highest: null }),
  },
  {
    text: `(?:< ?|(?<!no )(?:less than|lower than|below|under) )${NUMBER}${DEGREE}`,
    interval: (first) => ({ lowest: null, highest: first - 1 }),
  },
];

const PHRASES = FORMS.map(({ text, interval }) => ({
  phrase: new RegExp(`(?<![\\w<>=≤≥])${text}${ENDED}`, "g"),
  interval,
}));

function normalised(text: string): string {
  return text
    .toLowerCase()
    .replaceAll("*", "")
    .replaceAll(/[\u2010-\u2015\u2212]/g, "-")
    .replaceAll(/[º˚]/g, "°")
    .replaceAll(/ *(?:° *)?(?:degrees *)?fahrenheit\b/g, "°")
    .replaceAll(/ *° *f\b/g, "°")
    .replaceAll(/(\d) *degrees\b/g, "$1°")
    .replaceAll(/(\d) *f\b/g, "$1°")
    .replaceAll(/\s+/g, " ")
    .trim()
    .replace(/[.?!]+$/, "");
}

export function sameInterval(a: StrikeInterval, b: StrikeInterval): boolean {
  return a.lowest === b.lowest && a.highest === b.highest;
}

/**
 * Reads one text: a subtitle (`57° to 58°`, `59° or above`), a title (`Will the high be >58° on Jul 10, 2026?`) or a rule.
 * A subtitle counts inclusively and a title strictly, which their words say: "59 or above" includes 59, ">58" excludes 58.
 * Within a sentence a number counts only with a degree sign or right after "be" or "is": dates and hours are numbers too.
 * A text that says two different things says nothing.
 */
export function readStrikeText(text: string): StrikeReading {
  const words = normalised(text);
  if (words === "") return { unread: "the text is empty" };
  if (/° *[ck]\b|\b(?:celsius|kelvin)\b/.test(words)) return { unread: `"${text}" is not in degrees Fahrenheit` };
  if (/\bnot\b|n['’]t\b/.test(words)) return { unread: `"${text}" denies something` };
  const found: StrikeInterval[] = [];
  for (const { phrase, interval } of PHRASES) {
    for (const match of words.matchAll(phrase)) {
      const whole = match[0].length === words.length;
      const asserted = /\b(?:be|is) $/.test(words.slice(0, match.index));
      if (!whole && !asserted && !match[0].includes("°")) continue;
      const read = interval(Number(match[1]) + 0, Number(match[2]) + 0);
      if (read.lowest !== null && read.highest !== null && read.lowest > read.highest) {
        return { unread: `"${text}": ${read.lowest} is more than ${read.highest}` };
      }
      if (!found.some((known) => sameInterval(known, read))) found.push(read);
    }
  }
  const [first, ...others] = found;
  if (first === undefined) return { unread: `"${text}" has no known form of a strike` };
  if (others.length > 0) return { unread: `"${text}" says ${found.map(describeInterval).join(" and ")}` };
  return { interval: first };
}

/** The texts of a market that speak of its strike. */
export interface StrikeTexts {
  yes_sub_title: string;
  title: string | null;
  rules_primary: string;
}

/** What a market's texts say together: all that can be read must say the same. */
export function readStrikeTexts({ yes_sub_title, title, rules_primary }: StrikeTexts): StrikeReading {
  const readings = [yes_sub_title, title ?? "", rules_primary].map(readStrikeText);
  const intervals = readings.flatMap((reading) => ("interval" in reading ? [reading.interval] : []));
  const [first] = intervals;
  if (first === undefined) {
    const said = readings.flatMap((reading) =>
      "unread" in reading && reading.unread !== "the text is empty" ? [reading.unread] : [],
    );
    return { unread: said.length === 0 ? "the market has no texts" : said.join("; ") };
  }
  const other = intervals.find((interval) => !sameInterval(interval, first));
  if (other !== undefined)
    return { unread: `the texts disagree: ${describeInterval(first)} and ${describeInterval(other)}` };
  return { interval: first };
}

/**
 * Where a market's subtitle or title contradicts its strike fields; undefined when none of them does. A text that cannot
 * be read contradicts nothing: the fields are the authority.
 */
export function strikeTextFault(
  market: Strike & Pick<StrikeTexts, "yes_sub_title" | "title">,
): { text: string; says: StrikeInterval; fields: StrikeInterval } | undefined {
  const fields = intervalOf(market);
  if (fields === undefined) return undefined;
  for (const text of [market.yes_sub_title, market.title ?? ""]) {
    const reading = readStrikeText(text);
    if ("interval" in reading && !sameInterval(reading.interval, fields))
      return { text, says: reading.interval, fields };
  }
  return undefined;
}
