/** A step's queue and the parked (dead-letter) queue beside it. */
import { Duration, Validations } from "aws-cdk-lib";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { QueueName } from "../core/ports.ts";
import { stepSettings } from "./step-settings.ts";

/** As functions/wrap.ts counts: it parks with a reason at the fifth receipt; SQS catches those that died before. */
const maxReceiveCount = 5;

export class StepQueue extends Construct {
  readonly queue: Queue;
  readonly parked: Queue;

  constructor(scope: Construct, id: string, step: QueueName) {
    super(scope, id);
    this.parked = new Queue(this, "Parked", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // The longest that SQS keeps a message: somebody has two weeks to look.
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.parked).acknowledge({
      id: "Serverless-SQSRedrivePolicy",
      reason: "It is where dead letters go: somebody reads it, nothing works it off.",
    });
    this.queue = new Queue(this, "Queue", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Six times the function's time: what AWS asks for, so that a throttled batch is not received twice.
      visibilityTimeout: Duration.seconds(6 * stepSettings[step].timeoutSeconds),
      deadLetterQueue: { queue: this.parked, maxReceiveCount },
    });
  }
}
