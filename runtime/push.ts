/** Uploads a lake into another one: what is there already stays as it is. */
import type { Lake } from "../core/ports.ts";
import { FIRST_DT } from "../schemas/emit/glue.ts";
import { CommandError } from "./command.ts";

/** What a lake holds, in the order of upload: a table's part is never there before the bytes that it was made from. */
const lakeFolders = ["raw/", "quarantine/", "tables/"] as const;

export interface PushCounts {
  objects: number;
  created: number;
  existing: number;
  /** Of the objects created. */
  bytes: number;
  /** Parts of days before the first that Athena's tables hold: they are stored, and no query of a stack finds them. */
  unseen: number;
}

/** Whether `key` is a part of a day that Athena does not look at. Days compare as their text does. */
function isUnseen(key: string): boolean {
  const day = /^tables\/[^/]+\/dt=(\d{4}-\d\d-\d\d)\//.exec(key)?.[1];
  return day !== undefined && day < FIRST_DT;
}

export interface PushOptions {
  from: Pick<Lake, "get" | "list">;
  to: Pick<Lake, "list" | "putIfAbsent">;
  /** Uploads at once. */
  parallel: number;
  /** Called after each object. */
  onProgress?: (counts: PushCounts, done: number) => void;
}

/** Calls `work` on every item, `parallel` at once; after a failure no further item is begun. */
async function inParallel<T>(items: readonly T[], parallel: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (failed) return;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

/**
 * Run again after an interruption, it goes on where it was: what the other lake lists is not sent.
 * @throws CommandError when the lake holds a key outside of its folders; then nothing is sent.
 */
export async function pushLake({ from, to, parallel, onProgress }: PushOptions): Promise<PushCounts> {
  const keys = await from.list("");
  const strangers = keys.filter((key) => !lakeFolders.some((folder) => key.startsWith(folder)));
  if (strangers.length > 0) {
    throw new CommandError(
      `${strangers.length} object${strangers.length === 1 ? "" : "s"} outside of ${lakeFolders.join(", ")}: ${strangers.slice(0, 5).join(", ")}. Nothing was sent; move them out of the lake folder.`,
    );
  }
  const counts: PushCounts = {
    objects: keys.length,
    created: 0,
    existing: 0,
    bytes: 0,
    unseen: keys.filter(isUnseen).length,
  };
  let done = 0;
  for (const folder of lakeFolders) {
    const ours = keys.filter((key) => key.startsWith(folder));
    if (ours.length === 0) continue;
    const there = new Set(await to.list(folder));
    await inParallel(ours, parallel, async (key) => {
      if (there.has(key)) counts.existing += 1;
      else {
        const bytes = await from.get(key);
        if (bytes === undefined) throw new Error(`${key} was listed but cannot be read`);
        if ((await to.putIfAbsent(key, bytes)) === "created") {
          counts.created += 1;
          counts.bytes += bytes.byteLength;
        } else counts.existing += 1;
      }
      done += 1;
      onProgress?.(counts, done);
    });
  }
  return counts;
}
