/**
 * The lake in a folder: the key is the path. An object appears whole or not at all, and is never overwritten: its
 * bytes go to a temporary file in the same file system, which `link` then gives its name; `link` refuses a name that
 * is taken, also under several processes.
 *
 * Durable against the end of the process at any instant. Not synced to the disk one by one (10 000 objects would take
 * minutes): after a power cut the last seconds' objects may be missing or empty.
 *
 * Calls to the file system are synchronous: for files of a few kilobytes on a local disk they are several times faster
 * than their asynchronous forms.
 */
import { type Dirent, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { randomUUID } from "node:crypto";
import type { Lake } from "../../core/ports.ts";
import { checkLakeKey, checkLakePrefix } from "../lake-key.ts";

/** Inside the root, so that it is the same file system; no key begins with a dot. */
const incomingFolder = ".incoming";

const nameTaken = "the name of an object cannot also be the folder of others";

/** Tells this process's temporary files from those of a dead one that had the same process id. */
const thisProcess = `${process.pid}-${randomUUID()}`;
let written = 0;

/** The reading half of the lake: changes nothing in the folder, which may be another process's and need not exist. */
export function openFolderReader(root: string): Pick<Lake, "get" | "list"> {
  return {
    async get(key) {
      checkLakeKey(key);
      try {
        return readFileSync(join(root, key));
      } catch (error) {
        // A folder is no object, and nothing lies under an object.
        if (["ENOENT", "EISDIR", "ENOTDIR"].includes(codeOf(error))) return undefined;
        throw error;
      }
    },

    async list(prefix) {
      checkLakePrefix(prefix);
      const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      const keys: string[] = [];
      collect(root, folder, prefix.slice(folder.length), keys);
      return keys.toSorted();
    },
  };
}

export function openFolderLake(root: string): Lake {
  const incoming = join(root, incomingFolder);
  mkdirSync(incoming, { recursive: true });
  removeAbandoned(incoming);
  const madeFolders = new Set<string>();

  function publishInFolder(temporary: string, path: string): "created" | "exists" {
    const folder = dirname(path);
    if (madeFolders.has(folder)) {
      try {
        return publish(temporary, path);
      } catch (error) {
        // Somebody has removed the folder since.
        if (codeOf(error) !== "ENOENT") throw error;
      }
    }
    mkdirSync(folder, { recursive: true });
    madeFolders.add(folder);
    return publish(temporary, path);
  }

  return {
    ...openFolderReader(root),

    async putIfAbsent(key, bytes) {
      checkLakeKey(key);
      const temporary = join(incoming, `${thisProcess}-${written++}`);
      try {
        writeFileSync(temporary, bytes, { flag: "wx" });
        return publishInFolder(temporary, join(root, key));
      } catch (error) {
        throw new Error(`lake key ${JSON.stringify(key)}: ${explain(error)}`, { cause: error });
      } finally {
        rmSync(temporary, { force: true });
      }
    },
  };
}

/** Gives the bytes their name, unless it is taken. */
function publish(temporary: string, path: string): "created" | "exists" {
  try {
    linkSync(temporary, path);
    return "created";
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    // A bucket would take the key although others lie under it; here that cannot be, and is no repeat.
    if (statSync(path).isDirectory()) throw new Error(nameTaken, { cause: error });
    return "exists";
  }
}

/** Adds the keys in `folder` (empty or ending in a slash) whose next name begins with `start`. */
function collect(root: string, folder: string, start: string, keys: string[]): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return;
    throw error;
  }
  for (const entry of entries) {
    // Hidden entries are not the lake's: temporary files, or what a desktop leaves in every folder.
    if (entry.name.startsWith(".") || !entry.name.startsWith(start)) continue;
    if (entry.isDirectory()) collect(root, `${folder}${entry.name}/`, "", keys);
    else keys.push(folder + entry.name);
  }
}

/** Removes the temporary files of processes that live no more. */
function removeAbandoned(incoming: string): void {
  for (const name of readdirSync(incoming)) {
    if (name.startsWith(thisProcess)) continue;
    const pid = Number.parseInt(name, 10);
    if (pid === process.pid || !isAlive(pid)) rmSync(join(incoming, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not ours to signal, but there.
    return codeOf(error) === "EPERM";
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function explain(error: unknown): string {
  const code = codeOf(error);
  // The folder to be made, or one above it, is an object.
  if (code === "EEXIST" || code === "ENOTDIR") return nameTaken;
  if (code === "EPERM" || code === "ENOTSUP" || code === "EOPNOTSUPP") {
    return "the file system refused a hard link, which the lake needs; put the home on a local disk that has them";
  }
  return error instanceof Error ? error.message : String(error);
}
