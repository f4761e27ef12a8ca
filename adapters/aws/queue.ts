/** The steps' queues on SQS, each with its parked (dead-letter) queue. Standard queues: at least once, in no order. */
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from "@aws-sdk/client-sqs";
import type { Clock, Delivery, ParkedMessage, Queue, QueueName } from "../../core/ports.ts";
import { connectionDefaults } from "./connection.ts";

export interface QueueUrls {
  url?: string | undefined;
  parkedUrl?: string | undefined;
}

interface QueueConfig {
  /** A step is given the addresses that it uses; asking for another is an error that names the variable. */
  queues: Partial<Record<QueueName, QueueUrls>>;
  clock: Clock;
  /** How long a receive waits for a first message (long polling), 0 to 20 seconds. Default 10. */
  waitSeconds?: number;
}

/** Message attributes of ours. */
const idAttribute = "id";
const reasonAttribute = "reason";

/**
 * A message, and a batch of them in sum, holds at most this. SQS has raised its own limit to 1 MiB; the older one holds
 * everywhere, and a body near it is a mistake: messages name their inputs by lake key.
 */
const maxBytes = 256 * 1024;
/** Of SQS: entries of a batch, messages of a receive. */
const batchSize = 10;
/** Of SQS: a message stays invisible at most 12 hours. */
const maxVisibilitySeconds = 12 * 60 * 60;
/** Waits between the sendings of batch entries that SQS refused for reasons of its own (throttling, internal faults). */
const resendDelaysMs = [100, 400, 1600] as const;
/** How long a look at the parked queue hides its messages, should the looker die before it gives them back. */
const lookSeconds = 30;
/** What the redrive policy of every queue says. */
export const maxReceiveCount = 5;
/** What `parked` says of a message that SQS itself moved there: a redrive leaves no reason. */
const redriven = `received ${maxReceiveCount} times and never finished: moved here by the queue's redrive policy`;

/** The queues with a client of their own; `connection` overrides what the environment says (region, endpoint, …). */
export function connectQueue(config: QueueConfig, connection: SQSClientConfig = {}): Queue {
  return createQueue(new SQSClient({ ...connectionDefaults, ...connection }), config);
}

function createQueue(client: SQSClient, { queues, clock, waitSeconds = 10 }: QueueConfig): Queue {
  function addressOf(queue: QueueName, kind: keyof QueueUrls): string {
    const url = queues[queue]?.[kind];
    if (url !== undefined) return url;
    const variable = `${kind === "url" ? "QUEUE_URL" : "PARKED_URL"}_${queue.toUpperCase()}`;
    throw new Error(`queue ${queue}: ${variable} is not set; name it in the env.ts of the function that uses it`);
  }

  async function sendBatch(queue: QueueName, url: string, batch: SendMessageBatchRequestEntry[]): Promise<void> {
    let entries = batch;
    for (let tries = 0; entries.length > 0; tries++) {
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
      if (Failed.length === 0) return;
      const delayMs = resendDelaysMs[tries];
      const fatal =
        Failed.find((failure) => failure.SenderFault === true) ?? (delayMs === undefined ? Failed[0] : undefined);
      if (fatal !== undefined) {
        const id = batch.find((entry) => entry.Id === fatal.Id)?.MessageAttributes?.[idAttribute]?.StringValue;
        throw new Error(
          `queue ${queue}: ${Failed.length} of ${batch.length} messages were refused; ${id}: ${fatal.Code} ${fatal.Message ?? ""}`,
        );
      }
      const failed = new Set(Failed.map((failure) => failure.Id));
      entries = entries.filter((entry) => failed.has(entry.Id));
      await clock.sleep(delayMs ?? 0);
    }
  }

  async function receiveSome(url: string, max: number, wait: number, visibility?: number): Promise<Message[]> {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: Math.min(max, batchSize),
        WaitTimeSeconds: wait,
        VisibilityTimeout: visibility,
        MessageSystemAttributeNames: ["ApproximateReceiveCount"],
        MessageAttributeNames: [idAttribute, reasonAttribute],
      }),
    );
    return Messages;
  }

  return {
    async send(queue, messages) {
      const url = addressOf(queue, "url");
      // Everything is checked before anything is sent.
      const sized = messages.map(({ id, body }) => {
        const text = JSON.stringify(body);
        if (text === undefined) throw new Error(`queue ${queue}: the body of message ${id} cannot be written as JSON`);
        const bytes = Buffer.byteLength(text) + attributeBytes(idAttribute, id);
        if (bytes > maxBytes) {
          throw new Error(
            `queue ${queue}: message ${id} has ${bytes} bytes, at most ${maxBytes} fit; put the data into the lake and send its key`,
          );
        }
        return { id, text, bytes };
      });
      for (const batch of batchesOf(sized)) {
        const entries = batch.map(({ id, text }, index) => ({
          Id: String(index),
          MessageBody: text,
          MessageAttributes: { [idAttribute]: stringAttribute(id) },
        }));
        await sendBatch(queue, url, entries);
      }
    },

    async receive(queue, max) {
      const url = addressOf(queue, "url");
      const deliveries: Delivery[] = [];
      while (deliveries.length < max) {
        // Only the first request waits: afterwards there is something to work on.
        const wait = deliveries.length === 0 ? waitSeconds : 0;
        const messages = await receiveSome(url, max - deliveries.length, wait);
        if (messages.length === 0) break;
        deliveries.push(...messages.map((message) => deliveryOf(queue, message)));
      }
      return deliveries;
    },

    async delete(queue, { receipt }) {
      await client.send(new DeleteMessageCommand({ QueueUrl: addressOf(queue, "url"), ReceiptHandle: receipt }));
    },

    /** The redrive policy of the queue parks a message that was received too often, when it would be received again. */
    async retry(queue, { id, receipt }, afterSeconds) {
      if (!(afterSeconds >= 0 && afterSeconds <= maxVisibilitySeconds)) {
        throw new Error(
          `queue ${queue}: message ${id} cannot wait ${afterSeconds} s; SQS takes 0 to ${maxVisibilitySeconds}`,
        );
      }
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: addressOf(queue, "url"),
          ReceiptHandle: receipt,
          VisibilityTimeout: Math.ceil(afterSeconds),
        }),
      );
    },

    /** Copy, then delete: a crash between the two parks the message twice and loses nothing. */
    async park(queue, { id, body, receipt }, reason) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: addressOf(queue, "parkedUrl"),
          MessageBody: body,
          MessageAttributes: {
            [idAttribute]: stringAttribute(id),
            [reasonAttribute]: stringAttribute(reasonText(reason)),
          },
        }),
      );
      await client.send(new DeleteMessageCommand({ QueueUrl: addressOf(queue, "url"), ReceiptHandle: receipt }));
    },

    async parked(queue, max) {
      const url = addressOf(queue, "parkedUrl");
      const seen = new Map<string, ParkedMessage>();
      const receipts: string[] = [];
      while (seen.size < max) {
        const messages = await receiveSome(url, max - seen.size, 0, lookSeconds);
        if (messages.length === 0) break;
        for (const message of messages) {
          const { id, body, receipt } = deliveryOf(queue, message);
          seen.set(message.MessageId ?? receipt, {
            id,
            body,
            reason: message.MessageAttributes?.[reasonAttribute]?.StringValue ?? redriven,
          });
          receipts.push(receipt);
        }
      }
      for (let start = 0; start < receipts.length; start += batchSize) {
        await client.send(
          new ChangeMessageVisibilityBatchCommand({
            QueueUrl: url,
            Entries: receipts.slice(start, start + batchSize).map((receipt, index) => ({
              Id: String(index),
              ReceiptHandle: receipt,
              VisibilityTimeout: 0,
            })),
          }),
        );
      }
      return [...seen.values()];
    },
  };
}

/** A message without our id (EventBridge Scheduler sends none) goes by the id that SQS gave it. */
function deliveryOf(queue: QueueName, message: Message): Delivery {
  const { Body, MessageId, ReceiptHandle } = message;
  const receives = Number(message.Attributes?.ApproximateReceiveCount);
  if (Body === undefined || MessageId === undefined || ReceiptHandle === undefined || !Number.isInteger(receives)) {
    throw new Error(`queue ${queue}: SQS sent message ${MessageId} without its body, id, receipt or receive count`);
  }
  const id = message.MessageAttributes?.[idAttribute]?.StringValue ?? MessageId;
  return { id, body: Body, receives, receipt: ReceiptHandle };
}

/** Groups of at most ten messages and 256 KiB, in order. */
function batchesOf<T extends { bytes: number }>(messages: readonly T[]): T[][] {
  const batches: T[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const last = batches.at(-1);
    bytes += message.bytes;
    if (last !== undefined && last.length < batchSize && bytes <= maxBytes) last.push(message);
    else {
      batches.push([message]);
      bytes = message.bytes;
    }
  }
  return batches;
}

function stringAttribute(value: string): MessageAttributeValue {
  return { DataType: "String", StringValue: value };
}

/** SQS counts an attribute's name, type and value into the size of the message. */
function attributeBytes(name: string, value: string): number {
  return Buffer.byteLength(name) + "String".length + Buffer.byteLength(value);
}

/** A reason as SQS takes it: not empty, not endless, without the characters that XML 1.0 cannot hold. */
function reasonText(reason: string): string {
  const text = reason
    .slice(0, 2000)
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}");
  return text === "" ? "no reason given" : text;
}
