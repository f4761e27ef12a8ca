/** The streaming half of a spot venue: what to say to it, and how to read what it says. */
import type { FrameDecoder } from "./frame.ts";

export interface VenueStream {
  /** The venue's id in our tables. */
  id: string;
  url: string;
  /** The pairs it is asked for, by the venue's own names. Data of others is left out. */
  products: readonly string[];
  /** The frames that ask for them, sent as soon as the socket is open. Empty where the URL says it all. */
  subscribe(): string[];
  decode: FrameDecoder;
  /** A sign of life that the venue wants from us. Frames of the protocol's own (ping, pong) are the socket's matter. */
  keepAlive?: { everyMs: number; frame: string };
  /** Without any message for so long, the connection is dead. */
  quietAfterMs: number;
  /** Without data for so long, it is connected but silent. */
  silentAfterMs: number;
  /** How long the venue lets a connection live; it is renewed before. */
  maxAgeMs?: number;
}
