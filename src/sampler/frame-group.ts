/** The frames of one tick, of all families, and how the sample went. */
export interface FrameGroup {
  /** Number of the tick on the grid, from 0 up; after 2^32 ticks from 0 again. */
  readonly tick: number;
  /** Wall clock when collecting began, milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** Monotonic clock then, milliseconds since the first tick. */
  readonly monotonic: number;
  /** Milliseconds by which it was late. */
  readonly late: number;
  /** Ticks since the group before at which there was no sample: the thread was busy. */
  readonly skipped: number;
  /** Samples that are merged in it: more than 1 where nobody asked for a group when they were made. */
  readonly samples: number;
  /** Milliseconds that collecting took. */
  readonly duration: number;
  /** What can't be seen here, for people; `undefined` where everything can. */
  readonly blind: string | undefined;
  /** Whether it is the last one, which `finish` has asked for. */
  readonly isLast: boolean;
  /** Valid until the next tick. */
  readonly frames: readonly Uint8Array[];
}

/** Whoever gets groups of frames. */
export interface GroupReceiver {
  /** Gets a group that was asked for. Its frames are valid until this returns. */
  receive(group: FrameGroup): void;
  /** There will be no more groups. */
  fail(error: Error): void;
}

/** Gives groups of frames to its receiver, one for each request. */
export interface GroupSource {
  /** Where the tables, and the ends of connections, come from, for people. */
  readonly sources: readonly string[];
  /**
   * Asks for one more group. The first request begins the ticks. While nobody asks, samples are made all the same, and merged,
   * but they do not keep the process alive.
   */
  request(): void;
  /**
   * Makes the group that is asked for, or the next one that will be, at once, without waiting for its tick. It is the last one:
   * whoever gets it closes the source.
   */
  finish(): void;
  /** Gives everything back. Nothing is received afterwards. */
  close(): Promise<void>;
}
