/** What `-c streams=true` adds to the stack. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { desks } from "../../core/desks.ts";
import { sources } from "../../core/sources.ts";
import { ticks } from "../../core/ticks.ts";
import { access, environment } from "../../functions/stream/env.ts";
import { monthlyCost } from "../../lib/cost.ts";
import { tables } from "../../schemas/index.ts";
import { type Json, ofType, synthesise } from "./synthesised.ts";

const without = synthesise();
const { resources } = synthesise({ alarmEmail: "desk@example.org", streams: "true" });
const described = (type: string, description: string) =>
  ofType(resources, type).find(([, { Description }]) => Description === description);
const lambda = described("AWS::Lambda::Function", "Holds the live feeds.");
const role = described("AWS::IAM::Role", "What stream may do.");
const statements: Json[] = ofType(resources, "AWS::IAM::Policy")
  .filter(([, { Roles }]) => JSON.stringify(Roles).includes(`"${role?.[0]}"`))
  .flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement);
const resourcesOf = (action: string): string[] =>
  statements
    .filter(({ Action }) => [Action].flat().includes(action))
    .flatMap(({ Resource }) => [Resource].flat())
    .map((resource) => JSON.stringify(resource));

describe("the holder of the live feeds", () => {
  test("is not there unless it is asked for", () => {
    expect(ofType(without.resources, "AWS::Lambda::Function").map(([, { Description }]) => Description)).not.toContain(
      "Holds the live feeds.",
    );
    expect(lambda).toBeDefined();
  });

  test("adds to the estimate of costs the alarms that it adds", () => {
    const quantity = (withStreams: boolean) =>
      monthlyCost({ sources, desks, ticks }, undefined, withStreams).find(({ price }) => price === "alarm")?.quantity ??
      0;
    const alarms = (of: typeof resources) => ofType(of, "AWS::CloudWatch::Alarm").length;
    expect(quantity(true) - quantity(false)).toBe(alarms(resources) - alarms(without.resources));
  });

  test("lives as long as a function may, longer than its schedule, so that one overlaps the next", () => {
    expect(lambda?.[1]).toMatchObject({ Timeout: 900, Runtime: "nodejs24.x", Architectures: ["arm64"] });
    const schedule = described("AWS::Scheduler::Schedule", "Begins a holder of the live feeds every 12 min.");
    expect(schedule?.[1]).toMatchObject({
      ScheduleExpression: "cron(0,12,24,36,48 * * * ? *)",
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
    });
  });

  test("finds in its environment what its schema asks for, and no secret", () => {
    const variables = lambda?.[1]["Environment"].Variables as Record<string, Json>;
    expect(Object.keys(variables).sort()).toEqual(Object.keys(environment.shape).sort());
  });

  test("writes under its own tables and reads its own secrets, nothing else", () => {
    const written = resourcesOf("s3:PutObject");
    expect(written).toHaveLength(access.writes.length);
    for (const prefix of access.writes) expect(written.some((one) => one.includes(`/${prefix}*`))).toBe(true);
    for (const prefix of access.writes) {
      if (prefix.startsWith("tables/")) expect(Object.keys(tables)).toContain(prefix.split("/")[1]);
    }
    // It asks a desk to plan, and sends nothing else.
    expect(access.sends).toEqual(["coordinate"]);
    expect(resourcesOf("sqs:SendMessage")).toEqual([expect.stringContaining("Queuecoordinate")]);
    expect(resourcesOf("ssm:GetParameter")).toHaveLength(2);
    for (const one of resourcesOf("ssm:GetParameter")) expect(one).toContain("parameter/BrierStack/kalshi-");
    expect(
      statements.flatMap(({ Action }) => Action as string | string[]).filter((one) => /Delete|\*/.test(one)),
    ).toEqual([]);
  });

  test("has alarms with an article each", () => {
    const alarms = ofType(resources, "AWS::CloudWatch::Alarm").filter(([, { AlarmName }]) =>
      /BrierStack stream /.test(AlarmName),
    );
    expect(alarms.map(([, { AlarmName }]): string => AlarmName).sort()).toEqual([
      "BrierStack stream failing",
      "BrierStack stream not running",
    ]);
    const runbook = readFileSync("docs/runbook.md", "utf8").toLowerCase().replaceAll(" ", "-");
    for (const [, { AlarmDescription }] of alarms) {
      expect(runbook).toContain(`##-${AlarmDescription.slice(AlarmDescription.indexOf("#") + 1)}`);
    }
  });
});
