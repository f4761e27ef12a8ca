/** What every `Telegram` does, shown on the requests that it sends through `Http`. */
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Http, HttpError, type HttpRequest, type HttpResponse, type Telegram } from "../../../core/ports.ts";

export interface TelegramUnderTest {
  telegram: Telegram;
  close(): Promise<void>;
}

const TOKEN = "123456789:AAF-secret_secret_secret_secret_12";
const CHAT = "-1001234567890";

function ok(messageId: number): HttpResponse {
  const result = {
    message_id: messageId,
    date: 1_793_491_200,
    chat: { id: Number(CHAT), type: "supergroup" },
    text: "",
  };
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ ok: true, result }) };
}

function refused(status: number, description: string, parameters?: Record<string, unknown>): HttpResponse {
  const body = JSON.stringify({ ok: false, error_code: status, description, ...(parameters && { parameters }) });
  return { status, headers: { "content-type": "application/json" }, body };
}

/** @param make builds the adapter on the given `Http`, token and chat. */
export function describeTelegramContract(
  name: string,
  make: (world: { http: Http; token: string; chatId: string }) => Promise<TelegramUnderTest>,
): void {
  describe(`Telegram contract: ${name}`, () => {
    let under: TelegramUnderTest;
    let requests: HttpRequest[];
    let answer: () => HttpResponse | Error;
    beforeEach(async () => {
      requests = [];
      answer = () => ok(77);
      const http: Http = {
        async request(request) {
          requests.push(request);
          const given = answer();
          if (given instanceof Error) throw given;
          return given;
        },
      };
      under = await make({ http, token: TOKEN, chatId: CHAT });
    });
    afterEach(async () => {
      await under.close();
    });

    async function failure(): Promise<Error> {
      try {
        await under.telegram.send({ html: "<b>x</b>", silent: false });
      } catch (error) {
        if (error instanceof Error) return error;
        throw error;
      }
      throw new Error("the message was sent");
    }

    test("posts the message as HTML to the bot's chat and answers with its id", async () => {
      const html = "<b>Chicago</b> 70–71° &amp; “quotes” 😀";
      expect(await under.telegram.send({ html, silent: false })).toEqual({ messageId: 77 });
      expect(requests).toHaveLength(1);
      const [request] = requests;
      expect(request?.url).toBe(`https://api.telegram.org/bot${TOKEN}/sendMessage`);
      expect(request?.method).toBe("POST");
      expect(new Headers(request?.headers).get("content-type")).toMatch(/^application\/json/);
      expect(JSON.parse(request?.body ?? "")).toMatchObject({ chat_id: CHAT, text: html, parse_mode: "HTML" });
      expect(JSON.parse(request?.body ?? "").disable_notification ?? false).toBe(false);
    });

    test("a silent message says so", async () => {
      await under.telegram.send({ html: "x", silent: true });
      expect(JSON.parse(requests[0]?.body ?? "")).toMatchObject({ disable_notification: true });
    });

    test("a send is never marked as repeatable", async () => {
      await under.telegram.send({ html: "x", silent: false });
      expect(requests[0]?.repeatable ?? false).toBe(false);
    });

    test.each([
      [refused(400, "Bad Request: chat not found"), /400.*chat not found/],
      [refused(401, "Unauthorized"), /401.*Unauthorized/],
      [refused(429, "Too Many Requests: retry after 5", { retry_after: 5 }), /429.*retry after 5/],
      [{ status: 502, headers: {}, body: "<html>Bad Gateway</html>" }, /502/],
      [{ status: 200, headers: {}, body: "not json" }, /Telegram/],
      [{ status: 200, headers: {}, body: JSON.stringify({ ok: true, result: {} }) }, /message_id/],
    ] as const)("throws when the answer is no delivered message (%#)", async (response, expected) => {
      answer = () => response;
      const error = await failure();
      expect(error.message).toMatch(expected);
      expect(requests).toHaveLength(1);
    });

    test("a failure to get an answer stays an HttpError of the same kind", async () => {
      answer = () => new HttpError("timeout", "POST api.telegram.org: no answer within 10000 ms");
      const error = await failure();
      expect(error).toBeInstanceOf(HttpError);
      expect((error as HttpError).kind).toBe("timeout");
    });

    test("the token is in no error", async () => {
      const url = `https://api.telegram.org/bot${TOKEN}/sendMessage`;
      for (const given of [new HttpError("network", `failed: ${url}`), refused(404, `Not Found: ${url}`)]) {
        answer = () => given;
        const error = await failure();
        expect(`${inspect(error, { depth: 10, showHidden: true })} ${error.stack}`).not.toContain("secret_secret");
      }
    });
  });
}
