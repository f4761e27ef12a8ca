import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Delivery, Log, Queue, Services } from "../../../core/ports.ts";
import { retryDelaysSeconds, type Step } from "../../../functions/deliver.ts";
import { Permanent } from "../../../functions/permanent.ts";
import { type Counting, maxReceives, queueHandler } from "../../../functions/wrap.ts";

type Ingest = { source: string; at: string };
const body = (source: string) => JSON.stringify({ source, at: "2026-11-01T00:00:00Z" });
const record = (messageId: string, text: string, receives = 1, id?: string) => ({
  messageId,
  receiptHandle: `receipt of ${messageId}`,
  body: text,
  attributes: { ApproximateReceiveCount: String(receives) },
  messageAttributes: id === undefined ? {} : { id: { stringValue: id, dataType: "String" } },
});

class Told {
  readonly retried: { delivery: Delivery; afterSeconds: number }[] = [];
  readonly parked: { delivery: Delivery; reason: string }[] = [];
  readonly queue: Pick<Queue, "retry" | "park"> = {
    retry: async (_queue, delivery, afterSeconds) => void this.retried.push({ delivery, afterSeconds }),
    park: async (_queue, delivery, reason) => void this.parked.push({ delivery, reason }),
  };
}

let written: string[];
beforeEach(() => {
  vi.stubEnv("POWERTOOLS_SERVICE_NAME", "BrierStack");
  vi.stubEnv("POWERTOOLS_METRICS_NAMESPACE", "Brier");
  // Otherwise Powertools writes past the console that is replaced here, and with it no metrics unless asked for.
  vi.stubEnv("POWERTOOLS_DEV", "true");
  vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "false");
  written = [];
  for (const level of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, level).mockImplementation((line: unknown) => void written.push(String(line)));
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function counts(): Record<string, unknown>[] {
  return written
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line["_aws"] !== undefined)
    .map(({ _aws, ...rest }) => rest);
}

async function handle(step: Step<"ingest">, records: object[], told = new Told(), counting?: Counting) {
  const build = vi.fn<(log: Log) => Services>((log) => ({ queue: told.queue, log }) as unknown as Services);
  const handler = queueHandler("ingest", step, build, counting);
  const call = () => handler({ Records: records } as never, { functionName: "ingest", awsRequestId: "r" } as never);
  return { told, build, call, result: await call() };
}

describe("a queue's handler", () => {
  test("finishes what succeeds and counts it by source", async () => {
    const seen: string[] = [];
    const { result, told } = await handle(
      async ({ source }: Ingest) => void seen.push(source),
      [record("1", body("a")), record("2", body("b"))],
      new Told(),
      { subjects: ["a", "b"] },
    );
    expect(seen).toEqual(["a", "b"]);
    expect(result).toEqual({ batchItemFailures: [] });
    expect([told.retried, told.parked]).toEqual([[], []]);
    expect(counts()).toEqual([
      { service: "BrierStack", queue: "ingest", subject: "a", Processed: 1 },
      { service: "BrierStack", queue: "ingest", subject: "b", Processed: 1 },
    ]);
  });

  test("gives a failing message back for later, and the rest of the batch does not notice", async () => {
    const step = async ({ source }: Ingest) => {
      if (source === "bad") throw new Error("upstream answered 503");
    };
    const { result, told } = await handle(step, [record("1", body("bad"), 2), record("2", body("good"))]);
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: "1" }] });
    expect(told.retried).toEqual([
      {
        delivery: { id: "1", body: body("bad"), receives: 2, receipt: "receipt of 1" },
        afterSeconds: retryDelaysSeconds[1],
      },
    ]);
    expect(counts().map(({ Retried, Processed }) => [Retried, Processed])).toEqual([
      [1, undefined],
      [undefined, 1],
    ]);
  });

  test("parks a message at its last receipt with the error, which SQS would lose", async () => {
    const step = async () => {
      throw new Error("upstream answered 503");
    };
    const { result, told } = await handle(step, [record("1", body("a"), maxReceives)]);
    expect(maxReceives).toBe(5);
    expect(result).toEqual({ batchItemFailures: [] });
    expect(told.retried).toEqual([]);
    expect(told.parked[0]?.reason).toBe("gave up after 5 receipts: Error: upstream answered 503");
    expect(counts()).toEqual([{ service: "BrierStack", queue: "ingest", Parked: 1 }]);
  });

  test.each([
    ["not JSON", "{", /^not JSON/],
    ["not its message", '{"source": 1}', /^not a ingest message: source/],
    ["null", "null", /^not a ingest message/],
  ])("parks at once what is %s", async (_what, text, reason) => {
    const step = vi.fn<Step<"ingest">>(async () => {});
    const { result, told } = await handle(step, [record("1", text)]);
    expect(step).not.toHaveBeenCalled();
    expect(result).toEqual({ batchItemFailures: [] });
    expect(told.parked[0]?.reason).toMatch(reason);
  });

  test("parks at once what can never succeed", async () => {
    const step = async () => {
      throw new Permanent('no source "a"');
    };
    const { told } = await handle(step, [record("1", body("a"))]);
    expect(told.parked[0]?.reason).toBe('Permanent: no source "a"');
  });

  test("keeps a message that the queue could not be told about", async () => {
    const told = new Told();
    told.queue.park = async () => {
      throw new Error("SQS is away");
    };
    const { result } = await handle(async () => {}, [record("1", "{"), record("2", body("a"))], told);
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: "1" }] });
    expect(
      written.some(
        (line) => line.includes("message could not be given back or parked") && line.includes("SQS is away"),
      ),
    ).toBe(true);
  });

  test("names a message by its own id where it has one", async () => {
    const { told } = await handle(async () => {}, [record("1", "{", 1, "predict-job-1")]);
    expect(told.parked[0]?.delivery.id).toBe("predict-job-1");
    expect(written.some((line) => line.includes('"predict-job-1"'))).toBe(true);
  });

  test("makes no metric of a name that is in no list: each would be paid for", async () => {
    await handle(async () => {}, [record("1", body("made up"))], new Told(), { subjects: ["a"] });
    expect(counts()).toEqual([{ service: "BrierStack", queue: "ingest", Processed: 1 }]);
  });

  test("counts what the step measures, and does the work once even when measuring fails", async () => {
    const measure = vi
      .fn<NonNullable<Counting["measure"]>>()
      .mockResolvedValueOnce({ Landed: 0 })
      .mockRejectedValueOnce(new Error("no state"));
    const { result } = await handle(async () => {}, [record("1", body("a")), record("2", body("a"))], new Told(), {
      subjects: ["a"],
      measure,
    });
    expect(result).toEqual({ batchItemFailures: [] });
    expect(counts().filter((line) => "Landed" in line)).toEqual([
      { service: "BrierStack", queue: "ingest", subject: "a", Landed: 0 },
    ]);
    expect(written.some((line) => line.includes("message could not be measured"))).toBe(true);
  });

  test("builds its services once", async () => {
    const { build, call } = await handle(async () => {}, []);
    await call();
    expect(build).toHaveBeenCalledTimes(1);
  });
});
