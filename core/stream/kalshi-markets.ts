/**
 * Which of Kalshi's markets a stream should hold: those of our series that trade now or soon. Nothing is sent at a
 * scheduled open or close, so both are told from the times of the listing and of the lifecycle's `created`.
 */
import { seriesOfTicker } from "../market/tickers.ts";
import type { MarketLifecycleEvent } from "./event.ts";

/** Subscribed so long before the open, so that the first quote is seen. */
const leadMs = 30_000;
/** A market whose close nobody has told is forgotten then: the listing, asked for every few minutes, tells it long before. */
const unknownForMs = 3_600_000;
/** Markets that open or close within this are handed over: the successor's own listing tells the others. */
const handedOverMs = 3_600_000;

interface Times {
  openAt: number | null;
  /** Null when it is not known. */
  closeAt: number | null;
  /** The close, or when a market without one is forgotten. */
  forgetAt: number;
}

export type ListedMarket = readonly [ticker: string, openAt: number | null, closeAt: number];

const firstToClose = (a: { forgetAt: number }, b: { forgetAt: number }) => a.forgetAt - b.forgetAt;

export class KalshiMarkets {
  readonly #series: ReadonlySet<string>;
  readonly #times = new Map<string, Times>();

  constructor(series: readonly string[]) {
    this.#series = new Set(series);
  }

  /** What a listing, or a holder before us, knows. What it does not name stays. */
  list(markets: readonly ListedMarket[]): void {
    for (const [ticker, openAt, closeAt] of markets) {
      if (this.#series.has(seriesOfTicker(ticker))) this.#times.set(ticker, { openAt, closeAt, forgetAt: closeAt });
    }
  }

  /** @returns whether it is one of ours. */
  take({ event, market, openAt, closeAt }: MarketLifecycleEvent, now: number): boolean {
    if (!this.#series.has(seriesOfTicker(market))) return false;
    const known = this.#times.get(market);
    const forgetAt = closeAt ?? now + unknownForMs;
    switch (event) {
      case "created":
        this.#times.set(market, { openAt, closeAt, forgetAt });
        break;
      case "activated":
        // Its times are unknown when it was created while nobody listened: it trades until we hear otherwise.
        if (known === undefined) this.#times.set(market, { openAt: null, closeAt: null, forgetAt });
        break;
      case "close_date_updated":
        this.#times.set(market, { openAt: known?.openAt ?? null, closeAt, forgetAt });
        break;
      case "determined":
      case "settled":
        this.#times.delete(market);
        break;
      default:
    }
    return true;
  }

  /** The markets to hold now, at most `most`, those that close first before the others. Forgets what has closed. */
  wanted(now: number, most: number): string[] {
    const open: { ticker: string; forgetAt: number }[] = [];
    for (const [ticker, { openAt, closeAt, forgetAt }] of this.#times) {
      if (forgetAt <= now) this.#times.delete(ticker);
      else if (openAt === null || openAt - leadMs <= now) {
        open.push({ ticker, forgetAt: closeAt ?? Number.MAX_SAFE_INTEGER });
      }
    }
    if (open.length > most) open.sort(firstToClose);
    return open.slice(0, most).map(({ ticker }) => ticker);
  }

  /** Null when it is not known. */
  closesAt(ticker: string): number | null {
    return this.#times.get(ticker)?.closeAt ?? null;
  }

  /**
   * What a successor needs until its own listing is there: the markets that open or close within the hour, at most `most`,
   * those that close first. One item of the state store holds it, and all that is listed would not fit into one.
   */
  soon(now: number, most: number): ListedMarket[] {
    const until = now + handedOverMs;
    return [...this.#times]
      .flatMap(([ticker, { openAt, closeAt, forgetAt }]) => {
        if (closeAt === null || closeAt <= now) return [];
        const opens = openAt !== null && openAt > now && openAt <= until;
        return opens || closeAt <= until ? [{ forgetAt, listed: [ticker, openAt, closeAt] as const }] : [];
      })
      .toSorted(firstToClose)
      .slice(0, most)
      .map(({ listed }) => listed);
  }
}
