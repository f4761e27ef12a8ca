/** Reading a lake leaves no trace in it: the folder may be another process's. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFolderReader } from "../../../adapters/embedded/lake.ts";
import { forReading } from "../../../runtime/reader.ts";

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "brier-reader-"))));
afterEach(() => rmSync(root, { recursive: true }));

describe("a reader of a folder lake", () => {
  it("makes nothing where there is nothing", async () => {
    const reader = openFolderReader(join(root, "lake"));
    expect(await reader.get("raw/a")).toBeUndefined();
    expect(await reader.list("")).toEqual([]);
    expect(existsSync(join(root, "lake"))).toBe(false);
  });

  it("leaves the temporary files of others alone, and lists none of them", async () => {
    mkdirSync(join(root, ".incoming"));
    // No process has this id.
    writeFileSync(join(root, ".incoming", "999999999-x-0"), "half");
    mkdirSync(join(root, "raw"));
    writeFileSync(join(root, "raw", "a"), "whole");
    const reader = openFolderReader(root);
    expect(await reader.list("")).toEqual(["raw/a"]);
    expect(new TextDecoder().decode(await reader.get("raw/a"))).toBe("whole");
    expect(readdirSync(join(root, ".incoming"))).toEqual(["999999999-x-0"]);
  });

  it("cannot write", async () => {
    await expect(forReading(openFolderReader(root)).putIfAbsent("raw/b", new Uint8Array())).rejects.toThrow(
      /opened for reading/,
    );
  });
});
