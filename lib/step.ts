/** One step in AWS: its function behind its queue, with exactly the grants that its env.ts names. */
import { Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { QueueName } from "../core/ports.ts";
import type { Access } from "../functions/access.ts";
import type { Variables } from "../functions/environment.ts";
import { BundledFunction } from "./function.ts";
import type { Lake } from "./lake.ts";
import type { StateStore } from "./state.ts";
import type { StepQueue } from "./step-queue.ts";
import { stepSettings } from "./step-settings.ts";

export interface StepProps {
  step: QueueName;
  access: Access;
  environment: Partial<Variables>;
  queues: Readonly<Record<QueueName, StepQueue>>;
  lake: Lake;
  state: StateStore;
  /** What stands before the secrets' names in SSM. */
  secretPrefix: string;
  bundles: string;
  retentionDays: RetentionDays;
}

export class Step extends Construct {
  readonly function: BundledFunction;

  constructor(scope: Construct, id: string, props: StepProps) {
    super(scope, id);
    const { step, access, queues, lake } = props;
    const { memoryMb, timeoutSeconds, batchSize, maxConcurrency } = stepSettings[step];
    const { bundles, environment, retentionDays } = props;
    this.function = new BundledFunction(this, "Function", {
      name: step,
      description: `The step ${step}.`,
      bundles,
      memoryMb,
      timeoutSeconds,
      retentionDays,
      environment,
    });
    this.function.function.addEventSource(
      new SqsEventSource(queues[step].queue, { batchSize, maxConcurrency, reportBatchItemFailures: true }),
    );
    if (access.readsLake) lake.grantRead(this.function);
    for (const prefix of access.writes) lake.grantWrite(this.function, prefix);
    if (access.state) props.state.grant(this.function);
    const sendsTo = [queues[step].parked, ...access.sends.map((name) => queues[name].queue)];
    this.allow(
      ["sqs:SendMessage"],
      sendsTo.map((queue) => queue.queueArn),
    );
    if (access.secrets.length > 0) {
      // The AWS-managed key of SecureStrings lets the account's principals decrypt through SSM: no KMS grant is needed.
      this.allow(
        ["ssm:GetParameter"],
        access.secrets.map((name) =>
          Stack.of(this).formatArn({
            service: "ssm",
            resource: "parameter",
            resourceName: `${props.secretPrefix}${name}`.slice(1),
          }),
        ),
      );
    }
    Validations.of(this.function.function).acknowledge(
      {
        id: "Serverless-LambdaDLQ",
        reason: "It is invoked by its queue, never asynchronously: what fails ends in the queue's own parked queue.",
      },
      {
        id: "Serverless-LambdaEventSourceMappingDestination",
        reason: "Destinations on failure are for streams; a queue keeps what failed and its redrive policy parks it.",
      },
    );
  }

  private allow(actions: string[], resources: string[]): void {
    this.function.role.addToPolicy(new PolicyStatement({ actions, resources }));
  }
}
