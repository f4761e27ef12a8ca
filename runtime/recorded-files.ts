/** Files of recorded payloads into the lake: each recognised by its content, and landed once whatever it is called. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { sha256 } from "../core/identity.ts";
import { importRecording, recordingDecoderVersion, recordingKey } from "../core/market/recordings.ts";
import { marketDataKeys } from "../core/market/payload.ts";
import { partKey } from "../core/lake-keys.ts";
import type { Lake } from "../core/ports.ts";
import type { Note, Refusal } from "../core/source.ts";
import { climateReports } from "../core/sources/climate-reports.ts";
import { writeParts } from "../functions/parts.ts";
import type { Rows, TableRow } from "../schemas/index.ts";
import { dtOf } from "../schemas/table.ts";
import { exchangeOf } from "./payload-file.ts";
import { recordingQuarantineKey } from "./quarantine.ts";

const endings = [".json", ".jsonl", ".ndjson", ".txt", ".csv"];
/** Larger than anything recorded so far; a database dump that was left beside the recordings is not read into memory. */
const maxBytes = 64 * 1024 * 1024;

export type FileOutcome =
  /** Rows are in the lake; `refused` counts what in the file was not taken. */
  | "landed"
  /** The same content has landed before. */
  | "repeated"
  | "refused"
  /** Read, and it holds no rows: a list of products. */
  | "empty"
  /** Not a kind that these sources read. */
  | "unknown";

export interface FileReport {
  /** Path below the folder, with forward slashes. */
  file: string;
  outcome: FileOutcome;
  /** Number of rows by table. */
  rows: Record<string, number>;
  refusals: Refusal[];
  notes: Note[];
}

/** What an importer reads out of a text. */
interface Imported {
  rows: Rows;
  refusals: Refusal[];
  notes: Note[];
  version: number;
}

/** Paths of the files to be read, sorted. Hidden ones are left out. */
export function recordedFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.toLowerCase().endsWith(ending)))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, "/"))
    .filter((path) => path.split("/").every((part) => !part.startsWith(".")))
    .toSorted();
}

/** A product of the AFOS archive that calls itself a climate report: `CLI` and a site on a line of its own near the top. */
function isClimateReport(text: string): boolean {
  const head = text.slice(0, 2_000).split(/\r?\n/).slice(0, 15);
  return head.some((line) => /^CLI[A-Z0-9]{1,3}\s*$/.test(line));
}

function isProductList(text: string): boolean {
  const [value] = jsonDocuments(text);
  if (!isObject(value) || !Array.isArray(value["data"])) return false;
  const rows: unknown[] = value["data"];
  return rows.length > 0 && rows.every((row) => isObject(row) && typeof row["product_id"] === "string");
}

/** A report is known from its issue on: that instant stands for window and fetch. */
function importClimateReport(name: string, text: string): Imported {
  const raw_key = recordingKey(text);
  const decode = (at: number) =>
    climateReports.decode([exchangeOf(climateReports, name, text, at)], { window_at: at, raw_key });
  const first = decode(0).rows.climate_reports?.[0];
  const { rows, refusals, notes } = decode(first?.issued_at ?? 0);
  return { rows, refusals, notes, version: climateReports.decoderVersion };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Whether a document or line is of Kalshi's market data, of whatever age and in whatever wrapping. Other exchanges have
 * `events` and `markets` too: what stands in them must be named by a ticker.
 */
function speaksOfKalshi(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (isObject(value["response"])) return speaksOfKalshi(value["response"]);
  if (isObject(value["orderbook"]) || isObject(value["orderbook_fp"])) return true;
  if (
    typeof value["ticker"] === "string" &&
    ["raw_orderbook", "yes_bid_dollars", "yes_bid"].some((name) => name in value)
  )
    return true;
  if (isObject(value["settled_markets"])) return true;
  if (typeof value["series"] === "string" && "fee_type" in value) return true;
  return marketDataKeys.some((key) =>
    [value[key]]
      .flat()
      .some(
        (item) => isObject(item) && (typeof item["ticker"] === "string" || typeof item["event_ticker"] === "string"),
      ),
  );
}

function jsonDocuments(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    // JSON lines, or no JSON at all: then no line speaks of anything.
  }
  return text.split("\n").flatMap((line): unknown[] => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

function importText(name: string, text: string): Imported | undefined {
  if (isClimateReport(text)) return importClimateReport(name, text);
  if (isProductList(text)) return { ...importClimateReport(name, text), rows: {} };
  if (!/^\s*[[{]/.test(text)) return undefined;
  if (!jsonDocuments(text).some(speaksOfKalshi)) return undefined;
  const { rows, refusals, notes } = importRecording(name, text);
  return { rows, refusals, notes, version: recordingDecoderVersion };
}

function countRows(rows: Rows): Record<string, number> {
  return Object.fromEntries(Object.entries(rows).map(([table, members]) => [table, members.length]));
}

/** The book's entry. A recording is a source of its own, named by its content, with one window: its earliest instant. */
function ledgerRow(
  text: string,
  { rows, refusals, notes, version }: Imported,
  raw: { key: string; sha256: string },
): TableRow<"ingest_ledger"> {
  const instants = Object.values(rows).flatMap((members) => members.map((row) => row.ingested_at));
  const window_at = instants.reduce((least, at) => Math.min(least, at), Infinity);
  const fetched_at = instants.reduce((most, at) => Math.max(most, at), -Infinity);
  const reasons = [
    ...refusals.map(({ kind, path, message }) => ({ kind, path, message })),
    ...notes.map(({ path, message }) => ({ kind: "note", path, message })),
  ];
  return {
    source: `recordings/${sha256(text).slice(0, 20)}`,
    window_at,
    entry: refusals.length === 0 ? "landed" : "quarantined",
    fetched_at,
    exchanges: 1,
    rows: instants.length,
    refused: refusals.length,
    reasons: reasons.length === 0 ? null : JSON.stringify(reasons),
    raw_key: raw.key,
    raw_sha256: raw.sha256,
    ingested_at: fetched_at,
    decoder_version: version,
  };
}

async function land(lake: Lake, text: string, imported: Imported): Promise<"landed" | "repeated" | "refused"> {
  const bytes = new TextEncoder().encode(text);
  const raw = { key: recordingKey(text), sha256: sha256(bytes) };
  await lake.putIfAbsent(raw.key, bytes);
  if (imported.refusals.length > 0) {
    const refused = imported.refusals.map((refusal) => ({ ...refusal, payload: null }));
    const body = JSON.stringify({
      source: "recordings",
      window_at: null,
      decoder_version: imported.version,
      raw_key: raw.key,
      refused,
    });
    await lake.putIfAbsent(recordingQuarantineKey(text, imported.version), new TextEncoder().encode(body));
  }
  if (Object.keys(imported.rows).length === 0) return "refused";
  const stem = `recordings-${sha256(text).slice(0, 20)}`;
  const entry = ledgerRow(text, imported, raw);
  // The book is written last: where its part is there, everything before it is.
  const known = await lake.get(partKey("ingest_ledger", dtOf(entry.window_at), stem, imported.version));
  if (known !== undefined) return "repeated";
  await writeParts(lake, stem, imported.version, imported.rows);
  await writeParts(lake, stem, imported.version, { ingest_ledger: [entry] });
  return "landed";
}

/** @param file path below `folder`, as `recordedFiles` gives it */
export async function ingestFile(lake: Lake, folder: string, file: string): Promise<FileReport> {
  const report: FileReport = { file, outcome: "unknown", rows: {}, refusals: [], notes: [] };
  const bytes = readFileSync(join(folder, file));
  if (bytes.byteLength > maxBytes) {
    return {
      ...report,
      notes: [{ path: "body", message: `${bytes.byteLength} bytes, more than ${maxBytes}: not read` }],
    };
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { ...report, notes: [{ path: "body", message: "not UTF-8 text" }] };
  }
  const imported = importText(file, text);
  if (imported === undefined) return report;
  const { refusals, notes } = imported;
  const read = { ...report, rows: countRows(imported.rows), refusals, notes };
  if (Object.keys(imported.rows).length === 0 && refusals.length === 0) return { ...read, outcome: "empty" };
  return { ...read, outcome: await land(lake, text, imported) };
}
