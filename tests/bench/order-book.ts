/**
 * Replay of recorded depth through the order-book engine: Kalshi's frames (snapshots and signed changes of eight markets,
 * with the check of the sequence numbers) and Binance's depth changes (absolute sizes), repeated until five million book
 * events are through. A book event is one level changed; a snapshot is one event, however many levels it loads.
 * Two clocks: the decoded events applied, and the same with the text of every frame parsed and decoded. The baseline keeps
 * each side as a Map of price text to decimal text and looks for the best level after every frame, as a straightforward
 * client does. Without captures nothing is measured.
 */
import { existsSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { binanceStream } from "../../core/crypto/venues/binance-stream.ts";
import { levelsOf } from "../../core/crypto/venues/levels.ts";
import { OrderBook } from "../../core/market/order-book.ts";
import { kalshiFrames } from "../../core/market/stream-frames.ts";
import { SynchronisedBooks } from "../../core/market/synchronised-books.ts";
import type { BookDeltaEvent, BookSnapshotEvent, Level, StreamEvent } from "../../core/stream/event.ts";
import type { FrameDecoder } from "../../core/stream/frame.ts";
import { capturesFolder, kalshiFrames2026, receivedFrames } from "../unit/stream/captured-frames.ts";
import type { Figure } from "./figure.ts";

const bookEvents = 5_000_000;

type Wire = Record<string, unknown> & { msg?: Record<string, unknown>; data?: Record<string, unknown> };

interface Recording {
  frames: string[];
  /** Book events of one pass over the frames. */
  events: number;
  decode: FrameDecoder;
  /** A consumer of decoded events with fresh books. @returns a number that depends on every best level. */
  consumer(): (events: readonly StreamEvent[]) => number;
  /** The same by Maps of texts, from the frame's own JSON. */
  naive(): (frame: Wire) => number;
}

type Texts = readonly (readonly [string, string])[];

/** Best level of a side by looking at all of them. */
function bestOf(side: ReadonlyMap<string, string>, highest: boolean): number {
  let best = Number.NaN;
  for (const text of side.keys()) {
    const price = Number(text);
    if (!(highest ? price <= best : price >= best)) best = price;
  }
  return side.size === 0 ? 0 : best;
}

function kalshi(): Recording {
  const decode = kalshiFrames({ useYesPrice: false });
  const frames = kalshiFrames2026()
    .map(({ text }) => text)
    .filter((text) => text.includes('"type":"orderbook_'));
  const events = frames.flatMap((frame) => {
    const decoded = decode(frame);
    return "events" in decoded ? decoded.events : [];
  });
  return {
    frames,
    // One level changed a frame, or one snapshot.
    events: events.length,
    decode,
    consumer() {
      const books = new SynchronisedBooks();
      for (const event of events) if (event.kind === "book-snapshot") books.expect(event.market);
      let number = 0;
      return (decoded) => {
        let check = 0;
        for (const event of decoded) {
          const frame = event as BookSnapshotEvent | BookDeltaEvent;
          // The next pass goes on with the numbers of the subscription.
          frame.seq = number += 1;
          if (books.apply(frame) !== "applied") throw new Error(`frame ${number} was not applied`);
          const book = books.book(frame.market);
          if (book !== undefined) check += book.bids.length + book.asks.bestSize;
        }
        return check;
      };
    },
    naive() {
      const books = new Map<string, Record<"yes" | "no", Map<string, string>>>();
      return ({ type, msg = {} }) => {
        const market = msg["market_ticker"] as string;
        let book = books.get(market);
        if (type === "orderbook_snapshot") {
          book = {
            yes: new Map(msg["yes_dollars_fp"] as Texts),
            no: new Map(msg["no_dollars_fp"] as Texts),
          };
          books.set(market, book);
        } else if (book !== undefined) {
          const side = book[msg["side"] as "yes" | "no"];
          const price = msg["price_dollars"] as string;
          const size = (Number(side.get(price) ?? "0") + Number(msg["delta_fp"])).toFixed(2);
          if (Number(size) === 0) side.delete(price);
          else side.set(price, size);
        }
        return book === undefined ? 0 : bestOf(book.yes, true) + bestOf(book.no, true);
      };
    },
  };
}

function binance(): Recording {
  const received = receivedFrames("binance_spot_btcusdt_20240808_first_4800msgs.txt.gz");
  const snapshotText = received.find((text) => text.startsWith('{"lastUpdateId"')) ?? "{}";
  const snapshot = JSON.parse(snapshotText) as { bids: Texts; asks: Texts };
  const frames = received.filter((text) => text.includes("@depth"));
  const changes = frames.flatMap((frame) => {
    const decoded = binanceStream.decode(frame);
    return "events" in decoded ? decoded.events : [];
  });
  const changed = changes.reduce(
    (sum, event) => sum + (event.kind === "levels" ? event.bids.length + event.asks.length : 0),
    0,
  );
  const load = (book: OrderBook) => {
    book.bids.load(levelsOf(snapshot.bids, "bids"));
    book.asks.load(levelsOf(snapshot.asks, "asks"));
  };
  return {
    frames,
    events: changed,
    decode: binanceStream.decode,
    consumer() {
      const book = new OrderBook();
      load(book);
      const write = (side: OrderBook["bids"], levelsWritten: readonly Level[]) => {
        for (const level of levelsWritten) side.set(level[0], level[1]);
      };
      return (decoded) => {
        for (const event of decoded) {
          if (event.kind !== "levels") continue;
          write(book.bids, event.bids);
          write(book.asks, event.asks);
        }
        return book.bids.bestSize + book.asks.bestPrice;
      };
    },
    naive() {
      const bids = new Map(snapshot.bids);
      const asks = new Map(snapshot.asks);
      return ({ data = {} }) => {
        for (const [side, texts] of [
          [bids, data["b"] as Texts],
          [asks, data["a"] as Texts],
        ] as const) {
          for (const [price, size] of texts) {
            if (Number(size) === 0) side.delete(price);
            else side.set(price, size);
          }
        }
        return bestOf(bids, true) + bestOf(asks, false);
      };
    },
  };
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heapMb(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** Events a second of `work`, called until `events` are through. */
function rate(eventsAPass: number, events: number, work: () => void): number {
  const passes = Math.ceil(events / eventsAPass);
  const warmUp = Math.max(1, Math.ceil(passes / 20));
  for (let pass = 0; pass < warmUp; pass++) work();
  const begun = performance.now();
  for (let pass = 0; pass < passes; pass++) work();
  return ((passes * eventsAPass) / (performance.now() - begun)) * 1_000;
}

function measureOne(name: string, recording: Recording): Figure[] {
  const { frames, events, decode } = recording;
  const decoded = frames.map((frame) => {
    const read = decode(frame);
    if ("refusal" in read) throw new Error(`${name}: ${read.refusal.path} ${read.refusal.message}`);
    return read.events;
  });
  let check = 0;
  const consume = recording.consumer();
  const before = heapMb();
  const applied = rate(events, bookEvents, () => {
    for (const frame of decoded) check += consume(frame);
  });
  const grown = heapMb() - before;

  const again = recording.consumer();
  const withText = rate(events, bookEvents / 5, () => {
    for (const frame of frames) {
      const read = decode(frame);
      if ("events" in read) check += again(read.events);
    }
  });

  const wires = frames.map((frame) => JSON.parse(frame) as Wire);
  const naive = recording.naive();
  // A fiftieth: it takes long enough.
  const slow = rate(events, bookEvents / 50, () => {
    for (const wire of wires) check += naive(wire);
  });
  const naiveAgain = recording.naive();
  const slowWithText = rate(events, bookEvents / 50, () => {
    for (const frame of frames) check += naiveAgain(JSON.parse(frame) as Wire);
  });
  if (Number.isNaN(check)) throw new Error(`${name}: a book lost its best level`);
  return [
    { name: `book-${name}`, value: applied / 1e6, unit: "M ev/s", baseline: slow / 1e6 },
    { name: `book-${name}-with-json`, value: withText / 1e6, unit: "M ev/s", baseline: slowWithText / 1e6 },
    { name: `book-${name}-heap-grown`, value: grown, unit: "MiB", baseline: null },
  ];
}

export async function measure(): Promise<Figure[]> {
  if (!existsSync(capturesFolder)) return [];
  return [...measureOne("kalshi", kalshi()), ...measureOne("binance", binance())];
}
