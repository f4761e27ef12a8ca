import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import { describe, expect, test, vi } from "vitest";
import { putAnswer } from "../../../adapters/aws/cloudformation.ts";
import type { Log, Sql } from "../../../core/ports.ts";
import { answer } from "../../../functions/create-views/answer.ts";
import { createViews } from "../../../functions/create-views/step.ts";

const log: Log = { info: () => {}, warn: () => {}, error: () => {} };
const event = (RequestType: "Create" | "Update" | "Delete") =>
  ({
    RequestType,
    StackId: "s",
    RequestId: "r",
    LogicalResourceId: "l",
    ResponseURL: "",
  }) as CloudFormationCustomResourceEvent;

describe("creating the views", () => {
  test("asks for one at a time, in order", async () => {
    const asked: string[] = [];
    let running = 0;
    const sql: Sql = {
      query: async (text) => {
        expect(++running).toBe(1);
        await Promise.resolve();
        running--;
        asked.push(text);
        return { columns: [], rows: [] };
      },
    };
    const views = [
      { name: "a", doc: "", sql: "\nSELECT 1 AS x\n" },
      { name: "b", doc: "", sql: "SELECT x FROM a" },
    ];
    await createViews(views, { sql, log });
    expect(asked).toEqual([
      'CREATE OR REPLACE VIEW "a" AS\nSELECT 1 AS x',
      'CREATE OR REPLACE VIEW "b" AS\nSELECT x FROM a',
    ]);
  });

  test("stops at the first that fails and names it", async () => {
    const query = vi.fn<Sql["query"]>(async () => {
      throw new Error("FAILED: no such column");
    });
    const views = [
      { name: "a", doc: "", sql: "SELECT 1 AS x" },
      { name: "b", doc: "", sql: "SELECT 1 AS x" },
    ];
    await expect(createViews(views, { sql: { query }, log })).rejects.toThrow("view a: FAILED: no such column");
    expect(query).toHaveBeenCalledTimes(1);
  });
});

describe("the answer to CloudFormation", () => {
  const about = { StackId: "s", RequestId: "r", LogicalResourceId: "l", PhysicalResourceId: "views" };

  test.each(["Create", "Update"] as const)("to %s is success once the work is done", async (type) => {
    const work = vi.fn<() => Promise<void>>(async () => {});
    await expect(answer(event(type), work)).resolves.toEqual({ ...about, Status: "SUCCESS" });
    expect(work).toHaveBeenCalledTimes(1);
  });

  test("to Delete is success without work", async () => {
    const work = vi.fn<() => Promise<void>>(async () => {});
    await expect(answer(event("Delete"), work)).resolves.toEqual({ ...about, Status: "SUCCESS" });
    expect(work).not.toHaveBeenCalled();
  });

  test("is failure with the reason when the work fails, however long the reason", async () => {
    const failed = await answer(event("Create"), async () => {
      throw new Error("x".repeat(9000));
    });
    expect(failed.Status).toBe("FAILED");
    expect(JSON.stringify(failed).length).toBeLessThan(4096);
  });

  test("is put without a content type, which the address's signature does not cover", async () => {
    const received: { method?: string | undefined; type?: string | undefined; body: string }[] = [];
    let status = 200;
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        received.push({ method: request.method, type: request.headers["content-type"], body });
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?signature=secret`;
    try {
      const outcome = await answer(event("Create"), async () => {});
      await putAnswer(url, outcome);
      expect(received).toEqual([{ method: "PUT", type: "", body: JSON.stringify(outcome) }]);
      status = 403;
      await expect(putAnswer(url, outcome)).rejects.toThrow(/^CloudFormation answered 403 to the outcome SUCCESS$/);
    } finally {
      server.close();
    }
  });
});
