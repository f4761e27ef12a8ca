/** Plans one tick of a desk: pointers become jobs that name every input by key and hash. */
import type { Desk, Job } from "../../core/desk.ts";
import { desks } from "../../core/desks.ts";
import { partKey, windowStem } from "../../core/lake-keys.ts";
import type { Services } from "../../core/ports.ts";
import type { Freshness, Pointer } from "../../core/source.ts";
import type { Rows, TableName, TableRow } from "../../schemas/index.ts";
import { dtOf } from "../../schemas/table.ts";
import type { Step } from "../deliver.ts";
import { readHealth, readPointers } from "../facts.ts";
import { readPart, writeParts } from "../parts.ts";
import { Permanent } from "../permanent.ts";

/** Version of the code that plans; raised when it would plan differently. */
const coordinateVersion = 3;
/** Inputs may be this much younger than the tick: the time a message takes. */
const latenessAllowed = 120_000;

const minuteMs = 60_000;
/** A stream that wrote so recently is alive. */
const aliveWithin = 3 * minuteMs;
/** So long the last minute that ended by the tick is waited for, and so often it is looked for. */
const newestMinuteWithin = 4_000;
const lookEvery = 500;

type CoordinateServices = Pick<Services, "state" | "clock">;

/**
 * The pointers of a desk's sources and streams. A stream writes its minute just after the minute has ended, and what it
 * says of the last seconds is what it is there for: while it is alive, that minute is waited for a little. Not between the
 * minutes: whoever asks for such a tick has written what there is, and seconds are what it is asked for.
 */
async function pointersOf(desk: Desk, now: number, { state, clock }: CoordinateServices) {
  const newestMinute = Math.floor(now / minuteMs) * minuteMs - minuteMs;
  const late = (pointer: Pointer | undefined) =>
    now % minuteMs === 0 &&
    pointer !== undefined &&
    pointer.window_at < newestMinute &&
    pointer.fetched_at > now - aliveWithin;
  const begun = clock.now();
  let streams = await readPointers(state, desk.streams);
  while (Object.values(streams).some(late)) {
    const waited = clock.now();
    if (waited - begun >= newestMinuteWithin) break;
    await clock.sleep(lookEvery);
    streams = await readPointers(state, desk.streams);
    // A clock that stands still waits for nobody.
    if (clock.now() === waited) break;
  }
  return { ...streams, ...(await readPointers(state, desk.sources)) };
}

async function rowsOf<N extends TableName>(services: Pick<Services, "lake">, pointer: Pointer | undefined, table: N) {
  const rows: TableRow<N>[] = [];
  for (const { key, sha256 } of pointer?.parts[table] ?? [])
    rows.push(...(await readPart(services.lake, table, key, sha256)));
  return rows;
}

/** As the `freshness` column of jobs has it: of each source needed that has landed. */
function neededFreshness(
  needed: readonly string[],
  pointers: Readonly<Record<string, Pointer | undefined>>,
): Record<string, Freshness> {
  return Object.fromEntries(
    needed.flatMap((id) => {
      const freshness = pointers[id]?.freshness;
      return freshness === undefined ? [] : [[id, freshness]];
    }),
  );
}

export const coordinate: Step<"coordinate"> = async (message, services) => {
  const desk = desks.find(({ id }) => id === message.desk);
  if (desk === undefined) throw new Permanent(`no desk "${message.desk}"`);
  const now = Date.parse(message.at);
  const stem = windowStem(desk.id, now);
  const key = partKey("jobs", dtOf(now), stem, coordinateVersion);
  let jobs: Job[];
  if ((await services.lake.get(key)) === undefined) {
    const pointers = await pointersOf(desk, now, services);
    const newest = Math.max(...Object.values(pointers).map((pointer) => pointer?.fetched_at ?? 0));
    if (newest > now + latenessAllowed) {
      // Pointers hold the present. A forecast dated before what it was made from would flatter every grade.
      services.log.warn("tick too late to plan", {
        desk: desk.id,
        at: message.at,
        newest: new Date(newest).toISOString(),
      });
      return;
    }
    const listing = pointers[desk.listing];
    const fitted: Record<string, Pointer | undefined> = {};
    const parameters: Rows = {};
    if (desk.parameters !== undefined) {
      const { pointer, table } = desk.parameters;
      Object.assign(fitted, await readPointers(services.state, [pointer]));
      Object.assign(parameters, { [table]: await rowsOf(services, fitted[pointer], table) });
    }
    const planned = desk.plan({
      now,
      pointers: { ...pointers, ...fitted },
      parameters,
      health: await readHealth(services.state, desk.sources),
      series: await rowsOf(services, listing, "kalshi_series"),
      events: await rowsOf(services, listing, "kalshi_events"),
      markets: await rowsOf(services, listing, "kalshi_markets"),
    });
    if (planned.length === 0) {
      services.log.info("nothing to plan", { desk: desk.id, at: message.at });
      return;
    }
    jobs = planned.map((job) => ({ ...job, freshness: JSON.stringify(neededFreshness(desk.needs(job), pointers)) }));
    await writeParts(services.lake, stem, coordinateVersion, { jobs });
  }
  // What is stored wins: another run of the same tick may have planned first.
  jobs = await readPart(services.lake, "jobs", key);
  await services.queue.send(
    "predict",
    jobs.map((job) => ({ id: `predict-${job.job_id}`, body: { job } })),
  );
};
