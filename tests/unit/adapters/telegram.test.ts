import { inspect } from "node:util";
import { expect, test } from "vitest";
import { createHttp } from "../../../adapters/upstream/http.ts";
import { createTelegram } from "../../../adapters/upstream/telegram.ts";
import { HttpError } from "../../../core/ports.ts";

const token = "123456789:AAF-secret_secret_secret";

function over(answer: () => Response) {
  const logged: unknown[] = [];
  const write = (...line: unknown[]) => logged.push(line);
  let sends = 0;
  const http = createHttp({
    fetch: async () => {
      sends += 1;
      return answer();
    },
    clock: { now: () => Date.UTC(2026, 10, 1), sleep: async () => {} },
    random: { next: () => 0.5 },
    log: { info: write, warn: write, error: write },
  });
  const telegram = createTelegram({ http, token: async () => token, chatId: async () => "42" });
  return { telegram, sends: () => sends, logged: () => inspect(logged, { depth: 10 }) };
}

test("through the real client: sent once whatever comes back, the token in no log line and no error", async () => {
  const outcomes: [() => Response, RegExp][] = [
    [() => new Response("bad gateway", { status: 502 }), /status 502/],
    [() => Response.json({ ok: false, error_code: 429, description: "Too Many Requests" }, { status: 429 }), /429/],
    [() => Response.json({}), /refused/],
    [() => Response.json(null), /./],
  ];
  for (const [answer, expected] of outcomes) {
    const { telegram, sends, logged } = over(answer);
    const error = await telegram.send({ html: "x", silent: true }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toMatch(expected);
    expect(sends()).toBe(1);
    expect(logged()).toContain("/bot<redacted>/sendMessage");
    expect(logged() + inspect(error, { depth: 10, showHidden: true })).not.toContain("secret");
  }
});

test("a broken connection is told apart from a refusal, since the message may have been delivered", async () => {
  const { telegram } = over(() => {
    throw new TypeError(`fetch failed for bot${token}`);
  });
  const error = await telegram.send({ html: "x", silent: false }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HttpError);
  expect(inspect(error)).not.toContain("secret");
});
