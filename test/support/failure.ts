import { CollectError } from "../../src/system/errors.js";

/** The CollectError that a call throws. Any other error, and none, fails the test. */
export function failureOf(call: () => unknown): CollectError {
  try {
    call();
  } catch (error) {
    if (error instanceof CollectError) return error;
    throw error;
  }
  throw new Error("A CollectError was expected, but the call succeeded.");
}
