import type { Schedule } from "./source.ts";

/** When the desk itself is looked after: on minutes that no hourly or quarter-hourly source or desk uses. */
export const watchSchedule: Schedule = { everyMinutes: 5, offsetMinutes: 3 };
