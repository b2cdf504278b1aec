/** The worker thread of a sampler has ended by itself, could not be started, or can't be understood. */
export class SamplerWorkerError extends Error {
  override readonly name = "SamplerWorkerError";
}

/** A sampler was ended by its signal. `cause` is the signal's reason. */
export class AbortError extends Error {
  override readonly name = "AbortError";
  /** As Node's own have it. */
  readonly code = "ABORT_ERR";

  constructor(reason: unknown) {
    super("The operation was aborted: the sampler's signal says so.", { cause: reason });
  }
}
