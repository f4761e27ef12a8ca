/** What must hold for every source, desk and tick in the lists, those of tomorrow too. */
import { describe, expect, it } from "vitest";
import { chosenDesks, desks, readStreams } from "../../../core/desks.ts";
import { firesBetween } from "../../../core/schedule.ts";
import { sources, sourcesByDesk, sourcesOf, streamsByDesk } from "../../../core/sources.ts";
import { ticks, ticksOf } from "../../../core/ticks.ts";
import { retryDelaysSeconds } from "../../../functions/deliver.ts";
import { tables } from "../../../schemas/index.ts";

const day = 86_400_000;

describe.each(sources.map((source) => [source.id, source] as const))("source %s", (id, source) => {
  it("has an id that can stand in a key, tables that exist, an impact and a host", () => {
    expect(id).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(source.tables.length).toBeGreaterThan(0);
    for (const table of source.tables) expect(Object.keys(tables)).toContain(table);
    expect(source.errorImpact).toMatch(/^[A-Z].*\.$/);
    expect(source.hosts.length).toBeGreaterThan(0);
  });

  it("stays fresh through one missed window", () => {
    expect(source.staleAfterMinutes).toBeGreaterThan(source.schedule.everyMinutes);
  });

  it("asks nothing twice and nothing for ever: an unanswerable first round has no endless second", () => {
    const first = source.next({ at: 0 }, [], new Set());
    expect(first.length).toBeGreaterThan(0);
    expect(new Set(first.map(({ url }) => url)).size).toBe(first.length);
    for (const { url } of first) expect(source.hosts).toContain(new URL(url).host);
    const answers = (requests: readonly { url: string }[]) =>
      requests.map(({ url }) => ({ url, status: 404, fetched_at: 0, body: "{}" }));
    let asked = answers(first);
    for (let round = 0, next = first; next.length > 0; round++) {
      // Rounds that are paced come to an end with their minute.
      expect(round).toBeLessThan(next.some(({ notBefore }) => notBefore !== undefined) ? 12 : 5);
      next = source.next({ at: 0 }, asked, new Set());
      asked = [...asked, ...answers(next)];
    }
  });

  it("refuses nonsense with a path instead of throwing or taking it", () => {
    const [first] = source.next({ at: 0 }, [], new Set());
    for (const body of ["", "null", "[]", "{}", "<html>", '{"error":"x"}', "0"]) {
      const exchange = { url: first?.url ?? "", status: 200, fetched_at: 0, body };
      const { refusals, rows } = source.decode([exchange], { window_at: 0, raw_key: "raw/x" });
      expect(Object.values(rows).flat(), body).toEqual([]);
      expect(refusals.length, body).toBeGreaterThan(0);
      for (const { message } of refusals) expect(message).not.toBe("");
    }
  });
});

describe("desks", () => {
  it("have unique ids and series, and read sources that exist", () => {
    expect(new Set(desks.map(({ id }) => id)).size).toBe(desks.length);
    const series = desks.flatMap((desk) => desk.series);
    expect(new Set(series).size).toBe(series.length);
    for (const desk of desks) {
      for (const source of [...desk.sources, desk.settlements]) expect(sources.map(({ id }) => id)).toContain(source);
      expect(desk.sources).toContain(desk.listing);
      // Planned between the minutes, its jobs name the rows of the stream that said so.
      if (desk.betweenMinutes !== undefined) expect(desk.streams).toContain(desk.betweenMinutes.stream);
    }
  });

  it("have their sources and streams under their ids, all that they read among them", () => {
    expect(Object.keys(sourcesByDesk)).toEqual(desks.map(({ id }) => id));
    for (const { id, sources: read, settlements } of desks) {
      const own = sourcesOf([id]).map((source) => source.id);
      expect(own).toEqual(expect.arrayContaining([...read, settlements]));
    }
    expect(streamsByDesk).toEqual(Object.fromEntries(desks.map(({ id, streams }) => [id, streams])));
    expect(() => sourcesOf(["props"])).toThrow('no desk "props"; there are weather, crypto');
  });

  it("are chosen by their ids, whatever the order, each once", () => {
    const ids = desks.map(({ id }) => id);
    expect(chosenDesks(ids.toReversed().join(", "))).toEqual(desks);
    for (const desk of desks) expect(chosenDesks(`${desk.id},${desk.id}`)).toEqual([desk]);
    for (const wrong of ["", "weather,", "Weather", "props"])
      expect(() => chosenDesks(wrong)).toThrow(/no desk ".*"; there are/);
    expect(desks.filter((desk) => readStreams([desk])).map(({ id }) => id)).toEqual(["crypto"]);
  });
});

describe("ticks", () => {
  it("have unique ids", () => {
    expect(new Set(ticks.map(({ id }) => id)).size).toBe(ticks.length);
  });

  it("of some desks are those of their sources and their own, and the watch is told", () => {
    for (const desk of desks) {
      const own = ticksOf([desk]);
      const read = new Set(sourcesOf([desk.id]).map(({ id }) => id));
      expect(own.flatMap(({ input: { source } }) => source ?? [])).toEqual([...read]);
      expect(own.flatMap(({ input }) => input.desk ?? [])).toEqual([desk.id, desk.id]);
      expect(own.find(({ id }) => id === "watch")?.input).toEqual({ desks: [desk.id] });
      for (const { id, schedule, queue } of own)
        expect(ticks.find((tick) => tick.id === id)).toMatchObject({ schedule, queue });
    }
    expect(new Set(desks.flatMap((desk) => ticksOf([desk]).map(({ id }) => id)))).toEqual(
      new Set(ticks.map(({ id }) => id)),
    );
  });

  /** Steps that meet may do so in either order: whoever misses the other's news waits for its own next tick to see it. */
  const often = 5;

  it("never let two of them fall on the same minute where the next chance is more than five minutes away", () => {
    const seldom = ticks.filter(({ queue, schedule }) => schedule.everyMinutes > often || queue === "watch");
    const fires = seldom.flatMap(({ id, schedule }) => firesBetween(schedule, 0, day).map((at) => ({ id, at })));
    const clashes = [...Map.groupBy(fires, ({ at }) => at).values()].filter((due) => due.length > 1);
    expect(clashes).toEqual([]);
    expect(seldom.length).toBeGreaterThan(15);
  });

  it("never let a desk plan or settle on a minute of its own sources, unless it does so every few minutes", () => {
    for (const { schedule, settleSchedule, sources: read } of desks) {
      for (const own of [schedule, settleSchedule].filter(({ everyMinutes }) => everyMinutes > often)) {
        const minutes = new Set(firesBetween(own, 0, day));
        const met = sources.filter(
          (source) => read.includes(source.id) && firesBetween(source.schedule, 0, day).some((at) => minutes.has(at)),
        );
        expect(met.map(({ id }) => id)).toEqual([]);
      }
    }
  });

  it("never meet a retry, which ends on half a minute", () => {
    let waited = 0;
    for (const delay of retryDelaysSeconds) {
      waited += delay;
      expect(waited % 60).toBe(30);
    }
    expect(waited).toBeGreaterThan(3_600);
  });
});
