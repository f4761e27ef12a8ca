/** The CloudWatch dashboard: what rings, then a row for each source and for each queue. */
import { Duration, Stack } from "aws-cdk-lib";
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import type { QueueName } from "../core/ports.ts";
import type { Source } from "../core/source.ts";
import type { Alarms } from "./alarms.ts";
import { countMetric } from "./metrics.ts";
import type { StepQueue } from "./step-queue.ts";
import type { Step } from "./step.ts";

/** CloudWatch's grid is 24 wide. */
const fullWidth = 24;

export interface DeskDashboardProps {
  sources: readonly Source[];
  steps: Readonly<Record<QueueName, Step>>;
  queues: Readonly<Record<QueueName, StepQueue>>;
  alarms: Alarms;
}

export class DeskDashboard extends Construct {
  constructor(scope: Construct, id: string, { sources, steps, queues, alarms }: DeskDashboardProps) {
    super(scope, id);
    const dashboard = new Dashboard(this, "Dashboard", {
      dashboardName: Stack.of(this).stackName,
      defaultInterval: Duration.days(1),
    });
    dashboard.addWidgets(new AlarmStatusWidget({ title: "Alarms", alarms: alarms.all, width: fullWidth, height: 5 }));
    for (const source of sources) dashboard.addWidgets(...this.sourceRow(source));
    for (const name of Object.keys(steps) as QueueName[]) {
      dashboard.addWidgets(...this.queueRow(name, steps[name], queues[name]));
    }
  }

  private sourceRow({ id, doc, errorImpact, schedule }: Source): IWidget[] {
    const period = Duration.minutes(Math.max(60, schedule.everyMinutes));
    const metric = (name: "Processed" | "Landed" | "Retried" | "Parked") =>
      countMetric(this, name, { queue: "ingest", subject: id }, period);
    return [
      new TextWidget({ markdown: `### ${id}\n${doc}\n\nWhen it fails: ${errorImpact}`, width: 6, height: 5 }),
      graph(`${id}: windows`, [metric("Processed"), metric("Landed")], 9),
      graph(`${id}: trouble`, [metric("Retried"), metric("Parked")], 9),
    ];
  }

  private queueRow(name: QueueName, { function: { function: lambda } }: Step, { queue, parked }: StepQueue): IWidget[] {
    const period = Duration.minutes(5);
    return [
      graph(
        `${name}: messages`,
        [
          queue.metricApproximateNumberOfMessagesVisible({ period, label: "waiting" }),
          queue.metricApproximateNumberOfMessagesNotVisible({ period, label: "in work or to be retried" }),
          parked.metricApproximateNumberOfMessagesVisible({ period, label: "parked" }),
        ],
        8,
      ),
      graph(`${name}: age of the oldest`, [queue.metricApproximateAgeOfOldestMessage({ period, label: "seconds" })], 8),
      graph(
        `${name}: function`,
        [
          lambda.metricDuration({ period, statistic: "p95", label: "p95 ms" }),
          lambda.metricErrors({ period, label: "errors" }),
          lambda.metricThrottles({ period, label: "throttled" }),
        ],
        8,
      ),
    ];
  }
}

function graph(title: string, left: IMetric[], width: number): GraphWidget {
  return new GraphWidget({ title, left, width, height: 5 });
}
