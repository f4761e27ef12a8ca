/** Reads a folder of captures and evaluates the crypto desk's model and the fee rule on what it holds. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Bar, parseBars } from "../core/crypto/evaluation/bars.ts";
import { casesOf } from "../core/crypto/evaluation/cases.ts";
import { hourCases, type HourReport, hourReports } from "../core/crypto/evaluation/hours.ts";
import { type LastMinuteReport, lastMinuteReports, secondPrices } from "../core/crypto/evaluation/last-minute.ts";
import { fitParameters } from "../core/crypto/evaluation/methods.ts";
import { type EpochFees, feesByEpoch, parseOrders } from "../core/crypto/evaluation/order-fees.ts";
import { type Report, reportOn, splitByDay } from "../core/crypto/evaluation/report.ts";
import { CommandError } from "./command.ts";
import { messageOf } from "./message-of.ts";

/** Where the captures keep what is read here. */
const bars = { folder: "crypto/candles", file: /^btc_perp_1m.*\.csv(\.gz)?$/ };
const seconds = { folder: "crypto/candles", file: /^lean_coinbase_btcusd_second_\d{8}_trade\.csv(\.gz)?$/ };
const orders = { folder: "crypto/kalshi", file: /order_fees.*\.csv$/ };

export interface CryptoEvaluation {
  history: { files: string[]; bars: number; from: number; until: number; report: Report; hours: HourReport[] };
  /** One day of one-second trades; null when none is captured. */
  lastMinute: { file: string; reports: LastMinuteReport[] } | null;
  /** Null when no orders are captured. */
  fees: { file: string; epochs: EpochFees[] } | null;
}

function filesLike(root: string, { folder, file }: typeof bars): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => file.test(name))
    .sort()
    .map((name) => join(path, name));
}

/** Names what could not be read. @throws CommandError */
function named<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new CommandError(`${file} cannot be used: ${messageOf(error)}`);
  }
}

const textOf = (file: string) => {
  const bytes = readFileSync(file);
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
};

/** The bars of all files in the order of time; where files overlap, the first one's. */
function barsOf(files: readonly string[]): Bar[] {
  const byStart = new Map<number, Bar>();
  for (const file of files) {
    for (const bar of named(file, () => parseBars(textOf(file)))) {
      if (!byStart.has(bar.start)) byStart.set(bar.start, bar);
    }
  }
  return [...byStart.values()].sort((a, b) => a.start - b.start);
}

function evaluateLastMinute(folder: string): CryptoEvaluation["lastMinute"] {
  const [file] = filesLike(folder, seconds);
  const date = file === undefined ? undefined : /_(\d{4})(\d{2})(\d{2})_trade/.exec(file);
  if (file === undefined || date === undefined || date === null) return null;
  const day = Date.parse(`${date.slice(1).join("-")}T00:00:00Z`);
  return { file, reports: named(file, () => lastMinuteReports(secondPrices(textOf(file)), day)) };
}

/** @param note Told what is being done. @throws CommandError when there are no bars, or a file cannot be read. */
export function evaluateCrypto(folder: string, note: (line: string) => void): CryptoEvaluation {
  const files = filesLike(folder, bars);
  if (files.length === 0) {
    throw new CommandError(
      `no btc_perp_1m*.csv in ${join(folder, bars.folder)}: give the folder of the captures with --captures`,
    );
  }
  note("reading one-minute bars");
  const read = barsOf(files);
  note(`forecasting from ${read.length} bars`);
  const { first, second } = splitByDay(casesOf(read));
  const report = named(files.join(", "), () => {
    const parameters = fitParameters(first, note);
    note("scoring");
    return reportOn(first, second, parameters);
  });
  const [orderFile] = filesLike(folder, orders);
  return {
    history: {
      files,
      bars: read.length,
      from: read[0]?.start ?? Number.NaN,
      until: (read.at(-1)?.start ?? Number.NaN) + 60_000,
      report,
      hours: hourReports(hourCases(read)),
    },
    lastMinute: evaluateLastMinute(folder),
    fees:
      orderFile === undefined
        ? null
        : { file: orderFile, epochs: named(orderFile, () => feesByEpoch(parseOrders(textOf(orderFile)))) },
  };
}
