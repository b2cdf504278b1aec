import type { Family, LayoutName } from "../../format/layouts.js";
import type { Owner } from "../contract.js";
import { findFunction, loadFunction, type NativeFunction } from "../koffi.js";

/** The functions of Iphlpapi.dll that write a table of one family in one layout. */
const FUNCTIONS = {
  GetTcpTable: { family: 4, layout: "MIB_TCPTABLE" },
  GetTcpTable2: { family: 4, layout: "MIB_TCPTABLE2" },
  GetTcp6Table: { family: 6, layout: "MIB_TCP6TABLE" },
  GetTcp6Table2: { family: 6, layout: "MIB_TCP6TABLE2" },
} as const satisfies Readonly<Record<string, { readonly family: Family; readonly layout: LayoutName }>>;

/** The layouts of a kind of owner. Windows refuses BASIC for IPv6; Wine gives the layout that stands here. */
const BASIC = { 4: "MIB_TCPTABLE", 6: "MIB_TCP6TABLE" } as const;
const OWNER_PID = { 4: "MIB_TCPTABLE_OWNER_PID", 6: "MIB_TCP6TABLE_OWNER_PID" } as const;
const OWNER_MODULE = { 4: "MIB_TCPTABLE_OWNER_MODULE", 6: "MIB_TCP6TABLE_OWNER_MODULE" } as const;

/**
 * TCP_TABLE_CLASS (`iprtrmib.h`): what GetExtendedTcpTable writes. LISTENER has the listeners only, CONNECTIONS what is
 * connected (Wine takes that for ESTABLISHED alone), ALL every row. BASIC is for IPv4 only: for IPv6 Windows answers
 * ERROR_NOT_SUPPORTED.
 */
export const TABLE_CLASSES = {
  TCP_TABLE_BASIC_LISTENER: { number: 0, layouts: BASIC },
  TCP_TABLE_BASIC_CONNECTIONS: { number: 1, layouts: BASIC },
  TCP_TABLE_BASIC_ALL: { number: 2, layouts: BASIC },
  TCP_TABLE_OWNER_PID_LISTENER: { number: 3, layouts: OWNER_PID },
  TCP_TABLE_OWNER_PID_CONNECTIONS: { number: 4, layouts: OWNER_PID },
  TCP_TABLE_OWNER_PID_ALL: { number: 5, layouts: OWNER_PID },
  TCP_TABLE_OWNER_MODULE_LISTENER: { number: 6, layouts: OWNER_MODULE },
  TCP_TABLE_OWNER_MODULE_CONNECTIONS: { number: 7, layouts: OWNER_MODULE },
  TCP_TABLE_OWNER_MODULE_ALL: { number: 8, layouts: OWNER_MODULE },
} as const satisfies Readonly<
  Record<string, { readonly number: number; readonly layouts: Readonly<Record<Family, LayoutName>> }>
>;

export type TableClass = keyof typeof TABLE_CLASSES;

/** The functions that can be asked for by name. */
export type TableFunctionName = keyof typeof FUNCTIONS | "GetExtendedTcpTable";

/** `winsock2.h`. */
const ADDRESS_FAMILIES = { 4: 2, 6: 23 } as const;

/** What Windows is asked for each owner: the first of these that the library has. Later ones tell less. */
const PREFERENCES: Readonly<Record<Owner | "none", Readonly<Record<Family, readonly TableRequest[]>>>> = {
  none: {
    4: [{ name: "GetTcpTable", family: 4 }],
    6: [{ name: "GetTcp6Table", family: 6 }],
  },
  pid: {
    4: [
      { name: "GetExtendedTcpTable", family: 4, tableClass: "TCP_TABLE_OWNER_PID_ALL" },
      { name: "GetTcpTable2", family: 4 },
      { name: "GetTcpTable", family: 4 },
    ],
    6: [
      { name: "GetExtendedTcpTable", family: 6, tableClass: "TCP_TABLE_OWNER_PID_ALL" },
      { name: "GetTcp6Table2", family: 6 },
      { name: "GetTcp6Table", family: 6 },
    ],
  },
  module: {
    4: [
      { name: "GetExtendedTcpTable", family: 4, tableClass: "TCP_TABLE_OWNER_MODULE_ALL" },
      { name: "GetTcpTable2", family: 4 },
      { name: "GetTcpTable", family: 4 },
    ],
    6: [
      { name: "GetExtendedTcpTable", family: 6, tableClass: "TCP_TABLE_OWNER_MODULE_ALL" },
      { name: "GetTcp6Table2", family: 6 },
      { name: "GetTcp6Table", family: 6 },
    ],
  },
  offload: {
    4: [
      { name: "GetTcpTable2", family: 4 },
      { name: "GetExtendedTcpTable", family: 4, tableClass: "TCP_TABLE_OWNER_PID_ALL" },
      { name: "GetTcpTable", family: 4 },
    ],
    6: [
      { name: "GetTcp6Table2", family: 6 },
      { name: "GetExtendedTcpTable", family: 6, tableClass: "TCP_TABLE_OWNER_PID_ALL" },
      { name: "GetTcp6Table", family: 6 },
    ],
  },
};

/** A function, and for GetExtendedTcpTable what it is asked for. */
interface TableRequest {
  readonly name: TableFunctionName;
  readonly family: Family;
  readonly tableClass?: TableClass;
}

/** Which table is wanted. */
export interface TableChoice {
  /** Of the addresses: that of the function where one is named, otherwise 4 unless said otherwise. */
  readonly family?: Family | undefined;
  /** What to tell of the owners; nothing unless said otherwise. */
  readonly owner?: Owner | undefined;
  /** This function and no other, instead of the best for `family` and `owner`. */
  readonly function?: TableFunctionName | undefined;
  /** What to ask GetExtendedTcpTable for, instead of the best for `owner`. It names the function by itself. */
  readonly tableClass?: TableClass | undefined;
}

/** A function that writes a table: its name, the layout that it writes, and a call of it. */
export interface TableFunction {
  readonly name: TableFunctionName;
  readonly layout: LayoutName;
  /** Calls it with the buffer and the size, bytes, which it overwrites. Returns its code. */
  call(table: Uint8Array, size: Uint32Array): number;
}

/**
 * Loads the function that reads the table that is wanted: where an old system lacks it, the next best.
 *
 * @param order whether the system sorts the table
 * @throws {TypeError} a function, a class and a family that do not go together, or unknown ones
 * @throws {UnsupportedSystemError} koffi or the library can't be loaded, or it has no such function
 */
export function loadTableFunction(library: string, choice: TableChoice, order: boolean): TableFunction {
  const requests = requestsFor(choice);
  for (const request of requests.slice(0, -1)) {
    const found = findFunction(library, request.name, typesOf(request));
    if (found) return bind(request, found, order);
  }
  const last = requests[requests.length - 1] as TableRequest;
  return bind(last, loadFunction(library, last.name, typesOf(last)), order);
}

function requestsFor({ family, owner, function: name, tableClass }: TableChoice): readonly TableRequest[] {
  if (family !== undefined && family !== 4 && family !== 6)
    throw new TypeError(`There is no family ${family}: it is 4 or 6.`);
  if (owner !== undefined && ((owner as string) === "none" || !Object.hasOwn(PREFERENCES, owner)))
    throw new TypeError(`There is no owner "${owner}": it is "pid", "module" or "offload", or left out.`);
  if (tableClass !== undefined && !Object.hasOwn(TABLE_CLASSES, tableClass))
    throw new TypeError(
      `There is no TCP_TABLE_CLASS "${tableClass}". The classes are: ${Object.keys(TABLE_CLASSES).join(", ")}.`,
    );
  if (name === "GetExtendedTcpTable" || (name === undefined && tableClass !== undefined)) {
    const asked = { name: "GetExtendedTcpTable", family: family ?? 4 } as const;
    return [{ ...asked, tableClass: tableClass ?? classFor(asked.family, owner) }];
  }
  if (name === undefined) return PREFERENCES[owner ?? "none"][family ?? 4];
  if (!Object.hasOwn(FUNCTIONS, name)) {
    const known = [...Object.keys(FUNCTIONS), "GetExtendedTcpTable"].join(", ");
    throw new TypeError(`There is no function "${name}". The functions are: ${known}.`);
  }
  if (tableClass !== undefined)
    throw new TypeError(`${name} has no classes: leave tableClass out, or ask for GetExtendedTcpTable.`);
  const own = FUNCTIONS[name].family;
  if (family !== undefined && family !== own)
    throw new TypeError(
      `${name} reads IPv${own} connections, not IPv${family}: leave family out, or name another one.`,
    );
  return [{ name, family: own }];
}

/** The least that GetExtendedTcpTable has for the owner. Without owners, IPv6 has none: OWNER_PID is its smallest. */
function classFor(family: Family, owner: Owner | undefined): TableClass {
  if (owner === "module") return "TCP_TABLE_OWNER_MODULE_ALL";
  return owner || family === 6 ? "TCP_TABLE_OWNER_PID_ALL" : "TCP_TABLE_BASIC_ALL";
}

function typesOf({ name }: TableRequest): string[] {
  const types = ["void *", "void *", "int32_t"];
  return name === "GetExtendedTcpTable" ? [...types, "uint32_t", "int32_t", "uint32_t"] : types;
}

function bind({ name, family, tableClass }: TableRequest, call: NativeFunction, ordered: boolean): TableFunction {
  const order = ordered ? 1 : 0;
  if (name !== "GetExtendedTcpTable")
    return { name, layout: FUNCTIONS[name].layout, call: (table, size) => call(table, size, order) };
  const { number, layouts } = TABLE_CLASSES[tableClass ?? classFor(family, undefined)];
  const addressFamily = ADDRESS_FAMILIES[family];
  return { name, layout: layouts[family], call: (table, size) => call(table, size, order, addressFamily, number, 0) };
}
