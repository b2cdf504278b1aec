/**
 * The columns of a decoded table, each as one record: what its values are, what it means for a connection, the array that
 * holds it and the name that people read. Lists, types, getters, printed rows and the kernel's constants follow from here.
 *
 * - `kind` says how a field's bytes become the column's values, see `ColumnKind`
 * - `role` says what the column means when two tables are compared, see `ColumnRole`
 * - `array` is the typed array of its values; `label` its heading in a printed table
 * - `always` marks the columns that every layout has
 */
export const COLUMNS = {
  /** MIB_TCP_STATE numbers; 255 stands for 255 and above. */
  state: { kind: "state", role: "state", array: Uint8Array, label: "State", always: true },
  /** Host order. IPv4: a number a row, 10.0.0.1 is 0x0a000001. IPv6: four numbers a row, the highest first. */
  localAddress: { kind: "address", role: "identity", array: Uint32Array, label: "Local Address", always: true },
  /** Port numbers in host order. */
  localPort: { kind: "port", role: "identity", array: Uint16Array, label: "Local Port", always: true },
  /** Like localAddress. As the table holds it, also for listeners, where it has no meaning. */
  remoteAddress: { kind: "address", role: "identity", array: Uint32Array, label: "Remote Address", always: true },
  /** As the table holds it, also for listeners, where it has no meaning. */
  remotePort: { kind: "port", role: "identity", array: Uint16Array, label: "Remote Port", always: true },
  /** IPv6: the interface that a link-local address belongs to; 0 where there is none. */
  localScopeId: { kind: "u32", role: "identity", array: Uint32Array, label: "Local Scope" },
  /** Like localScopeId, for the remote address. */
  remoteScopeId: { kind: "u32", role: "identity", array: Uint32Array, label: "Remote Scope" },
  /** The process that owns the connection; 0 where nobody does (TIME_WAIT) or it can't be told. */
  owningPid: { kind: "u32", role: "owner", array: Uint32Array, label: "PID" },
  /** TCP_CONNECTION_OFFLOAD_STATE: InHost 0, Offloading 1, Offloaded 2, Uploading 3. */
  offloadState: { kind: "offload", role: "figure", array: Uint32Array, label: "Offload" },
  /** FILETIME: 100 ns since 1601-01-01 UTC; 0 where the system does not tell. */
  createTimestamp: { kind: "filetime", role: "identity", array: BigUint64Array, label: "Created" },
  /** Linux: the user id of the socket's owner. Only true where `inode` is not 0: TIME_WAIT rows have 0 in both. */
  user: { kind: "u32", role: "owner", array: Uint32Array, label: "User" },
  /** Linux: the inode of the socket, which /proc/PID/fd names; 0 where no process holds it. */
  inode: { kind: "u32", role: "owner", array: Uint32Array, label: "Inode" },
  /** Linux: the kernel's number of the socket, which no other socket ever gets; 0 where the system does not tell. */
  socketCookie: { kind: "u64", role: "identity", array: BigUint64Array, label: "Cookie" },
  /** Linux: bytes received that the program has not read; for a listener, connections that wait to be accepted. */
  receiveQueue: { kind: "u32", role: "figure", array: Uint32Array, label: "Recv-Q" },
  /** Linux: bytes sent that the other end has not acknowledged; for a listener, how many connections may wait. */
  sendQueue: { kind: "u32", role: "figure", array: Uint32Array, label: "Send-Q" },
} as const satisfies Readonly<Record<string, Column>>;

/** What there is to say of a column. */
export interface Column {
  /** What its values are. */
  readonly kind: ColumnKind;
  /** What it means when two tables are compared. */
  readonly role: ColumnRole;
  /** The kind of typed array that holds it. */
  readonly array: ColumnArrayConstructor;
  /** Its heading in a printed table. */
  readonly label: string;
  /** Whether every layout has it. */
  readonly always?: true;
}

/**
 * How a field's bytes become a column's values. Integers are little-endian unless noted.
 *
 * - `state`: a u32 of which only small numbers mean something; 255 and above become 255 (the row keeps the exact number)
 * - `address`: four octets (IPv4) or sixteen (IPv6) in memory order, as in `in_addr`; the column holds one u32 or four of
 *   them in host order, the highest first
 * - `port`: **the first two bytes are the big-endian port, the other two may hold garbage** (`ns-tcpmib-mib_tcprow_lh`)
 * - `u32`, `u64`: as they are. Scope ids too: the documents say network order, but Windows writes them in host order
 * - `offload`: a u32, TCP_CONNECTION_OFFLOAD_STATE
 * - `filetime`: a u64 that counts 100 ns since 1601-01-01 UTC; 0 where there is none
 */
export type ColumnKind = "state" | "address" | "port" | "u32" | "u64" | "offload" | "filetime";

/**
 * What a column means for a connection: `identity` says which one it is, `state` and `owner` may change while it lives, and
 * a `figure` alone is no change worth telling.
 */
export type ColumnRole = "identity" | "state" | "owner" | "figure";

/** The name of a column: of a property of `table.columns` and of rows. */
export type ColumnName = keyof typeof COLUMNS;

/** Every column that a layout may have. The order is the kernel's numbering, and that of the fields of a printed row. */
export const COLUMN_NAMES: readonly ColumnName[] = /* @__PURE__ */ Object.keys(COLUMNS) as ColumnName[];

type ColumnArrayConstructor =
  | Uint8ArrayConstructor
  | Uint16ArrayConstructor
  | Uint32ArrayConstructor
  | BigUint64ArrayConstructor;

/** The typed array of each column. */
export type ColumnArrays = { [Name in ColumnName]: InstanceType<(typeof COLUMNS)[Name]["array"]> };

/** Columns that every layout has. */
export type CommonColumn = {
  [Name in ColumnName]: (typeof COLUMNS)[Name] extends { always: true } ? Name : never;
}[ColumnName];

/** A table's columns, in the table's order; `undefined` where its layout has none. */
export type Columns = {
  readonly [Name in keyof typeof COLUMNS]: Name extends CommonColumn
    ? ColumnArrays[Name]
    : ColumnArrays[Name] | undefined;
};

/** A new typed array of a column's own kind. */
export function newColumn<Name extends ColumnName>(column: Name, length: number): ColumnArrays[Name] {
  return new COLUMNS[column].array(length) as ColumnArrays[Name];
}

/** A column's typed array as a view on a buffer. */
export function viewColumn<Name extends ColumnName>(
  column: Name,
  buffer: ArrayBuffer,
  byteOffset: number,
  length: number,
): ColumnArrays[Name] {
  return new COLUMNS[column].array(buffer, byteOffset, length) as ColumnArrays[Name];
}
