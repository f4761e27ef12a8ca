import { afterEach, describe, expect, test } from "vitest";
import { connectLake } from "../../../adapters/aws/lake.ts";
import type { Lake } from "../../../core/ports.ts";
import { type AwsAnswer, type AwsRequest, inTurn, sleepingClock, type StandIn, standIn } from "./aws-stand-in.ts";

const s3Error = (status: number, code: string): AwsAnswer => ({
  status,
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  headers: { "content-type": "application/xml" },
});
const conflict = s3Error(409, "ConditionalRequestConflict");
const stored: AwsAnswer = { status: 200, body: "", headers: { etag: '"x"' } };

let s3: StandIn;
afterEach(() => s3.close());

async function lakeOn(answer: (request: AwsRequest) => AwsAnswer) {
  s3 = await standIn(answer);
  const clock = sleepingClock();
  const lake: Lake = connectLake({ bucket: "lake", clock }, { ...s3.connection, forcePathStyle: true });
  return { lake, clock };
}
const bytes = new TextEncoder().encode("row");

describe("the lake on S3", () => {
  test("writes by one PutObject on the condition that nothing is there", async () => {
    const { lake } = await lakeOn(inTurn(stored));
    expect(await lake.putIfAbsent("raw/s/dt=2026-11-01/a.zst", bytes)).toBe("created");
    expect(s3.requests).toHaveLength(1);
    expect(s3.requests[0]).toMatchObject({ method: "PUT", headers: { "if-none-match": "*" } });
    expect(s3.requests[0]?.path).toMatch(/^\/lake\/raw\/s\/dt%3D2026-11-01\/a\.zst/);
  });

  test("412 means that something is there", async () => {
    const { lake } = await lakeOn(inTurn(s3Error(412, "PreconditionFailed")));
    expect(await lake.putIfAbsent("k", bytes)).toBe("exists");
    expect(s3.requests).toHaveLength(1);
  });

  test("409 is tried again after a while", async () => {
    const { lake, clock } = await lakeOn(inTurn(conflict, conflict, stored));
    expect(await lake.putIfAbsent("k", bytes)).toBe("created");
    expect(clock.slept).toEqual([50, 150]);
  });

  test("409 followed by 412 means that the other writer won", async () => {
    const { lake } = await lakeOn(inTurn(conflict, s3Error(412, "PreconditionFailed")));
    expect(await lake.putIfAbsent("k", bytes)).toBe("exists");
  });

  test("409 without end is decided by looking: there", async () => {
    const { lake } = await lakeOn(({ method }) => (method === "HEAD" ? { status: 200, body: "" } : conflict));
    expect(await lake.putIfAbsent("k", bytes)).toBe("exists");
    expect(s3.requests.filter(({ method }) => method === "PUT")).toHaveLength(5);
  });

  test("409 without end is decided by looking: not there, so nobody has written", async () => {
    const { lake } = await lakeOn(({ method }) => (method === "HEAD" ? { status: 404, body: "" } : conflict));
    await expect(lake.putIfAbsent("k", bytes)).rejects.toThrow(/ConditionalRequestConflict/);
  });

  test("throttling and server faults are tried again by the SDK", async () => {
    const { lake } = await lakeOn(inTurn(s3Error(503, "SlowDown"), s3Error(500, "InternalError"), "drop", stored));
    expect(await lake.putIfAbsent("k", bytes)).toBe("created");
    expect(s3.requests).toHaveLength(4);
  });

  test("only NoSuchKey is an absent object: 403 and a missing bucket are errors", async () => {
    const { lake } = await lakeOn(
      inTurn(s3Error(404, "NoSuchKey"), s3Error(403, "AccessDenied"), s3Error(404, "NoSuchBucket")),
    );
    expect(await lake.get("k")).toBeUndefined();
    await expect(lake.get("k")).rejects.toThrow(/AccessDenied/);
    await expect(lake.get("k")).rejects.toThrow(/NoSuchBucket/);
  });

  test("lists page after page, and sorts by code unit where S3 sorts by UTF-8", async () => {
    // U+FFFD comes before U+1F600 in UTF-8, after it in UTF-16.
    const page = (keys: string[], next?: string): AwsAnswer => ({
      status: 200,
      headers: { "content-type": "application/xml" },
      body: `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><IsTruncated>${next !== undefined}</IsTruncated>${keys
        .map((key) => `<Contents><Key>${key}</Key></Contents>`)
        .join(
          "",
        )}${next === undefined ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`}</ListBucketResult>`,
    });
    const { lake } = await lakeOn(({ path }) =>
      path.includes("continuation-token=t1") ? page(["p/\u{1F600}"]) : page(["p/a", "p/\u{FFFD}"], "t1"),
    );
    expect(await lake.list("p/")).toEqual(["p/a", "p/\u{1F600}", "p/\u{FFFD}"]);
    expect(s3.requests).toHaveLength(2);
  });
});
