/** A step as the handler of a Lambda behind its SQS queue. */
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import middy from "@middy/core";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { createLog } from "../adapters/aws/log.ts";
import type { Delivery, Log, QueueName, Services } from "../core/ports.ts";
import { deliver, retryDelaysSeconds, type Step } from "./deliver.ts";

/** After so many receipts a message that still fails is parked with its last error. SQS itself says five as well. */
export const maxReceives = retryDelaysSeconds.length + 1;

/** Counts beyond those of every queue, taken after a message of `subject` was dealt with. `at` is its window. */
export type Measure = (subject: string, at: string, services: Services) => Promise<Record<string, number>>;

export interface Counting {
  /**
   * The sources or desks that the queue's messages name: the dimension `subject` of their metrics. Another name gets no
   * dimension, since every new one is a metric that is paid for.
   */
  subjects: readonly string[];
  measure?: Measure;
}

function deliveryOf(record: SQSRecord): Delivery {
  return {
    // What EventBridge Scheduler sends has no id of its own.
    id: record.messageAttributes["id"]?.stringValue ?? record.messageId,
    body: record.body,
    receives: Number(record.attributes.ApproximateReceiveCount),
    receipt: record.receiptHandle,
  };
}

/** What the message is about, and its window. A body that is not JSON has no subject; `deliver` parks it and says why. */
function aboutOf(body: string): { subject?: string; at?: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return {};
  }
  const { source, desk, at } = (parsed ?? {}) as { source?: unknown; desk?: unknown; at?: unknown };
  const subject = source ?? desk;
  return {
    ...(typeof subject === "string" ? { subject } : {}),
    ...(typeof at === "string" ? { at } : {}),
  };
}

/**
 * The handler of `queue`'s function. Each message ends in one of three ways: done; given back until its next try, and
 * reported as failed so that SQS keeps it; or parked with the reason. The rest of the batch does not notice.
 * @param buildServices called once, with the first event: what fails there fails the invocation, and SQS keeps all.
 */
export function queueHandler<Q extends QueueName>(
  queue: Q,
  step: Step<Q>,
  buildServices: (log: Log) => Services,
  { subjects, measure }: Counting = { subjects: [] },
) {
  const logger = new Logger();
  const metrics = new Metrics();
  let services: Services | undefined;

  function count(subject: string | undefined, counts: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(counts)) {
      const metric = metrics.singleMetric();
      metric.addDimension("queue", queue);
      if (subject !== undefined && subjects.includes(subject)) metric.addDimension("subject", subject);
      metric.addMetric(name, MetricUnit.Count, value);
    }
  }

  /** @returns whether the message is dealt with; otherwise SQS keeps it. */
  async function handle(delivery: Delivery, use: Services): Promise<boolean> {
    const { subject, at } = aboutOf(delivery.body);
    const disposition = await deliver(queue, step, delivery, use);
    if (disposition.outcome === "done") {
      count(subject, { Processed: 1 });
      if (subject !== undefined && at !== undefined) await countMeasured(subject, at, use);
      return true;
    }
    if (disposition.outcome === "park") return park(subject, delivery, disposition.reason, use);
    if (delivery.receives >= maxReceives) {
      return park(subject, delivery, `gave up after ${delivery.receives} receipts: ${disposition.error}`, use);
    }
    count(subject, { Retried: 1 });
    await use.queue.retry(queue, delivery, disposition.afterSeconds);
    return false;
  }

  /** The work is done whether or not it can be measured: a failure here must not do it again. */
  async function countMeasured(subject: string, at: string, use: Services): Promise<void> {
    if (measure === undefined) return;
    try {
      count(subject, await measure(subject, at, use));
    } catch (error) {
      use.log.warn("message could not be measured", {
        queue,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }

  async function park(
    subject: string | undefined,
    delivery: Delivery,
    reason: string,
    use: Services,
  ): Promise<boolean> {
    await use.queue.park(queue, delivery, reason);
    use.log.error("message parked", { queue, message: delivery.id, reason });
    count(subject, { Parked: 1 });
    return true;
  }

  return middy<SQSEvent, SQSBatchResponse>()
    .use(injectLambdaContext(logger))
    .handler(async (event) => {
      services ??= buildServices(createLog(logger));
      const batchItemFailures: SQSBatchResponse["batchItemFailures"] = [];
      for (const record of event.Records) {
        const delivery = deliveryOf(record);
        try {
          if (!(await handle(delivery, services))) batchItemFailures.push({ itemIdentifier: record.messageId });
        } catch (error) {
          // The queue could not be told: the message stays invisible for its time and then comes again.
          logger.error("message could not be given back or parked", {
            queue,
            message: delivery.id,
            error: error as Error,
          });
          batchItemFailures.push({ itemIdentifier: record.messageId });
        }
      }
      return { batchItemFailures };
    });
}
