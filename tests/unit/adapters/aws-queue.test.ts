import { afterEach, describe, expect, test } from "vitest";
import { connectQueue } from "../../../adapters/aws/queue.ts";
import {
  type AwsAnswer,
  type AwsRequest,
  inTurn,
  jsonError,
  sleepingClock,
  type StandIn,
  standIn,
} from "./aws-stand-in.ts";

interface Entry {
  Id: string;
  MessageBody: string;
}
const entriesOf = (request: AwsRequest): Entry[] => (JSON.parse(request.body) as { Entries: Entry[] }).Entries;

/** Accepts the entries, save those that `refuse` names. */
function accept(request: AwsRequest, refuse: (entry: Entry) => boolean = () => false, senderFault = false): AwsAnswer {
  const entries = entriesOf(request);
  return {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.0" },
    body: {
      Successful: entries.filter((entry) => !refuse(entry)).map(({ Id }) => ({ Id, MessageId: `m${Id}` })),
      Failed: entries
        .filter(refuse)
        .map(({ Id }) => ({ Id, SenderFault: senderFault, Code: "Refused", Message: "by the test" })),
    },
  };
}

let sqs: StandIn;
afterEach(() => sqs.close());

async function queueOn(answer: (request: AwsRequest) => AwsAnswer) {
  sqs = await standIn(answer);
  const clock = sleepingClock();
  const url = `${sqs.connection.endpoint}/000000000000/predict`;
  // The checksums that SQS sends are moto's business; here only its refusals matter.
  const queue = connectQueue(
    { queues: { predict: { url } }, clock, waitSeconds: 0 },
    { ...sqs.connection, md5: false },
  );
  return { queue, clock };
}
const messages = (count: number, body: unknown = 0) =>
  Array.from({ length: count }, (_, n) => ({ id: `job-${n}`, body }));

describe("the queues on SQS", () => {
  test("sends in batches of ten", async () => {
    const { queue } = await queueOn((request) => accept(request));
    await queue.send("predict", messages(25));
    expect(sqs.requests.map((request) => entriesOf(request).length)).toEqual([10, 10, 5]);
  });

  test("sends no more than 256 KiB in a batch", async () => {
    const { queue } = await queueOn((request) => accept(request));
    await queue.send("predict", messages(5, "x".repeat(100_000)));
    expect(sqs.requests.map((request) => entriesOf(request).length)).toEqual([2, 2, 1]);
  });

  test("sends again the entries that SQS could not take, and only those", async () => {
    const { queue, clock } = await queueOn((request) =>
      accept(request, ({ Id }) => Id === "3" && sqs.requests.length <= 2),
    );
    await queue.send("predict", messages(5));
    expect(sqs.requests.map((request) => entriesOf(request).map(({ Id }) => Id))).toEqual([
      ["0", "1", "2", "3", "4"],
      ["3"],
      ["3"],
    ]);
    expect(clock.slept).toEqual([100, 400]);
  });

  test("gives up on an entry that SQS does not take, naming the message", async () => {
    const { queue } = await queueOn((request) => accept(request, ({ Id }) => Id === "1"));
    await expect(queue.send("predict", messages(3))).rejects.toThrow(
      /queue predict: 1 of 3 .* job-1: Refused by the test/,
    );
    expect(sqs.requests).toHaveLength(4);
  });

  test("does not send again what is the sender's fault", async () => {
    const { queue } = await queueOn((request) => accept(request, ({ Id }) => Id === "1", true));
    await expect(queue.send("predict", messages(3))).rejects.toThrow(/job-1/);
    expect(sqs.requests).toHaveLength(1);
  });

  test("sends nothing when one of the messages is too large", async () => {
    const { queue } = await queueOn((request) => accept(request));
    const large = { id: "large", body: "x".repeat(256 * 1024) };
    await expect(queue.send("predict", [...messages(12), large])).rejects.toThrow(/message large has \d+ bytes/);
    expect(sqs.requests).toEqual([]);
  });

  test("throttling is tried again by the SDK", async () => {
    const answers = inTurn(jsonError(400, "RequestThrottled"), jsonError(503, "ServiceUnavailable"));
    const { queue } = await queueOn((request) => (sqs.requests.length <= 2 ? answers() : accept(request)));
    await queue.send("predict", messages(1));
    expect(sqs.requests).toHaveLength(3);
  });

  test("a queue whose address the function was not given is an error that names the variable", async () => {
    const { queue } = await queueOn((request) => accept(request));
    await expect(queue.send("enrich", messages(1))).rejects.toThrow(/QUEUE_URL_ENRICH is not set/);
    await expect(queue.parked("predict", 1)).rejects.toThrow(/PARKED_URL_PREDICT is not set/);
  });

  test.each([-1, Number.NaN, 43_201])("refuses to give a message back for %d seconds", async (seconds) => {
    const { queue } = await queueOn(() => ({ status: 200 }));
    const delivery = { id: "job-1", body: "0", receives: 1, receipt: "r" };
    await expect(queue.retry("predict", delivery, seconds)).rejects.toThrow(/job-1 cannot wait/);
  });

  test("gives a message back for whole seconds, never for less than asked", async () => {
    const { queue } = await queueOn(() => ({ status: 200, headers: { "content-type": "application/x-amz-json-1.0" } }));
    await queue.retry("predict", { id: "job-1", body: "0", receives: 1, receipt: "r" }, 0.2);
    expect(sqs.requests[0]).toMatchObject({ operation: "ChangeMessageVisibility" });
    expect(JSON.parse(sqs.requests[0]?.body ?? "")).toMatchObject({ ReceiptHandle: "r", VisibilityTimeout: 1 });
  });
});
