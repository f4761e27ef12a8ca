/** What a feed says and understands on its connections, whatever the venue. */
import type { FrameRefusal } from "./frame.ts";
import type { NewestState } from "./newest.ts";
import type { RowBuffer } from "./row-buffer.ts";

/** Version of the code that makes rows of frames. */
export const streamDecoderVersion = 2;

/** What happened since the last health row. */
export interface FeedCounts {
  connects: number;
  closes: number;
  lastClose: string | null;
  frames: number;
  dataFrames: number;
  refused: number;
  repeats: number;
  gaps: number;
  lostTrades: number;
  resyncs: number;
  faults: number;
  maxSilenceMs: number;
  skewMs: number | null;
}

export function noCounts(): FeedCounts {
  return {
    connects: 0,
    closes: 0,
    lastClose: null,
    frames: 0,
    dataFrames: 0,
    refused: 0,
    repeats: 0,
    gaps: 0,
    lostTrades: 0,
    resyncs: 0,
    faults: 0,
    maxSilenceMs: 0,
    skewMs: null,
  };
}

/** What a session writes to. */
export interface SessionSink {
  rows: RowBuffer;
  counts: FeedCounts;
}

export interface Leave {
  reason: string;
  /** The server asks for it. */
  asked: boolean;
}

export interface FrameOutcome {
  sort: "data" | "acknowledged" | "other";
  send: readonly string[];
  leave?: Leave;
  refusal?: FrameRefusal;
}

export interface TickOutcome {
  send: readonly string[];
  leave?: Leave;
}

/** What a holder gives to its successor through the state store. JSON. */
export interface HandOver {
  /** By product: the newest trade id seen, so that a loss between two holders is counted. */
  lastTrades: Readonly<Record<string, number>>;
  /** Markets that open or close soon, by ticker with the times between which they trade, epoch ms; null where not known. */
  markets: readonly (readonly [ticker: string, openAt: number | null, closeAt: number])[];
}

/** Lives as long as its feed: over many connections, one at a time. */
export interface Session {
  /** A socket is open. @returns the frames that subscribe. */
  opened(connection: string, now: number): readonly string[];
  frame(text: string, now: number, sink: SessionSink): FrameOutcome;
  tick(now: number, sink: SessionSink): TickOutcome;
  /** Rows of seconds that are not over, as they stand now: the closing rows come later under the same keys. */
  showOpen?(sink: SessionSink): void;
  /** The connection is gone, and not because we stop: a successor of ours goes on with what we held. */
  closed(now: number, sink: SessionSink): void;
  /** How many markets or pairs are asked for, and how many of these cannot be quoted now. */
  coverage(now: number): { products: number; unquotable: number };
  newest(now: number): NewestState;
  handOver(now: number): HandOver;
  resume(from: HandOver): void;
}

const hourMs = 3_600_000;

/** A venue's time so far from ours is no time of an event: its row would land in a day where nobody looks. */
export function isFarOff(eventTime: number | null, now: number): boolean {
  return eventTime !== null && Math.abs(now - eventTime) > hourMs;
}

export function farOff(eventTime: number, now: number): FrameRefusal {
  const seconds = Math.round((eventTime - now) / 1_000);
  return { path: "", message: `the event's time is ${seconds} s from ours, expected at most an hour` };
}

/** Receive time minus venue time at its smallest: what is left of the latency is the difference of the clocks. */
export function countSkew(counts: FeedCounts, eventTime: number | null, now: number): void {
  if (eventTime === null) return;
  const skew = now - eventTime;
  if (counts.skewMs === null || skew < counts.skewMs) counts.skewMs = skew;
}

/** What every row from a stream carries besides its own. */
export function provenance(connection: string, now: number) {
  return {
    connection,
    window_at: Math.floor(now / 60_000) * 60_000,
    ingested_at: now,
    decoder_version: streamDecoderVersion,
    raw_key: null,
  };
}
