/** What a function may touch, said once beside its environment: the stack's grants are made from it. */
import type { QueueName } from "../core/ports.ts";

export interface Access {
  /** Whether it reads the lake (objects and listings). */
  readsLake: boolean;
  /** Prefixes of the lake that it writes under. Each ends with a slash. */
  writes: readonly string[];
  /** Whether it keeps facts in the state store. */
  state: boolean;
  /** Queues that it sends messages to. Its own queue and parked queue are not named: each step has those. */
  sends: readonly QueueName[];
  /** Names of the secrets that it reads, without the stack's prefix. */
  secrets: readonly string[];
}
