/** Frames that others recorded, from the folder that BRIER_CAPTURES names. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export const capturesFolder = process.env["BRIER_CAPTURES"] ?? "../shared/captures";
export const hasCaptures = existsSync(join(capturesFolder, "crypto", "ws"));
if (!hasCaptures)
  process.stderr.write(`no captures in ${capturesFolder}: tests that replay recorded frames are skipped\n`);

function text(...path: string[]): string {
  const bytes = readFileSync(join(capturesFolder, ...path));
  return (path.at(-1)?.endsWith(".gz") === true ? gunzipSync(bytes) : bytes).toString("utf8");
}

/** The frames received: lines of `time: frame` or `time frame`; what was sent and the connecting itself are left out. */
export function receivedFrames(file: string): string[] {
  return text("crypto", "ws", file)
    .split("\n")
    .filter((line) => /^[\d.]+:? /.test(line))
    .map((line) => line.slice(line.indexOf(" ") + 1));
}

/** Whole files, each one frame. */
export function frameFiles(...folder: string[]): { name: string; text: string }[] {
  return readdirSync(join(capturesFolder, ...folder))
    .filter((name) => name.endsWith(".json"))
    .map((name) => ({ name, text: text(...folder, name) }));
}

/** Kalshi's frames of April 2026, with the time of receipt in epoch ms. */
export function kalshiFrames2026(): { receivedAt: number; text: string }[] {
  return text("kalshi", "ws", "kxbtc_26APR1817_frames.jsonl")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { recv_ts_ns: number; raw: string })
    .map(({ recv_ts_ns, raw }) => ({ receivedAt: Math.floor(recv_ts_ns / 1e6), text: raw }));
}
