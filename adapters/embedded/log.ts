/** The log of the home: one line of JSON each. */
import type { Clock, Log } from "../../core/ports.ts";
import { redactFields, redactText } from "../redaction.ts";

export interface LogOptions {
  clock: Clock;
  stream: { write(line: string): unknown };
}

export function createLog({ clock, stream }: LogOptions): Log {
  const line =
    (level: "info" | "warn" | "error") =>
    (event: string, fields: Record<string, unknown> = {}): void => {
      const time = new Date(clock.now()).toISOString();
      // The line's own members stand last, so that no field takes their place.
      const { time: _time, level: _level, event: _event, ...others } = redactFields(fields);
      stream.write(`${JSON.stringify({ time, level, event: redactText(event), ...others })}\n`);
    };
  return { info: line("info"), warn: line("warn"), error: line("error") };
}
