import { COLUMN_NAMES, COLUMNS, type ColumnName } from "./columns.js";

/**
 * MIB_TCPROW and its family as data, written once. The plain decoder reads this at run time; the build turns it into the
 * kernel's own constants (`assembly/layouts.ts`); the collectors and the test fixtures encode from it. Adding a table means
 * adding data here: what a field's bytes are follows from its column (columns.ts).
 *
 * Source: Windows SDK `tcpmib.h`. Integers are little-endian u32 unless noted; addresses and ports lie in network byte order.
 * The LINUX_* layouts are our own: the fields of a MIB row, and behind them what Linux tells of a socket beside it.
 */

/** One field of a row: where it lies, and the column that it fills. Fields for the system's own use fill none. */
export interface Field {
  /** Bytes from the start of the row. */
  readonly offset: number;
  /** The column that it fills. */
  readonly column?: ColumnName;
}

/** How a table lies in memory. */
export interface Layout {
  /** Stands for the layout in recordings and on the wire: it never changes, and no other layout ever gets it. */
  readonly code: number;
  /** The row's own name in the SDK. */
  readonly row: string;
  /** Of the addresses: IPv4 or IPv6. */
  readonly family: Family;
  /** Bytes from the start of the table to the first row; `dwNumEntries` is a u32 at 0 in every table. */
  readonly firstRow: number;
  /** Bytes from one row to the next. */
  readonly rowSize: number;
  /** By the SDK's names; what Linux tells beside them by those of `struct inet_diag_msg`. */
  readonly fields: Readonly<Record<string, Field>>;
}

/** A family of addresses: IPv4 or IPv6. */
export type Family = 4 | 6;

/*
 *  0       4            8           12             16            20
 *  | state | local addr | port ▒▒▒▒ | remote addr  | port ▒▒▒▒   | …        ▒ = may be garbage
 */
const IPV4_ROW = {
  dwState: { offset: 0, column: "state" },
  dwLocalAddr: { offset: 4, column: "localAddress" },
  dwLocalPort: { offset: 8, column: "localPort" },
  dwRemoteAddr: { offset: 12, column: "remoteAddress" },
  dwRemotePort: { offset: 16, column: "remotePort" },
} as const;

/*
 *  0             16      20          24             40      44          48
 *  | local addr  | scope | port ▒▒▒▒ | remote addr  | scope | port ▒▒▒▒ | state | …
 */
const IPV6_ROW = {
  LocalAddr: { offset: 0, column: "localAddress" },
  dwLocalScopeId: { offset: 16, column: "localScopeId" },
  dwLocalPort: { offset: 20, column: "localPort" },
  RemoteAddr: { offset: 24, column: "remoteAddress" },
  dwRemoteScopeId: { offset: 40, column: "remoteScopeId" },
  dwRemotePort: { offset: 44, column: "remotePort" },
  State: { offset: 48, column: "state" },
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

/** MIB_TCP6ROW alone has its state in front, and everything else four bytes later. */
const IPV6_PLAIN_ROW = {
  State: { offset: 0, column: "state" },
  LocalAddr: { offset: 4, column: "localAddress" },
  dwLocalScopeId: { offset: 20, column: "localScopeId" },
  dwLocalPort: { offset: 24, column: "localPort" },
  RemoteAddr: { offset: 28, column: "remoteAddress" },
  dwRemoteScopeId: { offset: 44, column: "remoteScopeId" },
  dwRemotePort: { offset: 48, column: "remotePort" },
} as const;

/*
 *  0          20    24     28      32       40       44
 *  | MIB_TCPROW | pid | user | inode | cookie | Recv-Q | Send-Q |      the last two in LINUX_TCPROW_EXTENDED
 */
const LINUX_ROW = {
  ...IPV4_ROW,
  dwOwningPid: { offset: 20, column: "owningPid" },
  idiag_uid: { offset: 24, column: "user" },
  idiag_inode: { offset: 28, column: "inode" },
  idiag_cookie: { offset: 32, column: "socketCookie" },
} as const;

/*
 *  0           52    56     60      64       72       76
 *  | MIB_TCP6ROW | pid | user | inode | cookie | Recv-Q | Send-Q |
 */
const LINUX_ROW6 = {
  ...IPV6_PLAIN_ROW,
  dwOwningPid: { offset: 52, column: "owningPid" },
  idiag_uid: { offset: 56, column: "user" },
  idiag_inode: { offset: 60, column: "inode" },
  idiag_cookie: { offset: 64, column: "socketCookie" },
} as const;

/** Every layout that the decoders read. */
export const LAYOUTS = {
  MIB_TCPTABLE: { code: 1, row: "MIB_TCPROW", family: 4, firstRow: 4, rowSize: 20, fields: IPV4_ROW },

  MIB_TCPTABLE2: {
    code: 2,
    row: "MIB_TCPROW2",
    family: 4,
    firstRow: 4,
    rowSize: 28,
    fields: {
      ...IPV4_ROW,
      dwOwningPid: { offset: 20, column: "owningPid" },
      dwOffloadState: { offset: 24, column: "offloadState" },
    },
  },

  MIB_TCPTABLE_OWNER_PID: {
    code: 3,
    row: "MIB_TCPROW_OWNER_PID",
    family: 4,
    firstRow: 4,
    rowSize: 24,
    fields: { ...IPV4_ROW, dwOwningPid: { offset: 20, column: "owningPid" } },
  },

  /** Eight-byte aligned for its timestamp: bytes 4 to 7 of the table are padding. */
  MIB_TCPTABLE_OWNER_MODULE: {
    code: 4,
    row: "MIB_TCPROW_OWNER_MODULE",
    family: 4,
    firstRow: 8,
    rowSize: 160,
    fields: {
      ...IPV4_ROW,
      dwOwningPid: { offset: 20, column: "owningPid" },
      liCreateTimestamp: { offset: 24, column: "createTimestamp" },
      OwningModuleInfo: { offset: 32 },
    },
  },

  MIB_TCP6TABLE: {
    code: 5,
    row: "MIB_TCP6ROW",
    family: 6,
    firstRow: 4,
    rowSize: 52,
    fields: IPV6_PLAIN_ROW,
  },

  MIB_TCP6TABLE2: {
    code: 6,
    row: "MIB_TCP6ROW2",
    family: 6,
    firstRow: 4,
    rowSize: 60,
    fields: {
      ...IPV6_ROW,
      dwOwningPid: { offset: 52, column: "owningPid" },
      dwOffloadState: { offset: 56, column: "offloadState" },
    },
  },

  MIB_TCP6TABLE_OWNER_PID: {
    code: 7,
    row: "MIB_TCP6ROW_OWNER_PID",
    family: 6,
    firstRow: 4,
    rowSize: 56,
    fields: { ...IPV6_OWNER_ROW, dwOwningPid: { offset: 52, column: "owningPid" } },
  },

  /** Eight-byte aligned for its timestamp: bytes 4 to 7 of the table are padding. */
  MIB_TCP6TABLE_OWNER_MODULE: {
    code: 8,
    row: "MIB_TCP6ROW_OWNER_MODULE",
    family: 6,
    firstRow: 8,
    rowSize: 192,
    fields: {
      ...IPV6_OWNER_ROW,
      dwOwningPid: { offset: 52, column: "owningPid" },
      liCreateTimestamp: { offset: 56, column: "createTimestamp" },
      OwningModuleInfo: { offset: 64 },
    },
  },
  /** Eight-byte aligned for its cookie, as OWNER_MODULE is for its timestamp. */
  LINUX_TCPTABLE: {
    code: 9,
    row: "LINUX_TCPROW",
    family: 4,
    firstRow: 8,
    rowSize: 40,
    fields: LINUX_ROW,
  },

  LINUX_TCPTABLE_EXTENDED: {
    code: 10,
    row: "LINUX_TCPROW_EXTENDED",
    family: 4,
    firstRow: 8,
    rowSize: 48,
    fields: {
      ...LINUX_ROW,
      idiag_rqueue: { offset: 40, column: "receiveQueue" },
      idiag_wqueue: { offset: 44, column: "sendQueue" },
    },
  },

  LINUX_TCP6TABLE: {
    code: 11,
    row: "LINUX_TCP6ROW",
    family: 6,
    firstRow: 8,
    rowSize: 72,
    fields: LINUX_ROW6,
  },

  LINUX_TCP6TABLE_EXTENDED: {
    code: 12,
    row: "LINUX_TCP6ROW_EXTENDED",
    family: 6,
    firstRow: 8,
    rowSize: 80,
    fields: {
      ...LINUX_ROW6,
      idiag_rqueue: { offset: 72, column: "receiveQueue" },
      idiag_wqueue: { offset: 76, column: "sendQueue" },
    },
  },
} as const satisfies Readonly<Record<string, Layout>>;

/** The name of a layout: of its table in the SDK, or LINUX_* for our own. */
export type LayoutName = keyof typeof LAYOUTS;

/** The names of all layouts. The order is the kernel's numbering; what is recorded is their `code`. */
export const LAYOUT_NAMES: readonly LayoutName[] = /* @__PURE__ */ Object.keys(LAYOUTS) as LayoutName[];

/** The field that fills a column, or `undefined` where the layout has no such column. */
export function fieldOf(layout: LayoutName, column: ColumnName): Field | undefined {
  const fields: Readonly<Record<string, Field>> = LAYOUTS[layout].fields;
  for (const name in fields) if (fields[name]?.column === column) return fields[name];
  return undefined;
}

/** The columns that a layout has, in the order of COLUMN_NAMES. */
export function columnsOf(layout: LayoutName): ColumnName[] {
  return COLUMN_NAMES.filter((column) => fieldOf(layout, column) !== undefined);
}

/** Values of a column that make a row: four for an IPv6 address, else one. */
export function valuesPerRow(layout: LayoutName, column: ColumnName): number {
  return LAYOUTS[layout].family === 6 && COLUMNS[column].kind === "address" ? 4 : 1;
}
