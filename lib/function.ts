/** A Lambda function as all of ours are: its own role, its own log group, its prebuilt bundle. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { type IPrincipal, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Variables } from "../functions/environment.ts";

export interface BundledFunctionProps {
  /** The folder functions/<name> and the bundle <bundles>/<name>. */
  name: string;
  description: string;
  /** Where bin/bundle.ts has put the bundles. */
  bundles: string;
  memoryMb: number;
  timeoutSeconds: number;
  retentionDays: RetentionDays;
  environment: Partial<Variables>;
}

export class BundledFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    super(scope, id);
    const bundle = join(props.bundles, props.name);
    if (!existsSync(join(bundle, "index.mjs"))) {
      throw new Error(`no bundle at ${join(bundle, "index.mjs")}; make the bundles first: npm run synth does both`);
    }
    const logGroup = new LogGroup(this, "Logs", {
      logGroupName: `/brier/${Stack.of(this).stackName}/${props.name}`,
      retention: props.retentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      description: `What ${props.name} may do.`,
    });
    this.grantPrincipal = this.role.grantPrincipal;
    logGroup.grantWrite(this.role);
    this.function = new LambdaFunction(this, "Function", {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: Code.fromAsset(bundle),
      role: this.role,
      logGroup,
      memorySize: props.memoryMb,
      timeout: Duration.seconds(props.timeoutSeconds),
      environment: { ...props.environment },
    });
    Validations.of(this.function).acknowledge({
      id: "Serverless-LambdaTracing",
      reason:
        "The X-Ray SDK ends in 2027. Every row names the bytes or the job that it came from: brier trace follows those.",
    });
  }
}
