/** The lake's views, created at deployment by a function that waits until Athena has made each. */
import { createHash } from "node:crypto";
import { CustomResource, Duration, Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { environment } from "../functions/create-views/env.ts";
import { allViews } from "../schemas/emit/sql.ts";
import type * as z from "zod";
import { BundledFunction } from "./function.ts";
import type { Lake } from "./lake.ts";

/** Some twenty views of a second or two each; Athena may queue them for a while. */
const timeoutSeconds = 600;

export interface ViewsProps {
  lake: Lake;
  environment: z.infer<typeof environment>;
  bundles: string;
  retentionDays: RetentionDays;
}

export class Views extends Construct {
  readonly function: BundledFunction;

  constructor(scope: Construct, id: string, props: ViewsProps) {
    super(scope, id);
    const { lake } = props;
    this.function = new BundledFunction(this, "Function", {
      name: "create-views",
      description: "Creates the lake's views at deployment.",
      bundles: props.bundles,
      memoryMb: 256,
      timeoutSeconds,
      retentionDays: props.retentionDays,
      environment: props.environment,
    });
    Validations.of(this.function.function).acknowledge({
      id: "Serverless-LambdaDLQ",
      reason: "CloudFormation invokes it and waits for its answer: a failure fails the deployment and is seen there.",
    });
    const stack = Stack.of(this);
    const workgroup = stack.formatArn({ service: "athena", resource: "workgroup", resourceName: lake.workgroup.ref });
    const glue = (resource: string, resourceName?: string) =>
      stack.formatArn({ service: "glue", resource, ...(resourceName === undefined ? {} : { resourceName }) });
    const { role } = this.function;
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          "athena:StartQueryExecution",
          "athena:GetQueryExecution",
          "athena:GetQueryResults",
          "athena:StopQueryExecution",
        ],
        resources: [workgroup],
      }),
    );
    const views = allViews();
    // Athena looks the database `default` up whatever it is asked ("Configure access to databases and tables in the AWS
    // Glue Data Catalog", Athena user guide). It is not ours: nothing in it is read, and it is never created from here.
    role.addToPolicy(
      new PolicyStatement({ actions: ["glue:GetDatabase"], resources: [glue("catalog"), glue("database", "default")] }),
    );
    // Athena keeps a view as a table of the catalog. It may read the tables of this database and write its views.
    role.addToPolicy(
      new PolicyStatement({
        actions: ["glue:GetDatabase", "glue:GetTable", "glue:GetTables"],
        resources: [
          glue("catalog"),
          glue("database", lake.databaseName),
          ...[...lake.tableNames, ...views.map(({ name }) => name)].map((name) =>
            glue("table", `${lake.databaseName}/${name}`),
          ),
        ],
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ["glue:CreateTable", "glue:UpdateTable"],
        resources: [
          glue("catalog"),
          glue("database", lake.databaseName),
          ...views.map(({ name }) => glue("table", `${lake.databaseName}/${name}`)),
        ],
      }),
    );
    const resource = new CustomResource(this, "Resource", {
      resourceType: "Custom::BrierViews",
      serviceToken: this.function.function.functionArn,
      // A lost answer fails the deployment after this, not after CloudFormation's hour.
      serviceTimeout: Duration.seconds(timeoutSeconds + 60),
      properties: { definition: createHash("sha256").update(JSON.stringify(views)).digest("hex") },
    });
    resource.node.addDependency(...lake.tables, lake.workgroup, role);
  }
}
