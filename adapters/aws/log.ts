/** Structured log lines through the Powertools logger, so that they carry the function's name and request id. */
import type { Logger } from "@aws-lambda-powertools/logger";
import type { Log } from "../../core/ports.ts";
import { redactFields, redactText } from "../redaction.ts";

/**
 * @returns the log. The event is the line's `message`; the fields stand together under `fields`, since at the top
 * level Powertools drops those that share a name with its own (`message`, `level`, `service`, `timestamp`, …).
 */
export function createLog(logger: Pick<Logger, "info" | "warn" | "error">): Log {
  const line =
    (level: "info" | "warn" | "error") =>
    (event: string, fields: Record<string, unknown> = {}): void =>
      logger[level](redactText(event), { fields: redactFields(fields) });
  return { info: line("info"), warn: line("warn"), error: line("error") };
}
