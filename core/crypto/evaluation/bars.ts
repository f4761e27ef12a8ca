/** One-minute bars of a captured history, and the quarter-hours that they decide. */
import type { MinutePrice } from "../volatility.ts";

const minuteMs = 60_000;
const quarterMs = 900_000;

export interface Bar {
  /** Start of the minute, epoch ms. */
  start: number;
  open: number;
  high: number;
  low: number;
  close: number;
}

/**
 * Rows of `timestamp,open,high,low,close,volume`, the time stamp in UTC and of the **end** of its minute: in the captured
 * file volume and movement jump in the bars stamped :01, :16, :31 and :46, where the quarter-hour's first minute ends.
 * @throws naming the line that is no bar, or does not follow the one before.
 */
export function parseBars(csv: string): Bar[] {
  const [head = "", ...lines] = csv.split(/\r?\n/).filter((line) => line !== "");
  if (head !== "timestamp,open,high,low,close,volume") {
    throw new Error(`the header is "${head}", expected timestamp,open,high,low,close,volume`);
  }
  const bars: Bar[] = [];
  for (const [index, line] of lines.entries()) {
    const [time = "", ...numbers] = line.split(",");
    const start = Date.parse(`${time.replace(" ", "T").slice(0, 23)}Z`) - minuteMs;
    const [open = Number.NaN, high = Number.NaN, low = Number.NaN, close = Number.NaN] = numbers.map(Number);
    const sound = low > 0 && high >= Math.max(open, close) && low <= Math.min(open, close);
    if (!Number.isFinite(start) || start % minuteMs !== 0 || !sound) {
      throw new Error(`line ${index + 2} is no one-minute bar: ${line}`);
    }
    const before = bars.at(-1);
    if (before !== undefined && start <= before.start)
      throw new Error(`line ${index + 2} does not follow in time: ${line}`);
    bars.push({ start, open, high, low, close });
  }
  return bars;
}

/** The nearest to a minute's average that its bar tells. */
export function barAverage({ open, high, low, close }: Bar): number {
  return (open + high + low + close) / 4;
}

export function closesOf(bars: readonly Bar[]): MinutePrice[] {
  return bars.map(({ start, close }) => ({ at: start + minuteMs, price: close }));
}

/** A quarter-hour market as the bars would have settled it. */
export interface QuarterHour {
  open: number;
  close: number;
  /** Average of the minute before it opened, $. */
  target: number;
  /** Average of its last minute, $. */
  settled: number;
  outcome: 0 | 1;
}

/** Every quarter-hour whose minutes are all there, from `history` minutes after the first bar on. */
export function quarterHours(bars: readonly Bar[], history: number): QuarterHour[] {
  const byStart = new Map(bars.map((bar) => [bar.start, bar]));
  const [first] = bars;
  const last = bars.at(-1);
  if (first === undefined || last === undefined) return [];
  const quarters: QuarterHour[] = [];
  const from = Math.ceil((first.start + history * minuteMs) / quarterMs) * quarterMs;
  for (let open = from; open + quarterMs <= last.start + minuteMs; open += quarterMs) {
    const close = open + quarterMs;
    const minutes = Array.from({ length: 16 }, (_, index) => byStart.get(open + (index - 1) * minuteMs));
    const [before] = minutes;
    const end = minutes.at(-1);
    if (before === undefined || end === undefined || minutes.some((bar) => bar === undefined)) continue;
    const [target, settled] = [barAverage(before), barAverage(end)];
    quarters.push({ open, close, target, settled, outcome: settled >= target ? 1 : 0 });
  }
  return quarters;
}
