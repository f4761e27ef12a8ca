/** The embedded home: one folder that holds a whole desk, and the services that its steps run on. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openVirtualClock, systemClock, type VirtualClock } from "../adapters/embedded/clock.ts";
import { openFolderLake } from "../adapters/embedded/lake.ts";
import { createLog } from "../adapters/embedded/log.ts";
import { type EmbeddedQueue, openQueue } from "../adapters/embedded/queue.ts";
import { seededRandom, systemRandom } from "../adapters/embedded/random.ts";
import { openSecrets } from "../adapters/embedded/secrets.ts";
import { openSql } from "../adapters/embedded/sql.ts";
import { openState } from "../adapters/embedded/state.ts";
import { createHttp, retrying } from "../adapters/upstream/http.ts";
import { upstreamLimits } from "../adapters/upstream/limits.ts";
import { createTelegram } from "../adapters/upstream/telegram.ts";
import { sockets as publicSockets } from "../adapters/upstream/websocket.ts";
import type { Clock, Http, Log, Secrets, Services, Sockets, Sql, Telegram } from "../core/ports.ts";
import { sandboxSockets } from "../sandbox/crypto/sockets.ts";
import { openSentLog } from "../sandbox/sent.ts";
import { createWorld, sandboxHttp } from "../sandbox/world.ts";
import { CommandError } from "./command.ts";

/** What the home speaks to: the public services, or a simulated world. */
export type Surroundings =
  | { kind: "live" }
  | {
      kind: "sandbox";
      seed: string;
      /** First instant of the world, epoch ms. */
      start: number;
      days: number;
      incidents: "demo" | "none";
      /** ICAO ids; every city when absent. */
      cities?: string[];
      /** virtual: time moves when there is nothing left to do. system: as on the wall. */
      clock: "virtual" | "system";
    };

export interface HomeOptions {
  folder: string;
  surroundings: Surroundings;
  /** Where log lines go. */
  log: { write(line: string): unknown };
  /** Is told each alert that went out, and those for which no Telegram chat is set up. */
  notice?: (html: string) => void;
  /** Stands between the simulated world and the client that asks it: for tests that disturb every single attempt. */
  disturb?: (world: Http) => Http;
  /** Stands in for the clock on the wall: for tests that move time themselves. */
  wallClock?: Clock;
}

export interface Home {
  folder: string;
  services: Services;
  /** The live feeds of its surroundings. */
  sockets: Sockets;
  /** Whether its surroundings are a simulated world, where nobody asks for a key. */
  simulated: boolean;
  queue: EmbeddedQueue;
  clock: Clock | VirtualClock;
  close(): void;
}

/** Where things lie in a home. */
export const homePaths = {
  lake: (folder: string) => join(folder, "lake"),
  database: (folder: string) => join(folder, "home.sqlite"),
  clock: (folder: string) => join(folder, "clock"),
  lock: (folder: string) => join(folder, "owner.pid"),
  /** Outside of what a crash of the home may touch: what was really sent to the world. */
  sent: (folder: string) => join(folder, "world", "sent.ndjson"),
  log: (folder: string) => join(folder, "brier.log"),
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** The other process that works in a home; undefined when there is none. */
export function otherOwner(folder: string): number | undefined {
  const path = homePaths.lock(folder);
  const owner = existsSync(path) ? Number(readFileSync(path, "utf8")) : undefined;
  return owner !== undefined && owner !== process.pid && isAlive(owner) ? owner : undefined;
}

/** One process owns a home. A dead owner's mark is taken over. */
function takeOwnership(folder: string): () => void {
  const path = homePaths.lock(folder);
  const owner = otherOwner(folder);
  if (owner !== undefined) {
    throw new CommandError(`${folder} is in use by process ${owner}. Stop that one first, or give another --home.`);
  }
  writeFileSync(path, String(process.pid));
  return () => rmSync(path, { force: true });
}

function telegramOf(
  http: Http,
  secrets: Secrets,
  surroundings: Surroundings,
  notice: (html: string) => void,
): Telegram {
  const fixed = (value: string) => () => Promise.resolve(value);
  const told = (telegram: Telegram): Telegram => ({
    async send(message) {
      const answer = await telegram.send(message);
      notice(message.html);
      return answer;
    },
  });
  if (surroundings.kind === "sandbox")
    return told(createTelegram({ http, token: fixed("1:sandbox"), chatId: fixed("1") }));
  const required = async (name: string): Promise<string> => {
    const value = await secrets.get(name);
    if (value === undefined) throw new Error(`the secret ${name} is missing from secrets.json`);
    return value;
  };
  const telegram = told(
    createTelegram({ http, token: () => required("telegram-token"), chatId: () => required("telegram-chat-id") }),
  );
  let shown = 0;
  return {
    async send(message) {
      if ((await secrets.get("telegram-token")) !== undefined) return telegram.send(message);
      notice(message.html);
      return { messageId: (shown += 1) };
    },
  };
}

/** DuckDB takes a moment to load and most of a home's life nobody asks it anything. */
function lazySql(lakeRoot: string): { sql: Sql; close(): void } {
  let opened: ReturnType<typeof openSql> | undefined;
  return {
    sql: { query: async (text, parameters) => (await (opened ??= openSql({ lakeRoot }))).query(text, parameters) },
    close: () => void opened?.then((sql) => sql.close()),
  };
}

/** Feeds are looked at by the clock: one that stands still until it is moved would be looked at for ever. */
const noSockets: Sockets = {
  connect() {
    throw new Error("a world on a virtual clock has no live feeds");
  },
};

function upstreamOf(
  { surroundings, folder, disturb = (http) => http }: HomeOptions,
  clock: Clock,
  log: Log,
): { http: Http; sockets: Sockets } {
  if (surroundings.kind === "live") {
    const http = createHttp({ clock, random: systemRandom, log, limits: upstreamLimits });
    return { http, sockets: publicSockets };
  }
  const { seed, start, days, incidents, cities } = surroundings;
  const world = createWorld({ seed, start, days, incidents, ...(cities === undefined ? {} : { cities }) });
  const sent = openSentLog(homePaths.sent(folder));
  return {
    http: retrying(disturb(sandboxHttp(world, clock, sent)), { clock, random: seededRandom(`${seed}/back-off`), log }),
    sockets: surroundings.clock === "virtual" ? noSockets : sandboxSockets(world.live, clock),
  };
}

const day = 86_400_000;
const sandboxDays = 60;

/** A simulated world on the clock on the wall that began a week ago, so that there is a past. */
export function sandboxNow(seed: string): Surroundings {
  const start = Math.floor(systemClock.now() / day - 7) * day;
  return { kind: "sandbox", seed, start, days: sandboxDays, incidents: "none", clock: "system" };
}

/** Opens the home in `folder`, making it when it is not there. */
export function openHome(options: HomeOptions): Home {
  const { folder, surroundings, log: stream, notice = () => undefined, wallClock = systemClock } = options;
  mkdirSync(join(folder, "world"), { recursive: true });
  const release = takeOwnership(folder);
  const clock =
    surroundings.kind === "sandbox" && surroundings.clock === "virtual"
      ? openVirtualClock(homePaths.clock(folder), surroundings.start)
      : wallClock;
  const log = createLog({ clock, stream });
  const database = homePaths.database(folder);
  const queue = openQueue(database, { clock });
  const state = openState(database, { clock });
  const secrets = openSecrets(folder);
  const { http, sockets } = upstreamOf(options, clock, log);
  const { sql, close: closeSql } = lazySql(homePaths.lake(folder));
  const random = surroundings.kind === "sandbox" ? seededRandom(surroundings.seed) : systemRandom;
  const lake = openFolderLake(homePaths.lake(folder));
  const telegram = telegramOf(http, secrets, surroundings, notice);
  return {
    folder,
    queue,
    clock,
    sockets,
    simulated: surroundings.kind === "sandbox",
    services: { lake, queue, state, sql, secrets, http, clock, random, telegram, log },
    close() {
      closeSql();
      queue.close();
      state.close();
      release();
    },
  };
}
