/** `brier replay`: runs the model again on a prediction's stored inputs and compares byte for byte. */
import { type Command, exit, UsageError } from "../runtime/command.ts";
import { readerHelp, readerOptions, readerUsage, withReader } from "../runtime/reader.ts";
import { replay } from "../runtime/replay.ts";

export const command: Command = {
  summary: "Run the model again on a prediction's stored inputs and compare byte for byte",
  usage: `<prediction id> ${readerUsage}`,
  options: readerOptions,
  help: [
    readerHelp,
    "",
    "Exit code 1: the bytes differ, or an input is gone or is not the one that the job names.",
  ].join("\n"),
  async run(args, terminal) {
    const [id, ...more] = args.positionals;
    if (id === undefined || more.length > 0) throw new UsageError("Which one? Give one prediction's id.");
    const result = await withReader(args, terminal, (reader) => replay(reader, id));
    if (terminal.json) terminal.out(JSON.stringify(result));
    else {
      terminal.out(`${result.prediction_id}, made again from ${result.job_id}`);
      if (result.fault !== null) terminal.out(`It cannot be compared: ${result.fault}`);
      for (const { key, equal, stored_sha256, difference } of result.parts) {
        terminal.out(equal ? `EQUAL    ${key}  sha256 ${stored_sha256}` : `DIFFERS  ${key}  ${difference}`);
      }
      if (!result.equal && result.fault === null)
        terminal.note(
          "Was the model changed without a new version? A job names the model and parameters that made it (brier trace).",
        );
    }
    return result.equal ? exit.ok : exit.no;
  },
};
