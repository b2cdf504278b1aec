// Symbol.dispose, also for programs whose own `lib` and types do not have it. It takes TypeScript 5.2.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Filter } from "../filter/filter.js";
import type { ColumnName } from "../format/columns.js";
import type { Ends } from "../format/ends.js";
import type { Family, LayoutName } from "../format/layouts.js";
import type { SystemCode } from "./errors.js";
import type { StatisticValues } from "./statistics.js";

/** What an operating system must have for tcptable: `linux/` and `windows/` each give one of these, and system.ts picks. */
export interface System {
  /** Several at a time share what they learn of processes: pass all families at once. */
  openCollectors(families: readonly Family[], options: CollectorOptions): FamilyCollector[];
  /** The columns that tell a connection from another one between the same ends: what this system knows of that. */
  readonly identityColumns: readonly ColumnName[];
  closeConnection(row: RawRow): CloseResult;
  /** Absent where the system does not tell of connections that end. @throws {CollectError} @throws {UnsupportedSystemError} */
  openEnds?(options: EndsOptions): EndsCollector;
  openProcessNames(): ProcessNames;
  openNumberNames(): NumberNames;
  readHostIdentity(): HostIdentity;
  /** A question that tells whether a pipe's other end was closed. Absent where only a write tells it. */
  closedPipeQuestion?(descriptor: number): () => boolean;
  readTcpStatistics(options: StatisticsOptions): TcpStatistics;
}

/**
 * Names that this machine has for numbers in its tables, both ways; `undefined` where it has none. Files are read once, when they
 * are needed first, and one that can't be read has no names.
 */
export interface NumberNames {
  /** Of an id of a user: `root` of 0. Windows' tables have none. */
  userName(id: number): string | undefined;
  userId(name: string): number | undefined;
  /** Of a TCP port, as the system's file of services has it: `https` of 443. */
  serviceName(port: number): string | undefined;
  servicePort(name: string): number | undefined;
  /** Of an interface's number, which a scope is: `eth0`. On Windows people write the number. */
  interfaceName(index: number): string | undefined;
  interfaceIndex(name: string): number | undefined;
}

/** A family's collector, or why there is none. */
export type FamilyCollector =
  | { readonly family: Family; readonly collector: OpenedCollector }
  | { readonly family: Family; readonly error: Error };

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
  /** The layout of the bytes: MIB_*, on every operating system; LINUX_* where columns are asked for that only those have. */
  readonly layout: LayoutName;
  /** The table as the operating system gave it: a view into the RawBuffer, valid until its next `reserve`. */
  readonly bytes: Uint8Array;
  /** Calls it took: 1, unless the table outgrew the buffer or the system asked to be called again. */
  readonly attempts: number;
  /** Time the calls took, waits included, in nanoseconds. */
  readonly nanoseconds: number;
  /** Rows that have an owner which this user may not see; absent where owners were not asked for. */
  readonly hiddenOwners?: number;
  /** Rows whose owner is not known yet, because the budget was used up; it comes with one of the next samples. */
  readonly unknownOwners?: number;
  /**
   * Sockets that several processes hold: pairs of a row number and a PID, ascending by both, all PIDs of such a row. The row
   * itself has the lowest. Absent where owners were not asked for, empty on systems that tell only one.
   */
  readonly sharedOwners?: Uint32Array;
}

/** The operating system's table of TCP connections, as bytes. It never decodes. */
export interface Collector {
  /** Where the bytes come from, for people: `"Iphlpapi.dll GetTcpTable"`, `"NETLINK_SOCK_DIAG"`, … */
  readonly source: string;
  /** Of the columns that were asked for, those that the rows will not have: this system can't tell them. */
  readonly missingColumns?: readonly ColumnName[];
  /**
   * What the operating system is asked for, for people: `"state listening"`, `"every row"`. It follows from `where`, as far
   * as the system can pick rows itself.
   */
  readonly asked?: string;
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

/** A collector that this package has opened. `using` closes it. */
export interface OpenedCollector extends Collector {
  /** The same as `close`. */
  [Symbol.dispose](): void;
}

/**
 * The ends of connections, which some systems tell when they come: also those of connections that no sample has seen, of
 * listeners, and of sockets that never were connected. These two have remote port 0, and only who knows the tables can tell
 * a listener by its cookie.
 */
export interface EndsCollector {
  /** Where they come from, for people: `"NETLINK_SOCK_DIAG's groups of destroyed sockets"`. */
  readonly source: string;
  /**
   * Takes in what the system has told since the last call, and never waits. Call it every 20 ms, and after a table was
   * collected: a queue that nobody empties overflows.
   *
   * @throws {CollectError} what the operating system said, with its code
   */
  drain(): void;
  /** What has been taken in since `clear`. Valid until the next `drain` or `clear`. */
  endsOf(family: Family): Ends;
  /** Ends since `clear` that the system had to drop, or that there was no room for here. */
  readonly lost: number;
  /** Forgets what has been taken in. */
  clear(): void;
  /** Gives back what the operating system lent. */
  close(): void;
}

export interface EndsOptions {
  /** Both unless said otherwise. */
  readonly families?: readonly Family[] | undefined;
  /** Ends that are kept until `clear`, for each family; what comes beyond counts as lost. 65,536 unless said otherwise. */
  readonly limit?: number | undefined;
}

/** What to tell of the process that owns a connection: its PID, and on Windows one thing more. */
export type Owner =
  | "pid"
  /** And when the connection was made: `createTimestamp`. */
  | "module"
  /** And whether the network adapter has taken it over: `offloadState`. */
  | "offload";

/** What a collector is to read. */
export interface CollectorOptions {
  /** Of the addresses: 4 unless said otherwise. A table holds one family. */
  readonly family?: Family | undefined;
  /**
   * Columns that the rows shall have beside the five that every table has. The system takes the smallest layout that has
   * them; `missingColumns` says which it can't tell. Where that layout has others too, `owningPid` is 0 in it unless it is
   * asked for: to find owners takes longer than all the rest.
   */
  readonly columns?: readonly ColumnName[] | undefined;
  /** The short way to the owners' columns; nothing unless said otherwise, which is the fastest. */
  readonly owner?: Owner | undefined;
  /**
   * A hint: rows that this filter does not match need not be in the table. The collector leaves out what the system can pick
   * cheaply, never a row that matches; whoever gets the table still applies the whole filter.
   */
  readonly where?: Filter | undefined;
  /** Milliseconds that a sample after the first may spend on finding owners; no limit unless said otherwise. Linux only. */
  readonly ownerBudget?: number | undefined;
  /** Ask the operating system for a sorted table. Linux has no such order, and ignores it. */
  readonly order?: boolean | undefined;
}

/** One connection as a table's bytes hold it. */
export interface RawRow {
  readonly layout: LayoutName;
  /** The row's own bytes: `table.rawRow(index)`. */
  readonly bytes: Uint8Array;
}

/** What became of a connection that was to be closed. */
export type CloseResult =
  | { readonly closed: true }
  | {
      readonly closed: false;
      /** The system's answer. */
      readonly code: SystemCode;
      /** What to do, one sentence. */
      readonly advice: string;
    };

/** What processes are called. Answers are kept by PID and start time, so that a PID that is used again never lies. */
export interface ProcessNames {
  /** A process's name; `undefined` where there is no such process, or where this user may not know. */
  nameOf(pid: number): string | undefined;
  /**
   * When a process was started, milliseconds since 1970-01-01 UTC, on Linux exact to a second; `undefined` where `nameOf`
   * is, and for what the kernel itself runs on Windows. The same process is told the same number each time.
   */
  startOf(pid: number): number | undefined;
  /** The path of a process's program; `undefined` where it has none, or where this user may not know. */
  pathOf(pid: number): string | undefined;
  /** Call it once a sample. What is known is checked again when it is next asked for. */
  refresh(): void;
}

/**
 * What a TCP stack tells of itself since it started, by RFC 4022's names. What only goes up is a bigint, exact to the last bit;
 * settings, and what goes up and down, are numbers. `TCP_STATISTICS` says what each means.
 */
export interface TcpStatistics extends StatisticValues {
  /** Which connections they count: Linux has one set for both families. */
  readonly family: Family | "both";
  /** The function or file that told them, for people. */
  readonly source: string;
}

/** Whose statistics to read. */
export interface StatisticsOptions {
  /** 4 unless said otherwise. Linux counts both families together, and ignores it. */
  readonly family?: Family | undefined;
}

/** What makes a connection's identity the only one in the world; empty where the system does not tell it. */
export interface HostIdentity {
  /** Another one each time that the system is started. */
  readonly bootId: string;
  /** Containers have one of their own. */
  readonly networkNamespace: string;
}
