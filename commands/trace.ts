/** `brier trace`: from an alert, signal, prediction, grade or job down to the raw bytes, hashed again. */
import { type Command, exit, UsageError } from "../runtime/command.ts";
import { type Link, trace, verdicts } from "../runtime/lineage.ts";
import { readerHelp, readerOptions, readerUsage, withReader } from "../runtime/reader.ts";

function lines(link: Link, depth = 0): string[] {
  const verdict = link.verdict === undefined ? "" : link.verdict.padEnd(9);
  const indent = "  ".repeat(depth);
  return [
    `${indent}${verdict}${link.kind} ${link.name}`,
    `${indent}  ${link.detail}`,
    ...link.children.flatMap((child) => lines(child, depth + 1)),
  ];
}

export const command: Command = {
  summary: "Follow an alert, signal, prediction, grade or job down to the raw bytes and hash them again",
  usage: `<id> ${readerUsage}`,
  options: readerOptions,
  help: [
    readerHelp,
    "",
    "Example: brier trace alert-0123456789abcdef0123",
    "Each input part is held against the hash in the job, each raw object against the hash in the ingest ledger.",
    "Exit code 1: something differs, is missing, or has no hash to be held against.",
  ].join("\n"),
  async run(args, terminal) {
    const [id, ...more] = args.positionals;
    if (id === undefined || more.length > 0) throw new UsageError("Of what? Give one id.");
    const chain = await withReader(args, terminal, (reader) => trace(reader, id));
    const counts = verdicts(chain);
    const sound = counts.DIFFERS + counts.MISSING + counts.UNHASHED === 0;
    if (terminal.json) terminal.out(JSON.stringify({ sound, counts, chain }));
    else {
      for (const line of lines(chain)) terminal.out(line);
      terminal.out("");
      terminal.out(
        sound
          ? `All ${counts.OK} objects are the bytes that were named: OK`
          : `${counts.OK} OK, ${counts.DIFFERS} DIFFERS, ${counts.MISSING} MISSING, ${counts.UNHASHED} UNHASHED`,
      );
    }
    return sound ? exit.ok : exit.no;
  },
};
