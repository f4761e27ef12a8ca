/** `brier push`: uploads a home's lake to a bucket, without ever overwriting. */
import { systemClock } from "../adapters/embedded/clock.ts";
import { openFolderReader } from "../adapters/embedded/lake.ts";
import type { Lake } from "../core/ports.ts";
import { chooseHome, homeHelp, homeOption } from "../runtime/chosen-home.ts";
import { type Arguments, type Command, CommandError, exit, text, UsageError } from "../runtime/command.ts";
import { homePaths } from "../runtime/home.ts";
import { pushLake } from "../runtime/push.ts";
import { FIRST_DT } from "../schemas/emit/glue.ts";

const defaultParallel = 16;
const mostParallel = 64;

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

async function destination(args: Arguments): Promise<{ bucket: string; lake: Lake }> {
  const bucket = text(args, "bucket");
  const stack = text(args, "stack");
  if (stack === undefined && bucket === undefined)
    throw new UsageError("Where to? Give --bucket NAME, or --stack NAME for a deployed stack's bucket.");
  // The AWS clients take a while to load, and only this needs them.
  if (stack !== undefined) {
    const { findStack } = await import("../runtime/deployment.ts");
    const { description, lake } = await findStack(stack);
    if (bucket !== undefined && bucket !== description.bucket) {
      throw new UsageError(
        `--bucket is ${bucket}, but the bucket of stack ${stack} is ${description.bucket}: give one of the two`,
      );
    }
    return { bucket: description.bucket, lake };
  }
  const { connectLake } = await import("../adapters/aws/lake.ts");
  return { bucket: bucket ?? "", lake: connectLake({ bucket: bucket ?? "", clock: systemClock }) };
}

export const command: Command = {
  summary: "Upload a home's lake to a deployed bucket; what is there already stays",
  usage: "--bucket NAME | --stack NAME  [--home FOLDER] [--parallel 16]",
  options: { ...homeOption, bucket: { type: "string" }, stack: { type: "string" }, parallel: { type: "string" } },
  help: [
    "  --bucket NAME  the bucket to upload to",
    "  --stack NAME   the bucket of this deployed stack",
    homeHelp,
    `  --parallel N   uploads at once, 1 to ${mostParallel} (default ${defaultParallel})`,
    "",
    "Each object is written with If-None-Match, so nothing is overwritten. After an interruption run it again: it goes on.",
  ].join("\n"),
  async run(args, terminal) {
    if (args.positionals.length > 0)
      throw new UsageError(`What is "${args.positionals[0]}"? The bucket is given with --bucket.`);
    const parallel = Number(text(args, "parallel") ?? defaultParallel);
    if (!Number.isInteger(parallel) || parallel < 1 || parallel > mostParallel) {
      throw new UsageError(`--parallel is "${text(args, "parallel")}"; give a whole number from 1 to ${mostParallel}`);
    }
    const { bucket, lake } = await destination(args);
    const folder = chooseHome(args, terminal);
    let sent = 0;
    try {
      const counts = await pushLake({
        from: openFolderReader(homePaths.lake(folder)),
        to: lake,
        parallel,
        onProgress({ objects, created, bytes }, done) {
          sent = created;
          terminal.progress(`${done} of ${objects} objects, ${created} created, ${megabytes(bytes)}`);
        },
      });
      if (terminal.json) terminal.out(JSON.stringify({ home: folder, bucket, ...counts }));
      else {
        terminal.out(
          `${counts.objects} objects: ${counts.created} created (${megabytes(counts.bytes)}), ${counts.existing} were there already and stay as they are`,
        );
      }
      if (counts.unseen > 0)
        terminal.note(
          `${counts.unseen} of them are parts of days before ${FIRST_DT}: Athena's tables begin there, brier sql --stack does not see them.`,
        );
      return exit.ok;
    } catch (error) {
      if (error instanceof CommandError) throw error;
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new CommandError(
        `The upload to ${bucket} stopped after ${sent} new objects: ${reason}. Nothing is lost: run it again and it goes on. Check the bucket's name, AWS_PROFILE and AWS_REGION, and that you may put objects there.`,
      );
    }
  },
};
