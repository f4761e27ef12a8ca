/** What the sources on the Iowa Environmental Mesonet share: its host, how far back they ask, how an answer is cut short. */
import { framedProducts } from "../weather/product-text.ts";
import { stations } from "../weather/stations.ts";
import type { Exchange, Refusal, Schedule, Source, SourceRequest, Window } from "../source.ts";

export const iemHost = "mesonet.agron.iastate.edu";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Furthest back that a window asks. What comes later than that stays a gap that `brier doctor` names. */
const LOOK_BACK_MS = 3 * DAY_MS;

/** As the archive's services take an instant: `2026-11-01T06:25Z`. */
export function archiveInstant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}

/**
 * Where a window begins to ask: after the newest instant that an earlier window brought, three days back at most, and
 * those three days whole in the first window of a day: what reached the archive late is found then.
 * @param newest epoch ms; undefined when nothing is known
 */
export function askFrom(window: Window, newest: number | undefined, schedule: Schedule): number {
  const earliest = window.at - LOOK_BACK_MS;
  const sweep = window.at % DAY_MS < schedule.everyMinutes * MINUTE_MS;
  return sweep || newest === undefined ? earliest : Math.max(earliest, Math.min(newest + MINUTE_MS, window.at));
}

const NOT_FOUND = /^\s*ERROR: Could not Find: /;

/** The archive's answer to a range of time without a product. */
function isNothingFound(body: string): boolean {
  return NOT_FOUND.test(body);
}

/** The archive's texts of one product (`/cgi-bin/afos/retrieve.py`), oldest first. */
function textsRequest(pil: string, from: number, window: Window, limit: number): SourceRequest {
  const range = `sdate=${archiveInstant(from)}&edate=${archiveInstant(window.at)}`;
  const url = `https://${iemHost}/cgi-bin/afos/retrieve.py?pil=${pil}&fmt=text&order=asc&limit=${limit}&${range}`;
  return { url };
}

/** Every text of an answer ends in ETX; a body that was cut short does not. A file need not have kept its frame. */
export function brokenTexts(exchange: Exchange): string | undefined {
  const { status, body } = exchange;
  if (status !== 200 || isFile(exchange) || isNothingFound(body)) return undefined;
  return body.trimEnd().endsWith("\u0003") ? undefined : "the texts do not end: the body was cut short";
}

/** A table's last line ends like the others. */
export function brokenTable({ status, body }: Exchange): string | undefined {
  return status === 200 && !body.endsWith("\n")
    ? "the table's last line has no end: the body was cut short"
    : undefined;
}

/** The query's values of one name; none where the address has no query: a file. */
export function askedFor({ url }: Exchange, name: string): string[] {
  return new URLSearchParams(url.split("?")[1] ?? "").getAll(name).flatMap((value) => value.split(","));
}

/** Whether the texts come from a file: no product was asked for. */
const isFile = (exchange: Exchange) => askedFor(exchange, "pil").length === 0;

/**
 * The texts of an answer, or why it holds none. A file without an address may be a text as it came, without frame.
 * `undefined` in place of a text: it has no end.
 */
function textsOf(exchange: Exchange): { texts: (string | undefined)[] } | Pick<Refusal, "path" | "message"> {
  const { status, body } = exchange;
  if (status !== 200) return { path: "status", message: `found HTTP ${status}, expected the texts` };
  if (isNothingFound(body)) return { texts: [] };
  const framed = framedProducts(body);
  if (framed.length === 0) {
    return isFile(exchange)
      ? { texts: [body] }
      : { path: "$", message: `found "${body.slice(0, 40)}", expected texts between SOH and ETX` };
  }
  return { texts: framed.map(({ text, whole }) => (whole || isFile(exchange) ? text : undefined)) };
}

/** What every parser of a text tells of it beside its rows. */
interface Product {
  productId: string;
  /** As the text says it. */
  pil: string | null;
}

/** Sets aside the text that is being read, or a part of it. `path` is the product asked for where none is given. */
export type RefuseText = (message: string, path?: string) => void;

/**
 * Goes through every text of the answers: those that cannot be read, and those of another product than was asked for, are
 * refused; the others are given to `take`.
 */
export function readTexts<P extends Product>(
  exchanges: readonly Exchange[],
  parse: (text: string, seenAt: number) => P | { refusal: string },
  take: (product: P, exchange: Exchange, refuse: RefuseText) => void,
): { refusals: Refusal[]; known: string[] } {
  const refusals: Refusal[] = [];
  const known = new Set<string>();
  exchanges.forEach((exchange, index) => {
    const given = textsOf(exchange);
    if ("message" in given) {
      refusals.push({ kind: "drift", exchange: index, ...given });
      return;
    }
    const [asked] = askedFor(exchange, "pil");
    const refuse: RefuseText = (message, path = asked ?? "$") =>
      refusals.push({ kind: "content", exchange: index, path, message });
    for (const text of given.texts) {
      const product = text === undefined ? { refusal: "the text has no end" } : parse(text, exchange.fetched_at);
      if ("refusal" in product) {
        refuse(product.refusal);
        continue;
      }
      known.add(product.productId);
      if (asked !== undefined && product.pil !== asked) {
        refuse(`asked ${asked}, the text says ${product.pil ?? "nothing"}`);
        continue;
      }
      take(product, exchange, refuse);
    }
  });
  return { refusals, known: [...known] };
}

/** The instant in a product id or in another known name that begins alike, epoch ms. */
function stampInstant(id: string): number | undefined {
  const [, year, month, day, hour, minute] = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})-/.exec(id) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** The newest instant among the known names that end as asked, epoch ms. */
export function newestOf(known: ReadonlySet<string>, ending: string): number | undefined {
  let newest: number | undefined;
  for (const id of known) {
    const at = id.includes(ending) ? stampInstant(id) : undefined;
    if (at !== undefined && (newest === undefined || at > newest)) newest = at;
  }
  return newest;
}

/** One round, a request a station: the texts of its product since the newest known one. */
export function nextTexts(pilOf: (site: string) => string, schedule: Schedule, limit: number): Source["next"] {
  return (window, exchanges, known) =>
    exchanges.length > 0
      ? []
      : stations.map(({ site }) => {
          const pil = pilOf(site);
          return textsRequest(pil, askFrom(window, newestOf(known, `-${pil}`), schedule), window, limit);
        });
}
