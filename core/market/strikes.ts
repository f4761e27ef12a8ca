/** From a market's strike to the whole numbers for which it pays. Nothing else about a strike is kept. */

/** The strike as Kalshi's fields give it. */
export interface Strike {
  strike_type: string | null;
  floor_strike: number | null;
  cap_strike: number | null;
}

/** Whole numbers from `lowest` to `highest`, both included; null means that the side is open. */
export interface StrikeInterval {
  lowest: number | null;
  highest: number | null;
}

/** Adding zero turns -0 into 0, so that equal intervals compare as equal. */
const up = (value: number) => Math.ceil(value) + 0;
const down = (value: number) => Math.floor(value) + 0;

function required(strike: Strike, name: "floor_strike" | "cap_strike"): number {
  const value = strike[name];
  if (value === null || !Number.isFinite(value)) {
    throw new Error(`strike_type ${strike.strike_type} needs ${name}, found ${value}`);
  }
  return value;
}

/**
 * The interval of a market on a whole-number underlying. `greater` and `less` are strict, `between` includes both ends;
 * strikes may be fractions (94.5). Source: docs of the market object and 232 settled events.
 * @returns undefined for a strike that is no interval (functional, custom, structured, unknown or none).
 * @throws when the fields contradict the type: a missing strike, or one that leaves no whole number.
 */
export function intervalOf(strike: Strike): StrikeInterval | undefined {
  switch (strike.strike_type) {
    case "greater":
      return { lowest: down(required(strike, "floor_strike")) + 1, highest: null };
    case "greater_or_equal":
      return { lowest: up(required(strike, "floor_strike")), highest: null };
    case "less":
      return { lowest: null, highest: up(required(strike, "cap_strike")) - 1 };
    case "less_or_equal":
      return { lowest: null, highest: down(required(strike, "cap_strike")) };
    case "between": {
      const lowest = up(required(strike, "floor_strike"));
      const highest = down(required(strike, "cap_strike"));
      if (lowest > highest) {
        throw new Error(
          `no whole number lies between floor_strike ${strike.floor_strike} and cap_strike ${strike.cap_strike}`,
        );
      }
      return { lowest, highest };
    }
    default:
      return undefined;
  }
}

/**
 * The strike fields that Kalshi gives to a market which pays within the interval: the inverse of `intervalOf`.
 * @throws when both sides are open: no market pays for every value.
 */
export function strikeOf({ lowest, highest }: StrikeInterval): Strike {
  if (lowest !== null && highest !== null) return { strike_type: "between", floor_strike: lowest, cap_strike: highest };
  if (lowest !== null) return { strike_type: "greater", floor_strike: lowest - 1, cap_strike: null };
  if (highest !== null) return { strike_type: "less", floor_strike: null, cap_strike: highest + 1 };
  throw new Error("an interval that is open on both sides is no strike");
}

/** Whether the market pays Yes when the official value is `value`, a whole number. */
export function outcomeOf(interval: StrikeInterval, value: number): "yes" | "no" {
  if (!Number.isInteger(value)) throw new Error(`the official value ${value} is not a whole number`);
  const above = interval.lowest === null || value >= interval.lowest;
  const below = interval.highest === null || value <= interval.highest;
  return above && below ? "yes" : "no";
}

export function describeInterval({ lowest, highest }: StrikeInterval): string {
  if (lowest === null) return highest === null ? "any value" : `${highest} or below`;
  return highest === null ? `${lowest} or above` : `${lowest} to ${highest}`;
}

/** Why the intervals do not hold every whole number exactly once; undefined when they do. */
export function partitionFault(intervals: readonly StrikeInterval[]): string | undefined {
  const sorted = [...intervals].sort((a, b) => (a.lowest ?? -Infinity) - (b.lowest ?? -Infinity));
  const [first] = sorted;
  if (first === undefined) return "there is no interval";
  if (first.lowest !== null) return `nothing covers values below ${first.lowest}`;
  let highest = first.highest;
  for (const next of sorted.slice(1)) {
    if (highest === null || next.lowest === null || next.lowest <= highest) {
      return `${describeInterval(next)} overlaps what lies below it`;
    }
    if (next.lowest !== highest + 1)
      return `nothing covers ${describeInterval({ lowest: highest + 1, highest: next.lowest - 1 })}`;
    highest = next.highest;
  }
  return highest === null ? undefined : `nothing covers values above ${highest}`;
}

/**
 * The intervals of an event's markets, in their order, or why they are no partition of the whole numbers: a strike that
 * is no interval, one that contradicts itself, a gap or an overlap.
 */
export function partitionOf(strikes: readonly Strike[]): { intervals: StrikeInterval[] } | { fault: string } {
  const intervals: StrikeInterval[] = [];
  for (const strike of strikes) {
    let interval: StrikeInterval | undefined;
    try {
      interval = intervalOf(strike);
    } catch (error) {
      return { fault: error instanceof Error ? error.message : String(error) };
    }
    if (interval === undefined)
      return { fault: `a strike of type ${strike.strike_type ?? "(none)"} is no interval of whole numbers` };
    intervals.push(interval);
  }
  const fault = partitionFault(intervals);
  return fault === undefined ? { intervals } : { fault };
}

/**
 * Strikes of one event's markets read from their tickers, for recordings that carry no strike fields. `-B70.5` is 70 to
 * 71; of the two `-T` markets the lower is `less` and the upper `greater`, which no ticker says by itself.
 * @throws when a ticker is of another form or the event has not exactly two tails around its brackets.
 */
export function strikesFromTickers(marketTickers: readonly string[]): Map<string, Strike> {
  const strikes = new Map<string, Strike>();
  const tails: { ticker: string; at: number }[] = [];
  let lowestFloor = Infinity;
  let highestCap = -Infinity;
  for (const ticker of marketTickers) {
    const match = /-([BT])(-?\d+(?:\.\d+)?)$/.exec(ticker);
    if (match === null) throw new Error(`${ticker}: the ticker does not end in -B or -T and a number`);
    const at = Number(match[2]);
    if (match[1] === "T") {
      tails.push({ ticker, at });
      continue;
    }
    const floor = at - 0.5;
    if (!Number.isInteger(floor)) throw new Error(`${ticker}: the centre of a two-degree bracket ends in .5`);
    strikes.set(ticker, { strike_type: "between", floor_strike: floor, cap_strike: floor + 1 });
    lowestFloor = Math.min(lowestFloor, floor);
    highestCap = Math.max(highestCap, floor + 1);
  }
  const [a, b, ...others] = tails;
  if (a === undefined || b === undefined || others.length > 0 || a.at === b.at) {
    throw new Error(
      `an event has two -T tickers with different strikes, found ${tails.map((tail) => tail.ticker).join(", ") || "none"}`,
    );
  }
  const [lower, upper] = a.at < b.at ? [a, b] : [b, a];
  if (lower.at > lowestFloor || upper.at < highestCap) {
    throw new Error(`${lower.ticker} and ${upper.ticker} do not lie on both sides of the event's brackets`);
  }
  strikes.set(lower.ticker, { strike_type: "less", floor_strike: null, cap_strike: lower.at });
  strikes.set(upper.ticker, { strike_type: "greater", floor_strike: upper.at, cap_strike: null });
  return strikes;
}
