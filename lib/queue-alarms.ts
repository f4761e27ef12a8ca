/** What can go wrong with one step: its function, its queue, its parked queue. */
import { Duration } from "aws-cdk-lib";
import { ComparisonOperator } from "aws-cdk-lib/aws-cloudwatch";
import type { QueueName } from "../core/ports.ts";
import type { Tick } from "../core/tick.ts";
import type { Alarms } from "./alarms.ts";
import { countMetric } from "./metrics.ts";
import { articles } from "./runbook.ts";
import type { StepQueue } from "./step-queue.ts";
import type { Step } from "./step.ts";
import { stepSettings } from "./step-settings.ts";

const ticksMissed = 3;
/** A message that is retried three times is half an hour old: its work is late for everything after it. */
const oldestMinutes = 30;

export function addQueueAlarms(
  alarms: Alarms,
  step: QueueName,
  { queue, parked }: StepQueue,
  { function: { function: lambda } }: Step,
  ticks: readonly Tick[],
): void {
  const { errorImpact, quietMinutes } = stepSettings[step];
  alarms.add(`${step} failing`, {
    // Steps report what they cannot do message by message; an error here is a crash, a time-out or a missing variable.
    metric: lambda.metricErrors({ period: Duration.minutes(15), statistic: "Sum" }),
    threshold: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    missing: "notBreaching",
    errorImpact,
    article: articles.queueFailing,
  });
  alarms.add(`${step} not running`, {
    metric: queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5), statistic: "Maximum" }),
    threshold: Duration.minutes(oldestMinutes).toSeconds(),
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 2,
    missing: "notBreaching",
    errorImpact,
    article: articles.queueNotRunning,
  });
  alarms.add(`${step} has dead letters`, {
    metric: parked.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: "Maximum" }),
    threshold: 0,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    missing: "notBreaching",
    errorImpact,
    article: articles.queueDeadLetters,
  });
  // The sources have alarms of their own (lib/source-alarms.ts).
  const ownTicks = step === "ingest" ? [] : ticks.filter((tick) => tick.queue === step);
  for (const { id, input, schedule } of ownTicks) {
    alarms.add(`${id} brings nothing new`, {
      metric: countMetric(
        alarms,
        "Processed",
        { queue: step, ...(input["desk"] === undefined ? {} : { subject: input["desk"] }) },
        Duration.minutes(schedule.everyMinutes),
      ),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: ticksMissed,
      missing: "breaching",
      errorImpact,
      article: articles.queueNothingNew,
    });
  }
  if (quietMinutes !== undefined) {
    alarms.add(`${step} brings nothing new`, {
      metric: countMetric(alarms, "Processed", { queue: step }, Duration.minutes(quietMinutes)),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 1,
      missing: "breaching",
      errorImpact,
      article: articles.queueNothingNew,
    });
  }
}
