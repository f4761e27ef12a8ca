/** What every `Lake` does, whatever it stores in. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Lake } from "../../../core/ports.ts";

export interface LakeUnderTest {
  /** Empty at first. */
  lake: Lake;
  /** Another client of the same store, as another process would have. */
  another(): Promise<Lake>;
  close(): Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (found: Uint8Array | undefined): string | undefined =>
  found === undefined ? undefined : new TextDecoder().decode(found);

/** Keys that mean something else in a folder than in a bucket, or could leave the store (see adapters/lake-key.ts). */
const refusedKeys = [
  "",
  "/a",
  "a/",
  "a//b",
  "../a",
  "a/../b",
  "a/..",
  "./a",
  "a/./b",
  ".hidden/a",
  "a\\b",
  "a\nb",
  "a\0b",
];

export function describeLakeContract(name: string, make: () => Promise<LakeUnderTest>): void {
  describe(`Lake contract: ${name}`, () => {
    let under: LakeUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(async () => {
      await under.close();
    });

    test("gives back the bytes that were put, and undefined for what was not", async () => {
      const every = Uint8Array.from({ length: 256 }, (_, index) => index);
      expect(await under.lake.get("raw/a.bin")).toBeUndefined();
      expect(await under.lake.putIfAbsent("raw/a.bin", every)).toBe("created");
      const found = await under.lake.get("raw/a.bin");
      expect(found && Array.from(found)).toEqual(Array.from(every));
      expect(await under.lake.get("raw/a")).toBeUndefined();
      expect(await under.lake.get("raw")).toBeUndefined();
      expect(await under.lake.get("raw/a.bin/deeper")).toBeUndefined();
    });

    test("never overwrites", async () => {
      expect(await under.lake.putIfAbsent("k", bytes("first"))).toBe("created");
      expect(await under.lake.putIfAbsent("k", bytes("second"))).toBe("exists");
      expect(text(await under.lake.get("k"))).toBe("first");
    });

    test("of 20 parallel writers of a key exactly one wins, and its bytes are the stored ones", async () => {
      const lakes = [under.lake, await under.another()];
      for (let round = 0; round < 3; round++) {
        const key = `contended/dt=2026-11-01/${round}.parquet`;
        const writers = Array.from({ length: 20 }, (_, writer) => ({
          content: `writer ${writer} `.repeat(200),
          lake: lakes[writer % 2] ?? under.lake,
        }));
        const answers = await Promise.all(writers.map(({ lake, content }) => lake.putIfAbsent(key, bytes(content))));
        expect(answers.filter((answer) => answer === "created")).toHaveLength(1);
        expect(answers.filter((answer) => answer === "exists")).toHaveLength(19);
        const winner = writers[answers.indexOf("created")];
        for (const lake of lakes) expect(text(await lake.get(key))).toBe(winner?.content);
      }
    });

    test("keeps an empty object apart from an absent one", async () => {
      expect(await under.lake.putIfAbsent("empty", new Uint8Array())).toBe("created");
      expect((await under.lake.get("empty"))?.byteLength).toBe(0);
      expect(await under.lake.putIfAbsent("empty", bytes("x"))).toBe("exists");
      expect(await under.lake.list("")).toEqual(["empty"]);
    });

    test("takes the characters that partition keys and instants have", async () => {
      const keys = ["tables/t/dt=2026-11-01/a-20261101T000000Z-v1.parquet", "raw/x y/ü+%20&#~(1)'.zst"];
      for (const key of keys) expect(await under.lake.putIfAbsent(key, bytes(key))).toBe("created");
      for (const key of keys) expect(text(await under.lake.get(key))).toBe(key);
      expect(await under.lake.list("")).toEqual(keys.toSorted());
    });

    test("lists by prefix, also one that ends inside a name, sorted by code unit", async () => {
      const keys = ["a/b/2", "a/b/10", "a/b-c/1", "a/B/1", "a.txt", "ab/1", "a/b/é", "a/b/z", "b/1"];
      for (const key of keys) await under.lake.putIfAbsent(key, bytes(key));
      const beginningWith = (prefix: string): string[] => keys.filter((key) => key.startsWith(prefix)).toSorted();
      for (const prefix of ["", "a", "a/", "a/b", "a/b/", "a/b/1", "a/b/10", "b/1", "c", "a/x/", "a/b/2/"]) {
        expect(await under.lake.list(prefix), `prefix ${JSON.stringify(prefix)}`).toEqual(beginningWith(prefix));
      }
    });

    test("lists more objects than one page of a bucket holds", async () => {
      const keys = Array.from({ length: 1_050 }, (_, index) => `many/${String(index).padStart(4, "0")}`);
      for (let from = 0; from < keys.length; from += 50) {
        await Promise.all(keys.slice(from, from + 50).map((key) => under.lake.putIfAbsent(key, bytes("1"))));
      }
      expect(await under.lake.list("many/")).toEqual(keys);
    });

    test.each(refusedKeys)("refuses the key %j", async (key) => {
      await expect(under.lake.putIfAbsent(key, bytes("x"))).rejects.toThrow(/lake key/);
      await expect(under.lake.get(key)).rejects.toThrow(/lake key/);
      expect(await under.lake.list("")).toEqual([]);
    });

    test.each(["/", "/a", "../", "a/../", "a//"])("refuses the prefix %j", async (prefix) => {
      await expect(under.lake.list(prefix)).rejects.toThrow(/lake prefix/);
    });
  });
}
