import { COLUMNS, type ColumnName } from "../format/columns.js";
import { DecoderError } from "../format/errors.js";
import type { Reading } from "../reader/reading.js";
import { CollectError, UnsupportedSystemError } from "../system/errors.js";
import { printText } from "./output.js";
import { STDERR } from "./standard-streams.js";

/** Failures that a message explains; anything else is a defect of ours, and shows where. */
export function isExpected(error: unknown): error is Error {
  const expected = [CollectError, UnsupportedSystemError, DecoderError];
  return expected.some((Kind) => error instanceof Kind) || (error instanceof Error && "syscall" in error);
}

/** Prints a message on standard error. */
export async function warn(message: string): Promise<void> {
  await printText(`tcptable: ${message}\n`, STDERR);
}

/** Tells what a reading does not hold, see `gapsOf`. */
export async function warnOfGaps(reading: Gaps): Promise<void> {
  for (const message of gapsOf(reading)) await warn(message);
}

/** Tells once which of the columns that were asked for this system does not have. */
export async function warnOfMissingColumns(columns: readonly ColumnName[]): Promise<void> {
  if (columns.length > 0) await warn(missingColumnsText(columns));
}

/** What of a reading tells what it does not hold. */
export interface Gaps extends Pick<Reading, "failures"> {
  readonly samples: readonly {
    readonly collection: Pick<Reading["samples"][number]["collection"], "hiddenOwners" | "unknownOwners">;
  }[];
}

/**
 * What a reading does not hold, a message each: families that failed, owners that this user may not see, and owners that were
 * not found in time.
 *
 * @throws a failure that no message explains
 */
export function gapsOf({ failures, samples }: Gaps): string[] {
  const messages = failures.map(({ family, error }) => {
    if (!isExpected(error)) throw error;
    return `IPv${family} could not be read: ${error.message}`;
  });
  const hidden = samples.reduce((sum, { collection }) => sum + (collection.hiddenOwners ?? 0), 0);
  if (hidden > 0) messages.push(hiddenOwners(hidden));
  const unknown = samples.reduce((sum, { collection }) => sum + (collection.unknownOwners ?? 0), 0);
  if (unknown > 0) messages.push(unknownOwners(unknown));
  return messages;
}

/**
 * @param platform the operating system: each has another way to the rights
 * @param isRoot whether the user has them already
 */
export function hiddenOwners(count: number, platform = process.platform, isRoot = process.getuid?.() === 0): string {
  const belong = count === 1 ? "connection belongs to a process" : "connections belong to processes";
  if (isRoot) return `${count} ${belong} that /proc does not show here: another container's, or the kernel itself.`;
  const advice = platform === "win32" ? "in a terminal that is run as administrator" : "with sudo";
  return `${count} ${belong} that this user may not see. Run tcptable ${advice} to see all.`;
}

function unknownOwners(count: number): string {
  const owners = count === 1 ? "The owner of 1 connection is" : `The owners of ${count} connections are`;
  return `${owners} not known yet. Run tcptable again to see all.`;
}

/** Which columns stay empty, by their headings. @param lacks who does not have them, and that: `This system does not tell` */
export function missingColumnsText(columns: readonly ColumnName[], lacks = "This system does not tell"): string {
  const labels = columns.map((column) => COLUMNS[column].label);
  const last = labels.pop();
  return labels.length > 0
    ? `${lacks} ${labels.join(", ")} and ${last}: these columns are empty.`
    : `${lacks} ${last}: this column is empty.`;
}
