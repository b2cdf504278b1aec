import type { Family, LayoutName } from "../decoder/layouts.js";
import { UnsupportedSystemError } from "./errors.js";
import { openIphlpapi } from "./iphlpapi.js";
import { SocketOwners } from "./owners.js";
import { openSockDiag } from "./sockdiag.js";

/**
 * Memory that a table is written into. The wasm decoder is one: the operating system then writes into the kernel's linear
 * memory, and nothing is copied.
 */
export interface RawBuffer {
  /**
   * At least `byteLength` bytes to write into. The same view comes back as long as it is large enough, so that a sample
   * makes no garbage. Views from earlier calls are invalid afterwards.
   */
  reserve(byteLength: number): Uint8Array;
}

/** One raw table. */
export interface Collection {
  /** The layout of the bytes: MIB_*, on every operating system. */
  readonly layout: LayoutName;
  /** The table as the operating system gave it: a view into the RawBuffer, valid until its next `reserve`. */
  readonly bytes: Uint8Array;
  /** Calls it took: 1, unless the table outgrew the buffer or the system asked to be called again. */
  readonly attempts: number;
  /** Time the calls took, waits included, in nanoseconds. */
  readonly nanoseconds: number;
  /** Rows that have an owner which this user may not see; absent where owners were not asked for. */
  readonly hiddenOwners?: number;
}

/** The operating system's table of TCP connections, as bytes. It never decodes. */
export interface Collector {
  /** Where the bytes come from, for people: `"Iphlpapi.dll GetTcpTable"`, `"NETLINK_SOCK_DIAG"`, … */
  readonly source: string;
  /**
   * Reads the table once.
   *
   * @param into memory for the bytes; pass the same one at every sample
   * @returns the collection. One object, refreshed in place by the next `collect`
   * @throws {CollectError} what the operating system said, with its codes
   */
  collect(into: RawBuffer): Collection;
  /** Gives back what the operating system lent. The collector can't be used afterwards. */
  close(): void;
}

/** What to tell of the process that owns a connection: its PID, and on Windows one thing more. */
export type Owner =
  | "pid"
  /** And when the connection was made: `createTimestamp`. */
  | "module"
  /** And whether the network adapter has taken it over: `offloadState`. */
  | "offload";

export interface CollectorOptions {
  /** Of the addresses: 4 unless said otherwise. A table holds one family. */
  readonly family?: Family | undefined;
  /** What to tell of the owners; nothing unless said otherwise, which is the fastest. */
  readonly owner?: Owner | undefined;
  /** Ask the operating system for a sorted table. Linux has no such order, and ignores it. */
  readonly order?: boolean | undefined;
  /** Who owns which socket on Linux, where the collectors of several families share it. @internal */
  readonly socketOwners?: SocketOwners | undefined;
}

/** Options for the collectors of several families: on Linux they share what they learn of processes. @internal */
export function shareOwners<Options extends CollectorOptions>(options: Options): Options {
  return options.owner && process.platform === "linux" ? { ...options, socketOwners: new SocketOwners() } : options;
}

/**
 * Opens this operating system's own collector: Iphlpapi.dll on Windows, NETLINK_SOCK_DIAG (or /proc/net/tcp where that is
 * refused) on Linux. A system that is too old for what is asked gets the best that it has: the collector's `source` tells
 * which, and each collection's layout what its rows have.
 *
 * @throws {UnsupportedSystemError} on any other system
 */
export function openCollector(options: CollectorOptions = {}): Collector {
  switch (process.platform) {
    case "win32":
      return openIphlpapi(options);
    case "linux":
      return openSockDiag({ family: options.family, owner: options.owner, socketOwners: options.socketOwners });
    default:
      throw new UnsupportedSystemError(
        `There is no way to read the TCP table on ${process.platform} yet: tcptable runs on Windows and Linux. Recorded tables can be decoded anywhere with tcptable/decoder.`,
      );
  }
}
