import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { createLog } from "../../../adapters/aws/log.ts";
import type { Services } from "../../../core/ports.ts";
import { buildServices, clock, lake, queue, sql } from "../../../functions/services.ts";
import { telegram } from "../../../functions/telegram.ts";

describe("the services of a function", () => {
  test("each is made when it is first asked for, and once", () => {
    let made = 0;
    const services = buildServices(
      {},
      {
        random: () => {
          made++;
          return { next: () => 0.5 };
        },
      },
    );
    expect(made).toBe(0);
    expect(services.random).toBe(services.random);
    expect(made).toBe(1);
  });

  test("a service that the handler did not name is an error that says so", () => {
    const services = buildServices({}, { clock });
    expect(() => services.sql).toThrow(/service sql is not among those of this function/);
  });

  test("a builder reaches the others", () => {
    const services = buildServices({ BUCKET: "lake" }, { clock, lake });
    expect(Object.keys(services.lake)).toEqual(["get", "putIfAbsent", "list"]);
    const without = buildServices({ BUCKET: "lake" }, { lake });
    expect(() => without.lake).toThrow(/service clock/);
  });

  test("a variable that a builder needs and the environment lacks does not compile", () => {
    // @ts-expect-error -- ATHENA_DATABASE is missing
    expect(buildServices({ ATHENA_WORKGROUP: "w" }, { clock, sql })).toBeDefined();
  });

  test("the queue reaches only what the environment names", async () => {
    const services = buildServices({ QUEUE_URL_PREDICT: "http://127.0.0.1:1/q" }, { clock, queue });
    await expect(services.queue.send("enrich", [{ id: "e", body: 1 }])).rejects.toThrow(/QUEUE_URL_ENRICH is not set/);
    await expect(services.queue.parked("predict", 1)).rejects.toThrow(/PARKED_URL_PREDICT is not set/);
  });

  test("without its secret, Telegram says which parameter to store", async () => {
    const services = buildServices(
      { SECRET_PREFIX: "/brier/" },
      {
        clock,
        telegram,
        secrets: () => ({ get: () => Promise.resolve(undefined) }),
        http: () => ({ request: () => Promise.reject(new Error("not reached")) }),
      },
    );
    await expect(services.telegram.send({ html: "x", silent: true })).rejects.toThrow(
      /\/brier\/telegram-(token|chat-id)/,
    );
  });
});

describe("a bundle", () => {
  /** The packages whose code is in a bundle of these imports from functions/services.ts. */
  async function packagesOf(names: readonly (keyof Services)[]): Promise<string[]> {
    const { metafile } = await build({
      stdin: {
        contents: `import { buildServices, ${names.join(", ")} } from "./functions/services.ts"; export default buildServices({}, { ${names.join(", ")} });`,
        resolveDir: process.cwd(),
        loader: "ts",
      },
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "node",
      target: "node24",
      mainFields: ["module", "main"],
      logLevel: "silent",
    });
    const inputs = Object.values(metafile.outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    );
    return [
      ...new Set(inputs.map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "ours")),
    ].toSorted();
  }

  test("holds the clients of the services it names, and no other", async () => {
    const clients = (packages: string[]): string[] => packages.filter((name) => name.startsWith("@aws-sdk/client-"));
    const worker = await packagesOf(["clock", "lake", "queue", "state"]);
    expect(clients(worker)).toEqual(["@aws-sdk/client-dynamodb", "@aws-sdk/client-s3", "@aws-sdk/client-sqs"]);
    expect(worker).not.toContain("grammy");
    expect(clients(await packagesOf(["clock", "sql", "secrets"]))).toEqual([
      "@aws-sdk/client-athena",
      "@aws-sdk/client-ssm",
    ]);
  });
});

describe("the log of a function", () => {
  test("keeps fields apart from the logger's own, and hides what is secret", () => {
    const lines: unknown[] = [];
    const keep =
      (level: string) =>
      (...line: unknown[]): void => {
        lines.push([level, ...line]);
      };
    const log = createLog({ info: keep("info"), warn: keep("warn"), error: keep("error") });
    log.info("started");
    log.warn("step failed", { message: "job-1", error: "GET https://api.example.com/x?key=1" });
    log.error("parked", { token: "abc" });
    expect(lines).toEqual([
      ["info", "started", { fields: {} }],
      ["warn", "step failed", { fields: { message: "job-1", error: "GET https://api.example.com/x?<redacted>" } }],
      ["error", "parked", { fields: { token: "<redacted>" } }],
    ]);
  });
});
