/** The size of each step's function and queue, and whom its alarms concern. */
import type { QueueName } from "../core/ports.ts";

export interface StepSettings {
  /** Which also sets the share of a processor: 1769 MB are one. */
  memoryMb: number;
  /** For a whole batch. The queue hides a message for six times as long. */
  timeoutSeconds: number;
  batchSize: number;
  /** Instances at most, at least 2. Not a reservation: a new account may have ten instances in all. */
  maxConcurrency: number;
  /** Who is hurt, and how, when the step fails. One sentence for the alarms. */
  errorImpact: string;
  /**
   * Set for a step that runs because another sent it work, never by the clock: after so many minutes without any work
   * something before it is broken.
   */
  quietMinutes?: number;
}

export const stepSettings: Readonly<Record<QueueName, StepSettings>> = {
  ingest: {
    memoryMb: 512,
    // Several rounds of requests, each with retries, on an upstream that answers slowly.
    timeoutSeconds: 120,
    batchSize: 1,
    maxConcurrency: 4,
    errorImpact: "No upstream is read: quotes and forecasts grow old, and every desk stops pricing.",
  },
  coordinate: {
    memoryMb: 512,
    timeoutSeconds: 60,
    batchSize: 1,
    maxConcurrency: 2,
    errorImpact: "No jobs are planned: this hour has no forecasts, and they cannot be made up later.",
  },
  predict: {
    memoryMb: 512,
    timeoutSeconds: 60,
    batchSize: 5,
    maxConcurrency: 4,
    errorImpact: "Jobs have no forecasts: no signal is raised and the record of grades has a gap.",
    // Jobs are planned every hour, and some event is always open.
    quietMinutes: 180,
  },
  enrich: {
    memoryMb: 512,
    timeoutSeconds: 60,
    batchSize: 5,
    // Caps and cooldowns are compare-and-set in the state store; few workers keep the contention low.
    maxConcurrency: 2,
    errorImpact: "Forecasts are not set beside the quotes: signals and arbitrage alerts are missed.",
    // Jobs are planned every hour, and some event is always open.
    quietMinutes: 180,
  },
  notify: {
    memoryMb: 256,
    timeoutSeconds: 60,
    batchSize: 1,
    maxConcurrency: 2,
    errorImpact: "Alerts do not reach the Telegram chat: the reader takes silence for calm.",
  },
  settle: {
    memoryMb: 512,
    timeoutSeconds: 120,
    batchSize: 1,
    maxConcurrency: 2,
    errorImpact: "Outcomes are not looked up: forecasts stay ungraded and accuracy cannot be read.",
  },
  watch: {
    memoryMb: 256,
    timeoutSeconds: 60,
    batchSize: 1,
    maxConcurrency: 2,
    errorImpact: "Nobody looks after the desk: stale sources, drifted payloads and gaps in the ledger go unreported.",
  },
};
