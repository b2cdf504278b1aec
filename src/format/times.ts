/** FILETIME counts 100 ns since 1601-01-01 UTC; JavaScript milliseconds since 1970. */
const UNIX_EPOCH_MILLISECONDS = 11_644_473_600_000;

/**
 * A FILETIME as a Date, which cuts it to milliseconds; `undefined` for 0, which means that there is none.
 *
 * @param filetime 100 ns since 1601-01-01 UTC, as `columns.createTimestamp` has it
 */
export function filetimeToDate(filetime: bigint): Date | undefined {
  return filetime === 0n ? undefined : new Date(Number(filetime / 10_000n) - UNIX_EPOCH_MILLISECONDS);
}
