/** One thing that `brier weather` does. The first word after `weather` names it. */
import type { Arguments, Command, ExitCode, Terminal } from "../../runtime/command.ts";

export interface Verb {
  /** What follows the verb. */
  usage: string;
  options: Command["options"];
  /** A line for each option of its own. */
  help: readonly string[];
  /** `args.positionals` is what follows the verb. */
  run(args: Arguments, terminal: Terminal): Promise<ExitCode>;
}
