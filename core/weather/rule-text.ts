/** The rule text of a daily-high market, in the three forms that Kalshi has used. Any other text is unknown. */
import { calendarDate } from "./calendar-date.ts";

/** Who publishes the value: The Weather Company, or the National Weather Service's report directly. */
export type SettlementRule = "twc" | "nws";

/** The strike as the text words it: `greater` and `less` are strict, `between` includes both ends. */
export type WordedStrike =
  | { type: "greater"; floor: number }
  | { type: "less"; cap: number }
  | { type: "between"; floor: number; cap: number };

export interface RuleText {
  rule: SettlementRule;
  place: string;
  /** Code in parentheses after the place; null when the form has none. */
  code: string | null;
  /** `YYYY-MM-DD`. */
  date: string;
  strike: WordedStrike;
}

const OPENING = String.raw`^If the (?:highest|maximum) temperature recorded (?:in|at) `;
const DATE = String.raw`(?<month>[A-Za-z]+)\.? (?<day>\d{1,2}), (?<year>\d{4})`;
const STRIKE = String.raw`(?:greater than (?<greater>-?\d+)°|less than (?<less>-?\d+)°|between (?<from>-?\d+)-(?<to>-?\d+)°)`;
const NWS = String.raw`the National Weather Service's Climatological Report \(Daily\)`;
const CLOSING = String.raw`, then the market resolves to Yes\.$`;

const FORMS: readonly { rule: SettlementRule; text: RegExp }[] = [
  {
    rule: "twc",
    text: new RegExp(
      `${OPENING}(?<place>[^()]+) \\((?<code>[A-Z0-9]+)\\) for ${DATE}, is ${STRIKE} fahrenheit according to The Weather Company${CLOSING}`,
    ),
  },
  {
    rule: "nws",
    text: new RegExp(
      `${OPENING}(?<place>[^()]+) for ${DATE}, is ${STRIKE}(?: fahrenheit)? according to ${NWS}${CLOSING}`,
    ),
  },
  {
    rule: "nws",
    text: new RegExp(`${OPENING}(?<place>[^()]+) for ${DATE} as reported by ${NWS}, is ${STRIKE}${CLOSING}`),
  },
];

/** What the text says, or undefined when it has none of the known forms (or names a day that is not in the calendar). */
export function readRuleText(text: string): RuleText | undefined {
  for (const form of FORMS) {
    const groups = form.text.exec(text.trim())?.groups;
    if (groups === undefined) continue;
    const { place = "", month = "", greater, less, from, to } = groups;
    const date = calendarDate(month, Number(groups["day"]), Number(groups["year"]));
    if (date === undefined) return undefined;
    const strike: WordedStrike =
      greater !== undefined
        ? { type: "greater", floor: Number(greater) }
        : less !== undefined
          ? { type: "less", cap: Number(less) }
          : { type: "between", floor: Number(from), cap: Number(to) };
    return { rule: form.rule, place, code: groups["code"] ?? null, date, strike };
  }
  return undefined;
}
