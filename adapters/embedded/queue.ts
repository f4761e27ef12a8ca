/**
 * The queues in a SQLite file. Unlike SQS they keep an order (by the instant a message becomes visible, then as sent)
 * and take a message only once while it waits, so that the same world gives the same lake.
 *
 * Durable against the end of the process at any instant (write-ahead log, synchronous=NORMAL); a power cut may take
 * back the last transactions, never corrupt the file.
 */
import { DatabaseSync } from "node:sqlite";
import type { Clock, Delivery, Queue, QueueName } from "../../core/ports.ts";

export interface QueueOptions {
  clock: Clock;
  /** How long a received message stays invisible. Default 900. */
  visibilitySeconds?: number;
}

export interface QueueDepth {
  visible: number;
  /** Visible later. */
  delayed: number;
  /** Received and not yet answered for. */
  inFlight: number;
  parked: number;
}

export interface EmbeddedQueue extends Queue {
  /** `error` says why it is given back; it becomes the reason should the message be parked now. */
  retry(queue: QueueName, delivery: Delivery, afterSeconds: number, error?: string): Promise<void>;
  /**
   * For the start of the one process that owns the home: what a dead one held becomes visible in its old place, as if
   * it had not been received, since back-off follows `receives` and must not depend on crashes. A message that was
   * held in ten deaths is parked: it may be their cause.
   */
  releaseInFlight(): void;
  /** The queues in which a message is visible now. */
  waiting(): QueueName[];
  /** When the next message becomes visible (epoch ms; in the past when one is visible now), or undefined. */
  nextVisibleAt(): number | undefined;
  depths(): Record<QueueName, QueueDepth>;
  close(): void;
}

/** As the redrive policy of the SQS queues. */
const maxReceives = 5;
const maxCrashes = 10;
/** As of the SQS queues: what is taken here must be taken there. */
const maxBodyBytes = 262_144;

interface MessageRow {
  seq: number;
  queue: QueueName;
  id: string;
  body: string;
  visible_at: number;
  receives: number;
  crashes: number;
}

/** `place` keeps the `visible_at` of before the receipt; `receipt` is null while nobody holds the message. */
const schema = `
  create table if not exists messages (
    seq integer primary key autoincrement,
    queue text not null,
    id text not null,
    body text not null,
    visible_at integer not null,
    place integer not null,
    receives integer not null default 0,
    crashes integer not null default 0,
    receipt text,
    unique (queue, id)
  ) strict;
  create index if not exists messages_by_order on messages (queue, visible_at, seq);
  create table if not exists parked (
    seq integer primary key autoincrement,
    queue text not null,
    id text not null,
    body text not null,
    reason text not null
  ) strict;
  create index if not exists parked_by_queue on parked (queue, seq);
`;

/** @param path of the SQLite file, made when absent. The state store may share it. */
export function openQueue(path: string, { clock, visibilitySeconds = 900 }: QueueOptions): EmbeddedQueue {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec("pragma journal_mode = wal; pragma synchronous = normal");
  database.exec(schema);

  const insert = database.prepare(
    `insert into messages (queue, id, body, visible_at, place) values (?, ?, ?, ?, ?) on conflict (queue, id) do nothing`,
  );
  const selectVisible = database.prepare(
    `select seq, queue, id, body, visible_at, receives, crashes from messages
     where queue = ? and visible_at <= ? order by visible_at, seq limit ?`,
  );
  const hold = database.prepare(
    `update messages set place = visible_at, visible_at = ?, receives = receives + 1, receipt = ? where seq = ?`,
  );
  const giveBack = database.prepare(
    `update messages set visible_at = ?, receipt = null where seq = ? and queue = ? and receipt = ?`,
  );
  const removeHeld = database.prepare(`delete from messages where seq = ? and queue = ? and receipt = ?`);
  const remove = database.prepare(`delete from messages where seq = ?`);
  const insertParked = database.prepare(`insert into parked (queue, id, body, reason) values (?, ?, ?, ?)`);
  const selectParked = database.prepare(`select id, body, reason from parked where queue = ? order by seq limit ?`);
  const selectWornOut = database.prepare(
    `select seq, queue, id, body, visible_at, receives, crashes from messages where receipt is not null and crashes >= ?`,
  );
  const release = database.prepare(
    `update messages set visible_at = place, receives = receives - 1, crashes = crashes + 1, receipt = null
     where receipt is not null`,
  );
  const firstVisible = database.prepare(`select min(visible_at) as at from messages`);
  const countMessages = database.prepare(
    `select queue,
       sum(visible_at <= :now) as visible,
       sum(visible_at > :now and receipt is null) as delayed,
       sum(visible_at > :now and receipt is not null) as inFlight
     from messages group by queue`,
  );
  const selectWaiting = database.prepare(`select distinct queue from messages where visible_at <= ? order by queue`);
  const countParked = database.prepare(`select queue, count(*) as parked from parked group by queue`);

  /** Nothing is awaited inside, so no other work of this process comes between. */
  function transaction<T>(work: () => T): T {
    database.exec("begin immediate");
    try {
      const result = work();
      database.exec("commit");
      return result;
    } catch (error) {
      database.exec("rollback");
      throw error;
    }
  }

  function parkRow({ seq, queue, id, body }: MessageRow, reason: string): void {
    insertParked.run(queue, id, body, reason);
    remove.run(seq);
  }

  /** A receipt that has run out and been followed by another no longer decides about the message: nothing happens. */
  function parkHeld(queue: QueueName, delivery: Delivery, reason: string): void {
    transaction(() => {
      const { changes } = removeHeld.run(seqOf(delivery.receipt), queue, delivery.receipt);
      if (changes === 1) insertParked.run(queue, delivery.id, delivery.body, reason);
    });
  }

  return {
    async send(queue, messages) {
      const texts = messages.map(({ id, body }) => ({ id, text: bodyText(queue, id, body) }));
      if (texts.length === 0) return;
      const now = clock.now();
      transaction(() => {
        for (const { id, text } of texts) insert.run(queue, id, text, now, now);
      });
    },

    async receive(queue, max) {
      const now = clock.now();
      return transaction(() => {
        const deliveries: Delivery[] = [];
        while (deliveries.length < max) {
          const rows = selectVisible.all(queue, now, max - deliveries.length) as unknown as MessageRow[];
          if (rows.length === 0) break;
          for (const row of rows) {
            if (row.receives >= maxReceives) {
              parkRow(row, tooOften(row.receives, "no answer within the visibility time"));
              continue;
            }
            const receives = row.receives + 1;
            // A release lowers `receives` and raises `crashes`: no two receipts of a message are alike. `seqOf` reads it.
            const receipt = `${row.seq}.${receives}.${row.crashes}`;
            hold.run(now + visibilitySeconds * 1_000, receipt, row.seq);
            deliveries.push({ id: row.id, body: row.body, receives, receipt });
          }
        }
        return deliveries;
      });
    },

    async delete(queue, { receipt }) {
      removeHeld.run(seqOf(receipt), queue, receipt);
    },

    async retry(queue, delivery, afterSeconds, error) {
      if (!(afterSeconds >= 0 && afterSeconds < Number.POSITIVE_INFINITY)) {
        throw new Error(`queue ${queue}: message ${delivery.id} cannot wait ${afterSeconds} s; give 0 or more`);
      }
      if (delivery.receives >= maxReceives) parkHeld(queue, delivery, tooOften(delivery.receives, error));
      else
        giveBack.run(clock.now() + Math.ceil(afterSeconds * 1_000), seqOf(delivery.receipt), queue, delivery.receipt);
    },

    async park(queue, delivery, reason) {
      parkHeld(queue, delivery, reason);
    },

    async parked(queue, max) {
      return (selectParked.all(queue, max) as unknown as { id: string; body: string; reason: string }[]).map((row) => ({
        id: row.id,
        body: row.body,
        reason: row.reason,
      }));
    },

    releaseInFlight() {
      transaction(() => {
        for (const row of selectWornOut.all(maxCrashes - 1) as unknown as MessageRow[]) {
          parkRow(row, `held ${maxCrashes} times by a process that died`);
        }
        release.run();
      });
    },

    waiting() {
      return (selectWaiting.all(clock.now()) as { queue: QueueName }[]).map(({ queue }) => queue);
    },

    nextVisibleAt() {
      return (firstVisible.get() as { at: number | null }).at ?? undefined;
    },

    depths() {
      const depths: Record<QueueName, QueueDepth> = {
        ingest: { ...noDepth },
        coordinate: { ...noDepth },
        predict: { ...noDepth },
        enrich: { ...noDepth },
        notify: { ...noDepth },
        settle: { ...noDepth },
        watch: { ...noDepth },
      };
      type Count = { queue: QueueName } & Partial<QueueDepth>;
      const counts = [...countMessages.all({ now: clock.now() }), ...countParked.all()] as unknown as Count[];
      for (const { queue, ...count } of counts) Object.assign(depths[queue], count);
      return depths;
    },

    close() {
      database.close();
    },
  };
}

/** The row that a receipt holds: found by its key, since a look for the receipt would read every body before it. */
function seqOf(receipt: string): number {
  return Number.parseInt(receipt, 10);
}

const noDepth: Readonly<QueueDepth> = { visible: 0, delayed: 0, inFlight: 0, parked: 0 };

function tooOften(receives: number, error?: string): string {
  return `received ${receives} times${error === undefined ? "" : `: ${error}`}`;
}

function bodyText(queue: QueueName, id: string, body: unknown): string {
  const text = JSON.stringify(body);
  if (text === undefined) throw new Error(`queue ${queue}: the body of message ${id} cannot be written as JSON`);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBodyBytes) {
    throw new Error(
      `queue ${queue}: the body of message ${id} has ${bytes} bytes, more than ${maxBodyBytes}; ` +
        "put the data into the lake and send its key",
    );
  }
  return text;
}
