/** What every `Http` does, shown against a server of our own on 127.0.0.1. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Http, HttpError } from "../../../core/ports.ts";

export interface HttpUnderTest {
  /** Waits between attempts must pass quickly (a clock whose sleep resolves at once). */
  http: Http;
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage & { text: string }, response: ServerResponse, count: number) => void;

/** A server whose answers a test sets. It counts the requests. */
async function serve(answer: Answer): Promise<{ url: string; count(): number; close(): Promise<void> }> {
  let count = 0;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      count += 1;
      answer(Object.assign(request, { text: Buffer.concat(chunks).toString() }), response, count);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function failure(attempt: Promise<unknown>): Promise<HttpError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
  throw new Error("the request did not fail");
}

export function describeHttpContract(name: string, make: () => Promise<HttpUnderTest>): void {
  describe(`Http contract: ${name}`, () => {
    let under: HttpUnderTest;
    let server: Awaited<ReturnType<typeof serve>> | undefined;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(async () => {
      await server?.close();
      server = undefined;
      await under.close();
    });

    test("sends method, path, query, headers and body, and gives back status, headers and body", async () => {
      server = await serve((request, response) => {
        response.writeHead(201, { "X-Seen": `${request.method} ${request.url} ${String(request.headers["x-mine"])}` });
        response.end(`got ${request.text}`);
      });
      const answer = await under.http.request({
        url: `${server.url}/a/b?c=d%20e`,
        method: "POST",
        headers: { "X-Mine": "yes" },
        body: "ü",
      });
      expect(answer.status).toBe(201);
      expect(answer.headers["x-seen"]).toBe("POST /a/b?c=d%20e yes");
      expect(answer.body).toBe("got ü");
    });

    test.each([400, 401, 404])("status %d is an answer, and asked for once", async (status) => {
      server = await serve((_request, response) => response.writeHead(status).end("no"));
      expect(await under.http.request({ url: server.url })).toMatchObject({ status, body: "no" });
      expect(server.count()).toBe(1);
    });

    test.each([429, 500, 503])("a GET is repeated after %d", async (status) => {
      server = await serve((_request, response, count) =>
        count < 3 ? response.writeHead(status).end("later") : response.end("now"),
      );
      expect(await under.http.request({ url: server.url })).toMatchObject({ status: 200, body: "now" });
      expect(server.count()).toBe(3);
    });

    test("after the last attempt the failing status is the answer", async () => {
      server = await serve((_request, response) => response.writeHead(503).end("down"));
      expect(await under.http.request({ url: server.url })).toMatchObject({ status: 503, body: "down" });
      expect(server.count()).toBe(4);
    });

    test.each(["POST", "DELETE"] as const)(
      "a %s is never repeated unless it is said to be repeatable",
      async (method) => {
        server = await serve((_request, response) => response.writeHead(503).end());
        expect(await under.http.request({ url: server.url, method })).toMatchObject({ status: 503 });
        expect(server.count()).toBe(1);
        expect(await under.http.request({ url: server.url, method, repeatable: true })).toMatchObject({ status: 503 });
        expect(server.count()).toBe(5);
      },
    );

    test("a GET that is said not to be repeatable is sent once", async () => {
      server = await serve((_request, response) => response.writeHead(429).end());
      expect(await under.http.request({ url: server.url, repeatable: false })).toMatchObject({ status: 429 });
      expect(server.count()).toBe(1);
    });

    test("a broken connection is repeated for a GET and fails as network for a POST", async () => {
      server = await serve((request, response, count) => {
        if (request.method === "POST" || count < 3) request.socket.destroy();
        else response.end("at last");
      });
      expect(await under.http.request({ url: server.url })).toMatchObject({ status: 200, body: "at last" });
      const error = await failure(under.http.request({ url: server.url, method: "POST" }));
      expect(error.kind).toBe("network");
      expect(server.count()).toBe(4);
    });

    test("nobody there fails as network", async () => {
      server = await serve((_request, response) => response.end());
      const { url } = server;
      await server.close();
      server = undefined;
      expect((await failure(under.http.request({ url }))).kind).toBe("network");
    });

    test("a body cut short is a broken connection, not a short answer", async () => {
      server = await serve((request, response) => {
        response.writeHead(200, { "content-length": "1000" });
        response.write("only so much", () => request.socket.destroy());
      });
      expect((await failure(under.http.request({ url: server.url }))).kind).toBe("network");
      expect(server.count()).toBe(4);
    });

    test("no answer within the time fails as timeout", async () => {
      server = await serve(() => {});
      const startedAt = performance.now();
      const error = await failure(under.http.request({ url: server.url, timeoutMs: 60, repeatable: false }));
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      expect(error.kind).toBe("timeout");
      expect(server.count()).toBe(1);
    });

    test("the time-out covers a body that trickles", async () => {
      const timers: NodeJS.Timeout[] = [];
      server = await serve((_request, response) => {
        response.writeHead(200);
        timers.push(setInterval(() => response.write("."), 20));
      });
      const error = await failure(under.http.request({ url: server.url, timeoutMs: 150, repeatable: false }));
      for (const timer of timers) clearInterval(timer);
      expect(error.kind).toBe("timeout");
    });

    test("a body over the cap fails as too_large, whether announced or not, and is not asked for again", async () => {
      server = await serve((request, response) => {
        if (request.url === "/announced") response.writeHead(200, { "content-length": "5000" }).end("x".repeat(5_000));
        else {
          response.writeHead(200);
          response.write("x".repeat(2_000));
          response.write("x".repeat(2_000));
          response.end();
        }
      });
      for (const path of ["/announced", "/streamed"]) {
        const error = await failure(under.http.request({ url: server.url + path, maxBytes: 3_000 }));
        expect(error.kind).toBe("too_large");
      }
      expect(server.count()).toBe(2);
      expect((await under.http.request({ url: `${server.url}/streamed`, maxBytes: 4_000 })).body).toHaveLength(4_000);
    });

    test("no thrown message holds a query or a bot token", async () => {
      server = await serve((request) => request.socket.destroy());
      const url = `${server.url}/bot123456:AAsecretsecret/sendMessage?apikey=hidden-value`;
      const error = await failure(under.http.request({ url, repeatable: false }));
      expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toMatch(/secretsecret|hidden-value/);
    });
  });
}
