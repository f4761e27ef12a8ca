/** Twenty seeds of an upstream that misbehaves at every turn: nothing is lost, nothing is guessed, nothing is done twice. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { seededRandom } from "../../adapters/embedded/random.ts";
import { sourcesOf } from "../../core/sources.ts";
import { type Http, HttpError, type HttpResponse } from "../../core/ports.ts";
import { type Home, homePaths, openHome } from "../../runtime/home.ts";
import { play } from "../../runtime/play.ts";
import { ledger, objects, readRecords } from "../../runtime/report.ts";
import { readSent } from "../../sandbox/sent.ts";

const hour = 3_600_000;
const start = Date.UTC(2026, 9, 31, 14);
const until = start + 26 * hour;
const seeds = Array.from({ length: 20 }, (_, index) => `fault-${index}`);

type Fault = (answer: HttpResponse) => HttpResponse;

const faults: Fault[] = [
  () => {
    throw new HttpError("network", "the connection was reset");
  },
  () => {
    throw new HttpError("timeout", "no answer");
  },
  () => ({ status: 500, headers: {}, body: "Internal Server Error" }),
  () => ({ status: 503, headers: { "retry-after": "3" }, body: "" }),
  () => ({ status: 429, headers: {}, body: '{"error":"too many requests"}' }),
  // Cut short after the status line, as a broken stream leaves it.
  (answer) => ({ ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) }),
  (answer) => ({ ...answer, body: `${answer.body.slice(0, -1)}Unexpected error while streaming data: timeout` }),
  () => ({ status: 200, headers: {}, body: "" }),
  () => ({ status: 200, headers: {}, body: "<html><body>We are down for maintenance</body></html>" }),
];

/** One attempt in `every` misbehaves, in one of the ways above. Telegram is left alone but for a refused connection. */
function disturbing(seed: string, every: number): (world: Http) => Http {
  const random = seededRandom(seed);
  return (world) => ({
    async request(request) {
      const fault = random.next() < 1 / every ? faults[Math.floor(random.next() * faults.length)] : undefined;
      if (fault !== undefined && request.url.includes("telegram")) throw new HttpError("network", "refused");
      const answer = await world.request(request);
      return fault === undefined ? answer : fault(answer);
    },
  });
}

let home: Home | undefined;

afterEach(() => {
  home?.close();
  if (home !== undefined) rmSync(home.folder, { recursive: true, force: true });
});

describe.each(seeds)("%s", (seed) => {
  it("books every window as landed, refused or parked, and keeps every probability and every message right", async () => {
    const lines: string[] = [];
    home = openHome({
      folder: mkdtempSync(join(tmpdir(), "brier-faults-")),
      surroundings: {
        kind: "sandbox",
        seed,
        start,
        days: 3,
        incidents: "demo",
        cities: ["KPHL", "KDEN"],
        clock: "virtual",
      },
      log: { write: (line) => lines.push(line) },
      disturb: disturbing(seed, 4),
    });
    await play(home, { until });
    const { sql, lake, state } = home.services;

    // Nothing is lost: what neither landed nor was quarantined waits in the queue or is parked with its reason.
    const waiting = Object.values(home.queue.depths()).reduce(
      (sum, { delayed, visible, inFlight }) => sum + delayed + visible + inFlight,
      0,
    );
    const parked = await home.queue.parked("ingest", 1_000);
    for (const { reason } of parked) expect(reason).not.toBe("");
    const book = await ledger(await readRecords({ sql, lake }), state);
    const missing = book.reduce((sum, line) => sum + line.missing, 0);
    expect(missing).toBeLessThanOrEqual(parked.length + waiting);
    // The rarest schedule is every six hours. Bitcoin's hour lies outside this span, and a source without its key rests.
    const idle = [...sourcesOf(["crypto"]).map(({ id }) => id), "visual-crossing"];
    for (const { source, expected } of book) {
      if (!idle.includes(source)) expect(expected, source).toBeGreaterThanOrEqual(4);
    }
    expect(book.reduce((sum, { landed }) => sum + landed, 0)).toBeGreaterThan(150);

    // Nothing is guessed: probabilities are whole, quotes are quotes, and each candidate has one outcome.
    for (const { p } of await objects(
      sql,
      "select sum(probability) as p from prediction_markets group by prediction_id",
    )) {
      expect(Math.abs(Number(p) - 1)).toBeLessThan(1e-12);
    }
    const [odd] = await objects(
      sql,
      "select count(*) as n from market_snapshots where yes_bid <= 0 or yes_ask >= 1 or yes_bid >= yes_ask",
    );
    expect(odd?.["n"]).toBe(0);
    const [candidates] = await objects(
      sql,
      "select (select count(*) from gate_outcomes) - 2 * (select count(*) from enrichments) as n",
    );
    expect(Number(candidates?.["n"])).toBe(0);
    const [grades] = await objects(sql, "select count(*) as n from grades");
    expect(Number(grades?.["n"])).toBeGreaterThan(0);

    // Nothing is done twice: a message that went out unmarked went out once.
    const unmarked = readSent(homePaths.sent(home.folder)).filter(({ text }) => !text.includes("possibly repeated"));
    expect(new Set(unmarked.map(({ text }) => /alert-[0-9a-f]{20}/.exec(text)?.[0])).size).toBe(unmarked.length);
    for (const line of lines) expect(line).not.toContain("1:sandbox");
  });
});
