/** `brier decode`: a payload file through its source's decoder. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { rawKey } from "../core/lake-keys.ts";
import { importRecording } from "../core/market/recordings.ts";
import type { Note, Refusal, Source } from "../core/source.ts";
import { sourceOf } from "../core/sources.ts";
import type { Rows } from "../schemas/index.ts";
import { type Command, CommandError, exit, text, UsageError } from "../runtime/command.ts";
import { exchangeOf, isKalshiAnswer } from "../runtime/payload-file.ts";
import { messageOf } from "../runtime/message-of.ts";

/** Stands for the instant of the request, which a file does not tell: the same file gives the same bytes. */
const defaultInstant = "2026-01-01T00:00:00Z";

function readText(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${messageOf(error)}. Give a file, or - for standard input.`);
  }
}

interface Result {
  rows: Rows;
  refusals: readonly Refusal[];
  notes: readonly Note[];
}

/** A recording that somebody trimmed or wrapped is read as such; everything else is what the source was sent. */
function decoded(source: Source, file: string, body: string, at: number): Result {
  if (source.id === "kalshi-markets" && !isKalshiAnswer(body)) return importRecording(file, body);
  const exchange = exchangeOf(source, basename(file), body, at);
  const broken = source.broken?.(exchange);
  if (broken !== undefined)
    return { rows: {}, refusals: [{ kind: "drift", exchange: 0, path: "body", message: broken }], notes: [] };
  return source.decode([exchange], { window_at: at, raw_key: rawKey(source.id, at) });
}

function knownSource(id: string): Source {
  try {
    return sourceOf(id);
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

export const command: Command = {
  summary: "Decode a payload file as its source would, and print the rows",
  usage: "<source> <file | -> [--fetched-at INSTANT]",
  options: { "fetched-at": { type: "string" } },
  help: [
    `  --fetched-at INSTANT  instant of the request and of its window (ISO 8601; default ${defaultInstant}); a recording states its own`,
    "",
    "The file holds one answer of the source's upstream, as it came: Kalshi's series, events, markets, trades, candles or books, an",
    "Open-Meteo forecast, observations as a table or from api.weather.gov, a guidance table, the text of a climate report or its",
    "list, of a daily summary or of monthly data, a page of the portal; for kalshi-markets also a recording that brier ingest reads.",
    "Example: brier decode iem-observations asos.csv --fetched-at 2026-10-30T16:01Z",
    'Prints one JSON object a row, {"table": …, …the row}: prices in micro-dollars, counts in hundredths, instants in epoch ms.',
    "Exit code 1: refused; the field's path and what was found there go to standard error, with --json to standard output too.",
  ].join("\n"),
  async run(args, terminal) {
    const [id, file, ...more] = args.positionals;
    if (id === undefined || file === undefined || more.length > 0)
      throw new UsageError("Which source, and which file?");
    const at = Date.parse(text(args, "fetched-at") ?? defaultInstant);
    if (Number.isNaN(at))
      throw new UsageError(`--fetched-at is "${text(args, "fetched-at")}"; give an instant such as ${defaultInstant}`);
    const { rows, refusals, notes } = decoded(knownSource(id), file, readText(file), at);
    for (const [table, members] of Object.entries(rows)) {
      for (const row of members) terminal.out(JSON.stringify({ table, ...row }));
    }
    for (const { path, message } of notes) terminal.note(`note: ${path}: ${message}`);
    for (const { path, message } of refusals) terminal.note(`refused: ${path}: ${message}`);
    if (refusals.length === 0) return exit.ok;
    if (terminal.json)
      terminal.out(JSON.stringify({ refused: refusals.map(({ kind, path, message }) => ({ kind, path, message })) }));
    return exit.no;
  },
};
