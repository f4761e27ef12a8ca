import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFolderLake } from "../../../adapters/embedded/lake.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "brier-lake-"));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const bytes = new TextEncoder().encode("content");

test("leaves no temporary file behind, whether it wrote or not", async () => {
  const lake = openFolderLake(root);
  await lake.putIfAbsent("a/b", bytes);
  await lake.putIfAbsent("a/b", bytes);
  expect(readdirSync(join(root, ".incoming"))).toEqual([]);
});

test("ignores what a dead process left behind and removes it, but not what a live one is writing", async () => {
  const { pid: deadPid } = spawnSync(process.execPath, ["--version"]);
  const incoming = join(root, ".incoming");
  mkdirSync(incoming);
  const abandoned = [`${deadPid}-x-0`, `${process.pid}-earlier-0`, "unknown"];
  const beingWritten = `${process.ppid}-x-0`;
  for (const name of [...abandoned, beingWritten]) writeFileSync(join(incoming, name), "half");
  const lake = openFolderLake(root);
  expect(readdirSync(incoming)).toEqual([beingWritten]);
  expect(await lake.list("")).toEqual([]);
  await expect(lake.get(`.incoming/${beingWritten}`)).rejects.toThrow(/lake key/);
});

test("does not list hidden files that are not the lake's", async () => {
  const lake = openFolderLake(root);
  await lake.putIfAbsent("a/b", bytes);
  writeFileSync(join(root, "a", ".DS_Store"), "");
  expect(await lake.list("")).toEqual(["a/b"]);
  expect(await lake.list("a/")).toEqual(["a/b"]);
});

test("makes a folder again that was removed under it", async () => {
  const lake = openFolderLake(root);
  await lake.putIfAbsent("a/b", bytes);
  rmSync(join(root, "a"), { recursive: true });
  expect(await lake.putIfAbsent("a/c", bytes)).toBe("created");
  expect(await lake.list("")).toEqual(["a/c"]);
});

test("an object cannot be the folder of others, nor a folder an object", async () => {
  const lake = openFolderLake(root);
  await lake.putIfAbsent("a", bytes);
  await expect(lake.putIfAbsent("a/b", bytes)).rejects.toThrow(/lake key "a\/b": the name of an object/);
  await expect(lake.putIfAbsent("a/b/c", bytes)).rejects.toThrow(/lake key "a\/b\/c": the name of an object/);
  await lake.putIfAbsent("c/d", bytes);
  await expect(lake.putIfAbsent("c", bytes)).rejects.toThrow(/lake key "c": the name of an object/);
  expect(await lake.list("")).toEqual(["a", "c/d"]);
});
