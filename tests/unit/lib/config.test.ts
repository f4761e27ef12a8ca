import { describe, expect, test } from "vitest";
import { cryptoDesk } from "../../../core/crypto/desk.ts";
import { desks } from "../../../core/desks.ts";
import { readConfig } from "../../../lib/config.ts";

describe("the configuration of a deployment", () => {
  test("has defaults for all but the address of alarms", () => {
    expect(readConfig({})).toEqual({
      stackName: "BrierStack",
      retentionDays: 30,
      athenaScanLimitMb: 1024,
      desks,
      streams: false,
    });
  });

  test("takes what -c gives, which is text", () => {
    expect(
      readConfig({
        stackName: "Desk",
        alarmEmail: "a@example.org",
        retentionDays: "90",
        athenaScanLimitMb: "10",
        desks: "crypto",
        streams: "true",
      }),
    ).toEqual({
      stackName: "Desk",
      alarmEmail: "a@example.org",
      retentionDays: 90,
      athenaScanLimitMb: 10,
      desks: [cryptoDesk],
      streams: true,
    });
  });

  test("leaves the CDK's own names alone", () => {
    expect(
      readConfig({ "aws:cdk:bundling-stacks": ["**"], "@aws-cdk/core:x": true, "availability-zones:account=1": [] })
        .stackName,
    ).toBe("BrierStack");
  });

  test.each([
    [{ alarmMail: "a@example.org" }, /unknown name alarmMail; there are stackName, alarmEmail/],
    [{ alarmEmail: "nobody" }, /alarmEmail is "nobody"; it must be an e-mail address/],
    [{ retentionDays: "31" }, /retentionDays is "31"; it must be one of 7, 14, 30/],
    [{ athenaScanLimitMb: "9" }, /athenaScanLimitMb is "9"; it must be at least 10/],
    [
      { desks: "weather,props" },
      /desks is "weather,props"; it must be ids .*: no desk "props"; there are weather, crypto/,
    ],
    [{ desks: "" }, /desks is ""; it must be ids of desks, separated by commas: no desk ""; there are/],
    [{ desks: true }, /desks is true; it must be ids of desks, separated by commas; there are weather, crypto/],
    [
      { desks: "weather", streams: "true" },
      /streams is "true"; it must be false: live feeds are read by crypto, and desks leaves that out/,
    ],
    [{ streams: "yes" }, /streams is "yes"; it must be true or false/],
    [{ stackName: "1st" }, /stackName is "1st"; it must be a letter/],
  ])("%j is refused with the name and what it must be", (context, message) => {
    expect(() => readConfig(context)).toThrow(message);
  });
});
