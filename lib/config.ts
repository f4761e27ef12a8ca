/** The configuration of a deployment: CDK context values (`-c name=value`, or `context` in cdk.json). */
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import * as z from "zod";
import { chosenDesks, desks, readStreams } from "../core/desks.ts";

const retentionDays = [7, 14, 30, 60, 90, 180, 365] as const satisfies readonly RetentionDays[];

const idsOf = (of: typeof desks) => of.map(({ id }) => id).join(", ");

const values = z.strictObject({
  /** Name of the CloudFormation stack, of its SSM parameters and of its workgroup. */
  stackName: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,39}$/, { error: "must be a letter, then at most 39 letters, digits or hyphens" })
    .default("BrierStack"),
  /** Where alarms are sent. Amazon asks this address once to confirm. Without it nobody hears the alarms. */
  alarmEmail: z.email({ error: "must be an e-mail address" }).optional(),
  /** How long log lines are kept. */
  retentionDays: z.coerce
    .number()
    .refine((days): days is (typeof retentionDays)[number] => retentionDays.some((allowed) => allowed === days), {
      error: `must be one of ${retentionDays.join(", ")}`,
    })
    .default(30),
  /** A query that would scan more than this is stopped. Athena's own lower limit is 10 MB. */
  athenaScanLimitMb: z.coerce
    .number()
    .int({ error: "must be a whole number" })
    .min(10, { error: "must be at least 10, Athena's own lower limit" })
    .max(1_000_000, { error: "must be at most 1000000" })
    .default(1024),
  /** The desks that run, by their ids with commas between them. */
  desks: z
    .string({ error: `must be ids of desks, separated by commas; there are ${idsOf(desks)}` })
    .transform((ids, given) => {
      try {
        return chosenDesks(ids);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        given.addIssue({ code: "custom", message: `must be ids of desks, separated by commas: ${reason}` });
        return z.NEVER;
      }
    })
    .default(desks),
  /** Whether live feeds are held. It is what costs most; Kalshi's feed needs a key among the secrets. */
  streams: z
    .union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")], {
      error: "must be true or false",
    })
    .default(false),
});

const config = values.refine(({ desks: chosen, streams }) => !streams || readStreams(chosen), {
  path: ["streams"],
  error: `must be false: live feeds are read by ${idsOf(desks.filter((desk) => readStreams([desk])))}, and desks leaves that out`,
});

export type Config = z.infer<typeof config>;

/**
 * The configuration in the context values. Names with a colon or a slash are the CDK's own and left alone.
 * @throws naming each value that is wrong or unknown, and what it must be.
 */
export function readConfig(context: Readonly<Record<string, unknown>>): Config {
  const own = Object.fromEntries(Object.entries(context).filter(([name]) => !/[:/]/.test(name)));
  const parsed = config.safeParse(own);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) =>
    issue.code === "unrecognized_keys"
      ? `unknown name ${issue.keys.join(", ")}; there are ${Object.keys(values.shape).join(", ")}`
      : `${issue.path.join(".")} is ${JSON.stringify(own[String(issue.path[0])])}; it ${issue.message}`,
  );
  throw new Error(`context of the deployment: ${faults.join("; ")}`);
}
