/** What every `Queue` does. Delivery is at least once, in no promised order. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Delivery, Queue, QueueName } from "../../../core/ports.ts";

export interface QueueUnderTest {
  /** All queues are empty at first. */
  queue: Queue;
  /** Another client of the same queues. */
  another(): Promise<Queue>;
  /** The process of `queue` dies with what it held; another one opens the same queues. `queue` is not used again. */
  crash(): Promise<Queue>;
  /** How long a received message stays invisible to others. Short (1 or 2) where time is real. */
  visibilitySeconds: number;
  /** Lets so much time pass for the queues: moves their clock, or waits. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Timers of a remote queue are not exact. */
const SLACK_MS = 400;

async function receiveAll(queue: Queue, name: QueueName): Promise<Delivery[]> {
  const all: Delivery[] = [];
  for (;;) {
    const some = await queue.receive(name, 10);
    if (some.length === 0) return all;
    all.push(...some);
  }
}

async function receiveOne(queue: Queue, name: QueueName): Promise<Delivery> {
  const [delivery] = await queue.receive(name, 1);
  if (delivery === undefined) throw new Error(`nothing is visible in ${name}`);
  return delivery;
}

const sortedIds = (deliveries: readonly { id: string }[]): string[] => deliveries.map(({ id }) => id).toSorted();

export function describeQueueContract(name: string, make: () => Promise<QueueUnderTest>): void {
  describe(`Queue contract: ${name}`, () => {
    let under: QueueUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(async () => {
      await under.close();
    });
    const visibilityPasses = (): Promise<void> => under.advance(under.visibilitySeconds * 1_000 + SLACK_MS);

    test("hands a message over with its id, its body as JSON text and the count of receipts", async () => {
      const body = { source: "kalshi-markets", at: "2026-11-01T00:00:00.000Z", nested: [1, null, "ü"] };
      await under.queue.send("ingest", [{ id: "ingest-1", body }]);
      const delivery = await receiveOne(under.queue, "ingest");
      expect(delivery.id).toBe("ingest-1");
      expect(JSON.parse(delivery.body)).toEqual(body);
      expect(delivery.receives).toBe(1);
    });

    test("has nothing to give when empty, and takes nothing when nothing is sent", async () => {
      await under.queue.send("ingest", []);
      expect(await under.queue.receive("ingest", 10)).toEqual([]);
      expect(await under.queue.parked("ingest", 10)).toEqual([]);
    });

    test("keeps the queues apart", async () => {
      await under.queue.send("predict", [{ id: "same", body: "p" }]);
      await under.queue.send("enrich", [{ id: "same", body: "e" }]);
      expect(await under.queue.receive("ingest", 10)).toEqual([]);
      expect(JSON.parse((await receiveOne(under.queue, "enrich")).body)).toBe("e");
      expect(JSON.parse((await receiveOne(under.queue, "predict")).body)).toBe("p");
    });

    test("a deleted message does not come back", async () => {
      await under.queue.send("notify", [{ id: "n", body: 1 }]);
      await under.queue.delete("notify", await receiveOne(under.queue, "notify"));
      await visibilityPasses();
      expect(await under.queue.receive("notify", 10)).toEqual([]);
      expect(await under.queue.parked("notify", 10)).toEqual([]);
    });

    test("a message survives a crash between receive and delete", async () => {
      await under.queue.send("predict", [{ id: "held", body: { n: 1 } }]);
      await receiveOne(under.queue, "predict");
      const reopened = await under.crash();
      await visibilityPasses();
      const again = await receiveOne(reopened, "predict");
      expect([again.id, JSON.parse(again.body)]).toEqual(["held", { n: 1 }]);
      await reopened.delete("predict", again);
      await visibilityPasses();
      expect(await reopened.receive("predict", 10)).toEqual([]);
    });

    test("a received message is invisible for the visibility time, then comes again with a higher count", async () => {
      await under.queue.send("settle", [{ id: "s", body: 1 }]);
      await receiveOne(under.queue, "settle");
      expect(await under.queue.receive("settle", 10)).toEqual([]);
      await visibilityPasses();
      const second = await receiveOne(under.queue, "settle");
      expect([second.id, second.receives]).toEqual(["s", 2]);
    });

    test("retry makes a message visible again after the given time, not before", async () => {
      await under.queue.send("ingest", [{ id: "r", body: 1 }]);
      await under.queue.retry("ingest", await receiveOne(under.queue, "ingest"), 2);
      expect(await under.queue.receive("ingest", 10)).toEqual([]);
      await under.advance(2_000 + SLACK_MS);
      const second = await receiveOne(under.queue, "ingest");
      expect([second.id, second.receives]).toEqual(["r", 2]);
    });

    test("retry may shorten the wait to nothing, and counts receipts", async () => {
      await under.queue.send("ingest", [{ id: "r", body: 1 }]);
      for (let receives = 1; receives <= 5; receives++) {
        const delivery = await receiveOne(under.queue, "ingest");
        expect(delivery.receives).toBe(receives);
        if (receives < 5) await under.queue.retry("ingest", delivery, 0);
      }
    });

    test("parks a message that was received five times, with the count as reason", async () => {
      await under.queue.send("enrich", [{ id: "poison", body: { bad: true } }]);
      for (let receives = 1; receives <= 5; receives++) {
        await under.queue.retry("enrich", await receiveOne(under.queue, "enrich"), 0);
      }
      expect(await under.queue.receive("enrich", 10)).toEqual([]);
      const parked = await under.queue.parked("enrich", 10);
      expect(parked.map(({ id, body }) => [id, JSON.parse(body)])).toEqual([["poison", { bad: true }]]);
      expect(parked[0]?.reason).toMatch(/^received /);
      expect(await under.queue.parked("ingest", 10)).toEqual([]);
    });

    test("parks a message that nobody answered for five times", async () => {
      await under.queue.send("watch", [{ id: "silent", body: 1 }]);
      for (let receives = 1; receives <= 5; receives++) {
        await receiveOne(under.queue, "watch");
        await visibilityPasses();
      }
      expect(await under.queue.receive("watch", 10)).toEqual([]);
      expect(sortedIds(await under.queue.parked("watch", 10))).toEqual(["silent"]);
    });

    test("park keeps id, body and reason, and looking does not remove", async () => {
      await under.queue.send("predict", [{ id: "bad", body: { job: 7 } }]);
      const reason = 'not a predict message: job Invalid input (°F) "quoted"';
      await under.queue.park("predict", await receiveOne(under.queue, "predict"), reason);
      for (let look = 0; look < 2; look++) {
        const parked = await under.queue.parked("predict", 10);
        expect(parked.map(({ body, ...rest }) => ({ ...rest, body: JSON.parse(body) }))).toEqual([
          { id: "bad", body: { job: 7 }, reason },
        ]);
        await visibilityPasses();
      }
      expect(await under.queue.receive("predict", 10)).toEqual([]);
    });

    test("parks one of several and leaves the others", async () => {
      await under.queue.send(
        "predict",
        ["a", "b", "c"].map((id) => ({ id, body: id })),
      );
      for (const delivery of await receiveAll(under.queue, "predict")) {
        if (delivery.id === "b") await under.queue.park("predict", delivery, "b is bad");
        else if (delivery.id === "a") await under.queue.delete("predict", delivery);
        else await under.queue.retry("predict", delivery, 0);
      }
      expect(sortedIds(await receiveAll(under.queue, "predict"))).toEqual(["c"]);
      expect(sortedIds(await under.queue.parked("predict", 10))).toEqual(["b"]);
    });

    test("takes 25 messages in one call and loses none", async () => {
      const ids = Array.from({ length: 25 }, (_, index) => `job-${String(index).padStart(2, "0")}`);
      await under.queue.send(
        "predict",
        ids.map((id) => ({ id, body: { id } })),
      );
      const received = await receiveAll(under.queue, "predict");
      expect(sortedIds(received)).toEqual(ids);
      for (const { id, body } of received) expect(JSON.parse(body)).toEqual({ id });
    });

    test("receives at most as many as asked for", async () => {
      await under.queue.send(
        "predict",
        ["a", "b", "c", "d"].map((id) => ({ id, body: 0 })),
      );
      expect((await under.queue.receive("predict", 3)).length).toBeLessThanOrEqual(3);
    });

    test("two receivers never hold the same message", async () => {
      const ids = Array.from({ length: 30 }, (_, index) => `m-${String(index).padStart(2, "0")}`);
      await under.queue.send(
        "predict",
        ids.map((id) => ({ id, body: id })),
      );
      const receivers = [under.queue, await under.another()];
      const received = (await Promise.all(receivers.map((queue) => receiveAll(queue, "predict")))).flat();
      expect(sortedIds(received)).toEqual(ids);
    });

    test("a message sent twice while it waits arrives at least once", async () => {
      await under.queue.send("notify", [{ id: "twice", body: 1 }]);
      await under.queue.send("notify", [{ id: "twice", body: 1 }]);
      const received = await receiveAll(under.queue, "notify");
      expect(received.length).toBeGreaterThanOrEqual(1);
      expect(new Set(sortedIds(received))).toEqual(new Set(["twice"]));
    });

    test("an id whose work is done may be sent again", async () => {
      for (let round = 0; round < 2; round++) {
        await under.queue.send("watch", [{ id: "again", body: round }]);
        const delivery = await receiveOne(under.queue, "watch");
        expect(JSON.parse(delivery.body)).toBe(round);
        await under.queue.delete("watch", delivery);
      }
    });

    test("refuses a body of more than 256 KiB and one that is not JSON, naming the message", async () => {
      const large = { id: "large", body: "x".repeat(262_143) };
      await expect(under.queue.send("predict", [large])).rejects.toThrow(/large/);
      await expect(under.queue.send("predict", [{ id: "hollow", body: undefined }])).rejects.toThrow(/hollow/);
      expect(await under.queue.receive("predict", 10)).toEqual([]);
    });
  });
}
