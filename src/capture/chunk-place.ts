/** Where a chunk lies in the file, and what is known of it without reading it. */
export interface ChunkPlace {
  /** Of its record, bytes from the file's start. */
  readonly offset: number;
  /** Of its whole record. */
  readonly length: number;
  /** Log times of its messages, nanoseconds. */
  readonly startTime: bigint;
  readonly endTime: bigint;
  /** The channels that it has messages of; `undefined` where that is not known. */
  readonly channels: readonly number[] | undefined;
}
