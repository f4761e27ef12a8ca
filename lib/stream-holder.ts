/** The function that holds the live feeds: begun every few minutes, each time overlapping the one before. */
import { Duration, Stack, TimeZone, Validations } from "aws-cdk-lib";
import { ComparisonOperator } from "aws-cdk-lib/aws-cloudwatch";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Schedule, ScheduleExpression } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import { Construct } from "constructs";
import type * as z from "zod";
import type { QueueName } from "../core/ports.ts";
import { awsCron } from "../core/schedule.ts";
import { access, type environment, schedule } from "../functions/stream/env.ts";
import type { Alarms } from "./alarms.ts";
import { BundledFunction } from "./function.ts";
import type { Lake } from "./lake.ts";
import { articles } from "./runbook.ts";
import type { StateStore } from "./state.ts";
import type { StepQueue } from "./step-queue.ts";
import { memoryMb, timeoutSeconds } from "./stream-settings.ts";

const missedSchedules = 2;
const errorImpact =
  "Live books, ticks and index prints stop: bitcoin is priced by what is polled each minute, if at all.";

export interface StreamHolderProps {
  lake: Lake;
  state: StateStore;
  queues: Readonly<Record<QueueName, StepQueue>>;
  alarms: Alarms;
  secretPrefix: string;
  environment: z.infer<typeof environment>;
  bundles: string;
  retentionDays: RetentionDays;
}

export class StreamHolder extends Construct {
  readonly function: BundledFunction;

  constructor(scope: Construct, id: string, props: StreamHolderProps) {
    super(scope, id);
    const { lake, state, queues, alarms, bundles, retentionDays, environment: variables } = props;
    this.function = new BundledFunction(this, "Function", {
      name: "stream",
      description: "Holds the live feeds.",
      bundles,
      memoryMb,
      timeoutSeconds,
      retentionDays,
      environment: variables,
    });
    const { function: lambda, role } = this.function;
    // A holder that failed is replaced by the next schedule; a second try of an old event would only be a third holder.
    lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(schedule.everyMinutes) });
    lake.grantRead(this.function);
    for (const prefix of access.writes) lake.grantWrite(this.function, prefix);
    state.grant(this.function);
    role.addToPolicy(
      new PolicyStatement({
        actions: ["sqs:SendMessage"],
        resources: access.sends.map((name) => queues[name].queue.queueArn),
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ["ssm:GetParameter"],
        resources: access.secrets.map((name) =>
          Stack.of(this).formatArn({
            service: "ssm",
            resource: "parameter",
            resourceName: `${props.secretPrefix}${name}`.slice(1),
          }),
        ),
      }),
    );
    const reason =
      "An event says only that it is time: when one is lost, the next comes within minutes and does the same.";
    Validations.of(lambda).acknowledge(
      { id: "Serverless-LambdaDLQ", reason },
      { id: "Serverless-LambdaAsyncFailureDestination", reason },
    );
    const invoker = new Role(this, "Invoker", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
      description: "Lets the schedule begin a holder of the live feeds.",
    });
    invoker.addToPolicy(new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [lambda.functionArn] }));
    new Schedule(this, "Schedule", {
      description: `Begins a holder of the live feeds every ${schedule.everyMinutes} min.`,
      schedule: ScheduleExpression.expression(awsCron(schedule), TimeZone.ETC_UTC),
      target: new LambdaInvoke(lambda, {
        // The target would add the function's versions to the grant; there are none.
        role: invoker.withoutPolicyUpdates(),
        retryAttempts: 0,
        maxEventAge: Duration.minutes(schedule.everyMinutes),
      }),
    });
    const period = Duration.minutes(schedule.everyMinutes);
    alarms.add("stream failing", {
      metric: lambda.metricErrors({ period, statistic: "Sum" }),
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      missing: "notBreaching",
      errorImpact,
      article: articles.queueFailing,
    });
    alarms.add("stream not running", {
      metric: lambda.metricInvocations({ period, statistic: "Sum" }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: missedSchedules,
      missing: "breaching",
      errorImpact,
      article: articles.streamNotRunning,
    });
  }
}
