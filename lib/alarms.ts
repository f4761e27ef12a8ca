/** Alarms. One cannot be built without saying who is hurt and which article of the runbook helps. */
import { Alarm, type AlarmProps, type IAlarm, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Annotations, Stack, Validations } from "aws-cdk-lib";
import { Construct } from "constructs";
import { type Article, anchorOf } from "./runbook.ts";

export interface DeskAlarm extends Pick<AlarmProps, "threshold" | "evaluationPeriods" | "comparisonOperator"> {
  metric: IMetric;
  /** Who is hurt, and how. One sentence. */
  errorImpact: string;
  article: Article;
  /** Whether silence is the fault that the alarm is for. */
  missing: "breaching" | "notBreaching";
}

/** All alarms of the stack, and the topic that they speak through. */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly all: IAlarm[] = [];

  constructor(scope: Construct, id: string, props: { email: string | undefined }) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", { displayName: "Brier alarms", enforceSSL: true });
    // A topic without a policy takes what its own account sends. The one that enforces TLS replaces that default, and
    // then every alarm's action fails unseen ("no resource-based policy allows the SNS:Publish action").
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsOfThisAccount",
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    );
    if (props.email === undefined) {
      Annotations.of(this).addWarningV2(
        "brier:alarmEmail",
        "no alarmEmail in the context: alarms will ring where nobody listens; deploy with -c alarmEmail=you@example.org",
      );
    } else {
      this.topic.addSubscription(new EmailSubscription(props.email));
      Validations.of(this.topic).acknowledge({
        id: "Serverless-SNSRedrivePolicy",
        reason:
          "A mail that cannot be delivered helps nobody in a queue: the alarm itself stays visible in CloudWatch.",
      });
    }
  }

  /** @param name what rings, in a few words, for example `kalshi-markets not running`. */
  add(name: string, alarm: DeskAlarm): Alarm {
    const { errorImpact, article, missing, ...rest } = alarm;
    if (!/^[A-Z].{20,}\.$/.test(errorImpact)) {
      throw new Error(
        `alarm "${name}": errorImpact must be a sentence that says who is hurt and how, it is "${errorImpact}"`,
      );
    }
    const built = new Alarm(this, name.replaceAll(/[^A-Za-z0-9]+/g, "-"), {
      ...rest,
      alarmName: `${Stack.of(this).stackName} ${name}`,
      alarmDescription: `${errorImpact} What to do: ${anchorOf(article)}`,
      treatMissingData: missing === "breaching" ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    built.addAlarmAction(new SnsAction(this.topic));
    this.all.push(built);
    return built;
  }
}
