import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KalshiSubscriptions } from "../../../core/stream/kalshi-subscriptions.ts";
import { busiestMinute } from "./fault-run.ts";
import { runs } from "../../runs.ts";

const start = Date.UTC(2026, 10, 20, 16);
const second = 1_000;
const minute = 60 * second;

interface Command {
  id: number;
  cmd: string;
  params: { channels?: string[]; sids?: number[]; market_tickers?: string[]; action?: string };
}

type Answer = { ok: number | null } | { error: number } | "later" | "never";

const tickers = (count: number) => Array.from({ length: count }, (_, n) => `KXBTC-X-B${n}`);
const sidOf: Record<string, number> = {
  market_lifecycle_v2: 1,
  cfbenchmarks_value: 2,
  orderbook_delta: 3,
  trade: 4,
  ticker: 5,
};

/** A server that answers each command as it is told to, after `lagMs`; asked every second, as the session does. */
function serve(
  subscriptions: KalshiSubscriptions,
  wanted: readonly string[],
  forMs: number,
  answerOf: (command: Command, at: number) => Answer,
  lagMs = 50,
) {
  const sent: { at: number; command: Command }[] = [];
  const replies: { at: number; command: Command; answer: Answer }[] = [];
  const leaves: string[] = [];
  for (let now = start; now < start + forMs; now += second) {
    const texts: string[] = [];
    for (const { command, answer } of replies.splice(0, replies.findLastIndex(({ at }) => at <= now) + 1)) {
      if (typeof answer === "string") continue;
      const frame = { request: command.id, seq: null };
      if ("error" in answer) {
        const event = {
          ...frame,
          kind: "rejected",
          sid: null,
          code: answer.error,
          message: "",
          terminal: false,
        } as const;
        const { leave } = subscriptions.rejected(event, now);
        if (leave !== undefined) leaves.push(leave.reason);
      } else {
        const event = { ...frame, kind: "acknowledged", sid: answer.ok, channel: null } as const;
        texts.push(...subscriptions.acknowledged(event, now).send);
      }
    }
    texts.push(...subscriptions.reconcile(wanted, now));
    for (const text of texts) {
      const command = JSON.parse(text) as Command;
      sent.push({ at: now, command });
      replies.push({ at: now + lagMs, command, answer: answerOf(command, now) });
    }
  }
  const subscribes = (channel: string) =>
    sent.filter(({ command }) => command.params.channels?.[0] === channel).map(({ at }) => (at - start) / second);
  const adds = (sid: number) =>
    sent.filter(({ command }) => command.params.action === "add_markets" && command.params.sids?.[0] === sid);
  return { sent, subscribes, adds, busiest: busiestMinute(sent.map(({ at }) => at)), leaves };
}

const fine = ({ params }: Command): Answer => ({ ok: sidOf[params.channels?.[0] ?? ""] ?? params.sids?.[0] ?? null });

describe("what was asked of Kalshi", () => {
  it("is asked once of a server that answers", () => {
    const subscriptions = new KalshiSubscriptions("BRTI");
    const { sent } = serve(subscriptions, tickers(450), 10 * minute, fine);
    expect(sent).toHaveLength(5 + 3 * 2);
    expect(subscriptions.heldBooks.size).toBe(450);
  });

  it.each([8, 11, 18, 27])("is asked again in growing pauses when the subscription is refused with %i", (code) => {
    const subscriptions = new KalshiSubscriptions("BRTI");
    const refuses = (command: Command): Answer =>
      command.params.channels?.[0] === "orderbook_delta" ? { error: code } : fine(command);
    const { subscribes } = serve(subscriptions, tickers(2), 60 * minute, refuses);
    expect(subscribes("orderbook_delta")).toEqual([0, 5, 15, 35, 75, 155, 315, 635, 1_235, 1_835, 2_435, 3_035]);
    expect(subscribes("trade")).toEqual([0]);
  });

  it("is heard when the server changes its mind", () => {
    const subscriptions = new KalshiSubscriptions("BRTI");
    const { adds } = serve(subscriptions, tickers(300), 30 * minute, (command, at) =>
      at < start + 10 * minute && command.params.channels?.[0] === "orderbook_delta" ? { error: 11 } : fine(command),
    );
    expect(subscriptions.booksSid).toBe(3);
    expect(subscriptions.heldBooks.size).toBe(300);
    expect(adds(3).length).toBeLessThan(40);
  });

  it.each([1, 150, 199])("finds the one market of %i that is not taken: all others are held, and it waits", (count) => {
    const subscriptions = new KalshiSubscriptions("BRTI");
    const markets = tickers(count);
    const bad = markets[Math.floor(count / 3)] ?? "";
    const { adds, sent } = serve(subscriptions, [...markets, "KXBTC-X-T0"], 30 * minute, (command) =>
      command.params.market_tickers?.includes(bad) === true ? { error: 11 } : fine(command),
    );
    expect(subscriptions.heldBooks.size).toBe(count);
    expect(subscriptions.heldBooks.has(bad)).toBe(false);
    const alone = adds(3).filter(({ command }) => command.params.market_tickers?.length === 1);
    expect(alone.at(-1)?.command.params.market_tickers).toEqual([bad]);
    expect(adds(3).filter(({ at }) => at > start + 15 * minute).length).toBeLessThanOrEqual(3);
    expect(sent.length).toBeLessThan(100);
  });

  it.each([1_000, 6_000, 30_000, 120_000])(
    "stands though each reply takes %i ms, without a loop of commands",
    (lag) => {
      const subscriptions = new KalshiSubscriptions("BRTI");
      const { sent } = serve(subscriptions, tickers(250), 20 * minute, fine, lag);
      expect(subscriptions.booksSid).toBe(3);
      expect(subscriptions.heldBooks.size).toBe(250);
      expect(sent.length).toBeLessThanOrEqual(5 * 6 + 3 * 6);
    },
  );

  it("lets go of the second subscription that its repeated command made, and only of that one", () => {
    const subscriptions = new KalshiSubscriptions("BRTI");
    let sid = 0;
    const { sent } = serve(
      subscriptions,
      tickers(2),
      10 * minute,
      (command) => ({ ok: command.cmd === "subscribe" ? (sid += 1) : (command.params.sids?.[0] ?? null) }),
      6_000,
    );
    expect(subscriptions.booksSid).toBe(3);
    const gone = sent.filter(({ command }) => command.cmd === "unsubscribe").map(({ command }) => command.params.sids);
    expect(gone).toEqual([[6], [7], [8], [9], [10]]);
  });

  it("waits for the reply when it is told that it has subscribed already, and leaves when none comes", () => {
    const already = (lag: number) => {
      const subscriptions = new KalshiSubscriptions("BRTI");
      const asked = new Set<string>();
      return {
        subscriptions,
        ...serve(
          subscriptions,
          tickers(2),
          5 * minute,
          (command) => {
            const [channel = ""] = command.params.channels ?? [];
            if (command.cmd !== "subscribe" || channel !== "orderbook_delta") return fine(command);
            if (asked.has(channel)) return { error: 6 };
            asked.add(channel);
            return lag > minute ? "never" : fine(command);
          },
          lag > minute ? 50 : lag,
        ),
      };
    };
    const slow = already(6_000);
    expect(slow.leaves).toEqual([]);
    expect(slow.subscriptions.booksSid).toBe(3);
    const lost = already(Number.POSITIVE_INFINITY);
    expect(lost.leaves[0]).toContain("orderbook_delta");
    expect(lost.subscribes("orderbook_delta").slice(0, 3)).toEqual([0, 5, 66]);
  });

  it("subscribes no more than every few seconds when each subscription is unknown as soon as it is used", () => {
    const subscriptions = new KalshiSubscriptions("BRTI");
    const { sent, subscribes } = serve(subscriptions, tickers(300), 10 * minute, (command) =>
      command.params.action === "add_markets" ? { error: 7 } : fine(command),
    );
    expect(subscribes("orderbook_delta").length).toBeLessThan(10);
    expect(sent.length).toBeLessThan(60);
  });

  it("is bounded a minute when no market at all is taken, over many connections too", () => {
    const subscriptions = new KalshiSubscriptions("BRTI");
    const { busiest, sent } = serve(subscriptions, tickers(400), 30 * minute, (command) =>
      command.params.action === "add_markets" ? { error: 11 } : fine(command),
    );
    expect(busiest).toBeGreaterThan(100);
    expect(busiest).toBeLessThanOrEqual(180);
    expect(sent.length).toBeGreaterThan(1_000);
    const short = new KalshiSubscriptions("BRTI");
    let commands = 0;
    for (let connection = 0; connection < 100; connection++) {
      short.reset();
      commands += short.reconcile(tickers(2), start + connection * 100).length;
    }
    expect(commands).toBeLessThanOrEqual(130);
  });

  it("does not take the late reply of a subscription that is over for one of the next", () => {
    const subscriptions = new KalshiSubscriptions("BRTI");
    const reply = { kind: "acknowledged", channel: null, seq: null } as const;
    const idOf = (texts: readonly string[], of: string) =>
      texts.map((text) => JSON.parse(text) as Command).find((one) => JSON.stringify(one).includes(of))?.id ?? 0;
    const first = subscriptions.reconcile(["A"], start);
    subscriptions.acknowledged({ ...reply, request: idOf(first, "orderbook_delta"), sid: 3 }, start);
    const added = idOf(subscriptions.reconcile(["A", "B"], start), "add_markets");
    const dropped = idOf(subscriptions.snapshots(["A"], start).send, "get_snapshot");
    const unknown = { kind: "rejected", request: dropped, sid: null, code: 7, message: "", terminal: false } as const;
    subscriptions.rejected(unknown, start);
    expect(subscriptions.booksSid).toBeUndefined();
    const again = subscriptions.reconcile(["A"], start + 10_000);
    subscriptions.acknowledged({ ...reply, request: idOf(again, "orderbook_delta"), sid: 9 }, start + 10_000);
    subscriptions.acknowledged({ ...reply, request: added, sid: 3 }, start + 11_000);
    expect([subscriptions.booksSid, ...subscriptions.heldBooks]).toEqual([9, "A"]);
  });

  it("is bounded a minute under any answers, and stands soon after they are right again", () => {
    const answer = fc.constantFrom<Answer[]>({ error: 11 }, { error: 18 }, { error: 7 }, { error: 26 }, "never", {
      ok: 3,
    });
    fc.assert(
      fc.property(
        fc.array(answer, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 0, max: 20_000 }),
        (answers, count, lag) => {
          const subscriptions = new KalshiSubscriptions("BRTI");
          const { busiest, sent } = serve(
            subscriptions,
            tickers(count),
            45 * minute,
            (command, at) =>
              at < start + 10 * minute ? (answers[command.id % answers.length] ?? "never") : fine(command),
            lag,
          );
          expect(busiest).toBeLessThanOrEqual(180);
          expect(sent.filter(({ at }) => at > start + 35 * minute).length).toBe(0);
          expect(subscriptions.heldBooks.size).toBe(count);
        },
      ),
      { numRuns: runs(6, 50) },
    );
  });
});
