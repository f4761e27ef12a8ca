import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle, functionNames } from "../../bin/bundle.ts";

const KiB = 1024;
/**
 * Of ingest, 340 KiB are the SDK with its four clients, 95 zod, 48 the Parquet writer, 80 the decoders; coordinate and enrich
 * know what of a source they need from pointers and jobs, and have 90 of the desks' models instead.
 */
const limit = 800 * KiB;
const names = functionNames();
const dist = mkdtempSync(join(tmpdir(), "brier-dist-"));
const fileOf = (name: string) => join(dist, "functions", name, "index.mjs");
let metafile: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  metafile = await bundle(dist);
});
afterAll(() => rmSync(dist, { recursive: true }));

describe("the bundles", () => {
  test("are one a function, and a file that says what went in", () => {
    expect(names).toEqual([
      "coordinate",
      "create-views",
      "enrich",
      "ingest",
      "notify",
      "predict",
      "settle",
      "stream",
      "watch",
    ]);
    expect(Object.keys(JSON.parse(readFileSync(join(dist, "meta.json"), "utf8")).outputs)).toHaveLength(names.length);
  });

  // Load time grows with size: every cold start reads and compiles the whole file.
  test.each(names)("%s is small enough to start quickly", (name) => {
    expect(statSync(fileOf(name)).size).toBeLessThanOrEqual(limit);
  });

  // A database engine or wasm would be more than all the rest; the others belong to the laptop or the deployment.
  test.each(names)("%s holds nothing of the laptop, the tests or the deployment", (name) => {
    const output = Object.entries(metafile.outputs).find(([path]) => path.endsWith(`functions/${name}/index.mjs`));
    const inputs = Object.keys(output?.[1].inputs ?? {});
    expect(inputs.length).toBeGreaterThan(50);
    const own = /^(sandbox|runtime|commands|lib|tests|bin)\/|^adapters\/embedded\/(lake|queue|state|sql)/;
    const packages = /node_modules\/(@duckdb|aws-cdk|constructs|croner|vitest|aws-xray)|\.wasm$/;
    expect(inputs.filter((path) => own.test(path) || packages.test(path))).toEqual([]);
    expect(readFileSync(fileOf(name), "utf8")).not.toMatch(/node:sqlite|@duckdb|WebAssembly/);
  });

  test("keep the errors that the adapters tell from the others, and no class for the rest", () => {
    const text = readFileSync(fileOf("ingest"), "utf8");
    for (const name of ["ConditionalCheckFailedException", "NoSuchKey", "ParameterNotFound"])
      expect(text).toContain(`name="${name}"`);
    expect(text).not.toMatch(/TableAlreadyExists|DocumentLimitExceeded|QueueDeletedRecently/);
  });

  test("only notify holds Telegram, only create-views Athena, only steps with a state the state store", () => {
    const holds = (name: string, part: string) => {
      const output = Object.entries(metafile.outputs).find(([path]) => path.endsWith(`functions/${name}/index.mjs`));
      return Object.entries(output?.[1].inputs ?? {}).some(
        ([path, { bytesInOutput }]) => path.includes(part) && bytesInOutput > 0,
      );
    };
    expect(names.filter((name) => holds(name, "/grammy/"))).toEqual(["notify"]);
    // Those that have a secret: a source's key, the bot's token, the exchange's key.
    expect(names.filter((name) => holds(name, "/client-ssm/"))).toEqual(["ingest", "notify", "stream"]);
    expect(names.filter((name) => holds(name, "node_modules/ws/"))).toEqual(["stream"]);
    expect(names.filter((name) => holds(name, "/client-athena/"))).toEqual(["create-views"]);
    expect(names.filter((name) => !holds(name, "/client-dynamodb/"))).toEqual(["create-views", "predict"]);
  });
});

describe("a bundle run as Lambda runs it", () => {
  /** Stands in for SQS: notes what was asked and says yes. */
  const asked: { action: string; body: Record<string, unknown> }[] = [];
  const sqs = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const body = JSON.parse(text) as Record<string, unknown>;
      asked.push({ action: String(request.headers["x-amz-target"]), body });
      // SQS answers with the hash of the body that it took, and the SDK checks it.
      const MD5OfMessageBody = typeof body["MessageBody"] === "string" ? md5(body["MessageBody"]) : undefined;
      response.setHeader("content-type", "application/x-amz-json-1.0");
      response.end(JSON.stringify({ MessageId: "m", MD5OfMessageBody }));
    });
  });
  const before = { ...process.env };
  beforeAll(async () => {
    await new Promise<void>((resolve) => sqs.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(sqs.address() as AddressInfo).port}`;
    Object.assign(process.env, {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL: url,
      POWERTOOLS_LOG_LEVEL: "SILENT",
      POWERTOOLS_METRICS_DISABLED: "true",
      POWERTOOLS_SERVICE_NAME: "BrierStack",
      POWERTOOLS_METRICS_NAMESPACE: "Brier",
      BUCKET: "lake",
      STATE_TABLE: "state",
      SECRET_PREFIX: "/BrierStack/",
      ...Object.fromEntries(
        ["INGEST", "COORDINATE", "PREDICT", "ENRICH", "NOTIFY", "SETTLE", "WATCH"].flatMap((name) => [
          [`QUEUE_URL_${name}`, `${url}/1/${name}`],
          [`PARKED_URL_${name}`, `${url}/1/${name}-parked`],
        ]),
      ),
    });
  });
  afterAll(() => {
    sqs.close();
    process.env = before;
  });

  test.each(names.filter((name) => name !== "create-views" && name !== "stream"))(
    "%s parks a message that it cannot read, and says so",
    async (name) => {
      asked.length = 0;
      const { handler } = (await import(pathToFileURL(fileOf(name)).href)) as {
        handler: (...event: unknown[]) => Promise<unknown>;
      };
      const record = {
        messageId: "11111111-1111-4111-8111-111111111111",
        receiptHandle: "receipt",
        body: '{"no": "such message"}',
        attributes: { ApproximateReceiveCount: "1" },
        messageAttributes: {},
      };
      await expect(handler({ Records: [record] }, { functionName: name, awsRequestId: "r" })).resolves.toEqual({
        batchItemFailures: [],
      });
      expect(asked.map(({ action }) => action)).toEqual(["AmazonSQS.SendMessage", "AmazonSQS.DeleteMessage"]);
      expect(asked[0]?.body).toMatchObject({
        QueueUrl: expect.stringContaining(`${name.toUpperCase()}-parked`),
        MessageBody: record.body,
        MessageAttributes: { reason: { StringValue: expect.stringContaining(`not a ${name} message`) } },
      });
    },
  );
});

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
