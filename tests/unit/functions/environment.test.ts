import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../../functions/environment.ts";
import { environment } from "../../../functions/create-views/env.ts";

const whole = { POWERTOOLS_SERVICE_NAME: "BrierStack", ATHENA_WORKGROUP: "BrierStack", ATHENA_DATABASE: "brierstack" };

describe("a function's environment", () => {
  test("is what its schema names, and nothing else of the process's", () => {
    expect(parseEnvironment(environment, { ...whole, HOME: "/tmp" })).toEqual(whole);
  });

  test("says which variables are missing or wrong, without their values", () => {
    expect(() => parseEnvironment(environment, { ...whole, ATHENA_WORKGROUP: undefined, ATHENA_DATABASE: "" })).toThrow(
      "environment of the function: ATHENA_WORKGROUP is missing; ATHENA_DATABASE must not be empty. The CDK stack sets it (lib/): deploy it again.",
    );
  });
});
