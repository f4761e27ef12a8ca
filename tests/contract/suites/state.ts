/** What every `State` does. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { State } from "../../../core/ports.ts";

export interface StateUnderTest {
  /** Empty at first. */
  state: State;
  /** Another client of the same store. */
  another(): Promise<State>;
  /** The store's clock, epoch milliseconds. */
  now(): number;
  /** Lets so much time pass: moves the store's clock, or waits. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

export function describeStateContract(name: string, make: () => Promise<StateUnderTest>): void {
  describe(`State contract: ${name}`, () => {
    let under: StateUnderTest;
    let state: State;
    beforeEach(async () => {
      under = await make();
      state = under.state;
    });
    afterEach(async () => {
      await under.close();
    });

    test("an absent key reads as undefined", async () => {
      expect(await state.get("pointer/nothing")).toBeUndefined();
    });

    test.each([
      ["an object", { window_at: 1_793_491_200_000, parts: { a: ["x", null, true] } }],
      ["a text", 'ü " \\ \n'],
      ["a number", 0.1],
      ["false", false],
      ["null", null],
      ["an empty list", []],
    ])("gives back %s as it was put", async (_kind, value) => {
      expect(await state.put("k", value, 0)).toBe(true);
      expect(await state.get("k")).toEqual({ value, version: 1 });
    });

    test("refuses a value that is not JSON", async () => {
      await expect(state.put("hollow", undefined, 0)).rejects.toThrow(/hollow/);
      expect(await state.get("hollow")).toBeUndefined();
    });

    test("versions grow by one, and only the present version may be written over", async () => {
      expect(await state.put("k", "a", 0)).toBe(true);
      expect(await state.put("k", "b", 1)).toBe(true);
      expect(await state.put("k", "late", 1)).toBe(false);
      expect(await state.put("k", "early", 3)).toBe(false);
      expect(await state.put("k", "anew", 0)).toBe(false);
      expect(await state.get("k")).toEqual({ value: "b", version: 2 });
    });

    test("expected 0 means absent, any other number means present", async () => {
      expect(await state.put("k", "x", 1)).toBe(false);
      expect(await state.get("k")).toBeUndefined();
      expect(await state.put("k", "x", 0)).toBe(true);
    });

    test("of 20 parallel claims of an absent key one is written", async () => {
      const clients = [state, await under.another()];
      const written = await Promise.all(
        Array.from({ length: 20 }, (_, writer) => (clients[writer % 2] ?? state).put("claim/a", { writer }, 0)),
      );
      expect(written.filter(Boolean)).toHaveLength(1);
      expect(await state.get("claim/a")).toEqual({ value: { writer: written.indexOf(true) }, version: 1 });
    });

    test("of 20 parallel writers one wins each version", async () => {
      const clients = [state, await under.another()];
      await state.put("k", { writer: -1 }, 0);
      for (let version = 1; version <= 5; version++) {
        const written = await Promise.all(
          Array.from({ length: 20 }, (_, writer) => (clients[writer % 2] ?? state).put("k", { writer }, version)),
        );
        expect(written.filter(Boolean)).toHaveLength(1);
        expect(await state.get("k")).toEqual({ value: { writer: written.indexOf(true) }, version: version + 1 });
      }
    });

    test("an expired key reads as absent at once, and can be claimed anew from version 1", async () => {
      expect(await state.put("claim/b", "old", 0, { expiresAt: under.now() + 1_500 })).toBe(true);
      expect(await state.put("claim/b", "too early", 0)).toBe(false);
      expect(await state.get("claim/b")).toEqual({ value: "old", version: 1 });
      await under.advance(1_600);
      expect(await state.get("claim/b")).toBeUndefined();
      expect(await state.put("claim/b", "from an expired version", 1)).toBe(false);
      expect(await state.put("claim/b", "new", 0)).toBe(true);
      expect(await state.get("claim/b")).toEqual({ value: "new", version: 1 });
    });

    test("what has expired already is never seen", async () => {
      expect(await state.put("k", "x", 0, { expiresAt: under.now() - 1 })).toBe(true);
      expect(await state.get("k")).toBeUndefined();
    });

    test("of 20 parallel claims of an expired key one is written", async () => {
      await state.put("claim/c", "old", 0, { expiresAt: under.now() - 1 });
      const written = await Promise.all(Array.from({ length: 20 }, (_, writer) => state.put("claim/c", writer, 0)));
      expect(written.filter(Boolean)).toHaveLength(1);
      expect((await state.get("claim/c"))?.value).toBe(written.indexOf(true));
    });

    test("a write without expiry takes the expiry away", async () => {
      await state.put("k", "a", 0, { expiresAt: under.now() + 1_000 });
      await state.put("k", "b", 1);
      await under.advance(1_200);
      expect(await state.get("k")).toEqual({ value: "b", version: 2 });
    });

    test("a counter starts at 0, adds up and goes down", async () => {
      expect(await state.count("alerts")).toBe(0);
      expect(await state.increment("alerts", 1)).toBe(1);
      expect(await state.increment("alerts", 41)).toBe(42);
      expect(await state.increment("alerts", -2)).toBe(40);
      expect(await state.count("alerts")).toBe(40);
      expect(await state.count("other")).toBe(0);
    });

    test("20 parallel increments lose none and each answers its own sum", async () => {
      const clients = [state, await under.another()];
      const sums = await Promise.all(
        Array.from({ length: 20 }, (_, client) => (clients[client % 2] ?? state).increment("n", 1)),
      );
      expect(sums.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      expect(await state.count("n")).toBe(20);
    });

    test("a counter and a value of the same name do not meet", async () => {
      await state.increment("same", 3);
      expect(await state.get("same")).toBeUndefined();
      expect(await state.put("same", "value", 0)).toBe(true);
      expect(await state.increment("same", 1)).toBe(4);
      expect(await state.get("same")).toEqual({ value: "value", version: 1 });
    });

    test.each([0.5, Number.NaN, 2 ** 53])("refuses to add %d to a counter", async (by) => {
      await expect(state.increment("n", by)).rejects.toThrow(/integer/);
      expect(await state.count("n")).toBe(0);
    });
  });
}
