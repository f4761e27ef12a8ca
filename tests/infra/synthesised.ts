/** The stack as the tests look at it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { functionNames } from "../../bin/bundle.ts";
import { readConfig } from "../../lib/config.ts";
import { BrierStack, type BrierStackProps } from "../../lib/stack.ts";

/** Stand-ins for the bundles: the template does not depend on what is in them. */
function emptyBundles(bundles: string): string {
  mkdirSync(bundles);
  for (const name of functionNames()) {
    mkdirSync(join(bundles, name));
    writeFileSync(join(bundles, name, "index.mjs"), `export const name = ${JSON.stringify(name)};`);
  }
  return bundles;
}

/** A template is JSON of any shape; what matters of it is what the tests compare. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

export interface Synthesised {
  app: App;
  stack: BrierStack;
  template: Template;
  /** Resources of the template by logical id. */
  resources: Record<string, { Type: string; Properties: Record<string, Json> }>;
}

export function synthesise(
  context: Record<string, string> = { alarmEmail: "desk@example.org" },
  props: Partial<Pick<BrierStackProps, "sources" | "ticks">> = {},
): Synthesised {
  const folder = mkdtempSync(join(tmpdir(), "brier-cdk-"));
  try {
    const app = new App({ outdir: join(folder, "cdk.out"), analyticsReporting: false });
    const bundles = emptyBundles(join(folder, "bundles"));
    const stack = new BrierStack(app, "Brier", { config: readConfig(context), bundles, ...props });
    const template = Template.fromStack(stack);
    return { app, stack, template, resources: template.toJSON()["Resources"] };
  } finally {
    // What is looked at afterwards is in memory.
    rmSync(folder, { recursive: true });
  }
}

export function ofType(resources: Synthesised["resources"], type: string): [string, Record<string, Json>][] {
  return Object.entries(resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, resource]) => [id, resource.Properties]);
}

/** Whether the template holds such a resource; the assertions library says in detail what it found instead. */
export function matches(template: Template, type: string, resource: object): true {
  template.hasResource(type, resource);
  return true;
}
