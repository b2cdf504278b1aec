import type { Filter } from "../../filter/filter.js";
import { lower } from "../../filter/lower.js";
import { statesOf } from "../../filter/possible-states.js";
import type { ColumnName } from "../../format/columns.js";
import { type Family, LAYOUTS, type LayoutName } from "../../format/layouts.js";
import { MIB_TCP_STATE } from "../../format/states.js";
import { columnsAsked, missingColumns } from "../columns.js";
import type { CollectorOptions } from "../contract.js";
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

/** The name of a TCP_TABLE_CLASS, as Windows has it. */
export type TableClass = keyof typeof TABLE_CLASSES;

/** The part of a class's name that says which rows it has. */
type Rows = "LISTENER" | "CONNECTIONS" | "ALL";

/** In the words of filters. */
const ASKED: Readonly<Record<Rows, string>> = {
  LISTENER: "state listening",
  CONNECTIONS: "state connected",
  ALL: "every row",
};

const FUNCTION_NAMES = /* @__PURE__ */ Object.keys(FUNCTIONS) as (keyof typeof FUNCTIONS)[];

/** The functions that can be asked for by name. */
export type TableFunctionName = keyof typeof FUNCTIONS | "GetExtendedTcpTable";

export const TABLE_FUNCTION_NAMES: readonly TableFunctionName[] = [...FUNCTION_NAMES, "GetExtendedTcpTable"];

/** `winsock2.h`. */
const ADDRESS_FAMILIES = { 4: 2, 6: 23 } as const;

/** A function, the layout that it writes, and for GetExtendedTcpTable what it is asked for. */
interface TableRequest {
  readonly name: TableFunctionName;
  readonly family: Family;
  readonly layout: LayoutName;
  readonly tableClass?: TableClass;
}

/** Which table is wanted. */
export interface TableChoice extends Pick<CollectorOptions, "columns" | "owner"> {
  /** Of the addresses: that of the function where one is named, otherwise 4 unless said otherwise. */
  readonly family?: Family | undefined;
  /** This function and no other, instead of the best for the columns. */
  readonly function?: TableFunctionName | undefined;
  /** What to ask GetExtendedTcpTable for, instead of the best for the columns. It names the function by itself. */
  readonly tableClass?: TableClass | undefined;
  /** A hint, see CollectorOptions. A class that is named has the rows that it has, whatever the hint. */
  readonly where?: Filter | undefined;
}

/** A function that writes a table: its name, the layout that it writes, which rows it gives, and a call of it. */
export interface TableFunction {
  readonly name: TableFunctionName;
  readonly layout: LayoutName;
  /** For people: `"state listening"`, `"every row"`. */
  readonly asked: string;
  /** Calls it with the buffer and the size, bytes, which it overwrites. Returns its code. */
  call(table: Uint8Array, size: Uint32Array): number;
}

/**
 * Loads the function that reads the table that is wanted: where an old system lacks it, the next best.
 *
 * @param library its path
 * @param order whether the system sorts the table
 * @throws {TypeError} a function, a class and a family that do not go together
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

/** What to ask for, the best first. */
function requestsFor(choice: TableChoice): TableRequest[] {
  const { function: name, tableClass } = choice;
  if (name !== undefined && name !== "GetExtendedTcpTable") {
    if (tableClass !== undefined)
      throw new TypeError(`${name} has no classes: leave tableClass out, or ask for GetExtendedTcpTable.`);
    const { family } = FUNCTIONS[name];
    if (choice.family !== undefined && choice.family !== family)
      throw new TypeError(
        `${name} reads IPv${family} connections, not IPv${choice.family}: leave family out, or name another one.`,
      );
    return [{ name, ...FUNCTIONS[name] }];
  }
  const family = choice.family ?? 4;
  if (tableClass !== undefined) return [classRequest(family, tableClass)];
  const rows = rowsFor(choice.where, family);
  const classes = classRequests(family, rows);
  const columns = columnsAsked(choice);
  if (name !== undefined) return byMerit(classes, columns).slice(0, 1);
  // BASIC_ALL is what GetTcpTable gives as well.
  const others = classes.filter((request) => request.tableClass !== "TCP_TABLE_BASIC_ALL");
  return byMerit([...functionRequests(family), ...others], columns);
}

/**
 * First what tells the most of the columns, of that what leaves rows out, of that what has the smallest rows. A system that
 * lacks a function has the ones behind it.
 */
function byMerit(requests: readonly TableRequest[], columns: readonly ColumnName[]): TableRequest[] {
  const missing = ({ layout }: TableRequest) => missingColumns(layout, columns).length;
  const isWhole = (request: TableRequest) => Number(rowsOf(request) === "ALL");
  const rowSize = ({ layout }: TableRequest) => LAYOUTS[layout].rowSize;
  return requests.toSorted((a, b) => missing(a) - missing(b) || isWhole(a) - isWhole(b) || rowSize(a) - rowSize(b));
}

function functionRequests(family: Family): TableRequest[] {
  return FUNCTION_NAMES.map((name) => ({ name, ...FUNCTIONS[name] })).filter((request) => request.family === family);
}

/** Windows refuses BASIC for IPv6. */
function classRequests(family: Family, rows: Rows): TableRequest[] {
  const kinds =
    family === 4 ? (["BASIC", "OWNER_PID", "OWNER_MODULE"] as const) : (["OWNER_PID", "OWNER_MODULE"] as const);
  return kinds.map((kind) => classRequest(family, `TCP_TABLE_${kind}_${rows}`));
}

function rowsOf({ tableClass }: TableRequest): Rows {
  return tableClass === undefined ? "ALL" : (tableClass.slice(tableClass.lastIndexOf("_") + 1) as Rows);
}

function classRequest(family: Family, tableClass: TableClass): TableRequest {
  return { name: "GetExtendedTcpTable", family, layout: TABLE_CLASSES[tableClass].layouts[family], tableClass };
}

/**
 * The rows that a filter needs. LISTENER is every listener. CONNECTIONS is taken for ESTABLISHED alone, which is in it by any
 * reading: the documentation says "all connected TCP endpoints" and not whether SYN-SENT or TIME-WAIT are, and Wine has no
 * other state in it.
 */
function rowsFor(where: Filter | undefined, family: Family): Rows {
  if (!where) return "ALL";
  const states = statesOf(lower(where.expression, family));
  const isOnly = (state: number) => states.every((possible, other) => !possible || other === state);
  if (isOnly(MIB_TCP_STATE.LISTEN)) return "LISTENER";
  return isOnly(MIB_TCP_STATE.ESTAB) ? "CONNECTIONS" : "ALL";
}

function typesOf({ name }: TableRequest): string[] {
  const types = ["void *", "void *", "int32_t"];
  return name === "GetExtendedTcpTable" ? [...types, "uint32_t", "int32_t", "uint32_t"] : types;
}

function bind(request: TableRequest, call: NativeFunction, ordered: boolean): TableFunction {
  const { name, family, layout, tableClass } = request;
  const order = ordered ? 1 : 0;
  const asked = ASKED[rowsOf(request)];
  if (tableClass === undefined) return { name, layout, asked, call: (table, size) => call(table, size, order) };
  const { number } = TABLE_CLASSES[tableClass];
  const addressFamily = ADDRESS_FAMILIES[family];
  return { name, layout, asked, call: (table, size) => call(table, size, order, addressFamily, number, 0) };
}
