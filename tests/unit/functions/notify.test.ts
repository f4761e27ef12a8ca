/** Against the real state store of the embedded home; only the chat is a stand-in, since its failures are the subject. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EmbeddedState, openState } from "../../../adapters/embedded/state.ts";
import { type Services, type TelegramMessage, TelegramRefused } from "../../../core/ports.ts";
import { notify } from "../../../functions/notify/step.ts";
import type { TableRow } from "../../../schemas/index.ts";

const raised_at = Date.UTC(2026, 9, 28, 15, 5);
const alert: TableRow<"alerts"> = {
  alert_id: "alert-00000000000000000001",
  rule: "edge-signal",
  family: "signal",
  severity: "info",
  scope: "KXHIGHCHI-26OCT28",
  subject: "s",
  raised_at,
  decision: "sent",
  title: "t",
  card: "<b>t</b>",
  evidence: "[]",
  job_id: null,
  ingested_at: raised_at,
  decoder_version: 1,
};

let folder: string;
let state: EmbeddedState;
let sent: TelegramMessage[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brier-notify-"));
  state = openState(join(folder, "home.sqlite"), { clock: { now: () => raised_at, sleep: () => Promise.resolve() } });
  sent = [];
});

afterEach(() => {
  state.close();
  rmSync(folder, { recursive: true });
});

function servicesWith(failure?: Error): Services {
  const telegram = {
    send(message: TelegramMessage) {
      if (failure !== undefined) return Promise.reject(failure);
      sent.push(message);
      return Promise.resolve({ messageId: sent.length });
    },
  };
  return { state, telegram } as unknown as Services;
}

describe("notify", () => {
  it("sends an alert once, however often its message arrives", async () => {
    for (let time = 0; time < 3; time++) await notify({ alert }, servicesWith());
    expect(sent).toEqual([{ html: "<b>t</b>", silent: true }]);
  });

  it("repeats a send in doubt once, marked", async () => {
    await expect(notify({ alert }, servicesWith(new Error("the connection broke")))).rejects.toThrow("broke");
    await notify({ alert }, servicesWith());
    await notify({ alert }, servicesWith());
    expect(sent.map(({ html }) => html)).toEqual(["<b>t</b>\n<i>possibly repeated</i>"]);
  });

  it("does not mark a message that Telegram had refused: it never arrived", async () => {
    await expect(notify({ alert }, servicesWith(new TelegramRefused("429")))).rejects.toThrow("429");
    await notify({ alert }, servicesWith());
    expect(sent.map(({ html }) => html)).toEqual(["<b>t</b>"]);
  });
});
