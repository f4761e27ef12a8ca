/** A terminal that keeps what a command says. */
import type { Arguments, Command, ExitCode, Terminal } from "../../../runtime/command.ts";

export interface Said {
  code: ExitCode;
  out: string[];
  notes: string[];
}

/** What a command said as JSON; the caller names its shape. */
export function answerOf<T>({ out }: Pick<Said, "out">): T {
  return JSON.parse(out[0] ?? "");
}

/** Runs a command as the command line does, in this process. */
export async function run(command: Command, positionals: string[], values: Arguments["values"] = {}): Promise<Said> {
  const said = { out: [] as string[], notes: [] as string[] };
  const terminal: Terminal = {
    json: values["json"] === true,
    out: (text) => void said.out.push(text),
    note: (text) => void said.notes.push(text),
    progress: () => undefined,
  };
  return { code: await command.run({ values, positionals }, terminal), ...said };
}
