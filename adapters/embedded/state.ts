/** The state store in a SQLite file, which may be the queues' own. Durability as in `queue.ts`. */
import { DatabaseSync } from "node:sqlite";
import type { Clock, State, Versioned } from "../../core/ports.ts";

const schema = `
  create table if not exists state_values (
    key text primary key,
    value text not null,
    version integer not null,
    expires_at integer
  ) strict, without rowid;
  create table if not exists state_counters (
    key text primary key,
    total integer not null
  ) strict, without rowid;
`;

const selectValue = `select value, version from state_values where key = ? and (expires_at is null or expires_at > ?)`;

const valueOf = <T>(row: unknown): Versioned<T> | undefined => {
  if (row === undefined) return undefined;
  const { value, version } = row as { value: string; version: number };
  return { value: JSON.parse(value) as T, version };
};

export interface EmbeddedState extends State {
  close(): void;
}

/** @param path of the SQLite file, made when absent. */
export function openState(path: string, { clock }: { clock: Clock }): EmbeddedState {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec("pragma journal_mode = wal; pragma synchronous = normal");
  database.exec(schema);

  const select = database.prepare(selectValue);
  const claim = database.prepare(
    `insert into state_values (key, value, version, expires_at) values (:key, :value, 1, :expiresAt)
     on conflict (key) do update set value = excluded.value, version = 1, expires_at = excluded.expires_at
     where expires_at <= :now`,
  );
  const replace = database.prepare(
    `update state_values set value = :value, version = version + 1, expires_at = :expiresAt
     where key = :key and version = :expected and (expires_at is null or expires_at > :now)`,
  );
  const add = database.prepare(
    `insert into state_counters (key, total) values (?, ?)
     on conflict (key) do update set total = total + excluded.total returning total`,
  );
  const selectTotal = database.prepare(`select total from state_counters where key = ?`);

  return {
    async get<T>(key: string) {
      return valueOf<T>(select.get(key, clock.now()));
    },

    async put(key, value, expected, { expiresAt } = {}) {
      const text = JSON.stringify(value);
      if (text === undefined) throw new Error(`state ${key}: the value cannot be written as JSON`);
      const row = { key, value: text, now: clock.now(), expiresAt: expiresAt ?? null };
      const { changes } = expected === 0 ? claim.run(row) : replace.run({ ...row, expected });
      return changes === 1;
    },

    async increment(key, by) {
      if (!Number.isSafeInteger(by))
        throw new Error(`state counter ${key}: ${by} is not a safe integer; count in whole units`);
      return (add.get(key, by) as { total: number }).total;
    },

    async count(key) {
      return (selectTotal.get(key) as { total: number } | undefined)?.total ?? 0;
    },

    close() {
      database.close();
    },
  };
}

/** The state beside the process that owns it: nothing is made and nothing changed. @param path of a file that exists. */
export function openStateReader(path: string, { clock }: { clock: Clock }): Pick<EmbeddedState, "get" | "close"> {
  const database = new DatabaseSync(path, { timeout: 5_000, readOnly: true });
  const select = database.prepare(selectValue);
  return {
    get: async <T>(key: string) => valueOf<T>(select.get(key, clock.now())),
    close: () => database.close(),
  };
}
