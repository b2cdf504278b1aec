/** What is in use at one time of a soak. */
export interface Figures {
  readonly samples: number;
  /** Bytes that are no garbage: of JavaScript's heap, and of buffers beside it. Those of another thread are not in it. */
  readonly heap: number;
  /** Bytes of memory that the process has, all threads and garbage included. */
  readonly resident: number;
  readonly descriptors: number;
  /** What would keep the process alive: timers, sockets, threads. */
  readonly handles: number;
}

/** By which memory may wander: code is compiled and thrown away again, and garbage comes and goes in the other thread. */
const MIB = 2 ** 20;
const WANDERS = { heap: MIB, resident: 32 * MIB, descriptors: 0, handles: 0 } as const;

/**
 * What has grown from the middle of a soak to its end, a sentence each. In its first half, caches fill and code is compiled.
 *
 * @param reports in their order, one at least
 */
export function growthOf(reports: readonly Figures[]): string[] {
  const middle = reports[(reports.length - 1) >> 1] as Figures;
  const last = reports.at(-1) as Figures;
  const names = Object.keys(WANDERS) as (keyof typeof WANDERS)[];
  return names
    .filter((name) => last[name] - middle[name] > WANDERS[name])
    .map((name) => `${name}: ${middle[name]} after ${middle.samples} samples, ${last[name]} after ${last.samples}`);
}
