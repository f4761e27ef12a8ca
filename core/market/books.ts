/** Order books. Kalshi sends bids only, on both sides, in ascending order: the best one is the LAST. */
import { join, parsed, type Findings } from "./findings.ts";
import { dollar, parseCount, parsePrice, type Count, type Price } from "./price.ts";

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
 * order, a crossed book (yes bid + no bid >= 1, which the matching engine never leaves standing).
 */
export function decodeBookSides(value: unknown, path: string, findings: Findings): Book | undefined {
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
  if (findings.faults.length === before && yesBid !== null && yesAsk !== null && yesBid.price >= yesAsk.price) {
    findings.faults.push({
      path: join(path, "yes_dollars"),
      message: `the best bid ${yesBid.price / dollar} is not below the ask ${yesAsk.price / dollar}: a crossed book`,
    });
  }
  return findings.faults.length === before ? { yes, no, yesBid, yesAsk } : undefined;
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
