/**
 * The life of a feed's connection as a state machine: the same inputs at the same instants give the same states and
 * outputs. A reply to a subscription is no success; only data is.
 */

/**
 * connecting: asked for. open: the socket is there. subscribed: the server took a subscription. live: data is seen.
 * waiting: until `retryAt`. disabled: not in this process again. stopped: by us.
 */
export type Phase = "idle" | "connecting" | "open" | "subscribed" | "live" | "waiting" | "disabled" | "stopped";

export interface Lifecycle {
  readonly phase: Phase;
  /** Number of the connection, from 1. Inputs that belong to another one are of the past. */
  readonly connection: number;
  /** When the phase began. */
  readonly since: number;
  /** When the socket opened. */
  readonly openedAt: number;
  readonly messageAt: number;
  /** When data came last, on any connection. */
  readonly dataAt: number | null;
  /** Connections that ended since data was healthy last: the exponent of the back-off. */
  readonly failures: number;
  readonly retryAt: number;
  /** Why the newest connection ended, or why the feed is disabled. */
  readonly reason: string | null;
}

export interface LifecycleRules {
  /** Without any message for so long, the connection is dead. */
  quietAfterMs: number;
  /** Without data for so long, it is connected but silent. */
  silentAfterMs: number;
  maxAgeMs?: number;
  /** Whether the server says that it took a subscription. */
  acknowledges: boolean;
  /** Answers to a handshake after which it is not asked again while this process lives. */
  disabledBy: readonly number[];
  /** What an answer to a handshake may come from, by its status: stands in the reason. */
  hints?: Readonly<Record<number, string>>;
}

export type LifecycleInput =
  | { kind: "start" }
  | { kind: "opened"; connection: number }
  /** The server answered the handshake with another status than 101. */
  | { kind: "refused"; connection: number; status: number }
  | { kind: "message"; connection: number; sort: "data" | "acknowledged" | "other" }
  | { kind: "closed"; connection: number; reason: string }
  /** What the frames say makes this connection useless, or the server asks us to leave. */
  | { kind: "leave"; reason: string; asked: boolean }
  | { kind: "tick" }
  | { kind: "stop" };

export type LifecycleOutput =
  | { kind: "connect"; connection: number }
  | { kind: "close"; connection: number; reason: string };

/** A handshake, and a reply to a subscription, take no longer. */
const patienceMs = 10_000;
/** Data must have come for so long before an end counts as the first again. A server that accepts and drops never gets there. */
const healthyAfterMs = 60_000;
const firstDelayMs = 1_000;
const mostDelayMs = 60_000;
const mostSlowDelayMs = 300_000;
/** What a server that asks us to leave gets before we are back, at most. */
const askedDelayMs = 250;
/** A wrong key, a wrong clock, a wrong address, too many requests: to be asked again, but slowly. */
const slowDoors: readonly number[] = [401, 403, 418, 429, 451];

export const idle: Lifecycle = {
  phase: "idle",
  connection: 0,
  since: 0,
  openedAt: 0,
  messageAt: 0,
  dataAt: null,
  failures: 0,
  retryAt: 0,
  reason: null,
};

interface Step {
  state: Lifecycle;
  outputs: LifecycleOutput[];
}

const stay = (state: Lifecycle): Step => ({ state, outputs: [] });

function connect(state: Lifecycle, now: number): Step {
  const connection = state.connection + 1;
  return {
    state: { ...state, phase: "connecting", connection, since: now },
    outputs: [{ kind: "connect", connection }],
  };
}

/** Between half and the whole of the doubled delay. */
function delayOf(failures: number, random: number, first = firstDelayMs, most = mostDelayMs): number {
  return Math.min(most, first * 2 ** Math.min(failures, 10)) * (0.5 + random / 2);
}

function wait(state: Lifecycle, reason: string, now: number, delayMs: number): Lifecycle {
  return { ...state, phase: "waiting", since: now, retryAt: now + delayMs, failures: state.failures + 1, reason };
}

const isUp = ({ phase }: Lifecycle): boolean => phase === "open" || phase === "subscribed" || phase === "live";

function end(state: Lifecycle, reason: string, now: number, random: number, asked = false): Step {
  const { connection, failures } = state;
  const delay = asked && failures === 0 ? askedDelayMs * random : delayOf(failures, random);
  return { state: wait(state, reason, now, delay), outputs: [{ kind: "close", connection, reason }] };
}

/** What the passing of time ends. */
function overdue(state: Lifecycle, now: number, rules: LifecycleRules): string | undefined {
  const { phase, since, openedAt, messageAt, dataAt } = state;
  const sinceData = now - Math.max(openedAt, dataAt ?? 0);
  if (phase === "connecting") return now - since > patienceMs ? "no handshake" : undefined;
  if (!isUp(state)) return undefined;
  if (now - messageAt > rules.quietAfterMs) return `no message for ${rules.quietAfterMs} ms`;
  if (phase === "open" && now - since > patienceMs) return "no subscription was acknowledged";
  if (sinceData > rules.silentAfterMs) return `no data for ${rules.silentAfterMs} ms`;
  if (rules.maxAgeMs !== undefined && now - openedAt > rules.maxAgeMs) return "as old as the server lets it become";
  return undefined;
}

function message(state: Lifecycle, sort: "data" | "acknowledged" | "other", now: number): Lifecycle {
  const heard = { ...state, messageAt: now };
  if (sort === "acknowledged" && state.phase === "open") return { ...heard, phase: "subscribed", since: now };
  if (sort !== "data") return heard;
  if (state.phase !== "live") return { ...heard, phase: "live", since: now, dataAt: now };
  return { ...heard, dataAt: now, failures: now - state.since >= healthyAfterMs ? 0 : state.failures };
}

/** @param random uniform in [0, 1). */
export function advance(
  state: Lifecycle,
  input: LifecycleInput,
  now: number,
  random: number,
  rules: LifecycleRules,
): Step {
  if ("connection" in input && input.connection !== state.connection) return stay(state);
  if (state.phase === "stopped" || state.phase === "disabled") return stay(state);
  switch (input.kind) {
    case "start":
      return state.phase === "idle" ? connect(state, now) : stay(state);
    case "opened":
      if (state.phase !== "connecting") return stay(state);
      return stay({
        ...state,
        phase: rules.acknowledges ? "open" : "subscribed",
        since: now,
        openedAt: now,
        messageAt: now,
      });
    case "refused": {
      const { status } = input;
      const hint = rules.hints?.[status];
      const reason = `the server answered ${status} to the handshake${hint === undefined ? "" : ` (${hint})`}`;
      if (rules.disabledBy.includes(status)) return stay({ ...state, phase: "disabled", since: now, reason });
      const delay = slowDoors.includes(status)
        ? delayOf(state.failures, random, mostDelayMs, mostSlowDelayMs)
        : delayOf(state.failures, random);
      return stay(wait(state, reason, now, delay));
    }
    case "message":
      return isUp(state) ? stay(message(state, input.sort, now)) : stay(state);
    case "closed":
      if (!isUp(state) && state.phase !== "connecting") return stay(state);
      return stay(wait(state, input.reason, now, delayOf(state.failures, random)));
    case "leave":
      return isUp(state) ? end(state, input.reason, now, random, input.asked) : stay(state);
    case "tick": {
      if (state.phase === "waiting" && now >= state.retryAt) return connect(state, now);
      const reason = overdue(state, now, rules);
      if (reason === undefined) return stay(state);
      return end(state, reason, now, random, rules.maxAgeMs !== undefined && now - state.openedAt > rules.maxAgeMs);
    }
    case "stop": {
      const reason = "stopped";
      // What ended the connection before is what one wants to know.
      const stopped: Lifecycle = { ...state, phase: "stopped", since: now, reason: state.reason ?? reason };
      const held = isUp(state) || state.phase === "connecting";
      return { state: stopped, outputs: held ? [{ kind: "close", connection: state.connection, reason }] : [] };
    }
  }
}
