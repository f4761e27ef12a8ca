/**
 * What fires in a play. The crypto desk works by the minute, and a week of minutes would take a play from seconds to a
 * quarter of an hour: it plays an hour of the demo's last day but one, with its start-up and its settlements. In real time,
 * at home and in AWS, everything fires always.
 */
import { sourcesOf } from "../core/sources.ts";
import type { Tick } from "../core/tick.ts";
import { ticks } from "../core/ticks.ts";
import { demoDays, demoStart } from "../sandbox/incidents.ts";

/** A tick, and the part of the play in which it fires where it does not fire all along: epoch ms, half-open. */
export interface PlayedTick extends Tick {
  span?: { from: number; until: number };
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * Of the seed "brier" it is an hour in which Coinbase falls silent for some minutes and one threshold is traded against its
 * neighbours. It begins with the candles that volatility needs and ends when the hour's last events are graded.
 */
const hourBegins = demoStart + (demoDays - 2) * day + 20 * hour;
export const cryptoSpan = { from: hourBegins - 5 * minute, until: hourBegins + hour + 5 * minute };

const cryptoSources = sourcesOf(["crypto"]);
const isOfCrypto = ({ input: { source, desk } }: Tick) =>
  desk === "crypto" || cryptoSources.some(({ id }) => id === source);

export const playedTicks: readonly PlayedTick[] = ticks.map((tick) =>
  isOfCrypto(tick) ? { ...tick, span: cryptoSpan } : tick,
);
