/** What a deployed stack says of itself, as JSON in the SSM parameter `/<stack>/config`: `--stack <name>` reads it. */
import * as z from "zod";

const queue = z.strictObject({ url: z.string().min(1), parkedUrl: z.string().min(1) });

export const deployment = z.strictObject({
  /** Name of the lake's bucket. */
  bucket: z.string().min(1),
  /** Name of the Glue database. */
  database: z.string().min(1),
  /** Name of the Athena workgroup. */
  workgroup: z.string().min(1),
  /** Name of the DynamoDB table. */
  stateTable: z.string().min(1),
  /** What stands before a secret's name, for example `/BrierStack/`. */
  secretPrefix: z.string().min(1),
  queues: z.strictObject({
    ingest: queue,
    coordinate: queue,
    predict: queue,
    enrich: queue,
    notify: queue,
    settle: queue,
    watch: queue,
  }),
});

export type Deployment = z.infer<typeof deployment>;

/** The SSM parameter that holds a stack's `Deployment`. */
export function deploymentParameter(stack: string): string {
  return `/${stack}/config`;
}
