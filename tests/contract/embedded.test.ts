/** The contracts of the ports on the implementations of the embedded home and on the upstream clients. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFolderLake } from "../../adapters/embedded/lake.ts";
import { createLog } from "../../adapters/embedded/log.ts";
import { openQueue } from "../../adapters/embedded/queue.ts";
import { seededRandom, systemRandom } from "../../adapters/embedded/random.ts";
import { openSecrets } from "../../adapters/embedded/secrets.ts";
import { openState } from "../../adapters/embedded/state.ts";
import { openVirtualClock, systemClock } from "../../adapters/embedded/clock.ts";
import { createHttp } from "../../adapters/upstream/http.ts";
import { createTelegram } from "../../adapters/upstream/telegram.ts";
import { describeClockContract } from "./suites/clock.ts";
import { describeHttpContract } from "./suites/http.ts";
import { describeLakeContract } from "./suites/lake.ts";
import { describeQueueContract } from "./suites/queue.ts";
import { describeRandomContract } from "./suites/random.ts";
import { describeSecretsContract } from "./suites/secrets.ts";
import { describeStateContract } from "./suites/state.ts";
import { describeTelegramContract } from "./suites/telegram.ts";

const start = Date.UTC(2026, 10, 1);

/** A new home folder with a virtual clock in it. */
function newHome() {
  const home = mkdtempSync(join(tmpdir(), "brier-contract-"));
  const clock = openVirtualClock(join(home, "clock"), start);
  return {
    home,
    clock,
    database: join(home, "home.sqlite"),
    async advance(ms: number) {
      clock.advanceTo(clock.now() + ms);
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

describeLakeContract("folder", async () => {
  const { home, remove } = newHome();
  const root = join(home, "lake");
  return {
    lake: openFolderLake(root),
    another: async () => openFolderLake(root),
    close: async () => remove(),
  };
});

describeQueueContract("SQLite", async () => {
  const { clock, database, advance, remove } = newHome();
  const open = () => {
    const queue = openQueue(database, { clock, visibilitySeconds: 30 });
    opened.push(queue);
    return queue;
  };
  const opened: ReturnType<typeof openQueue>[] = [];
  return {
    queue: open(),
    another: async () => open(),
    async crash() {
      for (const queue of opened.splice(0)) queue.close();
      const queue = open();
      queue.releaseInFlight();
      return queue;
    },
    visibilitySeconds: 30,
    advance,
    async close() {
      for (const queue of opened) queue.close();
      remove();
    },
  };
});

describeStateContract("SQLite", async () => {
  const { clock, database, advance, remove } = newHome();
  const opened = [openState(database, { clock }), openState(database, { clock })] as const;
  return {
    state: opened[0],
    another: async () => opened[1],
    now: () => clock.now(),
    advance,
    async close() {
      for (const state of opened) state.close();
      remove();
    },
  };
});

describeSecretsContract("file", async () => {
  const { home, remove } = newHome();
  const stored: Record<string, string> = {};
  return {
    secrets: openSecrets(home),
    async store(name, value) {
      stored[name] = value;
      writeFileSync(join(home, "secrets.json"), JSON.stringify(stored), { mode: 0o600 });
    },
    close: async () => remove(),
  };
});

describeClockContract("system", async () => ({ clock: systemClock, close: async () => {} }));
describeClockContract("virtual", async () => {
  const { clock, remove } = newHome();
  return { clock, close: async () => remove() };
});

describeRandomContract("system", async () => ({ random: systemRandom, close: async () => {} }));
describeRandomContract("seeded", async () => ({ random: seededRandom("brier"), close: async () => {} }));

describeHttpContract("fetch", async () => {
  const clock = { now: () => start, sleep: async () => {} };
  const log = createLog({ clock, stream: { write: () => true } });
  return { http: createHttp({ clock, random: seededRandom("http"), log }), close: async () => {} };
});

describeTelegramContract("grammY", async ({ http, token, chatId }) => ({
  telegram: createTelegram({ http, token: async () => token, chatId: async () => chatId }),
  close: async () => {},
}));
