import { describe, expect, it } from "vitest";
import { readDeployment } from "../../../runtime/deployment.ts";

const queue = { url: "https://sqs.example/q", parkedUrl: "https://sqs.example/p" };
const value = {
  bucket: "b",
  database: "d",
  workgroup: "w",
  stateTable: "t",
  secretPrefix: "/BrierStack/",
  queues: {
    ingest: queue,
    coordinate: queue,
    predict: queue,
    enrich: queue,
    notify: queue,
    settle: queue,
    watch: queue,
  },
};

describe("what a stack says of itself", () => {
  it("is read as it stands", () => {
    expect(readDeployment("BrierStack", JSON.stringify(value))).toEqual(value);
  });

  it("names stack and parameter where there is none, and what to check", () => {
    expect(() => readDeployment("Other", undefined)).toThrow(
      /no SSM parameter \/Other\/config .*AWS_PROFILE and AWS_REGION/,
    );
  });

  it("names the field that is not as it should be", () => {
    expect(() => readDeployment("BrierStack", JSON.stringify({ ...value, bucket: undefined }))).toThrow(/bucket/);
    expect(() => readDeployment("BrierStack", "{")).toThrow(/is not JSON/);
  });
});
