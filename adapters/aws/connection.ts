/** What every AWS client of ours is given. */

/**
 * Five attempts with the SDK's own back-off for throttling and server faults. Without a limit a request on a dead
 * connection would hold a function until its time-out; 30 s lies above the longest long poll of SQS (20 s).
 */
export const connectionDefaults = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
} as const;
