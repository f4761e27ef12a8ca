/** Asks what a window of a source asks for: its rounds of requests, second hosts, the secret, the budget of calls. */
import { withoutSecret } from "../../adapters/redaction.ts";
import { callBudgets } from "../../adapters/upstream/limits.ts";
import { retryAfterMs } from "../../adapters/upstream/retry-after.ts";
import { spend, type Spending } from "../../core/budget.ts";
import type { HttpResponse, Services } from "../../core/ports.ts";
import type { Exchange, Source, SourceRequest } from "../../core/source.ts";
import { askedTooOften } from "../../core/throttling.ts";
import { stateKeys, update } from "../facts.ts";
import { Permanent } from "../permanent.ts";

const timerErrorMs = 50;
/** No longer is a `Retry-After` believed: the longest ban that a venue speaks of (Binance). */
const longestPauseMs = 3 * 86_400_000;
/** A source that has not finished after so many rounds of requests is going in circles. */
const maxRounds = 40;

type FetchServices = Pick<Services, "state" | "http" | "clock" | "log">;

const budgetOf = (url: string) => callBudgets.find(({ hosts }) => hosts.includes(new URL(url).host));

/** Spends what the request weighs before it is sent: functions that run side by side share what is left. */
async function refusedByBudget(url: string, weight: number, services: FetchServices): Promise<string | undefined> {
  const budget = budgetOf(url);
  if (budget === undefined) return undefined;
  const now = services.clock.now();
  let refusal: string | undefined;
  await update<Spending>(services.state, stateKeys.budget(budget.service), (spending) => {
    const outcome = spend(budget, spending, weight, now);
    refusal = "refusal" in outcome ? outcome.refusal : undefined;
    return "spending" in outcome ? outcome.spending : undefined;
  });
  return refusal;
}

/**
 * One answer that can be stored: the first host's, else the fallback's, but not of a service that was asked too often. Any
 * other failure is tried again later, unless the request is optional.
 */
async function fetchOne(
  source: Source,
  request: SourceRequest,
  secret: string | undefined,
  services: FetchServices,
): Promise<Exchange> {
  const { headers, secretParameter, timeoutMs, weight = 1, heedsThrottling } = request;
  const failures: string[] = [];
  for (const url of [request.url, ...(request.fallbackUrl === undefined ? [] : [request.fallbackUrl])]) {
    const overdrawn = await refusedByBudget(url, weight, services);
    if (overdrawn !== undefined) {
      failures.push(overdrawn);
      continue;
    }
    let response: HttpResponse;
    try {
      response = await services.http.request({
        url:
          secretParameter === undefined || secret === undefined
            ? url
            : `${url}${url.includes("?") ? "&" : "?"}${secretParameter}=${encodeURIComponent(secret)}`,
        ...(headers === undefined ? {} : { headers }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        // Of what is budgeted every attempt is counted, and what is wanted within seconds is asked for in the next round.
        ...(budgetOf(url) === undefined && timeoutMs === undefined ? {} : { repeatable: false }),
      });
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
      continue;
    }
    const { host } = new URL(url);
    const body = withoutSecret(response.body, secret);
    const exchange: Exchange = { url, status: response.status, fetched_at: services.clock.now(), body };
    if (askedTooOften(exchange)) {
      const pause = retryAfterMs(response.headers["retry-after"], exchange.fetched_at);
      if (heedsThrottling === true) {
        if (pause === undefined) return exchange;
        return { ...exchange, retry_at: exchange.fetched_at + Math.min(pause, longestPauseMs) };
      }
      failures.push(`${host} answered ${response.status}`);
      break;
    }
    if (response.status >= 500) failures.push(`${host} answered ${response.status}`);
    else {
      const broken = response.status === 200 ? source.broken?.(exchange) : undefined;
      if (broken === undefined) return exchange;
      failures.push(`${host}: ${broken}`);
    }
  }
  if (request.optional === true) {
    services.log.warn("no usable answer; the window goes on without it", { source: source.id, failures });
    return { url: request.url, status: 0, fetched_at: services.clock.now(), body: "" };
  }
  throw new Error(`${source.id}: no usable answer (${[...new Set(failures)].join("; ")})`);
}

/**
 * Waits until the round is due. False: its time cannot be kept, and the window ends with what it has. That is so where
 * the clock does not move by sleeping (a play on virtual time has one round a window) and where the window comes late.
 */
async function isDue(requests: readonly SourceRequest[], clock: Services["clock"]): Promise<boolean> {
  const notBefore = Math.max(...requests.map((request) => request.notBefore ?? 0));
  const notAfter = Math.min(...requests.map((request) => request.notAfter ?? Infinity));
  const asked = clock.now();
  if (asked >= notBefore) return asked < notAfter;
  await clock.sleep(notBefore - asked);
  const now = clock.now();
  // A timer may end a little early, and much too early when the home is told to stop.
  return now >= notBefore - timerErrorMs && now < notAfter;
}

/**
 * @param secret value of the source's secret
 * @throws when a request that is not optional, or none of all that are, has a usable answer: the window is tried again
 * later. An upstream that cannot be reached says nothing about its payload.
 */
export async function fetchWindow(
  source: Source,
  at: number,
  secret: string | undefined,
  services: FetchServices,
): Promise<Exchange[]> {
  const known = (await services.state.get<Record<string, number>>(stateKeys.known(source.id)))?.value ?? {};
  // What later windows have brought is not known to this one: a window of the past, asked for now, must not stop there.
  const knownIds = new Set(Object.keys(known).filter((id) => (known[id] ?? at) < at));
  const exchanges: Exchange[] = [];
  for (let round = 0; round < maxRounds; round++) {
    const requests = source.next({ at }, exchanges, knownIds);
    if (requests.length === 0 || !(await isDue(requests, services.clock))) {
      if (exchanges.length === 0 || exchanges.some(({ status }) => status !== 0)) return exchanges;
      throw new Error(`${source.id}: no usable answer to any of ${exchanges.length} requests`);
    }
    exchanges.push(...(await Promise.all(requests.map((request) => fetchOne(source, request, secret, services)))));
  }
  throw new Permanent(`${source.id}: still asking after ${maxRounds} rounds`);
}
