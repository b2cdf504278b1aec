/**
 * MIB_TCPROW and its family as data, written once. The plain decoder reads this at run time; the build turns it into the
 * kernel's own constants (`assembly/layouts.ts`); the test fixtures encode from it. Adding a table means adding data here.
 *
 * Source: Windows SDK `tcpmib.h`. Integers are little-endian u32; addresses and ports lie in network byte order.
 */

/**
 * How a field's bytes become a column's value.
 *
 * - `u8-saturated`: a u32 of which small numbers matter; 255 and above become 255 (the row keeps the exact number)
 * - `ipv4`: four octets in memory order, as in `in_addr`; the column holds the number in host order (10.0.0.1 = 0x0a000001)
 * - `port`: **the first two bytes are the big-endian port, the other two may hold garbage** (`ns-tcpmib-mib_tcprow_lh`)
 */
export type FieldType = "u8-saturated" | "ipv4" | "port";

/** One field of a row: where it lies, what it is, and the column that it fills. */
export interface Field {
  /** Bytes from the start of the row. */
  readonly offset: number;
  readonly type: FieldType;
  readonly column: ColumnName;
}

export interface Layout {
  /** The row's own name in the SDK. */
  readonly row: string;
  /** Bytes from the start of the table to the first row; `dwNumEntries` is a u32 at 0 in every table. */
  readonly firstRow: number;
  /** Bytes from one row to the next. */
  readonly rowSize: number;
  readonly fields: Readonly<Record<string, Field>>;
}

export const COLUMN_NAMES = ["state", "localAddress", "localPort", "remoteAddress", "remotePort"] as const;

export type ColumnName = (typeof COLUMN_NAMES)[number];

/** Every layout that the decoders read. The order of the keys is the kernel's numbering. */
export const LAYOUTS = {
  /*
   *  0       4            8           12             16            20
   *  | state | local addr | port ▒▒▒▒ | remote addr  | port ▒▒▒▒   |      ▒ = may be garbage
   */
  MIB_TCPTABLE: {
    row: "MIB_TCPROW",
    firstRow: 4,
    rowSize: 20,
    fields: {
      dwState: { offset: 0, type: "u8-saturated", column: "state" },
      dwLocalAddr: { offset: 4, type: "ipv4", column: "localAddress" },
      dwLocalPort: { offset: 8, type: "port", column: "localPort" },
      dwRemoteAddr: { offset: 12, type: "ipv4", column: "remoteAddress" },
      dwRemotePort: { offset: 16, type: "port", column: "remotePort" },
    },
  },
} as const satisfies Readonly<Record<string, Layout>>;

export type LayoutName = keyof typeof LAYOUTS;

/** The names of all layouts, in the kernel's numbering. */
export const LAYOUT_NAMES = Object.keys(LAYOUTS) as readonly LayoutName[];
