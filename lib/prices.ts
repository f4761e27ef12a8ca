/**
 * Public list prices in US dollars, region us-east-1, as known in mid 2026, without taxes and support. Each names the
 * page it is from; look there before you rely on one. `free` is what every account has each month for ever, not the
 * credits of the first months.
 */
export interface Price {
  /** Dollars for `per` units. */
  dollars: number;
  per: number;
  unit: string;
  free: number;
  page: string;
}

const million = 1_000_000;

export const prices = {
  lambdaRequest: { dollars: 0.2, per: million, unit: "requests", free: million, page: "aws.amazon.com/lambda/pricing" },
  lambdaArmSecond: {
    dollars: 0.0000133334,
    per: 1,
    unit: "GB-seconds, arm64",
    free: 400_000,
    page: "aws.amazon.com/lambda/pricing",
  },
  sqsRequest: {
    dollars: 0.4,
    per: million,
    unit: "requests, standard queue",
    free: million,
    page: "aws.amazon.com/sqs/pricing",
  },
  schedulerInvocation: {
    dollars: 1,
    per: million,
    unit: "invocations",
    free: 14 * million,
    page: "aws.amazon.com/eventbridge/pricing",
  },
  s3Put: { dollars: 0.005, per: 1000, unit: "PUT and LIST requests", free: 0, page: "aws.amazon.com/s3/pricing" },
  s3Get: { dollars: 0.0004, per: 1000, unit: "GET requests", free: 0, page: "aws.amazon.com/s3/pricing" },
  s3Storage: { dollars: 0.023, per: 1, unit: "GB-months, Standard", free: 0, page: "aws.amazon.com/s3/pricing" },
  dynamoWrite: {
    dollars: 0.625,
    per: million,
    unit: "write request units, on demand",
    free: 0,
    page: "aws.amazon.com/dynamodb/pricing/on-demand",
  },
  dynamoRead: {
    dollars: 0.125,
    per: million,
    unit: "read request units, on demand",
    free: 0,
    page: "aws.amazon.com/dynamodb/pricing/on-demand",
  },
  athenaScan: { dollars: 5, per: 1, unit: "TB scanned", free: 0, page: "aws.amazon.com/athena/pricing" },
  alarm: { dollars: 0.1, per: 1, unit: "alarms", free: 10, page: "aws.amazon.com/cloudwatch/pricing" },
  customMetric: { dollars: 0.3, per: 1, unit: "custom metrics", free: 10, page: "aws.amazon.com/cloudwatch/pricing" },
  dashboard: { dollars: 3, per: 1, unit: "dashboards", free: 3, page: "aws.amazon.com/cloudwatch/pricing" },
  logIngest: { dollars: 0.5, per: 1, unit: "GB of logs taken in", free: 5, page: "aws.amazon.com/cloudwatch/pricing" },
  logStorage: { dollars: 0.03, per: 1, unit: "GB-months of logs", free: 0, page: "aws.amazon.com/cloudwatch/pricing" },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;
