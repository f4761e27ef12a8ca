import { AwsSolutionsChecks, type NagPack, ServerlessChecks } from "cdk-nag";
import { Validations } from "aws-cdk-lib";
import { describe, expect, test } from "vitest";
import { synthesise } from "./synthesised.ts";

const { app, stack } = synthesise();

function violations(pack: NagPack): string[] {
  return pack
    .validateScope(app)
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
});
