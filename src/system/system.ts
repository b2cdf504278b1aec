import type { ColumnName } from "../format/columns.js";
import type { Family } from "../format/layouts.js";
import { checkOptions } from "../format/options.js";
import type {
  CloseResult,
  CollectorOptions,
  EndsCollector,
  EndsOptions,
  FamilyCollector,
  HostIdentity,
  NumberNames,
  OpenedCollector,
  ProcessNames,
  RawRow,
  StatisticsOptions,
  System,
  TcpStatistics,
} from "./contract.js";
import { UnsupportedSystemError } from "./errors.js";
import { LINUX } from "./linux/system.js";
import { CHECKS } from "./options.js";
import { WINDOWS } from "./windows/system.js";

/*
 * The one place that asks which operating system this is. What is asked for there is the same on all of them.
 */

/**
 * Opens this operating system's own collector: Iphlpapi.dll on Windows, NETLINK_SOCK_DIAG (or /proc/net/tcp where that is
 * refused) on Linux. A system that is too old for what is asked gets the best that it has: the collector's `source` tells
 * which, and each collection's layout what its rows have.
 *
 * @throws {UnsupportedSystemError} on any other system
 */
export function openCollector(options: CollectorOptions = {}): OpenedCollector {
  const [opened] = openCollectors([options.family ?? 4], options) as [FamilyCollector];
  if ("error" in opened) throw opened.error;
  return opened.collector;
}

/**
 * Opens the collectors of several families, which share what they learn of processes.
 *
 * @returns one for each family, or why there is none
 * @throws {UnsupportedSystemError} on any other system
 */
export function openCollectors(families: readonly Family[], options: CollectorOptions = {}): FamilyCollector[] {
  return thisSystem("read the TCP table").openCollectors(families, options);
}

/**
 * The columns that tell a connection from another one between the same ends: the socket's cookie and inode on Linux, the
 * time of creation and the owner on Windows.
 *
 * @throws {UnsupportedSystemError} on any other system
 */
export function identityColumns(): readonly ColumnName[] {
  return thisSystem("tell connections apart").identityColumns;
}

/**
 * Closes the connection of a row at once, with a reset to the other end: SetTcpEntry on Windows, SOCK_DESTROY on Linux.
 * The program that owns it sees an error. It takes the administrator's rights.
 *
 * @returns a refusal as a value: one connection that can't be closed is no reason to stop
 * @throws {UnsupportedSystemError} there is no way to it on this operating system
 */
export function closeRow(row: RawRow): CloseResult {
  return thisSystem("close connections").closeConnection(row);
}

/**
 * Opens the ends of this machine's connections, as far as this network namespace has them.
 *
 * @returns `undefined` where the system does not tell of connections that end, as Windows
 * @throws {CollectError} what the operating system said, with its code: a sandbox may not let us
 * @throws {UnsupportedSystemError} there is no way to them on this operating system
 */
export function openEnds(options: EndsOptions = {}): EndsCollector | undefined {
  return thisSystem("hear of connections that end").openEnds?.(options);
}

/**
 * Opens the names of this machine's processes.
 *
 * @throws {UnsupportedSystemError} there is no way to them on this operating system
 */
export function openProcessNames(): ProcessNames {
  return thisSystem("read the names of processes").openProcessNames();
}

/**
 * Reads which machine this is, and which of its networks.
 *
 * @throws {UnsupportedSystemError} neither Windows nor Linux
 */
export function readHostIdentity(): HostIdentity {
  return thisSystem("tell which host this is").readHostIdentity();
}

/**
 * A question that tells whether the other end of a pipe or a socket has been closed, without a write to it.
 *
 * @param descriptor the number of the open file
 * @returns `undefined` where only a write tells it
 * @throws {UnsupportedSystemError} neither Windows nor Linux
 */
export function closedPipeQuestion(descriptor: number): (() => boolean) | undefined {
  return thisSystem("watch a pipe").closedPipeQuestion?.(descriptor);
}

/**
 * Opens the names that this machine has for users, services and network interfaces.
 *
 * @throws {UnsupportedSystemError} neither Windows nor Linux
 */
export function openNumberNames(): NumberNames {
  return thisSystem("look up names").openNumberNames();
}

/**
 * Reads the counters of this machine's TCP stack.
 *
 * @throws {TypeError} an option is not known, or its value is none
 * @throws {CollectError} what the operating system said, with its code
 * @throws {UnsupportedSystemError} there is no way to read them on this operating system
 */
export function readTcpStatistics(options: StatisticsOptions = {}): TcpStatistics {
  checkOptions("readTcpStatistics", options, { family: CHECKS.family });
  return thisSystem("read TCP statistics").readTcpStatistics(options);
}

/** @param purpose what there is no way to on other systems, for people */
function thisSystem(purpose: string): System {
  switch (process.platform) {
    case "linux":
      return LINUX;
    case "win32":
      return WINDOWS;
    default:
      throw new UnsupportedSystemError(
        `There is no way to ${purpose} on ${process.platform} yet: tcptable runs on Windows and Linux. Recorded tables can be decoded anywhere with tcptable/decoder.`,
      );
  }
}
