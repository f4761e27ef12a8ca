/**
 * Pointers, claims and counters in one DynamoDB table with the string partition key `pk`.
 *
 * | attribute | type | holds |
 * |---|---|---|
 * | pk | S | the key |
 * | value | S | the value as JSON text |
 * | version | N | 1 after the first write, one more with each further one |
 * | written_by | S | a token of the write, by which a repeated request knows its own first success |
 * | expires_at_ms | N | epoch milliseconds; what reads and writes compare with |
 * | expires_at | N | epoch seconds, rounded up: what the table's time to live must name, which DynamoDB acts on days late |
 * | total | N | a counter's sum; a counter is an item of its own, under `counter:<key>` |
 */
import { randomUUID } from "node:crypto";
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Clock, State } from "../../core/ports.ts";
import { connectionDefaults } from "./connection.ts";

interface StateConfig {
  table: string;
  clock: Clock;
}

/** The state with a client of its own; `connection` overrides what the environment says (region, endpoint, …). */
export function connectState(config: StateConfig, connection: DynamoDBClientConfig = {}): State {
  return createState(new DynamoDBClient({ ...connectionDefaults, ...connection }), config);
}

/**
 * @returns the state. Reads are strongly consistent. `increment` is at least once: when the answer to an addition is
 * lost, the SDK sends it again, and the sum may be too high by one addition. Caps stay on the safe side.
 */
function createState(client: DynamoDBClient, { table, clock }: StateConfig): State {
  async function read(pk: string): Promise<Record<string, AttributeValue> | undefined> {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key: { pk: { S: pk } }, ConsistentRead: true }),
    );
    return Item;
  }

  return {
    async get(key) {
      const item = await read(key);
      if (item === undefined) return undefined;
      if (item.expires_at_ms !== undefined && numberOf(item, "expires_at_ms") <= clock.now()) return undefined;
      const value = item.value?.S;
      if (value === undefined) throw new Error(`state ${key}: attribute value of table ${table} is not a string`);
      return { value: JSON.parse(value), version: numberOf(item, "version") };
    },

    async put(key, value, expected, options = {}) {
      const text = JSON.stringify(value);
      if (text === undefined) throw new Error(`state ${key}: the value cannot be written as JSON`);
      const token = randomUUID();
      const now = { ":now": { N: String(clock.now()) } };
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: {
              pk: { S: key },
              value: { S: text },
              version: { N: String(expected + 1) },
              written_by: { S: token },
              ...(options.expiresAt === undefined
                ? {}
                : {
                    expires_at_ms: { N: String(options.expiresAt) },
                    expires_at: { N: String(Math.ceil(options.expiresAt / 1000)) },
                  }),
            },
            ...(expected === 0
              ? {
                  ConditionExpression: "attribute_not_exists(pk) OR expires_at_ms <= :now",
                  ExpressionAttributeValues: now,
                }
              : {
                  ConditionExpression:
                    "#version = :expected AND (attribute_not_exists(expires_at_ms) OR expires_at_ms > :now)",
                  ExpressionAttributeNames: { "#version": "version" },
                  ExpressionAttributeValues: { ...now, ":expected": { N: String(expected) } },
                }),
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return true;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // The first sending may have succeeded and only its answer been lost: then the SDK's repetition meets our item.
        return error.Item?.written_by?.S === token;
      }
    },

    async increment(key, by) {
      if (!Number.isSafeInteger(by))
        throw new Error(`state ${key}: ${by} is not a safe integer; counters add integers`);
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { pk: { S: counterKey(key) } },
          UpdateExpression: "ADD #total :by",
          ExpressionAttributeNames: { "#total": "total" },
          ExpressionAttributeValues: { ":by": { N: String(by) } },
          ReturnValues: "UPDATED_NEW",
        }),
      );
      return numberOf(Attributes ?? {}, "total");
    },

    async count(key) {
      const item = await read(counterKey(key));
      return item === undefined ? 0 : numberOf(item, "total");
    },
  };
}

function counterKey(key: string): string {
  return `counter:${key}`;
}

function numberOf(item: Record<string, AttributeValue>, name: string): number {
  const value = Number(item[name]?.N);
  if (!Number.isFinite(value))
    throw new Error(`state: attribute ${name} is ${JSON.stringify(item[name])}, not a number`);
  return value;
}
