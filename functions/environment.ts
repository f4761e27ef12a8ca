/** The environment variables a function may have, and how one reads its own (functions/<name>/env.ts picks them). */
import * as z from "zod";

const queueUrl = z.url({ error: "must be the URL of an SQS queue" });
const name = z.string().min(1, { error: "must not be empty" });

export const variables = z.object({
  /** Name of the stack: the `service` of its logs and metrics. */
  POWERTOOLS_SERVICE_NAME: name,
  POWERTOOLS_METRICS_NAMESPACE: z.literal("Brier"),
  /** The lake. */
  BUCKET: name,
  /** The DynamoDB table of pointers, claims and counters. */
  STATE_TABLE: name,
  ATHENA_WORKGROUP: name,
  ATHENA_DATABASE: name,
  /** What stands before a secret's name in the SSM parameter store, for example `/brier/`. */
  SECRET_PREFIX: z.string().regex(/^\/.+\/$/, { error: "must begin and end with a slash" }),
  QUEUE_URL_INGEST: queueUrl,
  QUEUE_URL_COORDINATE: queueUrl,
  QUEUE_URL_PREDICT: queueUrl,
  QUEUE_URL_ENRICH: queueUrl,
  QUEUE_URL_NOTIFY: queueUrl,
  QUEUE_URL_SETTLE: queueUrl,
  QUEUE_URL_WATCH: queueUrl,
  PARKED_URL_INGEST: queueUrl,
  PARKED_URL_COORDINATE: queueUrl,
  PARKED_URL_PREDICT: queueUrl,
  PARKED_URL_ENRICH: queueUrl,
  PARKED_URL_NOTIFY: queueUrl,
  PARKED_URL_SETTLE: queueUrl,
  PARKED_URL_WATCH: queueUrl,
});

export type Variables = z.infer<typeof variables>;

/**
 * The function's environment as its schema has it.
 * @throws naming each variable that is missing or wrong, never its value.
 */
export function parseEnvironment<T>(schema: z.ZodType<T>, values: Readonly<Record<string, string | undefined>>): T {
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const variable = String(issue.path[0]);
    return values[variable] === undefined ? `${variable} is missing` : `${variable} ${issue.message}`;
  });
  throw new Error(`environment of the function: ${faults.join("; ")}. The CDK stack sets it (lib/): deploy it again.`);
}
