/** A deployed stack, found by its name: what it says of itself, and ports on its services. */
import { GetParameterCommand, ParameterNotFound, SSMClient } from "@aws-sdk/client-ssm";
import * as z from "zod";
import { connectLake } from "../adapters/aws/lake.ts";
import { connectSql } from "../adapters/aws/sql.ts";
import { connectState } from "../adapters/aws/state.ts";
import { systemClock } from "../adapters/embedded/clock.ts";
import type { Clock, Lake, Sql, State } from "../core/ports.ts";
import { type Deployment, deployment, deploymentParameter } from "../schemas/deployment.ts";
import { CommandError } from "./command.ts";
import { messageOf } from "./message-of.ts";

export interface DeployedStack {
  description: Deployment;
  lake: Lake;
  sql: Sql;
  state: State;
  clock: Clock;
}

/**
 * What the stack's parameter says.
 * @param value its text, undefined when there is no such parameter
 * @throws CommandError when there is none or it is not what this version of the program understands.
 */
export function readDeployment(stack: string, value: string | undefined): Deployment {
  const name = deploymentParameter(stack);
  if (value === undefined) {
    throw new CommandError(
      `There is no SSM parameter ${name} in this account and region: no stack "${stack}" is deployed there. Check --stack, AWS_PROFILE and AWS_REGION.`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch (error) {
    throw new CommandError(`SSM parameter ${name} is not JSON (${messageOf(error)}). Deploy the stack again.`);
  }
  const parsed = deployment.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new CommandError(
    `SSM parameter ${name} is not as this version knows it: ${z.prettifyError(parsed.error)}. Deploy the stack again with this version.`,
  );
}

async function parameterOf(stack: string): Promise<string | undefined> {
  const client = new SSMClient({});
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: deploymentParameter(stack) }));
    return Parameter?.Value;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new CommandError(
      `AWS did not answer for stack "${stack}": ${reason}. Check AWS_PROFILE, AWS_REGION and that the credentials are valid (aws sts get-caller-identity).`,
    );
  } finally {
    client.destroy();
  }
}

/** Uses the ordinary AWS environment: profile, region, credentials. */
export async function findStack(stack: string): Promise<DeployedStack> {
  const description = readDeployment(stack, await parameterOf(stack));
  const { bucket, workgroup, database, stateTable } = description;
  const clock = systemClock;
  return {
    description,
    lake: connectLake({ bucket, clock }),
    sql: connectSql({ workgroup, database, clock }),
    state: connectState({ table: stateTable, clock }),
    clock,
  };
}
