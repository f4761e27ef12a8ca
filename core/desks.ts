/** The list of desks. A desk is one file and one line here. */
import type { Desk } from "./desk.ts";
import { cryptoDesk } from "./crypto/desk.ts";
import { weatherDesk } from "./weather/desk.ts";

export const desks: readonly Desk[] = [weatherDesk, cryptoDesk];

/**
 * Desks by what somebody wrote, in the order of the list.
 * @param ids separated by commas; @throws when there is none, or one that is no desk's, with those there are.
 */
export function chosenDesks(ids: string): readonly Desk[] {
  const named = ids.split(",").map((id) => id.trim());
  const unknown = named.find((id) => !desks.some((desk) => desk.id === id));
  if (unknown !== undefined) {
    throw new Error(`no desk "${unknown}"; there are ${desks.map(({ id }) => id).join(", ")}`);
  }
  return desks.filter(({ id }) => named.includes(id));
}

/** Whether live feeds are of use to any of them. */
export const readStreams = (of: readonly Desk[]) => of.some(({ streams }) => streams.length > 0);
