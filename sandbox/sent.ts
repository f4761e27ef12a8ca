/**
 * What was sent to the world: one NDJSON line each, in a file of its own, so that it outlives whatever happens to the
 * home that sent it.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";

const sentMessage = z.strictObject({
  kind: z.literal("telegram"),
  /** Telegram's id; grows by one with each message. */
  message_id: z.int(),
  /** Epoch ms UTC, by the clock of the world. */
  at: z.int(),
  chat_id: z.string(),
  text: z.string(),
  silent: z.boolean(),
});

export type SentMessage = z.infer<typeof sentMessage>;

export interface SentLog {
  /** Is on disk when it returns. */
  append(message: Omit<SentMessage, "message_id">): SentMessage;
  close(): void;
}

/** The whole lines of the text: one that a crash cut short was never acknowledged, so it was not sent. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1);
}

function parse(text: string): SentMessage[] {
  return wholeLines(text)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => sentMessage.parse(JSON.parse(line)));
}

/** The messages in the file, in the order of sending; none where there is no file. */
export function readSent(path: string): SentMessage[] {
  return existsSync(path) ? parse(readFileSync(path, "utf8")) : [];
}

export function openSentLog(path: string): SentLog {
  mkdirSync(dirname(path), { recursive: true });
  const found = existsSync(path) ? readFileSync(path, "utf8") : "";
  const kept = wholeLines(found);
  if (kept.length < found.length) truncateSync(path, Buffer.byteLength(kept));
  let count = parse(kept).length;
  const file = openSync(path, "a");
  return {
    append(message) {
      count += 1;
      const sent: SentMessage = { ...message, message_id: count };
      writeSync(file, `${JSON.stringify(sent)}\n`);
      fsyncSync(file);
      return sent;
    },
    close: () => closeSync(file),
  };
}
