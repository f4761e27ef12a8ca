/** Decisions between the minutes: a desk is asked to plan once the rows up to that instant lie in the lake. */
import type { Desk } from "../../core/desk.ts";
import type { Services } from "../../core/ports.ts";
import { instantsBetween } from "../../core/stream/between-minutes.ts";
import type { Feed } from "../../core/stream/feed.ts";
import { coordinateTick, messageOfTick } from "../../core/tick.ts";

/** Rows that take longer are not waited for: the decision would come when the next one is due, or after the close. */
const landWithinMs = 3_000;

/** The feed whose markets' closes the desk's rule goes by; undefined where it is not held here. */
const namingFeed = (desk: Desk, feeds: readonly Feed[]): Feed | undefined =>
  feeds.find(({ id }) => `stream-${id}` === desk.betweenMinutes?.stream);

interface Ask {
  desks: Desk[];
  /** Feeds whose rows are on their way to the lake. */
  waiting: Set<string>;
}

export class Asks {
  readonly #desks: readonly Desk[];
  readonly #services: Pick<Services, "queue" | "log">;
  /** By instant. */
  readonly #asks = new Map<number, Ask>();
  #lookedAt: number;

  constructor(desks: readonly Desk[], services: Pick<Services, "queue" | "log">, now: number) {
    this.#desks = desks;
    this.#services = services;
    this.#lookedAt = now;
  }

  /** @returns the instants that have come since the last look, ascending; the feeds' rows are wanted for each. */
  due(feeds: readonly Feed[], now: number): number[] {
    for (const [at, { desks, waiting }] of this.#asks) {
      if (now > at + landWithinMs) this.#leaveOut(at, desks, `rows of ${listed(waiting)} are not in the lake yet`);
    }
    const from = this.#lookedAt;
    this.#lookedAt = now;
    const due: number[] = [];
    for (const desk of this.#desks) {
      const { betweenMinutes: rule } = desk;
      const feed = namingFeed(desk, feeds);
      if (rule === undefined || feed === undefined) continue;
      const closes = () => feed.handOver(from).markets.map(([, , closeAt]) => closeAt);
      for (const at of instantsBetween(rule, closes, from, now)) {
        const ask = this.#asks.get(at);
        if (ask === undefined) this.#asks.set(at, { desks: [desk], waiting: new Set() });
        else ask.desks.push(desk);
        if (now > at + landWithinMs) this.#leaveOut(at, [desk], "the holder was busy, or asleep");
        else if (ask === undefined) due.push(at);
      }
    }
    return due.toSorted((a, b) => a - b);
  }

  /** Rows up to the instant are on their way; nothing for a minute's rows. */
  sent(feed: Feed, at: number): void {
    this.#asks.get(at)?.waiting.add(feed.id);
  }

  /**
   * Every feed was asked for its rows up to the instant. Those of the one that names a desk's closes must be among what is
   * on its way, and of no other live feed may older ones still be: the job would rest on what is older than its date.
   */
  asked(at: number, feeds: readonly Feed[]): void {
    const ask = this.#asks.get(at);
    if (ask === undefined) return;
    const behind = feeds.filter((feed) => feed.phase === "live" && feed.isWriting && !ask.waiting.has(feed.id));
    if (behind.length > 0) {
      const late = listed(behind.map(({ id }) => id));
      this.#leaveOut(at, ask.desks, `older rows of ${late} are not in the lake yet`);
      return;
    }
    for (const desk of ask.desks) {
      const feed = namingFeed(desk, feeds);
      if (feed?.phase !== "live") this.#leaveOut(at, [desk], `${desk.betweenMinutes?.stream} is not live`);
      else if (!ask.waiting.has(feed.id)) this.#leaveOut(at, [desk], `${desk.betweenMinutes?.stream} has no new rows`);
    }
  }

  /** The rows are in the lake. With the last of an instant the desks are asked to plan; the job names what there is then. */
  async landed(feed: Feed, at: number): Promise<void> {
    const ask = this.#asks.get(at);
    if (ask === undefined) return;
    ask.waiting.delete(feed.id);
    if (ask.waiting.size > 0) return;
    this.#asks.delete(at);
    await this.#services.queue.send(
      "coordinate",
      ask.desks.map((desk) => messageOfTick(coordinateTick(desk), at)),
    );
  }

  /** With the last of its desks the instant is over. */
  #leaveOut(at: number, left: readonly Desk[], reason: string): void {
    const ask = this.#asks.get(at);
    if (ask !== undefined) {
      ask.desks = ask.desks.filter((desk) => !left.includes(desk));
      if (ask.desks.length === 0) this.#asks.delete(at);
    }
    const desks = left.map(({ id }) => id);
    this.#services.log.warn("no decision between the minutes", { at: new Date(at).toISOString(), desks, reason });
  }
}

const listed = (feeds: Iterable<string>): string => [...feeds].map((id) => `stream-${id}`).join(", ");
