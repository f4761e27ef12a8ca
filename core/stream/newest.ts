/**
 * What the state store keeps under `stream/newest/<feed>`, renewed every few seconds: for whoever looks on. Prices are made
 * of the rows. Instants in epoch ms.
 */
import * as z from "zod";

const newestQuotes = z.object({
  venue: z.string(),
  /** By the venue's own name of the pair. Returns are of the logarithm; null where the unbroken stretch is too short. */
  quotes: z.record(
    z.string(),
    z.object({
      bid: z.number(),
      ask: z.number(),
      bid_size: z.number().nullable(),
      ask_size: z.number().nullable(),
      event_time: z.number().nullable(),
      received_at: z.number(),
      unbroken_since: z.number().nullable(),
      return_60s: z.number().nullable(),
      return_300s: z.number().nullable(),
    }),
  ),
});

const side = [z.number().nullable(), z.number()] as const;

const newestBooks = z.object({
  index_id: z.string(),
  /** Time of the print and $, the newest last. */
  prints: z.array(z.tuple([z.number(), z.number()])),
  /** Markets that close soon: best bid with its size, best ask with its size. Micro-dollars, hundredths of a contract. */
  books: z.record(z.string(), z.tuple([...side, ...side]).readonly()),
  /** By event: when it closes. */
  closes: z.record(z.string(), z.number()),
});

/** What the holder adds. */
const stored = { at: z.number(), holder: z.string() };

export const storedNewest = z.union([newestQuotes.extend(stored), newestBooks.extend(stored)]);

export type NewestQuotes = z.infer<typeof newestQuotes>;
export type NewestBooks = z.infer<typeof newestBooks>;
export type NewestState = NewestQuotes | NewestBooks;
export type StoredNewest = z.infer<typeof storedNewest>;
