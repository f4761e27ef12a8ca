/** Plays the short run in a process of its own and kills itself at the operation named: `player.ts <folder> <operation>`. */
import { play } from "../../../runtime/play.ts";
import { instrument, openShortRun, until } from "./short-run.ts";

const [folder, operation] = process.argv.slice(2);
if (folder === undefined || operation === undefined) throw new Error("usage: player.ts <folder> <operation>");
let remaining = Number(operation);
const home = instrument(openShortRun(folder), () => {
  remaining -= 1;
  // SIGKILL: no handler runs, nothing is flushed, just as when the machine takes the process away.
  if (remaining === 0) process.kill(process.pid, "SIGKILL");
});
await play(home, { until });
home.close();
