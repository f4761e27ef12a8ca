/** Secrets as SecureString parameters of SSM Parameter Store, under one prefix per stack. */
import { GetParameterCommand, ParameterNotFound, SSMClient, type SSMClientConfig } from "@aws-sdk/client-ssm";
import type { Clock, Secrets } from "../../core/ports.ts";
import { connectionDefaults } from "./connection.ts";

interface SecretsConfig {
  /** Begins and ends with `/`, e.g. `/BrierStack/`. */
  prefix: string;
  clock: Clock;
}

/** How long a value is used before it is asked for again: a rotated secret takes hold within this time. */
const cachedForMs = 5 * 60_000;

/** The secrets with a client of their own; `connection` overrides what the environment says (region, endpoint, …). */
export function connectSecrets(config: SecretsConfig, connection: SSMClientConfig = {}): Secrets {
  return createSecrets(new SSMClient({ ...connectionDefaults, ...connection }), config);
}

/** @returns the secrets. A name is what follows the prefix. Absent names are asked for anew each time. */
function createSecrets(client: SSMClient, { prefix, clock }: SecretsConfig): Secrets {
  if (!/^\/(?:[\w.-]+\/)+$/.test(prefix)) {
    throw new Error(`SECRET_PREFIX ${JSON.stringify(prefix)}: it must begin and end with "/", like /BrierStack/`);
  }
  const cache = new Map<string, { value: string; until: number }>();
  return {
    async get(name) {
      const cached = cache.get(name);
      if (cached !== undefined && clock.now() < cached.until) return cached.value;
      try {
        const { Parameter } = await client.send(
          new GetParameterCommand({ Name: `${prefix}${name}`, WithDecryption: true }),
        );
        if (Parameter?.Value === undefined) throw new Error(`secret ${prefix}${name}: the parameter has no value`);
        cache.set(name, { value: Parameter.Value, until: clock.now() + cachedForMs });
        return Parameter.Value;
      } catch (error) {
        if (!(error instanceof ParameterNotFound)) throw error;
        cache.delete(name);
        return undefined;
      }
    },
  };
}
