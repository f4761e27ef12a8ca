/** Whether a window that was dealt with landed whole. A window can be processed without error and still be refused. */
import type { Pointer, SourceHealth } from "../../core/source.ts";
import { stateKeys } from "../facts.ts";
import type { Measure } from "../wrap.ts";

/**
 * @returns `Landed`: 1 when the source's pointer has reached the window, 0 when the window was refused. A source that
 * rests lacks nothing: 1.
 */
export const landed: Measure = async (source, at, { state }) => {
  const pointer = await state.get<Pointer>(stateKeys.pointer(source));
  if ((pointer?.value.window_at ?? 0) < Date.parse(at)) {
    const health = await state.get<SourceHealth>(stateKeys.health(source));
    if (health?.value.status === "off") return { Landed: 1 };
  }
  return { Landed: (pointer?.value.window_at ?? 0) >= Date.parse(at) ? 1 : 0 };
};
