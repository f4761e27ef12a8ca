/** What `-c desks=…` leaves out of the stack. */
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { describe, expect, test } from "vitest";
import type { Desk } from "../../core/desk.ts";
import { desks } from "../../core/desks.ts";
import { sources, sourcesOf } from "../../core/sources.ts";
import { ticksOf } from "../../core/ticks.ts";
import { listsOf, monthlyCost } from "../../lib/cost.ts";
import { type Json, ofType, synthesise } from "./synthesised.ts";

function stackOf(desk: Desk) {
  const { app, resources } = synthesise({ alarmEmail: "desk@example.org", desks: desk.id });
  const schedules = ofType(resources, "AWS::Scheduler::Schedule").map(([, properties]) => properties);
  const alarms = ofType(resources, "AWS::CloudWatch::Alarm").map(([, { AlarmName }]) => AlarmName as string);
  const dashboard = JSON.stringify(ofType(resources, "AWS::CloudWatch::Dashboard"));
  return { app, resources, schedules, alarms, dashboard };
}

describe.each(desks.map((desk) => [desk.id, desk, stackOf(desk)] as const))(
  "a stack of the desk %s alone",
  (id, desk, { app, resources, schedules, alarms, dashboard }) => {
    const own = sourcesOf([id]);
    const others = sources.filter((source) => !own.includes(source));

    test("has the schedules of that desk, and the watch looks after it alone", () => {
      expect(schedules.map(({ Name }): string => Name).sort()).toEqual(
        ticksOf([desk])
          .map((tick) => tick.id)
          .sort(),
      );
      const watch = schedules.find(({ Name }) => Name === "watch");
      expect(JSON.parse(watch?.["Target"].Input)).toEqual({ desks: [id], at: "<aws.scheduler.scheduled-time>" });
    });

    test("has alarms and rows on the dashboard for its own sources and ticks only", () => {
      for (const source of own) {
        expect(alarms.filter((name) => name.startsWith(`BrierStack ${source.id} `))).toHaveLength(4);
        expect(dashboard).toContain(`${source.id}: windows`);
      }
      const elsewhere = desks.filter((one) => one !== desk);
      const left = [...others, ...elsewhere].map((one) => one.id);
      for (const out of left)
        expect(alarms.filter((name) => name.split(/[ -]/).join("-").includes(`-${out}-`))).toEqual([]);
      for (const out of others) expect(dashboard).not.toContain(`${out.id}: `);
    });

    test("costs the alarms that there are", () => {
      const quantity = monthlyCost(listsOf([desk])).find(({ price }) => price === "alarm")?.quantity;
      expect(quantity).toBe(alarms.length);
    });

    test("lets ingest write and read for its own sources only", () => {
      const role = ofType(resources, "AWS::IAM::Role").find(
        ([, { Description }]) => Description === "What ingest may do.",
      );
      const statements: Json[] = ofType(resources, "AWS::IAM::Policy")
        .filter(([, { Roles }]) => JSON.stringify(Roles).includes(`"${role?.[0]}"`))
        .flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement);
      const resourcesOf = (action: string) =>
        JSON.stringify(statements.filter(({ Action }) => [Action].flat().includes(action)));
      const tablesOf = (of: typeof sources) => new Set(of.flatMap(({ tables }) => tables));
      for (const table of tablesOf(own)) expect(resourcesOf("s3:PutObject")).toContain(`/tables/${table}/*`);
      for (const table of [...tablesOf(others)].filter((one) => !tablesOf(own).has(one)))
        expect(resourcesOf("s3:PutObject")).not.toContain(`/tables/${table}/*`);
      for (const { secret } of own) if (secret !== undefined) expect(resourcesOf("ssm:GetParameter")).toContain(secret);
      for (const { secret } of others)
        if (secret !== undefined) expect(resourcesOf("ssm:GetParameter")).not.toContain(secret);
    });

    test("holds no live feeds", () => {
      const functions = ofType(resources, "AWS::Lambda::Function").map(([, { Description }]) => Description as string);
      expect(functions).not.toContain("Holds the live feeds.");
    });

    test("gives cdk-nag nothing to find", () => {
      const packs = [new AwsSolutionsChecks(app), new ServerlessChecks(app)];
      expect(packs.flatMap((pack) => pack.validateScope(app).violations)).toEqual([]);
    });
  },
);

test("live feeds go with a desk that reads them", () => {
  expect(() => synthesise({ desks: "weather", streams: "true" })).toThrow(/streams is "true"; it must be false/);
  const { resources } = synthesise({ desks: "crypto", streams: "true" });
  const functions = ofType(resources, "AWS::Lambda::Function").map(([, { Description }]) => Description as string);
  expect(functions).toContain("Holds the live feeds.");
});
