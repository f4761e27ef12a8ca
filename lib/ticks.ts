/** What happens by the clock: one EventBridge schedule a tick, with the scheduled instant in its message. */
import { Duration, Stack, TimeZone } from "aws-cdk-lib";
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleGroup,
  ScheduleTargetInput,
} from "aws-cdk-lib/aws-scheduler";
import { SqsSendMessage } from "aws-cdk-lib/aws-scheduler-targets";
import { Construct } from "constructs";
import type { QueueName } from "../core/ports.ts";
import { awsCron } from "../core/schedule.ts";
import type { Tick } from "../core/tick.ts";
import type { StepQueue } from "./step-queue.ts";

/** EventBridge Scheduler's own default is 185 tries over 24 hours, long after the next tick has taken over. */
const retryAttempts = 2;

export interface TicksProps {
  ticks: readonly Tick[];
  queues: Readonly<Record<QueueName, StepQueue>>;
}

export class Ticks extends Construct {
  constructor(scope: Construct, id: string, { ticks, queues }: TicksProps) {
    super(scope, id);
    const { stackName } = Stack.of(this);
    const scheduleGroup = new ScheduleGroup(this, "Group", { scheduleGroupName: stackName });
    for (const { id: name, queue, schedule, input } of ticks) {
      new Schedule(this, name, {
        scheduleName: name,
        scheduleGroup,
        description: `Sends ${name} to the queue ${queue} every ${schedule.everyMinutes} min.`,
        schedule: ScheduleExpression.expression(awsCron(schedule), TimeZone.ETC_UTC),
        target: new SqsSendMessage(queues[queue].queue, {
          // The instant it was due, not the instant it was sent: a late or repeated message asks for the same window.
          input: ScheduleTargetInput.fromObject({ ...input, at: ContextAttribute.scheduledTime }),
          retryAttempts,
          maxEventAge: Duration.minutes(schedule.everyMinutes),
          deadLetterQueue: queues[queue].parked,
        }),
      });
    }
  }
}
