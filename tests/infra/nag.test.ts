import { AwsSolutionsChecks, type NagPack, ServerlessChecks } from "cdk-nag";
import { App, Stack } from "aws-cdk-lib";
import { Queue } from "aws-cdk-lib/aws-sqs";
import type { IConstruct } from "constructs";
import { describe, expect, test } from "vitest";
import { synthesise } from "./synthesised.ts";

const { app } = synthesise({ alarmEmail: "desk@example.org", streams: "true" });

function violations(pack: NagPack, scope: IConstruct = app): string[] {
  return pack
    .validateScope(scope)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );
}

describe("cdk-nag", () => {
  test("finds nothing against AwsSolutions that has no reason beside it", () => {
    expect(violations(new AwsSolutionsChecks(app))).toEqual([]);
  });
  test("finds nothing against Serverless that has no reason beside it", () => {
    expect(violations(new ServerlessChecks(app))).toEqual([]);
  });

  test("would find a queue that takes plain HTTP and has no dead-letter queue", () => {
    const bare = new Stack(new App(), "Bare");
    new Queue(bare, "Queue");
    expect(violations(new AwsSolutionsChecks(bare), bare)).toEqual([
      "AwsSolutions-SQS3 Bare/Queue/Resource",
      "AwsSolutions-SQS4 Bare/Queue/Resource",
    ]);
  });
});
