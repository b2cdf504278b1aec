/** How a recording's bytes are reached. Both are what @mcap/core asks for. */

/** A file that can be read at any place. It may grow: `size` is asked again by `Capture.refresh`. */
export interface Readable {
  /** Bytes that it has now. */
  size(): Promise<bigint>;
  /**
   * Exactly so many bytes from `offset` on.
   *
   * @throws where the file has not so many
   */
  read(offset: bigint, length: bigint): Promise<Uint8Array>;
}

/** A file that grows at its end. */
export interface Writable {
  /** Appends all of these bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Returns once all that has been written outlasts a loss of power. */
  sync(): Promise<void>;
  /** Cuts the file off. */
  truncate(size: number): Promise<void>;
  /** Bytes. */
  readonly size: number;
}
