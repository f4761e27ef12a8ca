/** Looks at a home and its upstreams, and hands what it finds to core/health/checks.ts. */
import { accessSync, constants, existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../adapters/embedded/clock.ts";
import { openQueue } from "../adapters/embedded/queue.ts";
import { systemRandom } from "../adapters/embedded/random.ts";
import { openSecrets } from "../adapters/embedded/secrets.ts";
import { openState } from "../adapters/embedded/state.ts";
import { createHttp } from "../adapters/upstream/http.ts";
import { withoutSecret } from "../adapters/redaction.ts";
import { callBudgets, upstreamLimits } from "../adapters/upstream/limits.ts";
import type { Spending } from "../core/budget.ts";
import {
  budgetCheck,
  type Check,
  clockCheck,
  desksCheck,
  forecastChecks,
  gapGrace,
  healthCheck,
  homeChecks,
  type HomeFacts,
  hostCheck,
  nodeCheck,
  queueChecks,
  type Reached,
  type Shape,
  shapeCheck,
  telegramCheck,
} from "../core/health/checks.ts";
import type { Clock, Http, Log, Sql } from "../core/ports.ts";
import type { Exchange, Source } from "../core/source.ts";
import { sources, sourcesByDesk, sourcesOf } from "../core/sources.ts";
import { askedTooOften } from "../core/throttling.ts";
import { readHealth, stateKeys, type Watched } from "../functions/facts.ts";
import { queueNames } from "../functions/steps.ts";
import { demoDays, demoStart } from "../sandbox/incidents.ts";
import { createWorld, sandboxHttp } from "../sandbox/world.ts";
import { homePaths } from "./home.ts";
import { homeClock, isPlayed } from "./owned-home.ts";
import { openHomeReader } from "./reader.ts";
import { objects } from "./report.ts";
import { messageOf } from "./message-of.ts";

const hour = 3_600_000;
const day = 24 * hour;
const timeoutMs = 5_000;
/** So many of a source's first requests are asked: one of each kind. */
const kindsAsked = 3;

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Why `attempt` fails, or undefined. */
function failureOf(attempt: () => void): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function alive(pid: number): boolean {
  return failureOf(() => process.kill(pid, 0))?.includes("ESRCH") !== true;
}

/** Writes as the lake does, under a name that no listing shows, and takes it away again. */
function tryLake(folder: string): string | undefined {
  const lake = homePaths.lake(folder);
  // A folder without a lake is looked at, not made into a home.
  const root = existsSync(lake) ? lake : folder;
  const [temporary, published] = [join(root, `.probe-${process.pid}.new`), join(root, `.probe-${process.pid}`)];
  return failureOf(() => {
    try {
      writeFileSync(temporary, "probe");
      linkSync(temporary, published);
    } finally {
      rmSync(temporary, { force: true });
      rmSync(published, { force: true });
    }
  });
}

function homeFacts(folder: string): HomeFacts {
  const absent: HomeFacts = {
    folder,
    exists: false,
    unwritable: undefined,
    owner: undefined,
    lakeRefuses: undefined,
    secretsMode: undefined,
  };
  if (!existsSync(folder)) return absent;
  const unwritable = failureOf(() => accessSync(folder, constants.W_OK));
  const lock = homePaths.lock(folder);
  const pid = existsSync(lock) ? Number(readFileSync(lock, "utf8")) : undefined;
  const secrets = join(folder, "secrets.json");
  return {
    folder,
    exists: true,
    unwritable,
    owner: pid === undefined ? undefined : { pid, alive: alive(pid) },
    lakeRefuses: unwritable === undefined ? tryLake(folder) : undefined,
    secretsMode: existsSync(secrets) && process.platform !== "win32" ? statSync(secrets).mode & 0o777 : undefined,
  };
}

interface Surroundings {
  http: Http;
  clock: Clock;
  /** Whether the upstreams are the real ones, whose clock means something. */
  live: boolean;
}

export const publicServices = (): Surroundings => ({
  http: createHttp({ clock: systemClock, random: systemRandom, log: silent, limits: upstreamLimits }),
  clock: systemClock,
  live: true,
});

/** A world like the home's own, at the home's own time. */
export function simulatedWorld(folder: string): Surroundings {
  const played = isPlayed(folder);
  const clock = homeClock(folder);
  const start = played ? demoStart : Math.floor(clock.now() / day - 7) * day;
  const world = createWorld({ seed: "brier", start, days: played ? demoDays : 60, incidents: "none" });
  const sent = {
    append: () => {
      throw new Error("the doctor sends nothing");
    },
    close: () => undefined,
  };
  return { http: sandboxHttp(world, clock, sent), clock, live: false };
}

interface Answer {
  reached: Reached;
  exchange?: Exchange;
  /** The `Date` header, epoch ms. */
  theirTime?: number;
  ourTime?: number;
}

async function ask({ http, clock }: Surroundings, url: string, headers: Record<string, string> = {}): Promise<Answer> {
  try {
    // Not repeated: an answer within seconds is worth more here than an answer at the third attempt.
    const response = await http.request({ url, headers, timeoutMs, repeatable: false });
    const now = clock.now();
    const date = Date.parse(response.headers["date"] ?? "");
    return {
      reached: { status: response.status },
      exchange: { url, status: response.status, fetched_at: now, body: response.body },
      ...(Number.isNaN(date) ? {} : { theirTime: date, ourTime: now }),
    };
  } catch (error) {
    return { reached: { failure: messageOf(error) } };
  }
}

/** One request of each kind: requests of the same path ask the same of something else. */
function oneOfEachKind<R extends { url: string }>(requests: readonly R[]): R[] {
  const first = new Map<string, R>();
  for (const request of requests.slice(0, kindsAsked)) {
    const { pathname } = new URL(request.url);
    if (!first.has(pathname)) first.set(pathname, request);
  }
  return [...first.values()];
}

interface SourceAnswers {
  shape: Shape;
  /** By host. */
  answers: Map<string, Answer>;
}

/** The value of the secret of that name, as the home has it. */
type SecretOf = (name: string) => Promise<string | undefined>;

/** Asks what a window of the source would ask first, and one request of the second round where there is one. */
async function askSource(source: Source, world: Surroundings, secretOf: SecretOf): Promise<SourceAnswers> {
  const secret = source.secret === undefined ? undefined : await secretOf(source.secret);
  if (source.secret !== undefined && secret === undefined)
    return { shape: { kind: "off", secret: source.secret }, answers: new Map() };
  const window = { at: Math.floor(world.clock.now() / 60_000) * 60_000 };
  const answers = new Map<string, Answer>();
  const exchanges: Exchange[] = [];
  const take = async (requests: ReturnType<Source["next"]>) => {
    const given = await Promise.all(
      requests.map(async ({ url, fallbackUrl, headers, secretParameter, optional }): Promise<Exchange[]> => {
        for (const address of [url, ...(fallbackUrl === undefined ? [] : [fallbackUrl])]) {
          const key =
            secretParameter === undefined || secret === undefined
              ? ""
              : `&${secretParameter}=${encodeURIComponent(secret)}`;
          const answer = await ask(world, `${address}${key}`, headers);
          answers.set(new URL(address).host, answer);
          const { exchange } = answer;
          if (exchange !== undefined && usable(source, answer))
            return [{ ...exchange, url: address, body: withoutSecret(exchange.body, secret) }];
        }
        return optional === true ? [{ url, status: 0, fetched_at: window.at, body: "" }] : [];
      }),
    );
    exchanges.push(...given.flat());
  };
  await take(oneOfEachKind(source.next(window, [], new Set())));
  if (exchanges.length === 0) return { shape: { kind: "unanswered" }, answers };
  await take(source.next(window, exchanges, new Set()).slice(0, 1));
  if (exchanges.every(({ status }) => status === 0)) return { shape: { kind: "unanswered" }, answers };
  const decoded = source.decode(exchanges, { window_at: window.at, raw_key: "" });
  const [refusal] = decoded.refusals;
  if (refusal !== undefined)
    return { shape: { kind: "refused", path: refusal.path, message: refusal.message }, answers };
  const rows = Object.values(decoded.rows).reduce((sum, members) => sum + members.length, 0);
  return {
    shape: { kind: "decoded", rows, notes: decoded.notes.map(({ path, message }) => `${path}: ${message}`) },
    answers,
  };
}

function usable(source: Source, { exchange }: Answer): boolean {
  if (exchange === undefined || askedTooOften(exchange) || exchange.status >= 500) return false;
  return exchange.status !== 200 || source.broken?.(exchange) === undefined;
}

async function upstreamChecks(run: readonly Source[], world: Surroundings, secretOf: SecretOf): Promise<Check[]> {
  const asked = await Promise.all(
    run.map(async (source) => ({ source, ...(await askSource(source, world, secretOf)) })),
  );
  const answers = new Map(asked.flatMap(({ answers: given }) => [...given]));
  // Hosts that stand in reserve were not asked by the sources.
  const used = asked.filter(({ shape }) => shape.kind !== "off").flatMap(({ source }) => source.hosts);
  const reserve = [...new Set(used)].filter((host) => !answers.has(host));
  await Promise.all(reserve.map(async (host) => answers.set(host, await ask(world, `https://${host}/`))));
  const timed = [...answers].find(([, { theirTime }]) => theirTime !== undefined);
  const skew = timed === undefined ? undefined : (timed[1].ourTime ?? 0) - (timed[1].theirTime ?? 0);
  return [
    ...(world.live ? [clockCheck(skew, timed?.[0] ?? "")] : []),
    ...[...answers].map(([host, { reached }]) => hostCheck(host, reached)),
    ...asked.map(({ source, shape }) => shapeCheck(source, shape)),
  ];
}

/** Ids of the desks that run in a home, as its watch saw it last; undefined where none has said it yet. */
async function desksOf(folder: string, clock: Clock): Promise<string[] | undefined> {
  const path = homePaths.database(folder);
  if (!existsSync(path)) return undefined;
  const state = openState(path, { clock });
  try {
    const desks = (await state.get<Watched>(stateKeys.watched()))?.value.desks;
    return desks && Object.keys(sourcesByDesk).filter((id) => desks[id] !== undefined);
  } finally {
    state.close();
  }
}

async function storeChecks(folder: string, run: readonly Source[], clock: Clock): Promise<Check[]> {
  const path = homePaths.database(folder);
  if (!existsSync(path)) return [];
  const queue = openQueue(path, { clock });
  const state = openState(path, { clock });
  try {
    const depths = queue.depths();
    const facts = await Promise.all(
      queueNames.map(async (name) => ({
        queue: name,
        ...depths[name],
        reason: (await queue.parked(name, 1))[0]?.reason,
      })),
    );
    const health = await readHealth(
      state,
      run.map(({ id }) => id),
    );
    const budgets = await Promise.all(
      callBudgets.map(async (budget) =>
        budgetCheck(budget, (await state.get<Spending>(stateKeys.budget(budget.service)))?.value, clock.now()),
      ),
    );
    return [...queueChecks(facts), ...run.flatMap(({ id }) => healthCheck(id, health[id])), ...budgets];
  } finally {
    queue.close();
    state.close();
  }
}

/** As both engines read it in `CAST(? AS timestamp)`. */
const sqlInstant = (at: number) => new Date(at).toISOString().replace("T", " ").replace("Z", "");

async function lakeChecks(sql: Sql, now: number): Promise<Check[]> {
  const count = async (query: string, parameter: string) =>
    Number((await objects(sql, query, [parameter]))[0]?.["n"] ?? 0);
  const ungraded = await count(
    `SELECT count(DISTINCT p.prediction_id) AS n
     FROM predictions p
     INNER JOIN (SELECT event_ticker, min(resolved_at) AS resolved_at FROM resolutions GROUP BY event_ticker) r
       ON r.event_ticker = p.event_ticker
     LEFT JOIN (SELECT DISTINCT prediction_id FROM grades) g ON g.prediction_id = p.prediction_id
     WHERE g.prediction_id IS NULL AND r.resolved_at < CAST(? AS timestamp)`,
    sqlInstant(now - 2 * hour),
  );
  const unsettled = await count(
    `SELECT count(DISTINCT p.prediction_id) AS n
     FROM predictions p
     LEFT JOIN (SELECT DISTINCT event_ticker FROM resolutions) r ON r.event_ticker = p.event_ticker
     WHERE r.event_ticker IS NULL AND p.climate_date < CAST(? AS date)`,
    new Date(now - 4 * day).toISOString().slice(0, 10),
  );
  const gaps = await objects(
    sql,
    `SELECT source, count(*) AS n, min(window_at) AS first_window, max(window_at) AS last_window FROM ingest_ledger_gaps
     WHERE window_at < CAST(? AS timestamp) GROUP BY source ORDER BY source`,
    [sqlInstant(now - gapGrace)],
  );
  return forecastChecks({
    ungraded,
    unsettled,
    gaps: gaps.map((row) => ({
      source: String(row["source"]),
      windows: Number(row["n"]),
      first: String(row["first_window"]).slice(0, 16),
      last: String(row["last_window"]).slice(0, 16),
      fillable: sources.find(({ id }) => id === row["source"])?.reachesBackDays !== undefined,
    })),
  });
}

async function secretChecks(folder: string): Promise<Check[]> {
  const secrets = openSecrets(folder);
  try {
    const [token, chat] = await Promise.all([secrets.get("telegram-token"), secrets.get("telegram-chat-id")]);
    return [telegramCheck({ token: token !== undefined, chat: chat !== undefined })];
  } catch (error) {
    return [
      {
        area: "secret",
        subject: "secrets.json",
        state: "problem",
        found: messageOf(error),
        cause: "the file cannot be used",
        mend: "do as the message says",
      },
    ];
  }
}

/** @param folder of a home, which need not exist. Sources of desks that it does not run are not asked. */
export async function examine(folder: string, world: Surroundings): Promise<Check[]> {
  const facts = homeFacts(folder);
  const checks = [nodeCheck(process.version), ...homeChecks(facts)];
  // The time of the home itself: one that was played stands where its virtual clock does, whoever is asked meanwhile.
  const clock = homeClock(folder);
  const desks = facts.exists ? await desksOf(folder, clock) : undefined;
  if (desks !== undefined) checks.push(desksCheck(desks, Object.keys(sourcesByDesk)));
  const run = desks === undefined ? sources : sourcesOf(desks);
  // The lake is read while the upstreams are waited for.
  const secrets = openSecrets(folder);
  // A file that cannot be used is told by secretChecks; its sources count as not set up.
  const upstream = upstreamChecks(run, world, (name) => secrets.get(name).catch(() => undefined));
  if (facts.exists) {
    const reader = openHomeReader(folder);
    try {
      checks.push(
        ...(await secretChecks(folder)),
        ...(await storeChecks(folder, run, clock)),
        ...(await lakeChecks(reader.sql, clock.now())),
      );
    } finally {
      reader.close();
    }
  }
  return [...checks, ...(await upstream)];
}
