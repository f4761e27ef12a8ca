/** The size of the function that holds the live feeds, and how many alarms watch it. */

/** Lambda's own limit. */
export const timeoutSeconds = 900;
/** Some tens of megabytes are books and buffers; the rest buys the share of a processor that encodes the parts. */
export const memoryMb = 512;
export const alarmCount = 2;
