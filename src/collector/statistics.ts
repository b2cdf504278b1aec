import type { Family } from "../decoder/layouts.js";
import { UnsupportedSystemError } from "./errors.js";
import { readLinuxStatistics } from "./statistics-linux.js";
import { readWindowsStatistics } from "./statistics-windows.js";

/** The counters of a TCP stack since it started, by RFC 4022's names. */
export interface TcpStatistics {
  /** Which connections they count: Linux has one set for both families. */
  readonly family: Family | "both";
  /** The function or file that told them, for people. */
  readonly source: string;
  /** How the retransmission time is found: 1 other, 2 constant, 3 MIL-STD-1778, 4 Van Jacobson, 5 RFC 2988. */
  readonly rtoAlgorithm: number;
  /** Shortest retransmission time, milliseconds. */
  readonly rtoMin: number;
  /** Longest retransmission time, milliseconds. */
  readonly rtoMax: number;
  /** Most connections that there may be; −1 where there is no such limit. */
  readonly maxConn: number;
  /** Connections that were opened from here. */
  readonly activeOpens: number;
  /** Connections that were accepted. */
  readonly passiveOpens: number;
  /** Connections that came to nothing. */
  readonly attemptFails: number;
  /** Established connections that were reset. */
  readonly estabResets: number;
  /** Connections that are ESTABLISHED or CLOSE-WAIT now. */
  readonly currEstab: number;
  /** Segments received, those with errors included. */
  readonly inSegs: number;
  /** Segments sent, without those that only repeat what was sent before. */
  readonly outSegs: number;
  /** Segments that were sent again. */
  readonly retransSegs: number;
  /** Segments received with errors. */
  readonly inErrs: number;
  /** Segments sent with RST. */
  readonly outRsts: number;
  /** Connections that there are now, whatever their state; `undefined` where the system does not tell. */
  readonly numConns: number | undefined;
}

export interface StatisticsOptions {
  /** 4 unless said otherwise. Linux counts both families together, and ignores it. */
  readonly family?: Family | undefined;
}

/**
 * Reads the counters of this machine's TCP stack.
 *
 * @throws {CollectError} what the operating system said, with its code
 * @throws {UnsupportedSystemError} there is no way to read them on this operating system
 */
export function readTcpStatistics(options: StatisticsOptions = {}): TcpStatistics {
  switch (process.platform) {
    case "win32":
      return readWindowsStatistics(options);
    case "linux":
      return readLinuxStatistics();
    default:
      throw new UnsupportedSystemError(
        `There is no way to read TCP statistics on ${process.platform} yet: tcptable reads them on Windows and Linux.`,
      );
  }
}
