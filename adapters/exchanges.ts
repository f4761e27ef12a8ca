/** Raw exchanges as the lake keeps them: one canonical JSON line each, zstd. Equal exchanges give equal bytes. */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import * as z from "zod";
import type { Exchange } from "../core/source.ts";

const exchange = z.strictObject({
  url: z.string(),
  status: z.int(),
  fetched_at: z.int(),
  body: z.string(),
  retry_at: z.int().optional(),
});

/** @throws when a member is missing or of another type; the message names it and the exchange's index. */
export function encodeExchanges(exchanges: readonly Exchange[]): Uint8Array {
  const lines = exchanges.map((item, index) => {
    const { body, fetched_at, retry_at, status, url } = checked(item, index);
    // Members in the order of canonical JSON; written out, since bodies are large and this is done for every answer.
    return `${JSON.stringify({ body, fetched_at, retry_at, status, url })}\n`;
  });
  return new Uint8Array(
    zstdCompressSync(lines.join(""), {
      // Level and checksum stand here so that a change of Node's defaults does not change stored bytes.
      params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
    }),
  );
}

/** @throws when the bytes are damaged or a line is not an exchange; the message names the line. */
export function decodeExchanges(bytes: Uint8Array): Exchange[] {
  const lines = zstdDecompressSync(bytes).toString("utf8").split("\n");
  if (lines.pop() !== "") throw new Error("raw exchanges: the last line is cut short");
  return lines.map((line, index) => checked(JSON.parse(line), index));
}

function checked(item: unknown, index: number): Exchange {
  const parsed = exchange.safeParse(item);
  if (parsed.success) return parsed.data;
  throw new Error(`raw exchanges, item ${index}: ${z.prettifyError(parsed.error)}`);
}
