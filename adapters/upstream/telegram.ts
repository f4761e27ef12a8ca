/** Messages to the owner's chat through Telegram's Bot API. */
// The build for the web: calls go through our own client anyway, and the one for Node brings node-fetch and its tables
// with it (425 KB minified against 45 KB).
import { Api, GrammyError, HttpError as GrammyHttpError } from "grammy/web";
import { type Http, HttpError, type Telegram, TelegramRefused } from "../../core/ports.ts";

export interface TelegramOptions {
  http: Http;
  token: () => Promise<string>;
  /** Number of the chat, or `@name` of a channel. */
  chatId: () => Promise<string>;
}

/** A send is not repeated here: whether one in doubt is sent again is decided where its claim is kept. */
export function createTelegram({ http, token, chatId }: TelegramOptions): Telegram {
  return {
    async send({ html, silent }) {
      const { secret, chat } = await addressOf(token, chatId);
      const api = new Api(secret, { fetch: fetchThrough(http) });
      try {
        const message = await api.sendMessage(chat, html, { parse_mode: "HTML", disable_notification: silent });
        if (!Number.isSafeInteger(message.message_id)) {
          throw new Error("Telegram sendMessage: the answer holds no message_id; the message was perhaps delivered");
        }
        return { messageId: message.message_id };
      } catch (error) {
        throw withoutToken(error, secret);
      }
    },
  };
}

/** Without an address nothing is sent: that is certain, too. */
async function addressOf(token: () => Promise<string>, chatId: () => Promise<string>) {
  try {
    return { secret: await token(), chat: await chatId() };
  } catch (error) {
    throw new TelegramRefused(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** The part of `fetch` that grammY uses for calls without files: one POST with a JSON text, and the answer's JSON. */
function fetchThrough(http: Http): typeof fetch {
  return async (input, init) => {
    const url = typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
    if (typeof init?.body !== "string") throw new Error("Telegram: only calls with a JSON text as body are sent");
    const answer = await http.request({
      url,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: init.body,
    });
    return {
      json: async () => {
        try {
          return JSON.parse(answer.body) as unknown;
        } catch {
          // The text may be a proxy's page of any length; the status says what matters.
          throw new Error(`Telegram answered status ${answer.status} with a body that is not JSON`);
        }
      },
    } as Response;
  };
}

/** A new error, since grammY's own keep the payload and the cause, which may hold the address with the token. */
function withoutToken(error: unknown, token: string): Error {
  const clean = (text: string): string => text.replaceAll(token, "<token>");
  if (error instanceof GrammyError) {
    // Whatever the type says: the description is what came over the wire.
    const description: unknown = error.description;
    return new TelegramRefused(`Telegram refused sendMessage: ${error.error_code} ${clean(String(description))}`);
  }
  const cause = error instanceof GrammyHttpError ? error.error : error;
  if (cause instanceof HttpError) return new HttpError(cause.kind, clean(cause.message));
  return new Error(clean(cause instanceof Error ? cause.message : String(cause)));
}
