import { afterEach, describe, expect, test } from "vitest";
import { connectState } from "../../../adapters/aws/state.ts";
import { type AwsAnswer, type AwsRequest, jsonError, sleepingClock, type StandIn, standIn } from "./aws-stand-in.ts";

type Item = Record<string, { S?: string; N?: string }>;

let dynamo: StandIn;
afterEach(() => dynamo.close());

async function stateOn(answer: (request: AwsRequest) => AwsAnswer) {
  dynamo = await standIn(answer);
  const clock = sleepingClock();
  return { state: connectState({ table: "state", clock }, dynamo.connection), clock };
}
const answerOf = (body: unknown): AwsAnswer => ({
  status: 200,
  body,
  headers: { "content-type": "application/x-amz-json-1.0" },
});
const refused = (item: Item): AwsAnswer => ({
  status: 400,
  headers: { "content-type": "application/x-amz-json-1.0" },
  body: { __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", message: "no", Item: item },
});

describe("the state on DynamoDB", () => {
  test("a claim whose first answer was lost is still won: the repetition meets its own item", async () => {
    let item: Item | undefined;
    const { state } = await stateOn((request) => {
      if (item !== undefined) return refused(item);
      item = (JSON.parse(request.body) as { Item: Item }).Item;
      return "drop";
    });
    expect(await state.put("claim/a", "mine", 0)).toBe(true);
    expect(dynamo.requests).toHaveLength(2);
  });

  test("a claim that another made is lost", async () => {
    const { state } = await stateOn(() => refused({ written_by: { S: "another" } }));
    expect(await state.put("claim/a", "mine", 0)).toBe(false);
  });

  test("throttling is tried again by the SDK", async () => {
    const { state } = await stateOn(() =>
      dynamo.requests.length < 2 ? jsonError(400, "ProvisionedThroughputExceededException") : answerOf({}),
    );
    expect(await state.put("k", 1, 0)).toBe(true);
    expect(dynamo.requests).toHaveLength(2);
  });

  test("the table's time to live, in seconds, is never before the expiry", async () => {
    const { state } = await stateOn(() => answerOf({}));
    await state.put("k", 1, 0, { expiresAt: 1_793_491_200_001 });
    expect((JSON.parse(dynamo.requests[0]?.body ?? "") as { Item: Item }).Item).toMatchObject({
      expires_at_ms: { N: "1793491200001" },
      expires_at: { N: "1793491201" },
    });
  });

  test("an item that is still stored past its expiry reads as absent", async () => {
    const { state, clock } = await stateOn(() =>
      answerOf({ Item: { value: { S: "1" }, version: { N: "3" }, expires_at_ms: { N: "1793491200005" } } }),
    );
    expect(await state.get("k")).toEqual({ value: 1, version: 3 });
    await clock.sleep(5);
    expect(await state.get("k")).toBeUndefined();
  });

  test("an item that is not one of ours is an error, not a default", async () => {
    const { state } = await stateOn(() => answerOf({ Item: { value: { S: "1" } } }));
    await expect(state.get("k")).rejects.toThrow(/version/);
    await expect(state.count("k")).rejects.toThrow(/total/);
  });
});
