/**
 * Market data that others have recorded: Kalshi's own answers, trimmed or wrapped, and lines of their making. Recognised by
 * shape. Only what a recording says becomes a row; a required text that it lacks becomes an empty string, with a note.
 */
import type { Rows, TableName, TableRow } from "../../schemas/index.ts";
import { sha256 } from "../identity.ts";
import type { Note, Refusal } from "../source.ts";
import { bookRow, decodeBook, decodeBookSides, type Book } from "./books.ts";
import type { Stamp } from "./decode.ts";
import { join, noFindings, note, parsed, refusalsOf, type Findings } from "./findings.ts";
import { parseInstant } from "./instant.ts";
import { decodeMarketData, marketDataKeys } from "./payload.ts";
import { decodeActuals } from "./settled-events.ts";
import { eventOfTicker } from "./tickers.ts";

/** Version of the code that makes rows of recordings. */
export const recordingDecoderVersion = 2;

export interface Recording {
  /** Lake key under which the text is to be stored: the rows point at it. */
  rawKey: string;
  rows: Rows;
  refusals: Refusal[];
  notes: Note[];
}

/** The key follows from the text alone. */
export function recordingKey(text: string): string {
  return `raw/recordings/${sha256(text)}.txt`;
}

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function addRows<N extends TableName>(rows: Rows, table: N, more: readonly TableRow<N>[]): void {
  if (more.length === 0) return;
  const all = rows as Record<N, TableRow<N>[] | undefined>;
  (all[table] ??= []).push(...more);
}

function quoteOfBook(
  book: Book,
): Pick<TableRow<"market_snapshots">, "yes_bid" | "yes_bid_size" | "yes_ask" | "yes_ask_size"> {
  return {
    yes_bid: book.yesBid?.price ?? null,
    yes_bid_size: book.yesBid?.size ?? null,
    yes_ask: book.yesAsk?.price ?? null,
    yes_ask_size: book.yesAsk?.size ?? null,
  };
}

function snapshotOfBook(ticker: string, book: Book, stamp: Stamp): TableRow<"market_snapshots"> {
  return {
    market_ticker: ticker,
    event_ticker: eventOfTicker(ticker),
    status: "",
    ...quoteOfBook(book),
    last_price: null,
    volume: null,
    volume_24h: null,
    open_interest: null,
    ...stamp,
  };
}

/** Latest instant that the objects themselves carry: the recording is not older than that. */
function newestUpdate(value: unknown): number | undefined {
  if (Array.isArray(value))
    return value.reduce<number | undefined>((newest, item) => later(newest, newestUpdate(item)), undefined);
  if (!isObject(value)) return undefined;
  let newest: number | undefined;
  for (const [field, member] of Object.entries(value)) {
    if (["updated_time", "last_updated_ts", "settlement_ts"].includes(field) && typeof member === "string") {
      const instant = Date.parse(member);
      if (!Number.isNaN(instant)) newest = later(newest, instant);
    } else {
      newest = later(newest, newestUpdate(member));
    }
  }
  return newest;
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b);
}

/** When it was recorded. Where nothing says so, the best lower bound, with a note; undefined when there is none. */
function recordedAt(value: Json, name: string, findings: Findings): number | undefined {
  const metadata = isObject(value["_metadata"]) ? value["_metadata"] : {};
  const stated = value["captured_at"] ?? metadata["recorded_at"];
  if (stated !== undefined) return parsed(parseInstant, stated, "captured_at", findings);
  const newest = newestUpdate(value);
  if (newest !== undefined) {
    note(findings, "captured_at", "the recording does not say when it was made: the newest time in it stands in");
    return newest;
  }
  const day = /(?:^|[^\d])(\d{4}-\d{2}-\d{2})(?:[^\d]|$)/.exec(name)?.[1];
  if (day !== undefined) {
    note(
      findings,
      "captured_at",
      `the recording does not say when it was made: 00:00 UTC of ${day}, the day in its name, stands in`,
    );
    return parsed(parseInstant, `${day}T00:00:00Z`, "captured_at", findings);
  }
  findings.faults.push({
    path: "captured_at",
    message: "missing, and neither the payload nor the file's path says when it was recorded",
  });
  return undefined;
}

/** `{orderbook_fp}`, whose market stands in the file's name only. */
function importBook(value: Json, name: string, stamp: Stamp, rows: Rows, findings: Findings): void {
  const book = decodeBook(value, findings);
  if (book === undefined) return;
  const ticker = /([A-Z][A-Z0-9]*-\d{2}[A-Z]{3}\d{2}[A-Z0-9]*-[A-Z0-9.-]*[A-Z0-9])\.json$/.exec(name)?.[1];
  if (ticker === undefined) {
    findings.faults.push({
      path: "ticker",
      message: "an order book does not name its market, and neither does the file",
    });
    return;
  }
  note(findings, "ticker", "the order book's market is read from the file's name");
  note(findings, "status", "missing in the recording: left empty");
  addRows(rows, "market_snapshots", [snapshotOfBook(ticker, book, stamp)]);
  addRows(rows, "order_books", [bookRow(ticker, book, stamp)]);
}

/** A line with one market's raw book: `{ticker, captured_at, raw_orderbook: {yes_dollars, no_dollars}}`. */
function importBookLine(value: Json, path: string, stamp: Stamp, rows: Rows, findings: Findings): void {
  const ticker = value["ticker"];
  if (typeof ticker !== "string") {
    findings.faults.push({ path: join(path, "ticker"), message: "missing, expected string" });
    return;
  }
  const book = decodeBookSides(value["raw_orderbook"], join(path, "raw_orderbook"), findings);
  if (book === undefined) return;
  note(findings, "status", "missing in the recording: left empty");
  addRows(rows, "market_snapshots", [snapshotOfBook(ticker, book, stamp)]);
  addRows(rows, "order_books", [bookRow(ticker, book, stamp)]);
}

/** A line with what a series says about itself, its ticker under `series`. */
function importSeriesLine(value: Json, path: string, stamp: Stamp, rows: Rows, findings: Findings): void {
  const { series, title, fee_type, fee_multiplier, frequency, settlement_sources } = value;
  note(findings, "category", "missing in the recording: left empty");
  const object = { ticker: series, title, category: "", fee_type, fee_multiplier, frequency, settlement_sources };
  const before = findings.faults.length;
  const data = decodeMarketData({ series: object }, undefined, stamp, { sizes: "required" }, findings);
  for (const fault of findings.faults.slice(before)) fault.path = join(path, fault.path);
  addRows(rows, "kalshi_series", data.series);
}

/** Kalshi's own objects in whatever wrapping. Without the API's envelope the recording was trimmed, so sizes may lack. */
function importMarketData(value: Json, stamp: Stamp, rows: Rows, findings: Findings): void {
  const own = new Set<string>([...marketDataKeys, "cursor", "milestones"]);
  const envelope = Object.keys(value).every((key) => own.has(key));
  const content = Object.fromEntries(Object.entries(value).filter(([key]) => own.has(key)));
  const series = content["series"];
  if (!envelope && isObject(series) && series["fee_type"] === undefined) {
    note(findings, "series", "trimmed to less than its fee rule: no row is made of it");
    delete content["series"];
  }
  const options = { sizes: envelope ? "required" : "unknown_if_absent" } as const;
  const data = decodeMarketData(content, undefined, stamp, options, findings);
  const markets = [...data.nested, ...data.listed];
  addRows(rows, "kalshi_series", data.series);
  addRows(rows, "kalshi_events", data.events);
  addRows(
    rows,
    "kalshi_markets",
    markets.map((market) => market.listing),
  );
  addRows(
    rows,
    "market_snapshots",
    markets.map((market) => market.snapshot),
  );
}

/** The recorder's wrapping off: `{_metadata, response}`, and a market object that stands alone. */
function unwrap(value: Json): Json {
  if (isObject(value["response"])) return unwrap(value["response"]);
  if ("ticker" in value && "event_ticker" in value && "yes_bid_dollars" in value)
    return { market: value, recorded: "alone" };
  return value;
}

function importValue(value: unknown, path: string, name: string, rawKey: string, rows: Rows, findings: Findings): void {
  const here = path === "" ? "body" : path;
  if (!isObject(value)) {
    findings.faults.push({ path: here, message: "expected an object" });
    return;
  }
  const content = unwrap(value);
  const kind =
    "raw_orderbook" in content
      ? importBookLine
      : "settled_markets" in content
        ? importActuals
        : typeof content["series"] === "string" && "fee_type" in content
          ? importSeriesLine
          : undefined;
  const { orderbook } = content;
  const isBook = "orderbook_fp" in content || (isObject(orderbook) && !("orderbook_fp" in orderbook));
  const isMarketData = marketDataKeys.some((key) => typeof content[key] === "object");
  if (kind === undefined && !isBook && !isMarketData) {
    findings.faults.push({
      path: here,
      message: `no recording of a kind that is read here: expected series, event(s), market(s), an order book or settled events, found ${Object.keys(content).slice(0, 6).join(", ")}`,
    });
    return;
  }
  const at = recordedAt(value, name, findings);
  if (at === undefined) return;
  const stamp = { window_at: at, ingested_at: at, decoder_version: recordingDecoderVersion, raw_key: rawKey };
  if (kind !== undefined) kind(content, path, stamp, rows, findings);
  else if (isBook) importBook(content, name, stamp, rows, findings);
  else importMarketData(content, stamp, rows, findings);
}

function importActuals(value: Json, path: string, stamp: Stamp, rows: Rows, findings: Findings): void {
  const { markets, resolutions } = decodeActuals(value, path, stamp, findings);
  addRows(rows, "kalshi_markets", markets);
  addRows(rows, "resolutions", resolutions);
}

/** A file that was recorded day by day repeats an outcome: the first stands, and a different one is its next version. */
function versionsOf(resolutions: readonly TableRow<"resolutions">[]): TableRow<"resolutions">[] {
  const newest = new Map<string, TableRow<"resolutions">>();
  return resolutions
    .toSorted((a, b) => a.resolved_at - b.resolved_at)
    .flatMap((row) => {
      const before = newest.get(row.market_ticker);
      if (before !== undefined && before.result === row.result && before.expiration_value === row.expiration_value)
        return [];
      const next = { ...row, version: (before?.version ?? 0) + 1 };
      newest.set(row.market_ticker, next);
      return [next];
    });
}

function parseJson(text: string): { value: unknown } | { error: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/**
 * Rows of one recorded file: a JSON document, or JSON lines. A document is taken whole or not at all, of lines each by
 * itself. `window_at` and `ingested_at` are the instant of the recording.
 *
 * @param name The file's path below the folder of recordings. It is asked only for what the text does not say (the market
 * of an order book, the day).
 */
export function importRecording(name: string, text: string): Recording {
  const recording: Recording = { rawKey: recordingKey(text), rows: {}, refusals: [], notes: [] };
  const take = (value: unknown, path: string, index: number) => {
    const findings: Findings = { ...noFindings(), notes: recording.notes };
    const rows: Rows = {};
    importValue(value, path, name, recording.rawKey, rows, findings);
    if (findings.faults.length > 0) {
      recording.refusals.push(...refusalsOf(findings.faults, index));
      return;
    }
    for (const [table, more] of Object.entries(rows))
      addRows(recording.rows, table as TableName, more as TableRow<TableName>[]);
  };
  const whole = parseJson(text);
  if ("value" in whole) take(whole.value, "", 0);
  else takeLines(text, whole.error, recording, take);
  if (recording.rows.resolutions !== undefined) recording.rows.resolutions = versionsOf(recording.rows.resolutions);
  return recording;
}

function takeLines(
  text: string,
  error: string,
  recording: Recording,
  take: (value: unknown, path: string, index: number) => void,
): void {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) recording.refusals.push({ kind: "drift", exchange: 0, path: "body", message: "it is empty" });
  lines.forEach((line, index) => {
    const parsedLine = parseJson(line);
    const path = `line[${index + 1}]`;
    if ("value" in parsedLine) take(parsedLine.value, path, index);
    else if (recording.refusals.every((refusal) => refusal.path !== "body")) {
      const reason = index === 0 ? `neither JSON nor JSON lines: ${error}` : `${path} is not JSON: ${parsedLine.error}`;
      recording.refusals.push({ kind: "drift", exchange: index, path: "body", message: reason });
    }
  });
}
