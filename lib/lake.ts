/** The lake: the bucket, and what Athena needs to read it as tables. */
import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { CfnNamedQuery, CfnWorkGroup } from "aws-cdk-lib/aws-athena";
import { CfnDatabase, CfnTable } from "aws-cdk-lib/aws-glue";
import { AnyPrincipal, Effect, type IGrantable, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { glueTable } from "../schemas/emit/glue.ts";
import { tables } from "../schemas/index.ts";
import { views } from "../schemas/views/index.ts";
import type { Table } from "../schemas/table.ts";

export interface LakeProps {
  /** A query that would scan more is stopped. */
  scanLimitMb: number;
}

export class Lake extends Construct {
  readonly bucket: Bucket;
  readonly database: CfnDatabase;
  readonly databaseName: string;
  readonly workgroup: CfnWorkGroup;
  readonly tables: readonly CfnTable[];
  readonly tableNames: readonly string[];

  constructor(scope: Construct, id: string, props: LakeProps) {
    super(scope, id);
    const { account, stackName } = Stack.of(this);

    this.bucket = new Bucket(this, "Bucket", {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      versioned: true,
      // The record of forecasts is the point of the whole: it outlives the stack.
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(1), noncurrentVersionExpiration: Duration.days(90) },
      ],
    });
    this.refuseOverwriting();
    Validations.of(this.bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason:
        "Server access logs would be a second bucket that nobody reads: objects are written once, only by this stack's roles, and hold public market and weather data.",
    });

    // Glue and Athena take lower case, digits and underscores in a database's name.
    this.databaseName = stackName.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_");
    this.database = new CfnDatabase(this, "Database", {
      catalogId: account,
      databaseInput: { name: this.databaseName, description: "The tables and views of the lake." },
    });
    const inputs = Object.values(tables).map((table: Table) => glueTable(table, `s3://${this.bucket.bucketName}`));
    this.tableNames = inputs.map(({ name }) => name);
    this.tables = inputs.map((tableInput) => {
      const built = new CfnTable(this, `Table-${tableInput.name}`, {
        catalogId: account,
        databaseName: this.databaseName,
        tableInput,
      });
      built.addResourceDependency(this.database);
      return built;
    });

    this.workgroup = new CfnWorkGroup(this, "Workgroup", {
      name: stackName,
      description: "Queries on the lake, with a limit on what one may scan.",
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        // Clients cannot take another place for results or another limit.
        enforceWorkGroupConfiguration: true,
        bytesScannedCutoffPerQuery: props.scanLimitMb * 1024 * 1024,
        // Athena keeps the results for a day and encrypts them; no bucket to empty, no prefix to grant.
        managedQueryResultsConfiguration: { enabled: true },
        publishCloudWatchMetricsEnabled: true,
        engineVersion: { selectedEngineVersion: "Athena engine version 3" },
      },
    });
    for (const view of views) {
      new CfnNamedQuery(this, `Query-${view.name}`, {
        name: view.name,
        description: view.doc.slice(0, 1024),
        database: this.databaseName,
        workGroup: this.workgroup.ref,
        queryString: `SELECT * FROM "${view.name}"`,
      });
    }
  }

  /** Lets `grantee` read objects and see which there are: without the listing, an absent key answers 403, not 404. */
  grantRead(grantee: IGrantable & Construct): void {
    this.allow(grantee, ["s3:GetObject"], this.bucket.arnForObjects("*"));
    this.allow(grantee, ["s3:ListBucket"], this.bucket.bucketArn);
    acknowledgePrefix(
      grantee,
      this.bucket,
      "*",
      "It reads parts by the keys that jobs and pointers name, in any table.",
    );
  }

  /**
   * Lets `grantee` write new objects under `prefix`, which ends with a slash. Not `bucket.grantPut`: that one also
   * allows tagging, legal holds and `s3:Abort*`.
   */
  grantWrite(grantee: IGrantable & Construct, prefix: string): void {
    if (!prefix.endsWith("/")) throw new Error(`lake prefix "${prefix}" must end with a slash`);
    this.allow(grantee, ["s3:PutObject"], this.bucket.arnForObjects(`${prefix}*`));
    acknowledgePrefix(grantee, this.bucket, `${prefix}*`, `It writes new objects under ${prefix} and nowhere else.`);
  }

  private allow(grantee: IGrantable, actions: string[], resource: string): void {
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [resource] }));
  }

  /**
   * A key is written once: only a put that says "if there is none" is let through. Parts of multipart uploads cannot
   * say it, so they are refused too; copies can since 2025, and would bring bytes that no step has made.
   */
  private refuseOverwriting(): void {
    const refuse = (sid: string, conditions: Record<string, Record<string, string>>) =>
      this.bucket.addToResourcePolicy(
        new PolicyStatement({
          sid,
          effect: Effect.DENY,
          principals: [new AnyPrincipal()],
          actions: ["s3:PutObject"],
          resources: [this.bucket.arnForObjects("*")],
          conditions,
        }),
      );
    refuse("OnlyNewKeys", { Null: { "s3:if-none-match": "true" } });
    refuse("NoCopies", { Null: { "s3:x-amz-copy-source": "false" } });
  }
}

/** The statement's wildcard, acknowledged on the role that it makes wide, with the sentence that explains it. */
function acknowledgePrefix(grantee: Construct, bucket: Bucket, pattern: string, reason: string): void {
  const logicalId = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as never);
  Validations.of(grantee).acknowledge({ id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/${pattern}]`, reason });
}
