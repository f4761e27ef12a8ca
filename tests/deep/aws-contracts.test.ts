/** The contracts of the ports, on the AWS adapters, through the unmodified SDK, against moto. */
import { setTimeout as wait } from "node:timers/promises";
import { AthenaClient, CreateWorkGroupCommand } from "@aws-sdk/client-athena";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClock } from "../../adapters/aws/clock.ts";
import { connectLake } from "../../adapters/aws/lake.ts";
import { connectQueue, maxReceiveCount, type QueueUrls } from "../../adapters/aws/queue.ts";
import { connectSecrets } from "../../adapters/aws/secrets.ts";
import { connectSql } from "../../adapters/aws/sql.ts";
import { connectState } from "../../adapters/aws/state.ts";
import type { QueueName } from "../../core/ports.ts";
import { describeClockContract } from "../contract/suites/clock.ts";
import { describeLakeContract } from "../contract/suites/lake.ts";
import { describeQueueContract } from "../contract/suites/queue.ts";
import { describeSecretsContract } from "../contract/suites/secrets.ts";
import { describeStateContract } from "../contract/suites/state.ts";
import { type Moto, prepareMoto, startMoto } from "./moto.ts";

const missing = prepareMoto();
if (missing !== undefined) process.stderr.write(`The contracts on AWS were skipped: ${missing}.\n`);

const clock = createClock();
const queueNames: readonly QueueName[] = ["ingest", "coordinate", "predict", "enrich", "notify", "settle", "watch"];

describeClockContract("AWS", () => Promise.resolve({ clock, close: () => Promise.resolve() }));

describe.skipIf(missing !== undefined)("AWS adapters on moto", () => {
  let moto: Moto;
  let worlds = 0;
  /** Every test has resources of its own. */
  const fresh = (kind: string): string => `${kind}-${worlds++}`;

  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(async () => {
    await moto.stop();
  });

  describeLakeContract("S3", async () => {
    const connection = { ...moto.connection, forcePathStyle: true };
    const bucket = fresh("lake");
    const client = new S3Client(connection);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    return {
      lake: connectLake({ bucket, clock }, connection),
      another: () => Promise.resolve(connectLake({ bucket, clock }, connection)),
      close: () => Promise.resolve(client.destroy()),
    };
  });

  // Long enough that a busy machine does not let it pass within a test, short enough to wait for.
  const visibilitySeconds = 2;

  async function createQueues(client: SQSClient): Promise<Record<QueueName, Required<QueueUrls>>> {
    const world = fresh("world");
    const addresses: [QueueName, Required<QueueUrls>][] = [];
    for (const name of queueNames) {
      const { QueueUrl: parkedUrl } = await client.send(
        new CreateQueueCommand({ QueueName: `${world}-${name}-parked` }),
      );
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: parkedUrl, AttributeNames: ["QueueArn"] }),
      );
      const { QueueUrl: url } = await client.send(
        new CreateQueueCommand({
          QueueName: `${world}-${name}`,
          Attributes: {
            VisibilityTimeout: String(visibilitySeconds),
            RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount }),
          },
        }),
      );
      if (url === undefined || parkedUrl === undefined) throw new Error("moto made a queue without a URL");
      addresses.push([name, { url, parkedUrl }]);
    }
    return Object.fromEntries(addresses) as Record<QueueName, Required<QueueUrls>>;
  }

  describeQueueContract("SQS", async () => {
    const client = new SQSClient(moto.connection);
    const queues = await createQueues(client);
    const connect = () => connectQueue({ queues, clock, waitSeconds: 0 }, moto.connection);
    return {
      queue: connect(),
      another: () => Promise.resolve(connect()),
      crash: () => Promise.resolve(connect()),
      visibilitySeconds,
      advance: (ms) => wait(ms),
      close: () => Promise.resolve(client.destroy()),
    };
  });

  test("a message without the id attribute, as EventBridge Scheduler sends them, goes by SQS's own id", async () => {
    const client = new SQSClient(moto.connection);
    const queues = await createQueues(client);
    const body = JSON.stringify({ at: "2026-11-01T00:00:00Z" });
    const { MessageId } = await client.send(new SendMessageCommand({ QueueUrl: queues.watch.url, MessageBody: body }));
    const queue = connectQueue({ queues, clock, waitSeconds: 0 }, moto.connection);
    const [delivery] = await queue.receive("watch", 1);
    expect(delivery).toMatchObject({ id: MessageId, body, receives: 1 });
  });

  test("a parked reason that SQS could not hold is made to fit", async () => {
    const client = new SQSClient(moto.connection);
    const queues = await createQueues(client);
    const queue = connectQueue({ queues, clock, waitSeconds: 0 }, moto.connection);
    for (const reason of ["", "a\u0000b\u{D800}", "x".repeat(300_000)]) {
      await queue.send("ingest", [{ id: "i", body: 1 }]);
      const [delivery] = await queue.receive("ingest", 1);
      if (delivery === undefined) throw new Error("nothing received");
      await queue.park("ingest", delivery, reason);
    }
    const reasons = (await queue.parked("ingest", 10)).map((message) => message.reason);
    expect(reasons.toSorted()).toEqual(["a\u{FFFD}b\u{FFFD}", "no reason given", "x".repeat(2000)]);
  });

  test("reads more parked messages than one receive brings, each once", async () => {
    const queues = await createQueues(new SQSClient(moto.connection));
    const queue = connectQueue({ queues, clock, waitSeconds: 0 }, moto.connection);
    const ids = Array.from({ length: 23 }, (_, index) => `p-${String(index).padStart(2, "0")}`);
    await queue.send(
      "predict",
      ids.map((id) => ({ id, body: id })),
    );
    for (const delivery of await queue.receive("predict", 23)) await queue.park("predict", delivery, "bad");
    for (let look = 0; look < 2; look++) {
      expect((await queue.parked("predict", 100)).map(({ id }) => id).toSorted()).toEqual(ids);
    }
    expect(await queue.parked("predict", 7)).toHaveLength(7);
  });

  describeStateContract("DynamoDB", async () => {
    const client = new DynamoDBClient(moto.connection);
    const table = fresh("state");
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      }),
    );
    return {
      state: connectState({ table, clock }, moto.connection),
      another: () => Promise.resolve(connectState({ table, clock }, moto.connection)),
      now: () => clock.now(),
      advance: (ms) => wait(ms),
      async close() {
        await client.send(new DeleteTableCommand({ TableName: table }));
        client.destroy();
      },
    };
  });

  describeSecretsContract("SSM", () => {
    const client = new SSMClient(moto.connection);
    const prefix = `/${fresh("stack")}/`;
    return Promise.resolve({
      secrets: connectSecrets({ prefix, clock }, moto.connection),
      async store(name, value) {
        await client.send(new PutParameterCommand({ Name: `${prefix}${name}`, Value: value, Type: "SecureString" }));
      },
      close: () => Promise.resolve(client.destroy()),
    });
  });

  test("a secret is asked for again after five minutes", async () => {
    const client = new SSMClient(moto.connection);
    const prefix = `/${fresh("stack")}/`;
    const put = (Value: string) =>
      client.send(new PutParameterCommand({ Name: `${prefix}token`, Value, Type: "SecureString", Overwrite: true }));
    let now = 0;
    const secrets = connectSecrets({ prefix, clock: { ...clock, now: () => now } }, moto.connection);
    await put("old");
    expect(await secrets.get("token")).toBe("old");
    await put("new");
    now = 5 * 60_000 - 1;
    expect(await secrets.get("token")).toBe("old");
    now = 5 * 60_000;
    expect(await secrets.get("token")).toBe("new");
  });

  // moto executes no SQL: this shows only that the calls are made as Athena takes them. What Athena answers, and what
  // becomes of it, is in tests/unit/adapters/aws-sql.test.ts.
  test("a query is started in its workgroup, waited for, and its results are read", async () => {
    const client = new AthenaClient(moto.connection);
    const workgroup = fresh("workgroup");
    await client.send(new CreateWorkGroupCommand({ Name: workgroup }));
    const info = (Name: string, Type: string) => ({ Name, Label: Name, Type });
    const canned = await fetch(`${moto.connection.endpoint}/moto-api/static/athena/query-results`, {
      method: "POST",
      body: JSON.stringify({
        results: [
          {
            rows: [
              ["ticker", "n"],
              ["KXHIGHCHI", "3"],
            ].map((row) => ({ Data: row.map((VarCharValue) => ({ VarCharValue })) })),
            column_info: [info("ticker", "varchar"), info("n", "bigint")],
          },
        ],
      }),
    });
    expect(canned.status).toBe(201);
    const sql = connectSql({ workgroup, database: "default", clock }, moto.connection);
    expect(await sql.query("SELECT ticker, n FROM t WHERE ticker = ?", ["KXHIGHCHI"])).toEqual({
      columns: ["ticker", "n"],
      rows: [["KXHIGHCHI", 3]],
    });
  });
});
