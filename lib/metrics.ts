/** The counts that functions/wrap.ts writes for every message, and ingest for every window. */
import { type Duration, Stack } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { QueueName } from "../core/ports.ts";

/**
 * `Processed`, `Retried` and `Parked` messages; `Landed`: windows of a source that were taken whole.
 * Retried and Parked have no data while all is well.
 */
export type CountName = "Processed" | "Retried" | "Parked" | "Landed";

/** @param subject a source or desk, where the queue's messages name one. */
export function countMetric(
  scope: Construct,
  name: CountName,
  about: { queue: QueueName; subject?: string },
  period: Duration,
): Metric {
  return new Metric({
    namespace: "Brier",
    metricName: name,
    dimensionsMap: {
      service: Stack.of(scope).stackName,
      queue: about.queue,
      ...(about.subject === undefined ? {} : { subject: about.subject }),
    },
    statistic: "Sum",
    period,
  });
}
