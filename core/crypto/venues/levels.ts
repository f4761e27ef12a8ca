/** Levels as most venues write them: `[["61837.63", "0.02"], …]`, price and absolute size. */
import { type Level, levelDecimals } from "../../stream/event.ts";
import { listOf, unitsOf } from "../../stream/frame.ts";

export function levelsOf(value: unknown, path: string): Level[] {
  return listOf(value, path).map((level, index): Level => {
    const at = `${path}[${index}]`;
    const pair = listOf(level, at);
    return [unitsOf(pair[0], levelDecimals, `${at}[0]`), unitsOf(pair[1], levelDecimals, `${at}[1]`)];
  });
}
