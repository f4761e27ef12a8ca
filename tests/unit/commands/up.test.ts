import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { command } from "../../../commands/up.ts";
import { UsageError } from "../../../runtime/command.ts";
import { run } from "./terminal.ts";

it("refuses desks that there are none of, before it makes a home", async () => {
  const home = join(tmpdir(), `brier-up-${process.pid}`);
  await expect(run(command, [], { desks: "weather,props", home })).rejects.toThrow(
    new UsageError('--desks weather,props: no desk "props"; there are weather, crypto'),
  );
  expect(existsSync(home)).toBe(false);
});
