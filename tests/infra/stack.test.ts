import { readFileSync } from "node:fs";
import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { awsCron } from "../../core/schedule.ts";
import { desks } from "../../core/desks.ts";
import type { QueueName } from "../../core/ports.ts";
import type { Source } from "../../core/source.ts";
import { sources } from "../../core/sources.ts";
import type { Tick } from "../../core/tick.ts";
import { ticks } from "../../core/ticks.ts";
import { retryDelaysSeconds } from "../../functions/deliver.ts";
import { deployment } from "../../schemas/deployment.ts";
import { tables } from "../../schemas/index.ts";
import { views } from "../../schemas/views/index.ts";
import { monthlyCost } from "../../lib/cost.ts";
import type { PriceName } from "../../lib/prices.ts";
import { stepEnvironments } from "../../lib/stack.ts";
import { articles } from "../../lib/runbook.ts";
import { type Json, matches, ofType, synthesise } from "./synthesised.ts";

const { stack, template, resources } = synthesise();
const steps = Object.keys(stepEnvironments) as QueueName[];
const names = (type: string) => ofType(resources, type).map(([id]) => id);

/** All statements of a function's own role, found by the role's description. */
function statementsOf(name: string, within = resources): Record<string, Json>[] {
  const role = ofType(within, "AWS::IAM::Role").find(([, { Description }]) => Description === `What ${name} may do.`);
  if (role === undefined) throw new Error(`no role of ${name}`);
  return ofType(within, "AWS::IAM::Policy")
    .filter(([, { Roles }]) => JSON.stringify(Roles).includes(`"${role[0]}"`))
    .flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement);
}

function actionsOf(statements: Record<string, Json>[]): string[] {
  return statements.flatMap(({ Action }) => Action as string | string[]).sort();
}

/** The text of a value that CloudFormation puts together. */
function text(value: Json): string {
  if (typeof value === "string") return value;
  if (value?.["Fn::Join"] !== undefined) return value["Fn::Join"][1].map(text).join(value["Fn::Join"][0]);
  if (value?.["Fn::GetAtt"] !== undefined) return `<${value["Fn::GetAtt"].join(".")}>`;
  if (value?.Ref !== undefined) return `<${value.Ref}>`;
  throw new Error(`not a text: ${JSON.stringify(value)}`);
}

describe("every function", () => {
  const functions = ofType(resources, "AWS::Lambda::Function");

  test("is one of ours: no framework brings others", () => {
    expect(functions).toHaveLength(steps.length + 1);
  });

  // Graviton costs a fifth less; an old runtime is refused by Lambda one day, at the worst moment.
  test.each(functions)("%s runs on nodejs24.x and arm64, with its own role and log group", (_id, properties) => {
    expect(properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"], Handler: "index.handler" });
    expect(properties["LoggingConfig"].LogGroup.Ref).toMatch(/Logs/);
    expect(
      functions.filter(([, other]) => JSON.stringify(other["Role"]) === JSON.stringify(properties["Role"])),
    ).toHaveLength(1);
    expect(
      functions.filter(
        ([, other]) => JSON.stringify(other["LoggingConfig"]) === JSON.stringify(properties["LoggingConfig"]),
      ),
    ).toHaveLength(1);
    // A new account may have ten instances in all: a reservation makes its first deployment fail.
    expect(properties["ReservedConcurrentExecutions"]).toBeUndefined();
  });

  test("logs are kept for a stated time", () => {
    for (const [, { RetentionInDays }] of ofType(resources, "AWS::Logs::LogGroup")) expect(RetentionInDays).toBe(30);
    expect(names("AWS::Logs::LogGroup")).toHaveLength(functions.length);
  });

  test("finds in its environment what its schema asks for, and nothing else", () => {
    for (const step of steps) {
      const lambda = functions.find(([, { Description }]) => Description === `The step ${step}.`);
      const variables: string[] = Object.keys(lambda?.[1]["Environment"].Variables);
      expect(variables.sort()).toEqual(Object.keys(stepEnvironments[step].environment.shape).sort());
    }
  });

  test("no secret's value is in an environment", () => {
    for (const [, { Environment }] of functions)
      expect(JSON.stringify(Environment)).not.toMatch(/telegram|token|resolve:ssm/i);
  });
});

describe("what a step may touch", () => {
  test.each(steps)("%s: its environment and its grants say the same", (step) => {
    const { access, environment } = stepEnvironments[step];
    const queues = [step, ...access.sends].map((name) => `QUEUE_URL_${name.toUpperCase()}`);
    const expected = [
      "POWERTOOLS_SERVICE_NAME",
      "POWERTOOLS_METRICS_NAMESPACE",
      `PARKED_URL_${step.toUpperCase()}`,
      ...queues,
      ...(access.readsLake || access.writes.length > 0 ? ["BUCKET"] : []),
      ...(access.state ? ["STATE_TABLE"] : []),
      ...(access.secrets.length > 0 ? ["SECRET_PREFIX"] : []),
    ];
    expect(Object.keys(environment.shape).sort()).toEqual(expected.sort());
  });

  test("no role has a wildcard action", () => {
    for (const [id, { PolicyDocument }] of ofType(resources, "AWS::IAM::Policy")) {
      const wild = actionsOf(PolicyDocument.Statement).filter((action) => action.includes("*"));
      expect([id, wild]).toEqual([id, []]);
    }
  });

  test("no role has all resources", () => {
    for (const [id, { PolicyDocument }] of ofType(resources, "AWS::IAM::Policy")) {
      for (const { Resource } of PolicyDocument.Statement)
        expect([id, [Resource].flat().includes("*")]).toEqual([id, false]);
    }
  });

  test("no role is managed by AWS: those grant more than is needed", () => {
    for (const [id, role] of ofType(resources, "AWS::IAM::Role"))
      expect([id, role["ManagedPolicyArns"]]).toEqual([id, undefined]);
  });

  test("nobody deletes from the lake or the state store", () => {
    for (const step of steps)
      expect(actionsOf(statementsOf(step)).filter((action) => /^(s3|dynamodb):Delete/.test(action))).toEqual([]);
  });

  test.each(steps)("%s writes under its own prefixes only", (step) => {
    const puts = statementsOf(step).filter(({ Action }) => [Action].flat().includes("s3:PutObject"));
    const written = puts
      .flatMap(({ Resource }) => [Resource].flat())
      .map((resource) => text(resource).replace(/^<[^>]+>\//, ""));
    expect(written.sort()).toEqual(stepEnvironments[step].access.writes.map((prefix) => `${prefix}*`).sort());
  });

  test("each secret is read by the one step that sends it", () => {
    const secretsOf = (name: string) =>
      statementsOf(name)
        .filter(({ Action }) => Action === "ssm:GetParameter")
        .flatMap(({ Resource }) => [Resource].flat().map(text));
    const readers = [...steps, "create-views"].filter((name) => secretsOf(name).length > 0);
    expect(readers).toEqual(["ingest", "notify"]);
    expect(secretsOf("ingest")).toEqual([expect.stringMatching(/:parameter\/BrierStack\/visual-crossing-key$/)]);
    expect(secretsOf("notify")).toEqual([
      expect.stringMatching(/:parameter\/BrierStack\/telegram-token$/),
      expect.stringMatching(/:parameter\/BrierStack\/telegram-chat-id$/),
    ]);
  });
});

describe("every queue", () => {
  const queues = ofType(resources, "AWS::SQS::Queue");
  const working = queues.filter(([, { RedrivePolicy }]) => RedrivePolicy !== undefined);
  const parked = queues.filter(([, { RedrivePolicy }]) => RedrivePolicy === undefined);

  test("is a step's or is parked beside one", () => {
    expect(working).toHaveLength(steps.length);
    expect(parked).toHaveLength(steps.length);
  });

  // A message without a place to end is tried for four days and then gone.
  test.each(working)("%s has a parked queue that keeps for 14 days, and an alarm on it", (_id, { RedrivePolicy }) => {
    expect(RedrivePolicy.maxReceiveCount).toBe(retryDelaysSeconds.length + 1);
    const target: string = RedrivePolicy.deadLetterTargetArn["Fn::GetAtt"][0];
    expect(resources[target]?.Properties["MessageRetentionPeriod"]).toBe(14 * 86_400);
    const alarms = ofType(resources, "AWS::CloudWatch::Alarm").filter(
      ([, { Dimensions, MetricName }]) =>
        MetricName === "ApproximateNumberOfMessagesVisible" && JSON.stringify(Dimensions).includes(target),
    );
    expect(alarms).toHaveLength(1);
  });

  test("takes encrypted connections only", () => {
    const refused = ofType(resources, "AWS::SQS::QueuePolicy").flatMap(([, { Queues, PolicyDocument }]) =>
      PolicyDocument.Statement.some(
        (statement: Json) =>
          statement.Effect === "Deny" && statement.Condition?.Bool?.["aws:SecureTransport"] === "false",
      )
        ? Queues.map(({ Ref }: { Ref: string }) => Ref)
        : [],
    );
    expect(new Set(refused)).toEqual(new Set(queues.map(([id]) => id)));
  });

  test("hides a message for six times the function's time, and hands single failures back", () => {
    const mappings = ofType(resources, "AWS::Lambda::EventSourceMapping");
    expect(mappings).toHaveLength(steps.length);
    for (const [, mapping] of mappings) {
      const queue = resources[mapping["EventSourceArn"]["Fn::GetAtt"][0]]?.Properties;
      const lambda = resources[mapping["FunctionName"].Ref]?.Properties;
      expect(queue?.["VisibilityTimeout"]).toBeGreaterThanOrEqual(6 * lambda?.["Timeout"]);
      expect(mapping["FunctionResponseTypes"]).toEqual(["ReportBatchItemFailures"]);
      expect(mapping["ScalingConfig"].MaximumConcurrency).toBeGreaterThanOrEqual(2);
    }
  });
});

describe("every tick", () => {
  const schedules = ofType(resources, "AWS::Scheduler::Schedule").map(([, properties]) => properties);

  test.each(ticks)(
    "$id has its schedule, with the scheduled instant in its message",
    ({ id, queue, schedule, input }) => {
      const found = schedules.filter(({ Name }) => Name === id);
      expect(found).toHaveLength(1);
      const [{ ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow, Target }] = found as [
        Record<string, Json>,
      ];
      expect(ScheduleExpression).toBe(awsCron(schedule));
      expect(ScheduleExpressionTimezone).toBe("Etc/UTC");
      expect(FlexibleTimeWindow).toEqual({ Mode: "OFF" });
      expect(JSON.parse(Target.Input)).toEqual({ ...input, at: "<aws.scheduler.scheduled-time>" });
      expect(JSON.stringify(Target.Arn)).toContain(`Queue${queue}`);
      expect(JSON.stringify(Target.DeadLetterConfig.Arn)).toContain(`Queue${queue}Parked`);
      expect(Target.RetryPolicy.MaximumRetryAttempts).toBe(2);
      expect(Target.RetryPolicy.MaximumEventAgeInSeconds).toBeLessThanOrEqual(schedule.everyMinutes * 60);
    },
  );

  test("and nothing else happens by the clock", () => {
    expect(schedules).toHaveLength(ticks.length);
    template.resourceCountIs("AWS::Events::Rule", 0);
  });
});

describe("every alarm", () => {
  const alarms = ofType(resources, "AWS::CloudWatch::Alarm");
  const runbook = readFileSync("docs/runbook.md", "utf8");

  test.each(alarms.map(([, properties]) => [properties["AlarmName"] as string, properties] as const))(
    "%s tells the topic, says who is hurt and points to an article",
    (_name, { AlarmActions, AlarmDescription, TreatMissingData }) => {
      expect(AlarmActions).toEqual([{ Ref: expect.stringMatching(/^AlarmsTopic/) }]);
      expect(AlarmDescription).toMatch(/^[A-Z].{20,}\. What to do: docs\/runbook\.md#[a-z-]+$/);
      const anchor = AlarmDescription.slice(AlarmDescription.indexOf("#") + 1);
      const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading]) =>
        heading?.toLowerCase().replaceAll(" ", "-"),
      );
      expect(headings).toContain(anchor);
      expect(["breaching", "notBreaching"]).toContain(TreatMissingData);
    },
  );

  test("the runbook has an article for each alarm and none for alarms that are gone", () => {
    const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings.filter((heading) => Object.values<string | undefined>(articles).includes(heading))).toEqual(
      headings,
    );
    expect(new Set(headings)).toEqual(new Set(Object.values(articles)));
  });

  // CloudWatch refuses an alarm whose periods reach further back.
  test("looks back a day at most, a week with periods of an hour or more", () => {
    for (const [id, { Period, EvaluationPeriods }] of alarms) {
      const limit = Period >= 3600 ? 7 * 86_400 : 86_400;
      expect([id, Period * EvaluationPeriods <= limit, Period % 60]).toEqual([id, true, 0]);
    }
  });

  test("cannot be built without saying who is hurt", () => {
    const other = synthesise();
    expect(() =>
      other.stack.alarms.add("mute", {
        metric: { warnings: [] } as never,
        threshold: 1,
        evaluationPeriods: 1,
        missing: "breaching",
        errorImpact: "broken",
        article: articles.queueFailing,
      }),
    ).toThrow(/alarm "mute": errorImpact must be a sentence/);
  });

  // The policy that enforces TLS replaces the topic's default one, which would have let the account's alarms through.
  test("may publish to the topic: its policy names CloudWatch, for this account alone", () => {
    const [[, { PolicyDocument }]] = ofType(resources, "AWS::SNS::TopicPolicy") as [[string, Record<string, Json>]];
    expect(PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: "Allow",
        Action: "sns:Publish",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Resource: { Ref: expect.stringMatching(/^AlarmsTopic/) },
        Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
      }),
    );
  });

  test("goes to the address in the configuration", () => {
    expect(
      matches(template, "AWS::SNS::Subscription", { Properties: { Protocol: "email", Endpoint: "desk@example.org" } }),
    ).toBe(true);
  });
});

test("the estimate of costs counts the alarms and dashboards that there are", () => {
  const quantity = (name: PriceName) =>
    monthlyCost({ sources, desks, ticks }).find(({ price }) => price === name)?.quantity;
  expect(quantity("alarm")).toBe(names("AWS::CloudWatch::Alarm").length);
  expect(quantity("dashboard")).toBe(names("AWS::CloudWatch::Dashboard").length);
});

describe("every source in the list", () => {
  // A source that comes later gets all of it from its one line.
  const [first] = sources as [Source];
  const later: Source = { ...first, id: "later-source", schedule: { everyMinutes: 1440, offsetMinutes: 77 } };
  const tick: Tick = {
    id: "ingest-later-source",
    queue: "ingest",
    schedule: later.schedule,
    input: { source: later.id },
  };
  const extended = synthesise({}, { sources: [...sources, later], ticks: [...ticks, tick] });

  test.each([...sources, later])(
    "$id has its schedule, its alarms and its row on the dashboard",
    ({ id, errorImpact }) => {
      const schedules = ofType(extended.resources, "AWS::Scheduler::Schedule").filter(([, { Target }]) =>
        Target.Input.includes(`"${id}"`),
      );
      expect(schedules).toHaveLength(1);
      const alarms = ofType(extended.resources, "AWS::CloudWatch::Alarm").filter(([, { AlarmName }]) =>
        AlarmName.startsWith(`BrierStack ${id} `),
      );
      expect(new Set(alarms.map(([, { AlarmName }]) => AlarmName.slice(`BrierStack ${id} `.length)))).toEqual(
        new Set(["brings nothing new", "failing", "has dead letters", "not running"]),
      );
      for (const [, { AlarmDescription }] of alarms) expect(AlarmDescription).toContain(errorImpact);
      const [dashboard] = ofType(extended.resources, "AWS::CloudWatch::Dashboard");
      expect(JSON.stringify(dashboard)).toContain(`${id}: windows`);
    },
  );

  test.each(steps)("and so has the queue %s", (step) => {
    const found = ofType(resources, "AWS::CloudWatch::Alarm")
      .map(([, { AlarmName }]) => AlarmName as string)
      .filter((name) => name.startsWith(`BrierStack ${step} `));
    expect(found).toEqual(
      expect.arrayContaining(
        ["failing", "not running", "has dead letters"].map((what) => `BrierStack ${step} ${what}`),
      ),
    );
    const [dashboard] = ofType(resources, "AWS::CloudWatch::Dashboard");
    expect(JSON.stringify(dashboard)).toContain(`${step}: messages`);
  });
});

describe("the lake", () => {
  test("is private, versioned, encrypted by S3, and outlives the stack", () => {
    expect(
      matches(template, "AWS::S3::Bucket", {
        DeletionPolicy: "Retain",
        UpdateReplacePolicy: "Retain",
        Properties: {
          VersioningConfiguration: { Status: "Enabled" },
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
          BucketEncryption: {
            ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
          },
        },
      }),
    ).toBe(true);
  });

  test("refuses plain HTTP, a put that could overwrite, and copies", () => {
    expect(
      matches(template, "AWS::S3::BucketPolicy", {
        Properties: {
          PolicyDocument: {
            Statement: Match.arrayWith([
              Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
              Match.objectLike({
                Effect: "Deny",
                Action: "s3:PutObject",
                Principal: { AWS: "*" },
                Condition: { Null: { "s3:if-none-match": "true" } },
              }),
              Match.objectLike({
                Effect: "Deny",
                Action: "s3:PutObject",
                Principal: { AWS: "*" },
                Condition: { Null: { "s3:x-amz-copy-source": "false" } },
              }),
            ]),
          },
        },
      }),
    ).toBe(true);
  });

  test.each(Object.keys(tables))("table %s is in the catalog, with its partitions computed", (name) => {
    const found = ofType(resources, "AWS::Glue::Table").filter(
      ([, { TableInput }]) => TableInput.Name === `${name}_parts`,
    );
    expect(found).toHaveLength(1);
    expect(found[0]?.[1]["TableInput"].Parameters["projection.enabled"]).toBe("true");
    expect(found[0]?.[1]["DatabaseName"]).toBe("brierstack");
  });

  test("a query is stopped at the configured limit, wherever it comes from", () => {
    const { template: limited } = synthesise({ athenaScanLimitMb: "50" });
    expect(
      matches(limited, "AWS::Athena::WorkGroup", {
        Properties: {
          WorkGroupConfiguration: {
            EnforceWorkGroupConfiguration: true,
            BytesScannedCutoffPerQuery: 50 * 1024 * 1024,
            ManagedQueryResultsConfiguration: { Enabled: true },
          },
        },
      }),
    ).toBe(true);
  });

  test("every view has a named query", () => {
    expect(ofType(resources, "AWS::Athena::NamedQuery").map(([, { Name }]) => Name)).toEqual(
      views.map(({ name }) => name),
    );
  });

  // Athena asks for it with every statement, and fails the deployment where it is refused.
  test("whoever makes views may look the database default up, and nothing more of it", () => {
    const statements = ofType(resources, "AWS::IAM::Policy")
      .filter(([id]) => id.startsWith("Views"))
      .flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement as Json[])
      .filter(({ Resource }) => [Resource].flat().some((resource) => text(resource).endsWith(":database/default")));
    expect(statements.map(({ Action }) => Action)).toEqual(["glue:GetDatabase"]);
  });

  test("views are made after the tables, and again when one changes", () => {
    const [[id, properties]] = ofType(resources, "Custom::BrierViews") as [[string, Record<string, Json>]];
    expect(properties["definition"]).toMatch(/^[0-9a-f]{64}$/);
    const depends = (template.toJSON()["Resources"][id].DependsOn as string[]) ?? [];
    for (const table of names("AWS::Glue::Table")) expect(depends).toContain(table);
  });
});

describe("the state store", () => {
  test("is on demand, forgets what has expired and can be wound back", () => {
    expect(
      matches(template, "AWS::DynamoDB::GlobalTable", {
        Properties: {
          BillingMode: "PAY_PER_REQUEST",
          KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
          TimeToLiveSpecification: { AttributeName: "expires_at", Enabled: true },
          Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
        },
      }),
    ).toBe(true);
  });
});

test("the deployment says of itself what brier --stack reads", () => {
  const [[, { Name, Type, Value }]] = ofType(resources, "AWS::SSM::Parameter") as [[string, Record<string, Json>]];
  expect([Name, Type]).toEqual(["/BrierStack/config", "String"]);
  const parsed = deployment.parse(JSON.parse(text(Value)));
  expect(parsed.queues.ingest.url).toMatch(/^<Queueingest/);
  expect(parsed.secretPrefix).toBe("/BrierStack/");
  // A standard parameter holds 4 KB; addresses are about 40 characters longer than their references here.
  expect(text(Value).length + 16 * 60).toBeLessThan(4096);
});

test("the stack is under its own name everywhere", () => {
  const renamed = synthesise({ stackName: "Desk-2" });
  expect(renamed.stack.stackName).toBe("Desk-2");
  expect(JSON.stringify(renamed.resources)).not.toMatch(/BrierStack/);
  expect(stack.stackName).toBe("BrierStack");
});

test("without an address for alarms it synthesises and says so", () => {
  const silent = synthesise({});
  silent.template.resourceCountIs("AWS::SNS::Subscription", 0);
  expect(JSON.stringify(silent.app.node.findAll().flatMap(({ node }) => node.metadata))).toContain(
    "no alarmEmail in the context",
  );
});
