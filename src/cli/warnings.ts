import { DecoderError } from "../format/errors.js";
import type { Reading } from "../reader/reading.js";
import { CollectError, UnsupportedSystemError } from "../system/errors.js";
import { printText } from "./output.js";

/** Failures that a message explains; anything else is a defect of ours, and shows where. */
export function isExpected(error: unknown): error is Error {
  const expected = [CollectError, UnsupportedSystemError, DecoderError];
  return expected.some((Kind) => error instanceof Kind) || (error instanceof Error && "syscall" in error);
}

/** Prints a message on standard error. */
export async function warn(message: string): Promise<void> {
  await printText(`tcptable: ${message}\n`, process.stderr);
}

/** Tells what a reading does not hold: families that failed, and owners that this user may not see. */
export async function warnOfGaps({ failures, samples }: Reading): Promise<void> {
  for (const { family, error } of failures) {
    if (!isExpected(error)) throw error;
    await warn(`IPv${family} could not be read: ${error.message}`);
  }
  const hidden = samples.reduce((sum, { collection }) => sum + (collection.hiddenOwners ?? 0), 0);
  if (hidden > 0) await warn(hiddenOwners(hidden));
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
