/** The worker thread of a sampler has ended by itself, could not be started, or can't be understood. */
export class SamplerWorkerError extends Error {
  override readonly name = "SamplerWorkerError";
}
