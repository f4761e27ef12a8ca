import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { homePaths, openHome } from "../../../runtime/home.ts";
import { readSent } from "../../../sandbox/sent.ts";

it("an alert of a simulated world is sent there and shown here", async () => {
  const folder = mkdtempSync(join(tmpdir(), "brier-home-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const shown: string[] = [];
  const start = Date.UTC(2026, 9, 28, 14);
  const home = openHome({
    folder,
    surroundings: { kind: "sandbox", seed: "brier", start, days: 3, incidents: "none", clock: "virtual" },
    log: { write: () => undefined },
    notice: (html) => void shown.push(html),
  });
  await home.services.telegram.send({ html: "<b>edge</b>", silent: false });
  home.close();
  expect(shown).toEqual(["<b>edge</b>"]);
  expect(readSent(homePaths.sent(folder))).toHaveLength(1);
});
