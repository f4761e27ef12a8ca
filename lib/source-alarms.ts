/** What can go wrong with one source. */
import { Duration } from "aws-cdk-lib";
import { ComparisonOperator } from "aws-cdk-lib/aws-cloudwatch";
import type { Source } from "../core/source.ts";
import type { Alarms } from "./alarms.ts";
import { type CountName, countMetric } from "./metrics.ts";
import { articles } from "./runbook.ts";

/** One window may fail, and be retried with success. */
const windowsMissed = 3;
/** Of any of its windows within an hour. A message is retried three times in its first half hour. */
const retriesTolerated = 2;

export function addSourceAlarms(alarms: Alarms, { id, errorImpact, schedule, staleAfterMinutes }: Source): void {
  const metric = (name: CountName, period: Duration) =>
    countMetric(alarms, name, { queue: "ingest", subject: id }, period);
  const period = Duration.minutes(schedule.everyMinutes);
  alarms.add(`${id} failing`, {
    metric: metric("Retried", Duration.hours(1)),
    threshold: retriesTolerated,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    missing: "notBreaching",
    errorImpact,
    article: articles.sourceFailing,
  });
  alarms.add(`${id} not running`, {
    metric: metric("Processed", period),
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: windowsMissed,
    missing: "breaching",
    errorImpact,
    article: articles.sourceNotRunning,
  });
  alarms.add(`${id} brings nothing new`, {
    metric: metric("Landed", period),
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: Math.ceil(staleAfterMinutes / schedule.everyMinutes),
    missing: "breaching",
    errorImpact,
    article: articles.sourceNothingNew,
  });
  alarms.add(`${id} has dead letters`, {
    metric: metric("Parked", Duration.minutes(5)),
    threshold: 0,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    missing: "notBreaching",
    errorImpact,
    article: articles.sourceDeadLetters,
  });
}
