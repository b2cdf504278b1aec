/** Ending what takes time, in the way of AbortSignal. */

/** What is needed of an AbortSignal. Its type by name would need the DOM's types, or Node's. */
export interface AbortSignalLike {
  /** Whether it has come already. */
  readonly aborted: boolean;
  /** What `abort()` was given. */
  readonly reason: unknown;
  /** Lets a function be called when it comes. */
  addEventListener(type: "abort", listener: () => void): void;
  /** Takes that back. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/** A signal has ended what was under way. `cause` is the signal's reason. */
export class AbortError extends Error {
  /** Always `"AbortError"`. */
  override readonly name = "AbortError";
  /** As Node's own have it. */
  readonly code = "ABORT_ERR";

  constructor(reason: unknown) {
    super("The operation was aborted: its signal says so.", { cause: reason });
  }
}

/** @throws {AbortError} the signal has come */
export function throwIfAborted(signal: AbortSignalLike | undefined): void {
  if (signal?.aborted) throw new AbortError(signal.reason);
}

/**
 * What a promise gives, unless the signal comes before: then it is not waited for any longer.
 *
 * @throws {AbortError} the signal has come
 */
export async function unlessAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignalLike | undefined,
): Promise<Value> {
  if (!signal) return promise;
  let listener: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    listener = () => reject(new AbortError(signal.reason));
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener);
  });
  try {
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener("abort", listener as () => void);
  }
}
