/**
 * Rows between the sockets and the lake. Bounded: a newer row of a key takes the place of the older one, and when the
 * lake does not take rows for long, the oldest go. Both are counted, nothing goes silently.
 */
import type { Rows, TableName, TableRow } from "../../schemas/index.ts";

export class RowBuffer {
  readonly #rows = new Map<string, { table: TableName; row: unknown }>();
  readonly #capacity: number;
  replaced = 0;
  dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** @param key names the row within its table; the same as the table's key says. */
  put<N extends TableName>(table: N, key: string, row: TableRow<N>): void {
    const name = `${table}/${key}`;
    if (this.#rows.has(name)) this.replaced += 1;
    else if (this.#rows.size >= this.#capacity) {
      const [oldest] = this.#rows.keys();
      if (oldest !== undefined) this.#rows.delete(oldest);
      this.dropped += 1;
    }
    this.#rows.set(name, { table, row });
  }

  /** Everything, in the order in which the keys first came; the buffer is empty then. */
  take(): Rows {
    const rows: Record<string, unknown[]> = {};
    for (const { table, row } of this.#rows.values()) (rows[table] ??= []).push(row);
    this.#rows.clear();
    return rows;
  }
}
