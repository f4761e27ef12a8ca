/** Order books. Kalshi sends bids only, on both sides, in ascending order: the best one is the LAST. */
import * as z from "zod";
import type { TableRow } from "../../schemas/index.ts";
import type { Stamp } from "./decode.ts";
import { join, parsed, read, type Fault, type Findings } from "./findings.ts";
import { contract, dollar, parseCount, parsePrice, type Count, type Price } from "./price.ts";
import { eventOfTicker } from "./tickers.ts";

export interface BookLevel {
  price: Price;
  size: Count;
}

export interface Book {
  /** Bids for Yes, ascending. */
  yes: BookLevel[];
  /** Bids for No, ascending, priced on the No side. */
  no: BookLevel[];
  yesBid: BookLevel | null;
  /** Whoever bids for No at p sells Yes at 1 - p. */
  yesAsk: BookLevel | null;
}

function decodeSide(value: unknown, path: string, findings: Findings): BookLevel[] {
  // A side that nobody bids on comes as null, as an empty list, or not at all.
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) {
    findings.faults.push({ path, message: `a ${typeof value}, expected an array of [price, count]` });
    return [];
  }
  const levels: BookLevel[] = [];
  value.forEach((level: unknown, index) => {
    const at = join(path, index);
    if (!Array.isArray(level) || level.length !== 2) {
      findings.faults.push({ path: at, message: "expected [price, count]" });
      return;
    }
    const price = parsed(parsePrice, level[0], join(at, 0), findings);
    const size = parsed(parseCount, level[1], join(at, 1), findings);
    if (price === undefined || size === undefined) return;
    if (price === 0 || price >= dollar)
      findings.faults.push({ path: join(at, 0), message: `"${String(level[0])}" is no price between 0 and 1` });
    if (size === 0) findings.faults.push({ path: join(at, 1), message: `"${String(level[1])}": a level has a size` });
    const below = levels.at(-1);
    if (below !== undefined && price <= below.price) {
      findings.faults.push({
        path: join(at, 0),
        message: `"${String(level[0])}" does not rise above the level before it: the best bid would not be last`,
      });
    }
    levels.push({ price, size });
  });
  return levels;
}

/**
 * The inside of the envelope, `{yes_dollars, no_dollars}`. Undefined when it gained a fault: a re-typed level, levels out of
 * order. It can be crossed, see `crossing`.
 */
function decodeSides(value: unknown, path: string, findings: Findings): Book | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    findings.faults.push({ path, message: "expected an object with yes_dollars and no_dollars" });
    return undefined;
  }
  const before = findings.faults.length;
  const sides = value as Record<string, unknown>;
  for (const field of ["yes", "no"]) {
    if (field in sides)
      findings.faults.push({
        path: join(path, field),
        message: "a book in whole cents: cents left the API on 2026-03-12",
      });
  }
  // An absent side is an empty side; an absent side beside a field we do not know is a renamed one.
  const unknown = Object.keys(sides).find((field) => !["yes", "no", "yes_dollars", "no_dollars"].includes(field));
  if (unknown !== undefined && !("yes_dollars" in sides && "no_dollars" in sides)) {
    findings.faults.push({
      path: join(path, unknown),
      message: "unknown field where a side is missing, expected yes_dollars and no_dollars",
    });
  }
  const yes = decodeSide(sides["yes_dollars"], join(path, "yes_dollars"), findings);
  const no = decodeSide(sides["no_dollars"], join(path, "no_dollars"), findings);
  const yesBid = yes.at(-1) ?? null;
  const noBid = no.at(-1);
  const yesAsk = noBid === undefined ? null : { price: dollar - noBid.price, size: noBid.size };
  return findings.faults.length === before ? { yes, no, yesBid, yesAsk } : undefined;
}

/** Why the book cannot have stood: yes bid + no bid >= 1, which the matching engine never leaves. Undefined: it can. */
function crossing({ yesBid, yesAsk }: Book): string | undefined {
  if (yesBid === null || yesAsk === null || yesBid.price < yesAsk.price) return undefined;
  return `the best bid ${yesBid.price / dollar} is not below the ask ${yesAsk.price / dollar}: a crossed book`;
}

/** As `decodeSides`; a crossed book is a fault too. */
export function decodeBookSides(value: unknown, path: string, findings: Findings): Book | undefined {
  const book = decodeSides(value, path, findings);
  const crossed = book === undefined ? undefined : crossing(book);
  if (crossed === undefined) return book;
  findings.faults.push({ path: join(path, "yes_dollars"), message: crossed });
  return undefined;
}

/** `{orderbook_fp: {yes_dollars, no_dollars}}`. The envelope `orderbook` is the one of before 2026-03-12 and is refused. */
export function decodeBook(body: unknown, findings: Findings): Book | undefined {
  const envelope = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  if (envelope["orderbook"] !== undefined) {
    findings.faults.push({ path: "orderbook", message: "the envelope of before 2026-03-12, expected orderbook_fp" });
    return undefined;
  }
  if (envelope["orderbook_fp"] === undefined) {
    findings.faults.push({
      path: "orderbook_fp",
      message: "missing, expected an object with yes_dollars and no_dollars",
    });
    return undefined;
  }
  return decodeBookSides(envelope["orderbook_fp"], "orderbook_fp", findings);
}

export interface ListedBook {
  ticker: string;
  book: Book;
}

const listedBook = z.object({ ticker: z.string().min(1), orderbook_fp: z.unknown() });

/**
 * `{orderbooks: [{ticker, orderbook_fp}]}`. A crossed book is left out and named, since the others stand: it is well formed,
 * and no book of that market.
 */
export function decodeBooks(body: unknown, findings: Findings): { books: ListedBook[]; crossed: Fault[] } {
  const books: ListedBook[] = [];
  const crossed: Fault[] = [];
  const envelope = read(z.object({ orderbooks: z.array(z.unknown()) }), body, "", findings);
  (envelope?.orderbooks ?? []).forEach((value, index) => {
    const path = join("orderbooks", index);
    const listed = read(listedBook, value, path, findings);
    if (listed === undefined) return;
    const book = decodeSides(listed.orderbook_fp, join(path, "orderbook_fp"), findings);
    if (book === undefined) return;
    const message = crossing(book);
    if (message === undefined) books.push({ ticker: listed.ticker, book });
    else crossed.push({ path: listed.ticker, message });
  });
  return { books, crossed };
}

const sum = (levels: readonly BookLevel[]): Count => levels.reduce((total, { size }) => total + size, 0);

/** The book as a row of `order_books`. */
export function bookRow(ticker: string, book: Book, stamp: Stamp): TableRow<"order_books"> {
  const { yes, no, yesBid, yesAsk } = book;
  return {
    market_ticker: ticker,
    event_ticker: eventOfTicker(ticker),
    yes_bid: yesBid?.price ?? null,
    yes_bid_size: yesBid?.size ?? null,
    yes_ask: yesAsk?.price ?? null,
    yes_ask_size: yesAsk?.size ?? null,
    yes_bid_depth: sum(yes),
    yes_ask_depth: sum(no),
    yes_prices: yes.map(({ price }) => price / dollar),
    yes_sizes: yes.map(({ size }) => size / contract),
    no_prices: no.map(({ price }) => price / dollar),
    no_sizes: no.map(({ size }) => size / contract),
    ...stamp,
  };
}
