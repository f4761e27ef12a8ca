/** What a source is: one upstream feed as data and pure functions. `core/sources.ts` lists them all. */
import type { Rows, TableName } from "../schemas/index.ts";

/** One HTTP request and its answer, as stored in the lake under raw/. */
export interface Exchange {
  url: string;
  /** 0: an optional request without a usable answer; the body is empty. */
  status: number;
  /** Epoch milliseconds UTC. */
  fetched_at: number;
  body: string;
  /** Asked too often, the service wants no request before this instant (epoch ms). Absent where it named none. */
  retry_at?: number;
}

/** Runs at every minute m of the UTC day with m ≡ offset (mod every). `every` divides 1440. */
export interface Schedule {
  everyMinutes: number;
  offsetMinutes: number;
}

/** The unit of ingest, named by its scheduled instant (epoch ms): a retry asks for the same thing. */
export interface Window {
  at: number;
}

export interface SourceRequest {
  url: string;
  headers?: Record<string, string>;
  /**
   * Asked instead when the first host gives no usable answer. It is the same service's: where the first one was asked too
   * often (429, 418) it is not asked.
   */
  fallbackUrl?: string;
  /** Without a usable answer the window goes on: `next` and `decode` see an exchange with status 0. */
  optional?: true;
  /** Asked too often, the answer is handed on as it is, with `retry_at`: the source itself leaves the service alone. */
  heedsThrottling?: true;
  /** Not sent before this instant (epoch ms): a window that asks several times paces its rounds so. */
  notBefore?: number;
  /** Nor from this one on: the window ends with what it has. */
  notAfter?: number;
  /** An answer that takes longer is none. It is asked for once: where seconds count, the next round asks anew. */
  timeoutMs?: number;
  /** How many calls it counts for where its host grants so many a day (adapters/upstream/limits.ts). Default 1. */
  weight?: number;
  /** Query parameter that carries the source's secret. The address stands here and in the lake without it. */
  secretParameter?: string;
}

/**
 * A payload that is not taken. `drift`: its shape is not the one we know, so nothing that this source says can be
 * trusted until a whole window decodes again. `content`: well formed, but not what was asked for (another station's
 * report): it alone is set aside.
 */
export interface Refusal {
  kind: "drift" | "content";
  /** Index of the exchange in the window. */
  exchange: number;
  /** Where in the payload, for example `markets[3].yes_bid_dollars`, or a product id. */
  path: string;
  /** What was found there and what was expected. */
  message: string;
}

/** Something new that does no harm: an unknown enum value (kept as data) or an unknown field. Reported once each. */
export interface Note {
  path: string;
  message: string;
}

export interface Decoded {
  rows: Rows;
  refusals: Refusal[];
  notes: Note[];
  /** Ids to remember, so that `next` need not ask for them again. */
  known: string[];
}

/** What a decoder gives to each row it makes; see `sourceColumns`. */
export interface Provenance {
  window_at: number;
  raw_key: string;
}

export interface Source {
  id: string;
  doc: string;
  tables: readonly TableName[];
  schedule: Schedule;
  /**
   * A window so many days old can still be asked for: `brier backfill` goes back no further. Infinity: as far as the
   * upstream keeps its past. Absent where a window of the past would get the answer of another, mostly the present.
   */
  reachesBackDays?: number;
  /**
   * A desk that begins asks for a window of its first minute as well: the newest scheduled one may be from before a pause,
   * whose minutes decisions need. Absent where that window is enough.
   */
  askedAtStart?: true;
  /** Older than this, what the source said no longer feeds decisions. */
  staleAfterMinutes: number;
  /**
   * Older than this, a part no longer feeds decisions although the source says that there is nothing newer. Absent where
   * every window brings its own.
   */
  partStaleAfterMinutes?: number;
  /**
   * So long the pointer goes on naming the parts of windows before the newest one, for readers that need what came in
   * between. Absent where the newest says it all.
   */
  keepPartsMinutes?: number;
  /** The tables whose parts are kept so; absent for all of them. */
  keepPartsOf?: readonly TableName[];
  /** Who is hurt, and how, when it fails. One sentence for the alarm. */
  errorImpact: string;
  /** The hosts it asks, the usual one first. */
  hosts: readonly string[];
  /** Name of the secret it sends. Without a value under that name the source rests: it asks nothing, and nothing is missing. */
  secret?: string;
  decoderVersion: number;
  /**
   * The next round of requests, given the answers so far: pages and list-then-fetch are further rounds. Empty = done.
   * `known` holds the ids that earlier windows have brought.
   */
  next(window: Window, exchanges: readonly Exchange[], known: ReadonlySet<string>): SourceRequest[];
  /** Why an answer with status 200 is unusable and must be asked for again (a body cut short), or undefined. */
  broken?(exchange: Exchange): string | undefined;
  /** Pure: the same exchanges give the same rows. `ingested_at` of a row is its exchange's `fetched_at`. */
  decode(exchanges: readonly Exchange[], provenance: Provenance): Decoded;
}

/** Version 1 of what the state store keeps under `pointer/<source>`: the newest window that landed whole. */
export interface Pointer {
  window_at: number;
  fetched_at: number;
  raw_key: string;
  raw_sha256: string;
  /**
   * The newest parts by table; more than one where a window's rows lie in several days. A table that the newest window
   * did not bring (a listing that is asked for by the hour) keeps its parts of before. Where the source keeps parts, those
   * of its `keepPartsMinutes`, the oldest first.
   */
  parts: Partial<Record<TableName, PartReference[]>>;
  /** As the source has it: whoever plans or decides needs no decoder to know it. Absent for streams. */
  freshness?: Freshness;
}

/** Minutes after which a source's newest answer, and a part that it still vouches for, feed no decision; null for never. */
export interface Freshness {
  answer: number;
  part: number | null;
}

/** A lake object by name and content, and the window that brought it. */
export interface PartReference {
  key: string;
  sha256: string;
  window_at: number;
}

/** What the state store keeps under `health/<source>`. */
export interface SourceHealth {
  /**
   * blocked: the newest window was refused as drift; the source feeds no decision until a window lands whole.
   * off: its secret is not set up, so it rests.
   */
  status: "ok" | "blocked" | "off";
  window_at: number;
  /** What the newest window refused; content refusals leave the status ok. */
  refusals: Refusal[];
  /** What windows refused shortly before the newest one, one a field; they say nothing of the status. Absent without any. */
  earlier?: EarlierRefusal[];
}

export interface EarlierRefusal extends Pick<Refusal, "kind" | "path" | "message"> {
  window_at: number;
}
