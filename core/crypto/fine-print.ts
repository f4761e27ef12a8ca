/**
 * What the fine print (`rules_secondary`) of a bitcoin market says of its settlement value. Captured texts of July and August
 * 2026 take the average of sixty prices of the last minute; those of KXBTC15M round it to two decimals, those of KXBTC
 * and KXBTCD do not say that anybody rounds.
 */

/** rounded: the rules bring the value to whole cents. Where they do not say so, it may lie between two cents. */
export type FinePrint = { rounded: boolean } | { unknown: string };

/** Each must be said, in these words or with others between them. */
const required = [
  { what: "CF Benchmarks' Real Time Index", words: /\bCF Benchmarks\b.*\bReal[- ]Time Index\b/is },
  { what: "60 prices of the last minute before expiration", words: /\blast minute before expiration\b.*\b60\b/is },
];
const finalValue = /\bfinal value is the average of these prices([^.]*)/i;
const toCents = /^, rounded to the nearest (?:(?:2|two) decimal places|cent)$/i;
/** Words of another average: Kalshi has series whose extremes are cut off, and its help page speaks of them here too. */
const otherwise = /\b(?:trim|remov|exclud|discard|disregard|highest|lowest|median|weight|truncat|round)\w*/gi;

export function readFinePrint(text: string): FinePrint {
  const missing = required.find(({ words }) => !words.test(text))?.what;
  if (missing !== undefined) return { unknown: `does not name ${missing}` };
  const final = finalValue.exec(text);
  if (final === null) return { unknown: "does not say that the final value is the average of these prices" };
  const [sentence, tail = ""] = final;
  const rounded = toCents.test(tail.trimEnd());
  if (!rounded && tail.trim() !== "") return { unknown: `adds ${JSON.stringify(tail)} to the average of these prices` };
  const [other] = text.replace(sentence, "").match(otherwise) ?? [];
  if (other !== undefined)
    return { unknown: `says ${JSON.stringify(other)}, of which the settlement average knows nothing` };
  return { rounded };
}
