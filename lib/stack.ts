/** All of Brier in one AWS account: the lake, the state store, a function for each step, what starts and watches them. */
import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import type { Construct } from "constructs";
import type { QueueName } from "../core/ports.ts";
import type { Source } from "../core/source.ts";
import { sourcesOf } from "../core/sources.ts";
import type { Tick } from "../core/tick.ts";
import { ticksOf } from "../core/ticks.ts";
import type { Access } from "../functions/access.ts";
import * as coordinate from "../functions/coordinate/env.ts";
import * as createViews from "../functions/create-views/env.ts";
import * as enrich from "../functions/enrich/env.ts";
import type { Variables } from "../functions/environment.ts";
import * as ingest from "../functions/ingest/env.ts";
import * as notify from "../functions/notify/env.ts";
import * as predict from "../functions/predict/env.ts";
import * as settle from "../functions/settle/env.ts";
import * as stream from "../functions/stream/env.ts";
import * as watch from "../functions/watch/env.ts";
import { type Deployment, deploymentParameter } from "../schemas/deployment.ts";
import { Alarms } from "./alarms.ts";
import type { Config } from "./config.ts";
import { DeskDashboard } from "./dashboard.ts";
import { Lake } from "./lake.ts";
import { addQueueAlarms } from "./queue-alarms.ts";
import { addSourceAlarms } from "./source-alarms.ts";
import { StateStore } from "./state.ts";
import { StepQueue } from "./step-queue.ts";
import { StreamHolder } from "./stream-holder.ts";
import { Step } from "./step.ts";
import { Ticks } from "./ticks.ts";
import { Views } from "./views.ts";

/** What each step finds in its environment and may touch. */
export const stepEnvironments: Readonly<
  Record<QueueName, { environment: { shape: Partial<Record<keyof Variables, unknown>> }; access: Access }>
> = { ingest, coordinate, predict, enrich, notify, settle, watch };
const steps = Object.keys(stepEnvironments) as QueueName[];

export interface BrierStackProps extends StackProps {
  config: Config;
  /** Where bin/bundle.ts has put the bundles, one folder a function. */
  bundles: string;
  /** Default: those of the desks in the configuration. A test may give longer lists. */
  sources?: readonly Source[];
  ticks?: readonly Tick[];
}

function eachStep<T>(make: (step: QueueName) => T): Record<QueueName, T> {
  return Object.fromEntries(steps.map((step) => [step, make(step)])) as Record<QueueName, T>;
}

/** The variables that a function's schema names, of all there are. */
function pick<S extends Partial<Record<keyof Variables, unknown>>>(all: Variables, { shape }: { shape: S }) {
  const names = Object.keys(shape) as (keyof S & keyof Variables)[];
  return Object.fromEntries(names.map((name) => [name, all[name]])) as Pick<Variables, keyof S & keyof Variables>;
}

export class BrierStack extends Stack {
  readonly alarms: Alarms;

  constructor(scope: Construct, id: string, props: BrierStackProps) {
    const { desks } = props.config;
    const { sources: fed = sourcesOf(desks.map((desk) => desk.id)), ticks: fired = ticksOf(desks), ...others } = props;
    const { config, bundles, ...rest } = others;
    super(scope, id, {
      stackName: config.stackName,
      description: "Brier: a forecasting desk for Kalshi",
      ...rest,
    });
    const { retentionDays } = config;
    const lake = new Lake(this, "Lake", { scanLimitMb: config.athenaScanLimitMb });
    const state = new StateStore(this, "State");
    const queues = eachStep((step) => new StepQueue(this, `Queue-${step}`, step));
    const secretPrefix = `/${config.stackName}/`;

    const variables: Variables = {
      POWERTOOLS_SERVICE_NAME: config.stackName,
      POWERTOOLS_METRICS_NAMESPACE: "Brier",
      BUCKET: lake.bucket.bucketName,
      STATE_TABLE: state.table.tableName,
      ATHENA_WORKGROUP: lake.workgroup.ref,
      ATHENA_DATABASE: lake.databaseName,
      SECRET_PREFIX: secretPrefix,
      QUEUE_URL_INGEST: queues.ingest.queue.queueUrl,
      QUEUE_URL_COORDINATE: queues.coordinate.queue.queueUrl,
      QUEUE_URL_PREDICT: queues.predict.queue.queueUrl,
      QUEUE_URL_ENRICH: queues.enrich.queue.queueUrl,
      QUEUE_URL_NOTIFY: queues.notify.queue.queueUrl,
      QUEUE_URL_SETTLE: queues.settle.queue.queueUrl,
      QUEUE_URL_WATCH: queues.watch.queue.queueUrl,
      PARKED_URL_INGEST: queues.ingest.parked.queueUrl,
      PARKED_URL_COORDINATE: queues.coordinate.parked.queueUrl,
      PARKED_URL_PREDICT: queues.predict.parked.queueUrl,
      PARKED_URL_ENRICH: queues.enrich.parked.queueUrl,
      PARKED_URL_NOTIFY: queues.notify.parked.queueUrl,
      PARKED_URL_SETTLE: queues.settle.parked.queueUrl,
      PARKED_URL_WATCH: queues.watch.parked.queueUrl,
    };
    const common = { queues, lake, state, secretPrefix, bundles, retentionDays };
    const built = eachStep((step) => {
      const { access: whole, environment } = stepEnvironments[step];
      const access = step === "ingest" ? ingest.accessOf(fed) : whole;
      return new Step(this, `Step-${step}`, { ...common, step, access, environment: pick(variables, environment) });
    });
    new Views(this, "Views", { lake, bundles, retentionDays, environment: pick(variables, createViews.environment) });

    new Ticks(this, "Ticks", { ticks: fired, queues });
    this.alarms = new Alarms(this, "Alarms", { email: config.alarmEmail });
    for (const source of fed) addSourceAlarms(this.alarms, source);
    for (const step of steps) addQueueAlarms(this.alarms, step, queues[step], built[step], fired);
    if (config.streams) {
      const environment = pick(variables, stream.environment);
      const { alarms } = this;
      new StreamHolder(this, "Streams", { ...common, alarms, environment });
    }
    new DeskDashboard(this, "Dashboard", { sources: fed, steps: built, queues, alarms: this.alarms });

    const deployment: Deployment = {
      bucket: variables.BUCKET,
      database: variables.ATHENA_DATABASE,
      workgroup: variables.ATHENA_WORKGROUP,
      stateTable: variables.STATE_TABLE,
      secretPrefix,
      queues: eachStep((step) => ({ url: queues[step].queue.queueUrl, parkedUrl: queues[step].parked.queueUrl })),
    };
    new StringParameter(this, "Deployment", {
      parameterName: deploymentParameter(config.stackName),
      description: "Where everything lies; brier --stack reads it.",
      stringValue: this.toJsonString(deployment),
    });
    new CfnOutput(this, "Bucket", { value: variables.BUCKET, description: "The lake." });
  }
}
