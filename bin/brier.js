#!/usr/bin/env node
// The installed `brier` command: hands over to bin/brier.ts on Node 24, which the install brings along.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const local = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
const node = Number(process.versions.node.split(".")[0]) >= 24 || !existsSync(local) ? process.execPath : local;
const main = fileURLToPath(new URL("brier.ts", import.meta.url));
const result = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(result.status ?? 1);
