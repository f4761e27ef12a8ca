/** The server's side of one live connection, without a socket: what it says follows from what it hears and from the time. */

export interface Conversation {
  /** The client sent a frame. @returns the frames that answer it. */
  hear(text: string, now: number): string[];
  /** What there is to tell since the last look; to be called several times a second. */
  look(now: number): string[];
  /** Why the server ends the connection now; undefined while it goes on. */
  over(now: number): string | undefined;
}

/** A server that does not take the connection, with the status of its answer. */
export interface Refused {
  status: number;
}

/** Of a pause of the process no more than this is told afterwards, seconds. */
const mostSeconds = 60;

/** The whole seconds in (last, now], the oldest first. */
export function secondsSince(last: number, now: number): number[] {
  const newest = Math.floor(now / 1000);
  const seconds: number[] = [];
  for (let second = Math.max(last, newest - mostSeconds) + 1; second <= newest; second += 1) seconds.push(second);
  return seconds;
}

/** The JSON object that the frame is, else undefined. */
export function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The texts among the values. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}
