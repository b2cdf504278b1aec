/** The worker thread of a sampler has ended by itself, could not be started, or can't be understood. */
export class SamplerWorkerError extends Error {
  /** `"SamplerWorkerError"`, also in minified code. */
  override readonly name = "SamplerWorkerError";
}
