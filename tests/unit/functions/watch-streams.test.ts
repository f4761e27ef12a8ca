/** What watch makes of streams and polls that lie side by side in the lake. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { windowStem } from "../../../core/lake-keys.ts";
import type { Pointer } from "../../../core/source.ts";
import { update } from "../../../functions/facts.ts";
import { writeParts } from "../../../functions/parts.ts";
import { readDay } from "../../../functions/parts.ts";
import { watch } from "../../../functions/watch/step.ts";
import type { Home } from "../../../runtime/home.ts";
import type { TableRow } from "../../../schemas/index.ts";
import { sandboxHome } from "./own-home.ts";

const minute = 60_000;
const day = "2026-10-28";
const polledAt = Date.UTC(2026, 9, 28, 15, 1);
const watchedAt = polledAt + 2 * minute;
const cent = 10_000;
let home: Home;
let remove: () => void;

beforeEach(() => {
  ({ home, remove } = sandboxHome("watch", polledAt - minute));
});

afterEach(() => remove());

const common = (at: number) => ({ window_at: at, ingested_at: at, decoder_version: 1, raw_key: null });

function top(market: string, at: number, bid: number): TableRow<"book_tops"> {
  return {
    market_ticker: market,
    origin: "stream",
    book_at: at,
    received_at: at + 1_000,
    sequence: 1,
    yes_bid: bid,
    yes_bid_size: 100,
    yes_ask: bid + 2 * cent,
    yes_ask_size: 100,
    bids: "[]",
    asks: "[]",
    in_step: true,
    yes_bid_low: bid,
    yes_bid_high: bid,
    yes_ask_low: bid + 2 * cent,
    yes_ask_high: bid + 2 * cent,
    connection: "one/kalshi/1",
    ...common(at),
  };
}

function snapshot(market: string, bid: number): TableRow<"market_snapshots"> {
  return {
    market_ticker: market,
    event_ticker: market.slice(0, -7),
    status: "active",
    yes_bid: bid,
    yes_bid_size: 100,
    yes_ask: bid + 2 * cent,
    yes_ask_size: 100,
    last_price: null,
    volume: null,
    volume_24h: null,
    open_interest: null,
    ...common(polledAt),
    ingested_at: polledAt + 700,
    raw_key: "raw/kalshi-crypto-markets/x",
  };
}

/** The stream's minutes, each with a change of one market every second and of the other one at the begin. */
async function streamed(minutes: readonly number[], bid: number): Promise<void> {
  const { lake, state } = home.services;
  const parts = [];
  for (const at of minutes) {
    const busy = Array.from({ length: 60 }, (_, second) =>
      top("KXBTC-26OCT2812-B84050", at + second * 1_000, 30 * cent),
    );
    const book_tops = [top("KXBTC-26OCT2812-B84150", at, bid), ...busy];
    const { book_tops: made = [] } = await writeParts(lake, `${windowStem("stream-kalshi", at)}-one`, 1, { book_tops });
    parts.push(...made.map((part) => ({ ...part, window_at: at })));
  }
  const pointer = {
    window_at: polledAt,
    fetched_at: polledAt,
    raw_key: "",
    raw_sha256: "",
    parts: { book_tops: parts },
  };
  await state.put("pointer/stream-kalshi", pointer, 0);
}

/** A part of one row within a minute that is streamed, in the pointer before the minute's own. */
async function partBefore(at: number, row: TableRow<"book_tops">): Promise<void> {
  const { lake, state } = home.services;
  const { book_tops = [] } = await writeParts(lake, `${windowStem("stream-kalshi", at)}-one`, 1, { book_tops: [row] });
  await update<Pointer>(state, "pointer/stream-kalshi", (stored) => {
    if (stored === undefined) throw new Error("nothing is streamed");
    const window_at = Math.floor(at / minute) * minute;
    const parts = [...book_tops.map((part) => ({ ...part, window_at })), ...(stored.parts.book_tops ?? [])];
    return { ...stored, parts: { book_tops: parts } };
  });
}

async function polled(bid: number): Promise<void> {
  const market_snapshots = [snapshot("KXBTC-26OCT2812-B84050", 30 * cent), snapshot("KXBTC-26OCT2812-B84150", bid)];
  await writeParts(home.services.lake, windowStem("kalshi-crypto-markets", polledAt), 1, { market_snapshots });
}

const alerts = async (of = "stream-divergence") =>
  (await readDay(home.services.lake, "alerts", day)).filter(({ rule }) => rule === of);
const checks = () => readDay(home.services.lake, "stream_checks", day);

describe("watch, beside the streams", () => {
  it("tells of a market whose streamed book is not the polled one, and cools down", async () => {
    await streamed([polledAt - minute, polledAt], 40 * cent);
    await polled(47 * cent);
    await watch({ at: new Date(watchedAt).toISOString() }, home.services);
    expect(await checks()).toMatchObject([
      {
        feed: "kalshi",
        compared: 2,
        diverging: 1,
        worst_subject: "KXBTC-26OCT2812-B84150",
        worst_difference: 7,
        unit: "¢",
      },
    ]);
    const [alert, ...more] = await alerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ decision: "sent", scope: "kalshi", severity: "warning" });
    expect(alert?.title).toBe("kalshi: 1 of 2 prices differ between stream and poll");
    expect(alert?.card).toContain(
      "KXBTC-26OCT2812-B84150: stream 0.4000/0.4200 (119 s old), polled 0.4700/0.4900 (119 s old), 7.0 ¢ apart",
    );

    // Five minutes later nothing is better.
    const later = polledAt + 5 * minute;
    await home.services.state.put("pointer/stream-kalshi", null, 1);
    await writeParts(home.services.lake, windowStem("kalshi-crypto-markets", later), 1, {
      market_snapshots: [snapshot("KXBTC-26OCT2812-B84150", 47 * cent)].map((row) => ({
        ...row,
        window_at: later,
        ingested_at: later + 700,
      })),
    });
    const rows = Array.from({ length: 60 }, (_, second) =>
      top("KXBTC-26OCT2812-B84150", later + second * 1_000, 40 * cent),
    );
    const before = Array.from({ length: 60 }, (_, second) =>
      top("KXBTC-26OCT2812-B84150", later - minute + second * 1_000, 40 * cent),
    );
    const { book_tops = [] } = await writeParts(home.services.lake, `${windowStem("stream-kalshi", later)}-one`, 1, {
      book_tops: [...before, ...rows],
    });
    const parts = { book_tops: book_tops.map((part) => ({ ...part, window_at: later })) };
    const pointer = { window_at: later, fetched_at: later, raw_key: "", raw_sha256: "", parts };
    await home.services.state.put("pointer/stream-kalshi", pointer, 2);
    await watch({ at: new Date(watchedAt + 5 * minute).toISOString() }, home.services);
    expect((await alerts()).map(({ decision }) => decision)).toEqual(["sent", "cooldown"]);
  });

  it("compares a market of which a part of the minute holds the second before it was over", async () => {
    await streamed([polledAt - minute, polledAt], 40 * cent);
    await polled(47 * cent);
    const range = { yes_bid_low: null, yes_bid_high: null, yes_ask_low: null, yes_ask_high: null };
    // As old as the row of the second's end where nothing changed after it.
    await partBefore(polledAt + 1_000, { ...top("KXBTC-26OCT2812-B84150", polledAt, 40 * cent), ...range });
    await watch({ at: new Date(watchedAt).toISOString() }, home.services);
    expect(await checks()).toMatchObject([{ feed: "kalshi", compared: 2, diverging: 1 }]);
  });

  it("holds what one connection showed against the poll, whatever another one wrote of the same second", async () => {
    await streamed([polledAt], 47 * cent);
    await polled(47 * cent);
    // What stood before; and what a holder that has just begun has of that second.
    await partBefore(polledAt - minute, top("KXBTC-26OCT2812-B84150", polledAt - minute, 40 * cent));
    await partBefore(polledAt - minute + 1_000, top("KXBTC-26OCT2812-B84050", polledAt - 10_000, 30 * cent));
    const of = { connection: "two/kalshi/1", ingested_at: polledAt + 1 };
    await partBefore(polledAt + 1_000, { ...top("KXBTC-26OCT2812-B84150", polledAt, 47 * cent), ...of });
    await watch({ at: new Date(watchedAt).toISOString() }, home.services);
    expect(await checks()).toMatchObject([{ feed: "kalshi", compared: 2, diverging: 0 }]);
  });

  it("compares nothing for a desk that is left out, and does again when it is back", async () => {
    await streamed([polledAt - minute, polledAt], 40 * cent);
    await polled(47 * cent);
    await watch({ at: new Date(watchedAt).toISOString(), desks: ["weather"] }, home.services);
    expect([await checks(), await alerts()]).toEqual([[], []]);
    await watch({ at: new Date(watchedAt + 1).toISOString(), desks: ["weather", "crypto"] }, home.services);
    expect(await checks()).toMatchObject([{ feed: "kalshi", diverging: 1 }]);
    expect(await alerts()).toHaveLength(1);
  });

  it("says nothing where both agree, where nobody streams, and where nothing was polled", async () => {
    await watch({ at: new Date(watchedAt).toISOString() }, home.services);
    await streamed([polledAt - minute, polledAt], 40 * cent);
    await watch({ at: new Date(watchedAt + 1).toISOString() }, home.services);
    expect(await checks()).toEqual([]);
    await polled(40 * cent);
    await watch({ at: new Date(watchedAt + 2).toISOString() }, home.services);
    expect(await checks()).toMatchObject([{ feed: "kalshi", compared: 2, diverging: 0, worst_difference: 0 }]);
    expect(await alerts()).toEqual([]);
  });
});

/** A feed's minutes before the watch, by holder and phase. */
async function held(
  phases: readonly (readonly [
    minutesBefore: number,
    holder: string,
    phase: string,
    given?: Partial<TableRow<"feed_health">>,
  ])[],
  rule = "stream-silent",
  desks = ["weather", "crypto"],
) {
  const { lake, state } = home.services;
  const parts = [];
  for (const [before, holder, phase, given] of phases) {
    const minute_at = watchedAt - before * minute;
    const row: TableRow<"feed_health"> = {
      feed: "coinbase",
      minute_at,
      holder,
      phase,
      connects: 1,
      closes: 1,
      last_close: "refused with HTTP 451",
      frames: 0,
      data_frames: 0,
      refused: 0,
      repeats: 0,
      gaps: 0,
      lost_trades: 0,
      resyncs: 0,
      faults: 0,
      replaced: 0,
      dropped: 0,
      products: 0,
      unquotable: 0,
      last_data_at: null,
      max_silence_ms: minute,
      skew_ms: null,
      ingested_at: minute_at,
      decoder_version: 1,
      ...given,
    };
    const stem = `${windowStem("stream-coinbase", minute_at)}-${holder}`;
    const { feed_health: made = [] } = await writeParts(lake, stem, 1, { feed_health: [row] });
    parts.push(...made.map((part) => ({ ...part, window_at: minute_at })));
  }
  const pointer = { window_at: watchedAt, fetched_at: watchedAt, raw_key: "", raw_sha256: "" };
  await state.put("pointer/stream-coinbase", { ...pointer, parts: { feed_health: parts } }, 0);
  await watch({ at: new Date(watchedAt).toISOString(), desks }, home.services);
  return alerts(rule);
}

describe("watch, of a feed without data", () => {
  it("tells of one that is disabled, at once", async () => {
    const [alert, ...more] = await held([[1, "one", "disabled"]]);
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ decision: "sent", scope: "coinbase", title: "stream coinbase: no data for 1 min" });
    expect(alert?.card).toContain("It is disabled: refused with HTTP 451.");
  });

  it("says nothing of one that only a desk which is left out reads", async () => {
    expect(await held([[1, "one", "disabled"]], "stream-silent", ["weather"])).toEqual([]);
  });

  it("tells of one that was not live for three minutes", async () => {
    const minutes = [4, 3, 2].map((before) => [before, "one", "waiting"] as const);
    expect(await held(minutes)).toHaveLength(1);
  });

  it.each([
    ["was not live for two minutes", [2, 1].map((before) => [before, "one", "waiting"] as const)],
    ["another holder sees", [4, 3, 2].flatMap((at) => [[at, "one", "waiting"] as const, [at, "two", "live"] as const])],
    ["was silent long ago", [30, 29, 28, 27].map((before) => [before, "one", "disabled"] as const)],
  ])("says nothing of one that %s", async (_what, minutes) => {
    expect(await held(minutes)).toEqual([]);
  });
});

describe("watch, of a feed that shows data and not what it is held for", () => {
  const without = (unquotable: number, products = 2) => ({ products, unquotable, data_frames: 60 });

  it("tells how many of its markets have had no book or quote for three minutes", async () => {
    const minutes = [3, 2, 1].map((before) => [before, "one", "live", without(150, 151)] as const);
    const [alert, ...more] = await held(minutes, "stream-unquotable");
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      decision: "sent",
      scope: "coinbase",
      title: "stream coinbase: 150 of 151 without book or quote for 3 min",
    });
    expect(alert?.card).toContain("quarantine/stream-coinbase/");
    expect(await alerts("stream-silent")).toEqual([]);
  });

  it.each([
    ["has half of them", [3, 2, 1].map((at) => [at, "one", "live", without(1)] as const)],
    ["lacks them for two minutes", [2, 1].map((at) => [at, "one", "live", without(2)] as const)],
    ["has them again", [4, 3, 2, 1].map((at) => [at, "one", "live", without(at === 1 ? 0 : 2)] as const)],
    [
      "another holder has them of",
      [3, 2, 1].flatMap((at) => [[at, "one", "live", without(2)] as const, [at, "two", "live", without(0)] as const]),
    ],
    ["holds none, between two hours", [3, 2, 1].map((at) => [at, "one", "live", without(0, 0)] as const)],
    ["shows no data either", [3, 2, 1].map((at) => [at, "one", "waiting", without(2)] as const)],
  ])("says nothing of one that %s", async (_what, minutes) => {
    expect(await held(minutes, "stream-unquotable")).toEqual([]);
  });
});
