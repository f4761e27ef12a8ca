/** Telegram's Bot API as far as the desk speaks to it: sendMessage and getMe. */
import * as z from "zod";
import type { HttpRequest, HttpResponse } from "../core/ports.ts";
import { json } from "./answer.ts";
import type { SentLog } from "./sent.ts";

export const telegramHosts: readonly string[] = ["api.telegram.org"];

/** The bot that every token of the sandbox belongs to. */
const bot = { id: 7_000_001, is_bot: true, first_name: "Brier sandbox", username: "brier_sandbox_bot" };
/** Longest text of one message, after its entities are parsed. */
const longest = 4096;

/** What sendMessage takes; other parameters are ignored, as Telegram does. */
const sendMessage = z.object({
  chat_id: z.union([z.string(), z.number()]).optional(),
  text: z.string().default(""),
  disable_notification: z.boolean().default(false),
  parse_mode: z.string().optional(),
});

const entities: Record<string, string> = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&" };

/** What is shown of Telegram HTML. */
function shown(html: string): string {
  return html.replaceAll(/<[^>]*>/g, "").replaceAll(/&(?:lt|gt|quot|amp);/g, (entity) => entities[entity] ?? entity);
}

function failure(status: number, description: string): HttpResponse {
  return json(status, { ok: false, error_code: status, description });
}

export function answerTelegram(url: URL, request: HttpRequest, now: number, sent: SentLog): HttpResponse {
  const method = /^\/bot\d+:[\w-]+\/(\w+)$/.exec(url.pathname)?.[1];
  if (method === undefined) return failure(404, "Not Found");
  if (method === "getMe") return json(200, { ok: true, result: bot });
  if (method !== "sendMessage") return failure(404, "Not Found");
  let body: unknown;
  try {
    body = JSON.parse(request.body ?? "");
  } catch {
    return failure(400, "Bad Request: can't parse JSON object");
  }
  const fields = sendMessage.safeParse(body);
  if (!fields.success) return failure(400, "Bad Request: can't parse the parameters");
  const { chat_id: chat, text, disable_notification: silent, parse_mode: mode } = fields.data;
  if (chat === undefined) return failure(400, "Bad Request: chat_id is empty");
  if (text === "") return failure(400, "Bad Request: message text is empty");
  const plain = mode === "HTML" ? shown(text) : text;
  if (plain.length > longest) return failure(400, "Bad Request: message is too long");
  const message = sent.append({ kind: "telegram", at: now, chat_id: String(chat), text, silent });
  return json(200, {
    ok: true,
    result: {
      message_id: message.message_id,
      from: bot,
      chat: { id: Number(chat), type: "private", first_name: "Owner" },
      date: Math.floor(now / 1000),
      text: plain,
    },
  });
}
