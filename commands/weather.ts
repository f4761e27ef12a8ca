/** `brier weather`: the weather desk's forecasts, looked at apart from the desk's daily work. One file a verb. */
import { type Command, UsageError } from "../runtime/command.ts";
import { diagnoseVerb } from "./weather/diagnose.ts";
import { evaluateVerb } from "./weather/evaluate.ts";
import { fitVerb } from "./weather/fit.ts";
import { panelVerb } from "./weather/panel.ts";
import type { Verb } from "./weather/verb.ts";

const verbs: Readonly<Record<string, Verb>> = {
  diagnose: diagnoseVerb,
  evaluate: evaluateVerb,
  fit: fitVerb,
  panel: panelVerb,
};
const names = Object.keys(verbs);

export const command: Command = {
  summary: "Fit, diagnose and evaluate the weather models, and make their minute panel",
  usage: `${names.join(" | ")} [options]`,
  options: Object.assign({}, ...Object.values(verbs).map(({ options }) => options)) as Command["options"],
  help: Object.entries(verbs)
    .map(([name, { usage, help }]) => [`${name} ${usage}`, ...help].join("\n"))
    .join("\n\n"),
  async run({ values, positionals: [name, ...positionals] }, terminal) {
    const verb = name === undefined ? undefined : verbs[name];
    if (verb === undefined) throw new UsageError(`What? There is ${names.join(", ")}.`);
    const foreign = Object.keys(values).filter(
      (option) => !["json", "help", ...Object.keys(verb.options)].includes(option),
    );
    if (foreign.length > 0) throw new UsageError(`brier weather ${name} has no --${foreign.join(", --")}`);
    return verb.run({ values, positionals }, terminal);
  },
};
