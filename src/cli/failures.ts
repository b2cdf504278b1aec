import { QueryError } from "../decoder/errors.js";
import { FAILED, MISUSED } from "./exit-codes.js";
import { isExpected, warn } from "./warnings.js";

/**
 * Tells of a failure in words, and returns the exit code.
 *
 * @throws what no message explains: it is a defect of ours, and shows where
 */
export async function tellFailure(error: unknown): Promise<number> {
  if (!isExpected(error)) throw error;
  await warn(error.message);
  // A query can ask for a column that only other tables have.
  return error instanceof QueryError ? MISUSED : FAILED;
}
