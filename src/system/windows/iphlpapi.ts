import type { ColumnName } from "../../format/columns.js";
import { LAYOUTS } from "../../format/layouts.js";
import { type Checks, checkOptions, oneOf } from "../../format/options.js";
import { CollectorBase, type RefreshedCollection } from "../collector-base.js";
import { columnsAsked, missingColumns } from "../columns.js";
import type { OpenedCollector, RawBuffer } from "../contract.js";
import { CollectError } from "../errors.js";
import { CHECKS } from "../options.js";
import { UsedBytes } from "../used-bytes.js";
import { iphlpapi } from "./system-library.js";
import {
  loadTableFunction,
  TABLE_CLASSES,
  TABLE_FUNCTION_NAMES,
  type TableChoice,
  type TableFunction,
} from "./table-functions.js";
import { WIN32, win32Code } from "./win32.js";

const ATTEMPTS = 10;
/** What the first sample has room for. A desktop has some hundreds of connections. */
const FIRST_ROWS = 1000;
/** A buffer grows to so much of what was asked for, as the table goes on growing: 5,000 bytes more at the least. */
const MARGIN = 1.25;
/** ULONG's largest value: the size of a buffer can't be told beyond it. */
const LARGEST_BUFFER = 0xffffffff;
/** Milliseconds. Waits double from 1 up to this: ten attempts wait about 0.15 s in all. */
const LONGEST_WAIT = 32;

/** Which of Windows' functions to call, and how. */
export interface IphlpapiOptions extends TableChoice {
  /** Ask for a table that is sorted by local address, local port, remote address and remote port. */
  readonly order?: boolean | undefined;
  /** How often a sample calls before it is an error; 10 unless said otherwise. */
  readonly attempts?: number | undefined;
  /** The library that has the functions: a path, used as it is. The system's own Iphlpapi.dll unless said otherwise. */
  readonly library?: string | undefined;
}

const IPHLPAPI_CHECKS: Checks<IphlpapiOptions> = {
  ...CHECKS,
  function: (value) => oneOf(value, TABLE_FUNCTION_NAMES),
  tableClass: (value) => oneOf(value, Object.keys(TABLE_CLASSES)),
};

/**
 * Opens Windows' table of TCP connections, by the functions of Iphlpapi.dll: the one whose rows are the smallest of those that
 * have the columns. That is GetTcpTable or GetTcp6Table, GetExtendedTcpTable where owners or times are asked for, GetTcpTable2
 * or GetTcp6Table2 for `offloadState`. A library that lacks it gets the next best: `source`, the layout and `missingColumns`
 * tell which it is. Where the filter `where` can match listeners only, or established connections only,
 * GetExtendedTcpTable is asked for these: `asked` tells.
 *
 * A sample is one call with the buffer of the sample before. There is no call that only asks for the size: where the
 * table has outgrown the buffer, the failed call has told it.
 *
 * @throws {UnsupportedSystemError} koffi or the library can't be loaded, or it has no function for this
 * @throws {TypeError} an unknown option or value, or a function, a class and a family that do not go together
 */
export function openIphlpapi(options: IphlpapiOptions = {}): OpenedCollector {
  checkOptions("openIphlpapi", options, IPHLPAPI_CHECKS);
  const library = iphlpapi(options.library);
  const tableFunction = loadTableFunction(library.path, options, options.order ?? false);
  return new IphlpapiCollector(library.name, tableFunction, options.attempts ?? ATTEMPTS, columnsAsked(options));
}

class IphlpapiCollector extends CollectorBase {
  readonly source: string;
  readonly missingColumns: readonly ColumnName[];
  readonly asked: string;
  readonly #function: TableFunction;
  readonly #maximumAttempts: number;
  readonly #usedBytes = new UsedBytes();
  /** PULONG: the buffer's size on the way in; on the way out the table's. */
  readonly #size = new Uint32Array(1);
  /** Never notified: to wait on it is to sleep. */
  readonly #asleep = new Int32Array(new SharedArrayBuffer(4));
  /** Why attempts of this sample came to nothing. */
  readonly #codes: number[] = [];
  /** Bytes to reserve. It only grows. */
  #reservation: number;

  constructor(library: string, tableFunction: TableFunction, attempts: number, columns: readonly ColumnName[]) {
    super(tableFunction.layout);
    const { firstRow, rowSize } = LAYOUTS[tableFunction.layout];
    this.source = `${library} ${tableFunction.name}`;
    this.asked = tableFunction.asked;
    this.missingColumns = missingColumns(tableFunction.layout, columns);
    this.#function = tableFunction;
    this.#maximumAttempts = attempts;
    this.#reservation = firstRow + FIRST_ROWS * rowSize;
  }

  protected override readTable(into: RawBuffer, collection: RefreshedCollection): void {
    collection.bytes = this.#read(into);
    collection.attempts = this.#codes.length + 1;
  }

  /** Calls until there is a table. Returns its bytes, a view into the RawBuffer. */
  #read(into: RawBuffer): Uint8Array {
    if (this.#codes.length > 0) this.#codes.length = 0;
    let reservation = this.#reservation;
    for (let wait = 1; ; ) {
      // Afresh at each call: a growth detaches the view before, and koffi would pass a detached one as NULL.
      const table = reserve(into, reservation);
      this.#reservation = reservation;
      const capacity = Math.min(table.byteLength, LARGEST_BUFFER);
      this.#size[0] = capacity;
      const code = this.#function.call(table, this.#size);
      const size = this.#size[0];
      if (code === WIN32.NO_ERROR) return this.#usedBytes.of(table, Math.min(size, capacity));
      this.#mayTryAgain(code);
      if (code === WIN32.ERROR_INSUFFICIENT_BUFFER) {
        reservation = Math.min(Math.max(capacity, Math.ceil(size * MARGIN)), LARGEST_BUFFER);
      } else {
        Atomics.wait(this.#asleep, 0, 0, wait);
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
    }
  }

  /** @throws {CollectError} the code is final, or there were enough attempts */
  #mayTryAgain(code: number): void {
    this.#codes.push(code);
    const again = code === WIN32.ERROR_INSUFFICIENT_BUFFER || code === WIN32.STATUS_UNSUCCESSFUL;
    if (again && this.#codes.length < this.#maximumAttempts) return;
    throw new CollectError(this.#function.name, win32Code(code), [...this.#codes], advice(code));
  }
}

function reserve(into: RawBuffer, byteLength: number): Uint8Array {
  const view = into.reserve(byteLength);
  // A detached view has no bytes, and is caught here too.
  if (view.byteLength >= byteLength) return view;
  throw new RangeError(
    `RawBuffer.reserve(${byteLength}) gave ${view.byteLength} bytes: it has to give as many as are asked for.`,
  );
}

function advice(code: number): string {
  switch (code) {
    case WIN32.ERROR_INSUFFICIENT_BUFFER:
      return "The table grows faster than it can be read: sample again, or allow more attempts.";
    case WIN32.STATUS_UNSUCCESSFUL:
      return "The system is most likely under load: sample again, or allow more attempts.";
    case WIN32.ERROR_NOT_SUPPORTED:
      return 'This system has no such table (a BASIC class is for IPv4 only): see whether "netstat -n" works here.';
    case WIN32.ERROR_INVALID_PARAMETER:
      return "The system refused the call itself: please report it, with the version of Windows.";
    default:
      return 'Sample again; where it stays so, see whether "netstat -n" works here.';
  }
}
