/**
 * MIB_TCPROW and its family as data, written once. The plain decoder reads this at run time; the build turns it into the
 * kernel's own constants (`assembly/layouts.ts`); the collectors and the test fixtures encode from it. Adding a table means
 * adding data here.
 *
 * Source: Windows SDK `tcpmib.h`. Integers are little-endian u32 unless noted; addresses and ports lie in network byte order.
 */

/**
 * How a field's bytes become a column's values.
 *
 * - `state`: a u32 of which only small numbers mean something; 255 and above become 255 (the row keeps the exact number)
 * - `ipv4`: four octets in memory order, as in `in_addr`; the column holds the number in host order (10.0.0.1 = 0x0a000001)
 * - `ipv6`: sixteen octets in memory order; the column holds four u32 a row in host order, the highest first
 * - `port`: **the first two bytes are the big-endian port, the other two may hold garbage** (`ns-tcpmib-mib_tcprow_lh`)
 * - `u32`: as it is. Scope ids too: the documents say network order, but Windows writes them in host order
 * - `filetime`: a u64 that counts 100 ns since 1601-01-01 UTC; 0 where there is none
 * - `opaque`: bytes for the operating system's own use; they have no column
 */
export type FieldType = "state" | "ipv4" | "ipv6" | "port" | "u32" | "filetime" | "opaque";

/** One field of a row: where it lies, what it is, and the column that it fills. */
export interface Field {
  /** Bytes from the start of the row. */
  readonly offset: number;
  readonly type: FieldType;
  readonly column?: ColumnName;
}

export interface Layout {
  /** The row's own name in the SDK. */
  readonly row: string;
  /** Of the addresses: IPv4 or IPv6. */
  readonly family: Family;
  /** Bytes from the start of the table to the first row; `dwNumEntries` is a u32 at 0 in every table. */
  readonly firstRow: number;
  /** Bytes from one row to the next. */
  readonly rowSize: number;
  /** By the SDK's names. */
  readonly fields: Readonly<Record<string, Field>>;
}

export type Family = 4 | 6;

/** Every column that a layout may have. The order is the kernel's numbering, and that of the fields of a printed row. */
export const COLUMN_NAMES = [
  "state",
  "localAddress",
  "localPort",
  "remoteAddress",
  "remotePort",
  "localScopeId",
  "remoteScopeId",
  "owningPid",
  "offloadState",
  "createTimestamp",
] as const;

export type ColumnName = (typeof COLUMN_NAMES)[number];

/*
 *  0       4            8           12             16            20
 *  | state | local addr | port ▒▒▒▒ | remote addr  | port ▒▒▒▒   | …        ▒ = may be garbage
 */
const IPV4_ROW = {
  dwState: { offset: 0, type: "state", column: "state" },
  dwLocalAddr: { offset: 4, type: "ipv4", column: "localAddress" },
  dwLocalPort: { offset: 8, type: "port", column: "localPort" },
  dwRemoteAddr: { offset: 12, type: "ipv4", column: "remoteAddress" },
  dwRemotePort: { offset: 16, type: "port", column: "remotePort" },
} as const;

/*
 *  0             16      20          24             40      44          48
 *  | local addr  | scope | port ▒▒▒▒ | remote addr  | scope | port ▒▒▒▒ | state | …
 *
 *  MIB_TCP6ROW alone has its state in front, and everything else four bytes later.
 */
const IPV6_ROW = {
  LocalAddr: { offset: 0, type: "ipv6", column: "localAddress" },
  dwLocalScopeId: { offset: 16, type: "u32", column: "localScopeId" },
  dwLocalPort: { offset: 20, type: "port", column: "localPort" },
  RemoteAddr: { offset: 24, type: "ipv6", column: "remoteAddress" },
  dwRemoteScopeId: { offset: 40, type: "u32", column: "remoteScopeId" },
  dwRemotePort: { offset: 44, type: "port", column: "remotePort" },
  State: { offset: 48, type: "state", column: "state" },
} as const;

/** The same places, under the names that the rows with owners have. */
const IPV6_OWNER_ROW = {
  ucLocalAddr: IPV6_ROW.LocalAddr,
  dwLocalScopeId: IPV6_ROW.dwLocalScopeId,
  dwLocalPort: IPV6_ROW.dwLocalPort,
  ucRemoteAddr: IPV6_ROW.RemoteAddr,
  dwRemoteScopeId: IPV6_ROW.dwRemoteScopeId,
  dwRemotePort: IPV6_ROW.dwRemotePort,
  dwState: IPV6_ROW.State,
} as const;

/** Every layout that the decoders read. The order of the keys is the kernel's numbering. */
export const LAYOUTS = {
  MIB_TCPTABLE: { row: "MIB_TCPROW", family: 4, firstRow: 4, rowSize: 20, fields: IPV4_ROW },

  MIB_TCPTABLE2: {
    row: "MIB_TCPROW2",
    family: 4,
    firstRow: 4,
    rowSize: 28,
    fields: {
      ...IPV4_ROW,
      dwOwningPid: { offset: 20, type: "u32", column: "owningPid" },
      dwOffloadState: { offset: 24, type: "u32", column: "offloadState" },
    },
  },

  MIB_TCPTABLE_OWNER_PID: {
    row: "MIB_TCPROW_OWNER_PID",
    family: 4,
    firstRow: 4,
    rowSize: 24,
    fields: { ...IPV4_ROW, dwOwningPid: { offset: 20, type: "u32", column: "owningPid" } },
  },

  /** Eight-byte aligned for its timestamp: bytes 4 to 7 of the table are padding. */
  MIB_TCPTABLE_OWNER_MODULE: {
    row: "MIB_TCPROW_OWNER_MODULE",
    family: 4,
    firstRow: 8,
    rowSize: 160,
    fields: {
      ...IPV4_ROW,
      dwOwningPid: { offset: 20, type: "u32", column: "owningPid" },
      liCreateTimestamp: { offset: 24, type: "filetime", column: "createTimestamp" },
      OwningModuleInfo: { offset: 32, type: "opaque" },
    },
  },

  MIB_TCP6TABLE: {
    row: "MIB_TCP6ROW",
    family: 6,
    firstRow: 4,
    rowSize: 52,
    fields: {
      State: { offset: 0, type: "state", column: "state" },
      LocalAddr: { offset: 4, type: "ipv6", column: "localAddress" },
      dwLocalScopeId: { offset: 20, type: "u32", column: "localScopeId" },
      dwLocalPort: { offset: 24, type: "port", column: "localPort" },
      RemoteAddr: { offset: 28, type: "ipv6", column: "remoteAddress" },
      dwRemoteScopeId: { offset: 44, type: "u32", column: "remoteScopeId" },
      dwRemotePort: { offset: 48, type: "port", column: "remotePort" },
    },
  },

  MIB_TCP6TABLE2: {
    row: "MIB_TCP6ROW2",
    family: 6,
    firstRow: 4,
    rowSize: 60,
    fields: {
      ...IPV6_ROW,
      dwOwningPid: { offset: 52, type: "u32", column: "owningPid" },
      dwOffloadState: { offset: 56, type: "u32", column: "offloadState" },
    },
  },

  MIB_TCP6TABLE_OWNER_PID: {
    row: "MIB_TCP6ROW_OWNER_PID",
    family: 6,
    firstRow: 4,
    rowSize: 56,
    fields: { ...IPV6_OWNER_ROW, dwOwningPid: { offset: 52, type: "u32", column: "owningPid" } },
  },

  /** Eight-byte aligned for its timestamp: bytes 4 to 7 of the table are padding. */
  MIB_TCP6TABLE_OWNER_MODULE: {
    row: "MIB_TCP6ROW_OWNER_MODULE",
    family: 6,
    firstRow: 8,
    rowSize: 192,
    fields: {
      ...IPV6_OWNER_ROW,
      dwOwningPid: { offset: 52, type: "u32", column: "owningPid" },
      liCreateTimestamp: { offset: 56, type: "filetime", column: "createTimestamp" },
      OwningModuleInfo: { offset: 64, type: "opaque" },
    },
  },
} as const satisfies Readonly<Record<string, Layout>>;

export type LayoutName = keyof typeof LAYOUTS;

/** The names of all layouts, in the kernel's numbering. */
export const LAYOUT_NAMES = [
  "MIB_TCPTABLE",
  "MIB_TCPTABLE2",
  "MIB_TCPTABLE_OWNER_PID",
  "MIB_TCPTABLE_OWNER_MODULE",
  "MIB_TCP6TABLE",
  "MIB_TCP6TABLE2",
  "MIB_TCP6TABLE_OWNER_PID",
  "MIB_TCP6TABLE_OWNER_MODULE",
] as const satisfies readonly LayoutName[];

/** The field that fills a column, or `undefined` where the layout has no such column. */
export function fieldOf(layout: LayoutName, column: ColumnName): Field | undefined {
  const fields: Readonly<Record<string, Field>> = LAYOUTS[layout].fields;
  for (const name in fields) if (fields[name]?.column === column) return fields[name];
  return undefined;
}
