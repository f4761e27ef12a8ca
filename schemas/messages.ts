/** What travels through the queues: one schema a step. Instants are ISO 8601 UTC, as EventBridge Scheduler writes them. */
import * as z from "zod";
import { rowSchema } from "./emit/zod.ts";
import { alerts } from "./alerts.ts";
import { jobs } from "./jobs.ts";

const instant = z.iso.datetime();

export const messages = {
  /** Fetch one window of one source. */
  ingest: z.strictObject({ source: z.string(), at: instant }),
  /** Plan one tick of one desk. */
  coordinate: z.strictObject({ desk: z.string(), at: instant }),
  /** Run one job's model. */
  predict: z.strictObject({ job: rowSchema(jobs) }),
  /** Set a prediction beside the quotes. `refusal` says why there is no prediction. */
  enrich: z.strictObject({
    job: rowSchema(jobs),
    prediction_id: z.string().nullable(),
    refusal: z.string().nullable(),
  }),
  /** Send one alert. */
  notify: z.strictObject({ alert: rowSchema(alerts) }),
  /** Look up outcomes and grade. */
  settle: z.strictObject({ desk: z.string(), at: instant }),
  /** Look after the desks that run; after all of them where none is named. */
  watch: z.strictObject({ desks: z.array(z.string()).optional(), at: instant }),
} as const;

export type Messages = { [K in keyof typeof messages]: z.infer<(typeof messages)[K]> };
