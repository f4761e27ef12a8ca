/** From what was found of a home and its upstreams to what is wrong, why, and how to mend it. Pure. */
import { type CallBudget, periods, spentAt, type Spending } from "../budget.ts";
import type { SourceHealth } from "../source.ts";
import { askedTooOften } from "../throttling.ts";

/** `problem`: something does not work. `note`: good to know, nothing to mend. */
export type CheckState = "ok" | "problem" | "note";

export interface Check {
  /** node, home, lake, clock, host, source, budget, secret, queue or forecast. */
  area: string;
  subject: string;
  state: CheckState;
  /** What was found. */
  found: string;
  /** Present on problems. */
  cause?: string;
  mend?: string;
}

const minute = 60_000;
/** The wall clock decides which window is asked for; the shortest period of a source is a minute. */
const clockTolerance = 10_000;
const iso = (at: number) => new Date(at).toISOString().slice(0, 16).concat("Z");
const plural = (n: number, one: string) => `${n} ${one}${n === 1 ? "" : "s"}`;

export function nodeCheck(version: string, needed = 24): Check {
  const base = { area: "node", subject: "Node", found: version };
  return Number(version.replace(/^v/, "").split(".")[0]) >= needed
    ? { ...base, state: "ok" }
    : {
        ...base,
        state: "problem",
        cause: `types are stripped by Node ${needed} itself`,
        mend: `install Node ${needed}, or run through npm run brier, which brings one along`,
      };
}

export interface HomeFacts {
  folder: string;
  exists: boolean;
  /** Why nothing can be written there; undefined when it can. */
  unwritable: string | undefined;
  /** Process id in the owner's mark, and whether it lives. */
  owner: { pid: number; alive: boolean } | undefined;
  /** Why the lake takes no object; undefined when it does. */
  lakeRefuses: string | undefined;
  /** Permission bits of secrets.json; undefined when there is none or the system has no such bits. */
  secretsMode: number | undefined;
}

export function homeChecks(facts: HomeFacts): Check[] {
  const { folder } = facts;
  if (!facts.exists) {
    return [
      {
        area: "home",
        subject: folder,
        state: "note",
        found: "no home yet: npm start makes a demo, brier up one that goes on",
      },
    ];
  }
  const checks: Check[] = [
    facts.unwritable === undefined
      ? { area: "home", subject: folder, state: "ok", found: "there, can be written" }
      : {
          area: "home",
          subject: folder,
          state: "problem",
          found: `cannot be written: ${facts.unwritable}`,
          cause: "the folder belongs to another user, or its disk is full or read-only",
          mend: `give yourself the folder (chown -R "$USER" ${folder}), free some space, or name another --home`,
        },
  ];
  if (facts.owner?.alive === true) {
    checks.push({
      area: "home",
      subject: "owner",
      state: "note",
      found: `in use by process ${facts.owner.pid}; only it may write`,
    });
  } else if (facts.owner !== undefined) {
    checks.push({
      area: "home",
      subject: "owner",
      state: "note",
      found: `process ${facts.owner.pid} ended without closing it; the next start takes it over`,
    });
  }
  if (facts.unwritable === undefined) {
    checks.push(
      facts.lakeRefuses === undefined
        ? { area: "lake", subject: folder, state: "ok", found: "takes objects" }
        : {
            area: "lake",
            subject: folder,
            state: "problem",
            found: facts.lakeRefuses,
            cause: "the lake publishes objects by hard link, which this file system refuses",
            mend: "put the home on a local disk (--home)",
          },
    );
  }
  if (facts.secretsMode !== undefined) {
    const shown = facts.secretsMode.toString(8).padStart(3, "0");
    checks.push(
      (facts.secretsMode & 0o077) === 0
        ? { area: "secret", subject: "secrets.json", state: "ok", found: `mode ${shown}` }
        : {
            area: "secret",
            subject: "secrets.json",
            state: "problem",
            found: `mode ${shown}`,
            cause: "others on this machine may read it, and a home refuses to use it",
            mend: `chmod 600 ${folder}/secrets.json`,
          },
    );
  }
  return checks;
}

/** @param skew our clock minus theirs, ms; undefined when no answer told the time */
export function clockCheck(skew: number | undefined, host: string): Check {
  const base = { area: "clock", subject: "clock" };
  if (skew === undefined) return { ...base, state: "note", found: "cannot be compared: no upstream told the time" };
  const found = `${(Math.abs(skew) / 1_000).toFixed(0)} s ${skew < 0 ? "behind" : "ahead of"} ${host}`;
  if (Math.abs(skew) <= clockTolerance) return { ...base, state: "ok", found };
  return {
    ...base,
    state: "problem",
    found,
    cause: "windows and climate days are computed from this clock",
    mend: "switch on time synchronisation (timedatectl set-ntp true)",
  };
}

/** How a host met one request: a status, or why there was none. */
export type Reached = { status: number } | { failure: string };

export function hostCheck(host: string, reached: Reached): Check {
  const base = { area: "host", subject: host };
  if ("failure" in reached) {
    return {
      ...base,
      state: "problem",
      found: reached.failure,
      cause: "no connection: the network is down, a proxy or firewall is in between, or the host is",
      mend: `try: curl -sSI https://${host}/ ; the desk goes on with the other sources meanwhile`,
    };
  }
  const { status } = reached;
  if (askedTooOften(reached))
    return {
      ...base,
      state: "problem",
      found: `status ${status}`,
      cause: "asked too often from this address",
      mend: "wait a few minutes; the desk itself keeps to the limits",
    };
  if (status >= 500)
    return {
      ...base,
      state: "problem",
      found: `status ${status}`,
      cause: "the upstream has a fault",
      mend: "wait: windows are tried again for an hour",
    };
  if (status === 451)
    return { ...base, state: "note", found: "status 451: it refuses callers from this country; others take its place" };
  return { ...base, state: "ok", found: `reachable, status ${status}` };
}

/** What a source's own decoder made of real answers. */
export type Shape =
  | { kind: "decoded"; rows: number; notes: readonly string[] }
  | { kind: "refused"; path: string; message: string }
  | { kind: "unanswered" }
  /** Its secret is not set up. */
  | { kind: "off"; secret: string };

export function shapeCheck({ id, errorImpact }: { id: string; errorImpact: string }, shape: Shape): Check {
  const base = { area: "source", subject: id };
  if (shape.kind === "decoded") {
    const news = shape.notes.length === 0 ? "" : `; new: ${shape.notes.join("; ")}`;
    return { ...base, state: "ok", found: `shape ok, ${plural(shape.rows, "row")}${news}` };
  }
  if (shape.kind === "off") {
    return {
      ...base,
      state: "note",
      found: `rests: no "${shape.secret}" in the home's secrets.json; nothing needs it`,
    };
  }
  if (shape.kind === "refused") {
    return {
      ...base,
      state: "problem",
      found: `refused ${shape.path}: ${shape.message}`,
      cause: "the upstream's answer is not as the decoder knows it",
      mend: `save the answer, run brier decode ${id} on it, and teach the decoder the new shape. ${errorImpact}`,
    };
  }
  return {
    ...base,
    state: "problem",
    found: "no answer to decode",
    cause: "see its host",
    mend: `when the host answers again, nothing is to be done. ${errorImpact}`,
  };
}

/** @param present which of the names have a value */
export function telegramCheck(present: { token: boolean; chat: boolean }): Check {
  const base = { area: "secret", subject: "telegram" };
  if (present.token && present.chat) return { ...base, state: "ok", found: "token and chat are there" };
  if (!present.token && !present.chat)
    return { ...base, state: "note", found: "not set up: alerts are shown in the terminal of brier up" };
  const missing = present.token ? "telegram-chat-id" : "telegram-token";
  return {
    ...base,
    state: "problem",
    found: `${missing} is missing`,
    cause: "both are needed to send an alert",
    mend: `put "${missing}" into the home's secrets.json`,
  };
}

export interface QueueFacts {
  queue: string;
  visible: number;
  delayed: number;
  inFlight: number;
  parked: number;
  /** Reason of one parked message. */
  reason: string | undefined;
}

export function queueChecks(queues: readonly QueueFacts[]): Check[] {
  const waiting = queues.filter(({ visible, delayed, inFlight }) => visible + delayed + inFlight > 0);
  const depths = waiting.map(
    ({ queue, visible, delayed, inFlight }) => `${queue} ${visible} visible, ${delayed} later, ${inFlight} in flight`,
  );
  return [
    {
      area: "queue",
      subject: "queues",
      state: waiting.length === 0 ? "ok" : "note",
      found: waiting.length === 0 ? "empty" : depths.join("; "),
    },
    ...queues
      .filter(({ parked }) => parked > 0)
      .map(({ queue, parked, reason }): Check => ({
        area: "queue",
        subject: queue,
        state: "problem",
        found: plural(parked, "parked message"),
        cause: reason ?? "no reason was kept",
        mend: "mend the cause; a window or job that was parked is not tried again by itself",
      })),
  ];
}

/** @param running ids of the desks that the home ran when it last looked after itself. @param all ids of those there are. */
export function desksCheck(running: readonly string[], all: readonly string[]): Check {
  const out = all.filter((id) => !running.includes(id));
  const base = { area: "home", subject: "desks", state: "ok" } as const;
  return { ...base, found: `${running.join(", ")}${out.length === 0 ? "" : `; without ${out.join(", ")}`}` };
}

export function healthCheck(id: string, health: SourceHealth | undefined): Check[] {
  if (health?.status !== "blocked") return [];
  const [first] = health.refusals;
  return [
    {
      area: "source",
      subject: id,
      state: "problem",
      found: `blocked since the window of ${iso(health.window_at)}`,
      cause: first === undefined ? "a window was refused as drift" : `${first.path}: ${first.message}`,
      mend: `brier quarantine list --source ${id}; it feeds decisions again once a window decodes whole`,
    },
  ];
}

/** From this share of a period's calls on, somebody should know. */
const budgetNoted = 0.8;

/** @param spending what is kept of the budget; undefined when nothing was ever spent */
export function budgetCheck(budget: CallBudget, spending: Spending | undefined, now: number): Check {
  const { service, calls } = budget;
  const spent = spentAt(spending, now);
  const base = {
    area: "budget",
    subject: service,
    found: periods
      .toReversed()
      .map((period) => `${spent[period].toFixed(0)} of ${calls[period]} calls this ${period}`)
      .join(", "),
  };
  const shares = periods.map((period) => spent[period] / calls[period]);
  const most = Math.max(...shares);
  if (most < budgetNoted) return { ...base, state: "ok" };
  const period = periods[shares.indexOf(most)] ?? "day";
  return {
    ...base,
    state: "problem",
    cause: `${(100 * most).toFixed(0)} % of this ${period}'s calls are spent; what does not fit is not sent`,
    mend: `nothing in most cases: windows are tried again, and the next ${period} begins anew. Else fetch less often, or take a plan`,
  };
}

export interface ForecastFacts {
  /** Predictions of events that settled more than two hours ago, without a grade. */
  ungraded: number;
  /** Predictions whose climate day ended more than three days ago and whose event has no outcome. */
  unsettled: number;
  /** Windows of which nothing came, past their grace. */
  gaps: readonly {
    source: string;
    windows: number;
    /** Windows, as YYYY-MM-DD and the time. */
    first: string;
    last: string;
    /** Whether the source can be asked about the past. */
    fillable: boolean;
  }[];
}

export function forecastChecks({ ungraded, unsettled, gaps }: ForecastFacts): Check[] {
  return [
    ungraded === 0
      ? { area: "forecast", subject: "grades", state: "ok", found: "every prediction of a settled event is graded" }
      : {
          area: "forecast",
          subject: "grades",
          state: "problem",
          found: `${plural(ungraded, "prediction")} of settled events ${ungraded === 1 ? "is" : "are"} not graded`,
          cause: "settle has not run since, or its message is parked",
          mend: "run brier up; it grades on its half-hourly settle tick",
        },
    unsettled === 0
      ? { area: "forecast", subject: "outcomes", state: "ok", found: "no prediction waits too long for its outcome" }
      : {
          area: "forecast",
          subject: "outcomes",
          state: "problem",
          found: `${plural(unsettled, "prediction")} without an outcome three days after the climate day`,
          cause:
            "the outcome was not fetched while the event was among the last 14 days, or the exchange has not settled it",
          mend: "run brier up within 14 days of the event; look at the event on Kalshi",
        },
    ...(gaps.length === 0
      ? [{ area: "forecast", subject: "ledger", state: "ok", found: "no window is missing" } satisfies Check]
      : []),
    ...gaps.map(({ source, windows, first, last, fillable }): Check => ({
      area: "forecast",
      subject: "ledger",
      state: "problem",
      found: `${source}: ${plural(windows, "window")} never came, ${first} to ${last}`,
      cause: "the home was asleep, or the upstream did not answer for an hour",
      mend: fillable
        ? `brier backfill ${source} --from ${first.slice(0, 10)} --to ${last.slice(0, 10)}, with the same --home`
        : 'what it showed then cannot be asked for any more; brier sql "select * from ingest_ledger_gaps" names the windows. Keep the home running',
    })),
  ];
}

/** Windows younger than this may still be on their way: the watch gives them the same grace. */
export const gapGrace = 30 * minute;
