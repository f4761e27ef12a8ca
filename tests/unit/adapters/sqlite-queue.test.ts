import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EmbeddedQueue, openQueue } from "../../../adapters/embedded/queue.ts";

let home: string;
let now: number;
let queue: EmbeddedQueue;
const open = () =>
  openQueue(join(home, "home.sqlite"), { clock: { now: () => now, sleep: async () => {} }, visibilitySeconds: 30 });
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "brier-queue-"));
  now = Date.UTC(2026, 10, 1);
  queue = open();
});
afterEach(() => {
  queue.close();
  rmSync(home, { recursive: true, force: true });
});

/** The process ends without a word; the next one owns the home. */
function crash(): void {
  queue.close();
  queue = open();
  queue.releaseInFlight();
}

const send = (...ids: string[]) =>
  queue.send(
    "predict",
    ids.map((id) => ({ id, body: id })),
  );
const ids = async (max = 10) => (await queue.receive("predict", max)).map(({ id }) => id);
async function one() {
  const [delivery] = await queue.receive("predict", 1);
  if (delivery === undefined) throw new Error("nothing visible");
  return delivery;
}

test("gives messages by the instant they become visible, then as sent", async () => {
  await send("a", "b", "c");
  const a = await one();
  await queue.retry("predict", a, 10);
  now += 5_000;
  await send("d");
  now += 5_000;
  await send("e");
  expect(await ids()).toEqual(["b", "c", "d", "a", "e"]);
});

test("the same id is one message while it waits or is held, and a new one afterwards", async () => {
  await send("a", "z", "a");
  await send("a");
  expect(queue.depths().predict.visible).toBe(2);
  const held = await one();
  expect(held.id).toBe("a");
  await send("a");
  expect(await ids()).toEqual(["z"]);
  await queue.delete("predict", held);
  await send("a");
  expect(await ids()).toEqual(["a"]);
});

test("what a dead process held comes back in its old place and uncounted", async () => {
  await send("a", "b", "c");
  await queue.retry("predict", await one(), 1);
  now += 1_000;
  await send("d");
  expect(await ids(3)).toEqual(["b", "c", "a"]);
  now += 7_000;
  await send("e");
  crash();
  const received = await queue.receive("predict", 10);
  expect(received.map(({ id, receives }) => [id, receives])).toEqual([
    ["b", 1],
    ["c", 1],
    ["a", 2],
    ["d", 1],
    ["e", 1],
  ]);
});

test("a release leaves what waits for its retry alone", async () => {
  await send("a");
  await queue.retry("predict", await one(), 60);
  crash();
  expect(await ids()).toEqual([]);
  now += 60_000;
  expect((await one()).receives).toBe(2);
});

test("parks a message that was held in ten deaths", async () => {
  await send("killer", "bystander");
  for (let death = 1; death <= 10; death++) {
    const { id, receives } = await one();
    expect([id, receives]).toEqual(["killer", 1]);
    crash();
  }
  expect(await ids()).toEqual(["bystander"]);
  expect(await queue.parked("predict", 10)).toEqual([
    { id: "killer", body: '"killer"', reason: "held 10 times by a process that died" },
  ]);
});

test("a receipt that ran out and was followed by another decides nothing", async () => {
  await send("a");
  const first = await one();
  now += 30_000;
  const second = await one();
  await queue.delete("predict", first);
  await queue.retry("predict", first, 0);
  await queue.park("predict", first, "late");
  expect(queue.depths().predict).toEqual({ visible: 0, delayed: 0, inFlight: 1, parked: 0 });
  await queue.delete("predict", second);
  expect(queue.depths().predict.inFlight).toBe(0);
});

test("a receipt from before a crash decides nothing", async () => {
  await send("a");
  const before = await one();
  crash();
  const after = await one();
  expect(after.receipt).not.toBe(before.receipt);
  await queue.delete("predict", before);
  expect(queue.depths().predict.inFlight).toBe(1);
});

test("a receipt that ran out, not followed by another, may still say that the work is done", async () => {
  await send("a");
  const delivery = await one();
  now += 30_000;
  await queue.delete("predict", delivery);
  expect(await ids()).toEqual([]);
});

test("the fifth retry parks with the error it was given", async () => {
  await send("a", "b");
  for (let receives = 1; receives <= 5; receives++) {
    const [a, b] = await queue.receive("predict", 2);
    if (a === undefined || b === undefined) throw new Error("both are visible");
    await queue.retry("predict", a, 0, `HttpError: attempt ${receives}`);
    await queue.retry("predict", b, 0);
  }
  expect((await queue.parked("predict", 10)).map(({ id, reason }) => [id, reason])).toEqual([
    ["a", "received 5 times: HttpError: attempt 5"],
    ["b", "received 5 times"],
  ]);
});

test("a message that is parked in a receive does not take the place of another", async () => {
  await send("silent");
  for (let receives = 1; receives <= 5; receives++) {
    await one();
    now += 30_000;
  }
  await send("next");
  expect(await ids(1)).toEqual(["next"]);
  expect(await queue.parked("predict", 10)).toEqual([
    { id: "silent", body: '"silent"', reason: "received 5 times: no answer within the visibility time" },
  ]);
});

test("tells which queues have work now, and when there is work again", async () => {
  const work = () => [queue.waiting(), queue.nextVisibleAt()];
  expect(work()).toEqual([[], undefined]);
  await send("a");
  expect(work()).toEqual([["predict"], now]);
  const delivery = await one();
  expect(work()).toEqual([[], now + 30_000]);
  await queue.retry("predict", delivery, 270);
  expect(work()).toEqual([[], now + 270_000]);
  now += 270_000;
  expect(work()).toEqual([["predict"], now]);
  await queue.delete("predict", await one());
  expect(work()).toEqual([[], undefined]);
});

test("counts each queue by what its messages are doing", async () => {
  await send("a", "b", "c", "d");
  const [a, b] = await queue.receive("predict", 2);
  if (a === undefined || b === undefined) throw new Error("both are visible");
  await queue.retry("predict", a, 5);
  await queue.receive("predict", 1);
  await queue.park("predict", b, "bad");
  expect(queue.depths().predict).toEqual({ visible: 1, delayed: 1, inFlight: 1, parked: 1 });
  expect(queue.depths().notify).toEqual({ visible: 0, delayed: 0, inFlight: 0, parked: 0 });
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses to wait %d s", async (seconds) => {
  await send("a");
  await expect(queue.retry("predict", await one(), seconds)).rejects.toThrow(/cannot wait/);
});

test("a send with one bad message sends none", async () => {
  await expect(
    queue.send("predict", [
      { id: "good", body: 1 },
      { id: "hollow", body: undefined },
    ]),
  ).rejects.toThrow(/hollow/);
  expect(queue.nextVisibleAt()).toBeUndefined();
});
