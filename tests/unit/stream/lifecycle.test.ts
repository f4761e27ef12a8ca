import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advance,
  idle,
  type Lifecycle,
  type LifecycleInput,
  type LifecycleOutput,
  type LifecycleRules,
} from "../../../core/stream/lifecycle.ts";

const rules: LifecycleRules = { quietAfterMs: 5_000, silentAfterMs: 30_000, acknowledges: true, disabledBy: [451] };

/** Plays inputs at their instants; a random number of 1 gives the longest delays. */
function play(steps: readonly (readonly [number, LifecycleInput])[], random = 1, with_ = rules, from = idle) {
  let state: Lifecycle = from;
  const outputs: (LifecycleOutput & { at: number })[] = [];
  for (const [at, input] of steps) {
    const step = advance(state, input, at, random, with_);
    state = step.state;
    outputs.push(...step.outputs.map((output) => ({ ...output, at })));
  }
  return { state, outputs };
}

const connection = 1;
const data = (at: number, of = connection) => [at, { kind: "message", connection: of, sort: "data" }] as const;
const upAt = (at: number, of = connection) =>
  [
    [at, { kind: "opened", connection: of }],
    [at, { kind: "message", connection: of, sort: "acknowledged" }],
    data(at, of),
  ] as const;
const start = [0, { kind: "start" }] as const;
const tick = (at: number) => [at, { kind: "tick" }] as const;

describe("the life of a connection", () => {
  it("is live only when data is seen: an open socket and a reply are not enough", () => {
    const phases = [start, ...upAt(10)].map((_, n) => play([start, ...upAt(10)].slice(0, n + 1)).state.phase);
    expect(phases).toEqual(["connecting", "open", "subscribed", "live"]);
  });

  it("takes data before the reply as what it is, and needs no reply where the server sends none", () => {
    expect(play([start, [10, { kind: "opened", connection }], data(20)]).state.phase).toBe("live");
    const silent = { ...rules, acknowledges: false };
    expect(play([start, [10, { kind: "opened", connection }]], 1, silent).state.phase).toBe("subscribed");
  });

  it.each<[string, readonly (readonly [number, LifecycleInput])[], string]>([
    ["no handshake", [start, tick(10_001)], "no handshake"],
    ["no message at all", [start, ...upAt(10), tick(5_011)], "no message for 5000 ms"],
    [
      "heartbeats and no data",
      [
        start,
        ...upAt(10),
        ...Array.from({ length: 8 }, (_, n) => [
          [n * 4_000, { kind: "message", connection, sort: "other" }] as const,
          tick(n * 4_000 + 1),
        ]).flat(),
        tick(30_011),
      ],
      "no data for 30000 ms",
    ],
    [
      "no reply to the subscription",
      [
        start,
        [10, { kind: "opened", connection }],
        [4_000, { kind: "message", connection, sort: "other" }],
        [8_000, { kind: "message", connection, sort: "other" }],
        tick(10_011),
      ],
      "no subscription was acknowledged",
    ],
  ])("ends with %s", (_, steps, reason) => {
    const { state, outputs } = play(steps);
    expect(state).toMatchObject({ phase: "waiting", reason });
    expect(outputs.at(-1)).toMatchObject({ kind: "close", connection, reason });
    expect(play(steps.slice(0, -1)).state.phase).not.toBe("waiting");
  });

  it("doubles the wait with every end, up to a minute, and jitters between half and whole", () => {
    const waits = (random: number) => {
      let state = idle;
      let now = 0;
      const all: number[] = [];
      state = advance(state, { kind: "start" }, now, random, rules).state;
      for (let n = 0; n < 9; n++) {
        const of = state.connection;
        state = advance(state, { kind: "closed", connection: of, reason: "gone" }, now, random, rules).state;
        all.push(state.retryAt - now);
        now = state.retryAt;
        state = advance(state, { kind: "tick" }, now, random, rules).state;
      }
      return all;
    };
    expect(waits(1)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(waits(0)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("forgets the ends before only after a minute of data, never on connecting", () => {
    const ended = play([start, ...upAt(0), [1_000, { kind: "closed", connection, reason: "gone" }], tick(2_000)]).state;
    expect(ended).toMatchObject({ phase: "connecting", failures: 1 });
    const short = play([...upAt(2_100, 2), data(61_000, 2)], 1, rules, ended).state;
    expect(short.failures).toBe(1);
    expect(play([data(62_101, 2)], 1, rules, short).state.failures).toBe(0);
  });

  it("comes back at once when the server asks for it, but waits when it asks again and again", () => {
    const asked = { kind: "leave", reason: "bts:request_reconnect", asked: true } as const;
    const once = play([start, ...upAt(0), [1_000, asked]]);
    expect(once.state.retryAt).toBe(1_250);
    const twice = play([tick(1_250), ...upAt(1_300, 2), [1_400, asked]], 1, rules, once.state);
    expect(twice.state.retryAt).toBe(1_400 + 2_000);
    expect(twice.outputs.map(({ kind }) => kind)).toEqual(["connect", "close"]);
  });

  it("renews itself before the server ends it for its age", () => {
    const day = 86_400_000;
    const withAge = { ...rules, maxAgeMs: day, silentAfterMs: 2 * day, quietAfterMs: 2 * day };
    const { state } = play([start, ...upAt(0), data(70_000), tick(day), tick(day + 1)], 1, withAge);
    expect(state).toMatchObject({ phase: "waiting", retryAt: day + 1 + 250 });
  });

  it("never asks again in this process after an answer that the feed is disabled by", () => {
    const refused = { kind: "refused", connection, status: 451 } as const;
    const { state, outputs } = play([start, [10, refused], tick(3_600_000), start]);
    expect(state).toMatchObject({ phase: "disabled", reason: "the server answered 451 to the handshake" });
    expect(outputs.filter(({ kind }) => kind === "connect")).toHaveLength(1);
    expect(play([start, [10, refused]], 1, { ...rules, disabledBy: [] }).state).toMatchObject({ phase: "waiting" });
  });

  it.each([401, 403, 418, 429])("asks again slowly after %i, more and more so", (status) => {
    let state = play([start]).state;
    const waits = Array.from({ length: 5 }, () => {
      const at = state.retryAt;
      state = play([[at, { kind: "refused", connection: state.connection, status }]], 1, rules, state).state;
      const wait = state.retryAt - at;
      state = play([tick(state.retryAt)], 1, rules, state).state;
      return wait;
    });
    expect(waits).toEqual([60_000, 120_000, 240_000, 300_000, 300_000]);
    expect(state.phase).toBe("connecting");
  });

  it("says what an answer may come from, where the feed knows", () => {
    const refused = [10, { kind: "refused", connection, status: 401 }] as const;
    const hinted = { ...rules, hints: { 401: "the clock" } };
    expect(play([start, refused], 1, hinted).state.reason).toBe("the server answered 401 to the handshake (the clock)");
    expect(play([start, refused]).state.reason).toBe("the server answered 401 to the handshake");
  });

  it("asks again soon after 503", () => {
    expect(play([start, [10, { kind: "refused", connection, status: 503 }]]).state.retryAt).toBe(1_010);
  });

  it("does not listen to a connection of the past", () => {
    const second = play([start, [0, { kind: "closed", connection, reason: "gone" }], tick(1_000)]).state;
    for (const late of [
      { kind: "opened", connection },
      { kind: "message", connection, sort: "data" },
      { kind: "closed", connection, reason: "again" },
      { kind: "refused", connection, status: 451 },
    ] as const) {
      expect(advance(second, late, 1_100, 1, rules)).toEqual({ state: second, outputs: [] });
    }
  });

  it("stops cleanly from anywhere and stays stopped", () => {
    const stop = [5_000, { kind: "stop" }] as const;
    const live = play([start, ...upAt(0), stop]);
    expect(live.outputs.at(-1)).toMatchObject({ kind: "close", connection, reason: "stopped" });
    const waiting = play([start, [0, { kind: "closed", connection, reason: "gone" }], stop, tick(99_000), start]);
    expect(waiting.state.phase).toBe("stopped");
    expect(waiting.outputs.filter(({ kind }) => kind === "connect")).toHaveLength(1);
  });

  it("never tries more than eight times in any minute, whatever the server does", () => {
    const deed = fc.constantFrom("open-close", "data-close", "refuse", "ask", "nothing");
    fc.assert(
      fc.property(
        fc.array(deed, { minLength: 20, maxLength: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (deeds, random) => {
          let state = idle;
          let now = 0;
          const connects: number[] = [];
          const put = (input: LifecycleInput) => {
            const step = advance(state, input, now, random, rules);
            state = step.state;
            for (const { kind } of step.outputs) if (kind === "connect") connects.push(now);
          };
          put({ kind: "start" });
          for (const one of deeds) {
            const of = state.connection;
            if (one === "refuse") put({ kind: "refused", connection: of, status: 503 });
            else if (one !== "nothing") {
              put({ kind: "opened", connection: of });
              if (one !== "open-close") put({ kind: "message", connection: of, sort: "data" });
              if (one === "ask") put({ kind: "leave", reason: "asked", asked: true });
              else put({ kind: "closed", connection: of, reason: "gone" });
            }
            for (let waited = 0; state.phase !== "connecting" || waited === 0; waited++) {
              now += 50;
              put({ kind: "tick" });
              if (state.phase === "connecting" && one !== "nothing") break;
            }
          }
          for (const at of connects) {
            expect(connects.filter((other) => other >= at && other < at + 60_000).length).toBeLessThanOrEqual(8);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
