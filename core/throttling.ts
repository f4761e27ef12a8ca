/** What a service says to whoever asks too often. */
import type { Exchange } from "./source.ts";

/** 429, and 418 while the address is banned for having gone on. */
export const askedTooOften = ({ status }: Pick<Exchange, "status">): boolean => status === 429 || status === 418;
