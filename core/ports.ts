/**
 * The interfaces through which a step touches the world. Each has an AWS and an embedded implementation
 * (adapters/aws, adapters/embedded) and one contract suite that both pass (tests/contract).
 */

/** An immutable object store. Keys are `/`-separated, without a leading slash. A key is written once. */
export interface Lake {
  /** The bytes under `key`, or undefined when there is no such object. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Writes `bytes` under `key` unless something is there: then nothing changes and the answer is `exists`. */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<"created" | "exists">;
  /** All keys that begin with `prefix`, sorted by code unit. */
  list(prefix: string): Promise<string[]>;
}

export type QueueName = "ingest" | "coordinate" | "predict" | "enrich" | "notify" | "settle" | "watch";

export interface OutgoingMessage {
  /** A stable name of the work. Two messages with the same id ask for the same thing. */
  id: string;
  /** JSON-serialisable. */
  body: unknown;
}

/** One receipt of a message. `body` is the raw text: whoever handles it parses it. */
export interface Delivery {
  id: string;
  body: string;
  /** How often this message has been received, this time included (1 = first). */
  receives: number;
  /** Opaque; names this receipt. */
  receipt: string;
}

export interface ParkedMessage {
  id: string;
  body: string;
  reason: string;
}

/** At-least-once queues, one per step, each with a parked (dead-letter) queue beside it. */
export interface Queue {
  send(queue: QueueName, messages: readonly OutgoingMessage[]): Promise<void>;
  /** Takes up to `max` visible messages; they stay invisible to others for the queue's visibility time. */
  receive(queue: QueueName, max: number): Promise<Delivery[]>;
  /** The work of this receipt is done. */
  delete(queue: QueueName, delivery: Delivery): Promise<void>;
  /**
   * Gives the message back; it becomes visible after `afterSeconds`. Once received too often it is parked instead; a
   * queue that can say more than the count says `error`.
   */
  retry(queue: QueueName, delivery: Delivery, afterSeconds: number, error?: string): Promise<void>;
  /** Takes the message out of circulation and keeps it with the reason. */
  park(queue: QueueName, delivery: Delivery, reason: string): Promise<void>;
  parked(queue: QueueName, max: number): Promise<ParkedMessage[]>;
}

export interface Versioned<T> {
  value: T;
  /** Grows by one with each write of the key; 1 after the first. */
  version: number;
}

/** Small mutable facts: pointers, claims, counters. Values are JSON. An expired item reads as absent, at once. */
export interface State {
  get<T>(key: string): Promise<Versioned<T> | undefined>;
  /**
   * Compare and set: writes when the stored version equals `expected` (0 = the key must be absent or expired).
   * @returns whether it was written. `expiresAt` is in epoch milliseconds.
   */
  put(key: string, value: unknown, expected: number, options?: { expiresAt?: number }): Promise<boolean>;
  /** Adds to a counter atomically and returns the new sum; an absent counter is 0. */
  increment(key: string, by: number): Promise<number>;
  /** Reads a counter; 0 when it was never incremented. */
  count(key: string): Promise<number>;
}

export type SqlValue = string | number | bigint | boolean | null | SqlValue[];

export interface SqlResult {
  columns: string[];
  /** One array a row, in the order of `columns`. Decimals are strings, timestamps are ISO 8601 UTC strings. */
  rows: SqlValue[][];
}

/** Portable SQL (what Athena and DuckDB both run with the same result) over the lake's tables and views. */
export interface Sql {
  /** `parameters` take the place of `?` in order. */
  query(sql: string, parameters?: readonly (string | number)[]): Promise<SqlResult>;
}

export interface Secrets {
  /** The secret's value, or undefined when none is stored under that name. Never log it. */
  get(name: string): Promise<string | undefined>;
}

export interface HttpRequest {
  url: string;
  method?: "GET" | "POST" | "DELETE";
  headers?: Record<string, string>;
  body?: string;
  /** Whether sending the request twice does no harm. Default: true for GET, false otherwise. */
  repeatable?: boolean;
  /** Per attempt. Default 10 000. */
  timeoutMs?: number;
  /** Default 16 MiB. */
  maxBytes?: number;
}

export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/**
 * One HTTP request with time-out, size cap, per-host rate limit and, where repeating is safe, retries with jittered
 * back-off (429, 5xx, broken connections). Any status is an answer; only a failure to get one throws `HttpError`.
 */
export interface Http {
  request(request: HttpRequest): Promise<HttpResponse>;
}

export class HttpError extends Error {
  override name = "HttpError";
  readonly kind: "timeout" | "network" | "too_large";
  constructor(kind: "timeout" | "network" | "too_large", message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface Clock {
  /** Epoch milliseconds UTC. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

export interface TelegramMessage {
  /** Telegram HTML. */
  html: string;
  silent: boolean;
}

/** Telegram answered that it did not take the message: sending it again is no repeat. */
export class TelegramRefused extends Error {
  override name = "TelegramRefused";
}

export interface Telegram {
  /**
   * @returns Telegram's message id.
   * @throws TelegramRefused when the message was certainly not delivered; any other error leaves it in doubt.
   */
  send(message: TelegramMessage): Promise<{ messageId: number }>;
}

export interface SocketRequest {
  url: string;
  headers?: Record<string, string>;
}

/** What a socket tells. After `refused` or `closed`, one of which ends every socket, nothing comes any more. */
export interface SocketListener {
  opened(): void;
  /** The server answered the handshake with this status instead of 101. */
  refused(status: number): void;
  /** A text frame. */
  frame(text: string): void;
  /** A ping or pong frame. */
  alive(): void;
  closed(reason: string): void;
}

export interface Socket {
  /** Nothing when the socket is no longer open. */
  send(text: string): void;
  close(): void;
}

/** WebSockets. Pings of the server are answered. */
export interface Sockets {
  connect(request: SocketRequest, listener: SocketListener): Socket;
}

/** One line of structured log. Never a secret, never a query string that carries a key. */
export interface Log {
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
}

/** Everything a step may use. Steps take the part they need by `Pick`. */
export interface Services {
  lake: Lake;
  queue: Queue;
  state: State;
  sql: Sql;
  secrets: Secrets;
  http: Http;
  clock: Clock;
  random: Random;
  telegram: Telegram;
  log: Log;
}
