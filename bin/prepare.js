// Runs before every npm script, on whatever Node the machine has: plain JavaScript, no dependency.
// Installs from the lockfile when that was not done yet; Node 24 itself arrives as an optional dependency.
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = join(root, "node_modules", ".installed-lock");
const lock = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
const major = (version) => Number(version.replace(/^v/, "").split(".")[0]);

if (major(process.version) < 18) {
  console.error(
    `Brier needs Node 18 or newer to install itself; this is ${process.version}. Get one from https://nodejs.org.`,
  );
  process.exit(1);
}

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  console.error("Installing what package-lock.json names (once) …");
  const npm = process.env.npm_execpath;
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  // npm names its own script when it runs another; without it (a direct call) the one on the PATH has to do.
  const result =
    npm !== undefined && /\.c?js$/.test(npm)
      ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ["ignore", 2, 2] })
      : spawnSync("npm", args, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (result.status !== 0) {
    console.error("npm ci failed; its message stands above. Brier needs the npm registry for its first start only.");
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}

const local = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");
if (!existsSync(local) && major(process.version) < 24) {
  console.error(
    `Brier runs on Node 24; this is ${process.version}, and there is no packaged Node 24 for ${process.platform} ${process.arch}.\n` +
      "Install Node 24 or newer (https://nodejs.org, or: brew install node@24) and run the command again.",
  );
  process.exit(1);
}
