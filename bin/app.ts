/** The CDK app. Runs without CLI and network: `npm run synth`. */
import { dirname, join } from "node:path";
import { App } from "aws-cdk-lib";
import { readConfig } from "../lib/config.ts";
import { BrierStack } from "../lib/stack.ts";

const root = dirname(import.meta.dirname);
// The CLI names its own output folder in CDK_OUTDIR.
const app = new App({ outdir: process.env["CDK_OUTDIR"] ?? join(root, "cdk.out"), analyticsReporting: false });
new BrierStack(app, "Brier", {
  config: readConfig(app.node.getAllContext() as Record<string, unknown>),
  bundles: join(root, "dist", "functions"),
});
app.synth();
