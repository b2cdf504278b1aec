import type { ColumnName } from "../../format/columns.js";
import { CollectorBase, type RefreshedCollection } from "../collector-base.js";
import { columnsAsked, missingColumns } from "../columns.js";
import type { OpenedCollector, RawBuffer } from "../contract.js";
import { CollectError, type SystemCode } from "../errors.js";
import { assembleBytecode, type Condition } from "./bytecode.js";
import { badMessage, ERRNO, errnoCode, type Libc, loadLibc } from "./libc.js";
import {
  DumpReader,
  dumpRequest,
  MalformedReplyError,
  NLM_F_DUMP_INTR,
  REQUEST_SEQUENCE,
  SOCKET_MESSAGE,
} from "./netlink.js";
import { closeWhenAbandoned, KeptSocket, RECEIVE_SECONDS, receiveDatagram, sendRequest } from "./netlink-socket.js";
import { openProcNet } from "./procnet.js";
import { describePushed, EVERY, pushDown } from "./push-down.js";
import { type TableOptions, TableWriter } from "./table-writer.js";

const SOURCE = "NETLINK_SOCK_DIAG";

/** The kernel fills at most 32 KiB a call, whatever the buffer's size is. */
const RECEIVE_BYTES = 32768;
const ATTEMPTS = 10;

/** How a kernel, a security module or a sandbox says that this way to the table is closed for good. */
const REFUSALS: readonly number[] = [
  ERRNO.EPERM,
  ERRNO.ENOENT, // the kernel has no inet_diag
  ERRNO.EACCES,
  ERRNO.EINVAL, // the kernel knows another sock_diag
  ERRNO.ENOSYS,
  ERRNO.EPROTONOSUPPORT,
  ERRNO.ESOCKTNOSUPPORT,
  ERRNO.EOPNOTSUPP,
  ERRNO.EPFNOSUPPORT,
  ERRNO.EAFNOSUPPORT,
];

/** What a collector on Linux is to read, and how. */
export interface SockDiagOptions extends TableOptions {
  /** How often an interrupted dump is tried before it is an error; 10 unless said otherwise. */
  readonly attempts?: number | undefined;
  /** Where the C library comes from. @internal */
  readonly loadLibc?: (() => Libc) | undefined;
  /** What is read where NETLINK_SOCK_DIAG is refused; `/proc/net/tcp` or `tcp6` unless said otherwise. @internal */
  readonly procNetTcp?: string | undefined;
}

/**
 * Opens the table of one family's TCP sockets on Linux, as `ss -tan4` or `ss -tan6` shows it, and keeps a netlink socket
 * open until it is closed. Where NETLINK_SOCK_DIAG is refused, or koffi can't be loaded, the collector reads
 * /proc/net/tcp or tcp6 and its `source` says why.
 *
 * The bytes are a MIB_TCPTABLE or MIB_TCP6TABLE, their OWNER_PID relatives or a LINUX_* layout, by the columns that are asked
 * for, with MIB state numbers. Connections of a dual-stack listener are IPv6 sockets on Linux, also where they come from an
 * IPv4 address: the IPv6 table has them, with IPv4-mapped addresses. A link-local address's scope is the device that its
 * socket is bound to.
 *
 * Of `where` the kernel is asked for the states, and for what it says of ports and addresses.
 *
 * @throws {CollectError} neither way is open
 */
export function openSockDiag(options: SockDiagOptions = {}): OpenedCollector {
  let libc: Libc;
  try {
    libc = (options.loadLibc ?? loadLibc)();
  } catch (error) {
    return openProcNet(`koffi could not be loaded: ${firstLine(error)}`, options.procNetTcp, options);
  }
  try {
    return new SockDiagCollector(libc, options);
  } catch (error) {
    if (!(error instanceof CollectError) || !REFUSALS.includes(error.code.number)) throw error;
    const { name, number } = error.code;
    return openProcNet(`${SOURCE} refused: ${name ?? number}`, options.procNetTcp, options);
  }
}

class SockDiagCollector extends CollectorBase {
  readonly source = SOURCE;
  readonly missingColumns: readonly ColumnName[];
  readonly asked: string;
  readonly #libc: Libc;
  readonly #maximumAttempts: number;
  readonly #request: Int32Array;
  readonly #reader = new DumpReader();
  readonly #table: TableWriter;
  readonly #socket: KeptSocket;
  /** Why attempts of this sample came to nothing. */
  readonly #codes: number[] = [];
  #received = new Int32Array(RECEIVE_BYTES / 4);
  #sequence = 0;

  /** @throws {CollectError} the kernel does not let us, or does not answer */
  constructor(libc: Libc, options: SockDiagOptions) {
    const table = new TableWriter(options);
    super(table.layout);
    this.missingColumns = missingColumns(table.layout, columnsAsked(options));
    this.#libc = libc;
    this.#maximumAttempts = options.attempts ?? ATTEMPTS;
    this.#table = table;
    this.#socket = new KeptSocket(libc);
    closeWhenAbandoned(this, this.#socket);
    // socket() alone does not show whether the kernel answers. A dump of no states does, and takes no time.
    this.#read(dumpRequest(0, table.family), NO_MEMORY);
    const { states, condition } = pushDown(options.where, table.family);
    const bytecode = this.#acceptedBytecode(condition);
    this.#request = dumpRequest(states, table.family, bytecode);
    this.asked = describePushed({ states, condition: bytecode.length > 0 ? condition : EVERY });
  }

  protected readTable(into: RawBuffer, collection: RefreshedCollection): void {
    this.#read(this.#request, into);
    this.#table.finish(collection);
    collection.attempts = this.#codes.length + 1;
  }

  protected override release(): void {
    this.#socket.close();
  }

  /** The first bytecode for a condition that this kernel takes; empty, for every row, where it takes none. */
  #acceptedBytecode(condition: Condition): Uint8Array {
    for (const hasEqual of [true, false]) {
      const bytecode = assembleBytecode(condition, hasEqual);
      if (bytecode.length === 0) break;
      try {
        this.#read(dumpRequest(0, this.#table.family, bytecode), NO_MEMORY);
        return bytecode;
      } catch (error) {
        if (!(error instanceof CollectError) || error.code.number !== ERRNO.EINVAL) throw error;
      }
    }
    return new Uint8Array(0);
  }

  #read(request: Int32Array, into: RawBuffer): void {
    if (this.#codes.length > 0) this.#codes.length = 0;
    try {
      do this.#table.begin(into);
      while (!this.#dump(request));
    } catch (error) {
      // What is left of this dump would be taken for the next one's.
      this.#socket.close();
      if (!(error instanceof MalformedReplyError)) throw error;
      throw this.#failure(badMessage(error.message));
    }
  }

  /** One dump into the table. Returns false where it has to be done again. */
  #dump(request: Int32Array): boolean {
    const reader = this.#reader;
    const socket = this.#check(this.#socket.open());
    this.#sequence = (this.#sequence + 1) | 0;
    request[REQUEST_SEQUENCE] = this.#sequence;
    reader.begin(this.#sequence);
    this.#check(sendRequest(this.#libc, socket, request));
    do {
      const byteLength = this.#receive(socket);
      if (byteLength < 0) {
        this.#socket.close();
        return this.#again(errnoCode(ERRNO.ENOBUFS));
      }
      if (byteLength > this.#received.byteLength) {
        this.#socket.close();
        this.#received = new Int32Array((byteLength + 3) >>> 2);
        return this.#again(errnoCode(ERRNO.EMSGSIZE));
      }
      this.#table.makeRoom(Math.trunc(byteLength / SOCKET_MESSAGE));
      reader.read(this.#received, byteLength, this.#table);
    } while (!reader.ended);
    if (reader.errno !== 0) throw this.#failure(errnoCode(reader.errno));
    if (reader.interrupted) return this.#again(INTERRUPTED);
    return true;
  }

  #again(code: SystemCode): false {
    if (this.#codes.length + 1 >= this.#maximumAttempts) throw this.#failure(code);
    this.#codes.push(code.number);
    return false;
  }

  /** The length of the next datagram, which may be larger than the buffer; −1 where the kernel had to drop it. */
  #receive(socket: number): number {
    const byteLength = receiveDatagram(this.#libc, socket, this.#received);
    if (byteLength === 0) throw new MalformedReplyError("an empty reply");
    return byteLength < 0 && this.#libc.errno() === ERRNO.ENOBUFS ? -1 : this.#check(byteLength);
  }

  #check(result: number): number {
    if (result < 0) throw this.#failure(errnoCode(this.#libc.errno()));
    return result;
  }

  #failure(code: SystemCode): CollectError {
    return new CollectError(SOURCE, code, [...this.#codes, code.number], advice(code.number));
  }
}

/** For the dumps that ask whether the kernel answers. */
const NO_MEMORY: RawBuffer = { reserve: (byteLength) => new Uint8Array(byteLength) };

/** The kernel has no errno for this: it is a flag of its messages. */
const INTERRUPTED: SystemCode = {
  number: NLM_F_DUMP_INTR,
  name: "NLM_F_DUMP_INTR",
  text: "the kernel's table changed while it was listed",
};

function advice(code: number): string {
  switch (code) {
    case NLM_F_DUMP_INTR:
      return "Connections come and go too fast for a consistent list: sample again, or allow more attempts.";
    case ERRNO.EAGAIN:
      return `The kernel did not answer within ${RECEIVE_SECONDS} seconds: see whether "ss -tan" works here.`;
    case ERRNO.EBADMSG:
      return 'The reply is not in the format of linux/inet_diag.h: see whether "ss -tan" works here.';
    default:
      return 'Sample again; where it stays so, see whether "ss -tan" works for this user and in this container.';
  }
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0] ?? "";
}
