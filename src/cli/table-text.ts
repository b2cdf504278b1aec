import { COLUMNS } from "../format/columns.js";
import { MIB_TCP_STATE, parseState } from "../format/states.js";
import type { NumberNames } from "../system/contract.js";
import { bold, colourState } from "./colours.js";
import { type AddedColumn, type ConnectionRow, isTableColumn, type PrintedColumn } from "./column-names.js";
import { fitColumns, INDENT } from "./fit-columns.js";
import { cutEnd, cutInside, widthOf } from "./text-width.js";
import { printable } from "./unsafe-text.js";

export interface Look {
  /** Whether a line with the columns' names comes first. */
  readonly header: boolean;
  readonly colour: boolean;
}

export interface TableLook extends Look {
  /** Cells of a line of the terminal; `undefined` where lines may be as long as they are. */
  readonly width?: number | undefined;
  /** Gives names of interfaces, for scopes; they are numbers where it is missing. */
  readonly interfaces?: InterfaceNames | undefined;
}

export type InterfaceNames = Pick<NumberNames, "interfaceName">;

/** Headings of what is no column of the tables. */
const ADDED_LABELS: Readonly<Record<AddedColumn, string>> = {
  processName: "Program",
  programPath: "Path",
  userName: "User Name",
  localService: "Local Service",
  remoteService: "Remote Service",
  family: "Family",
};

/** Cells to which texts are shortened before a row takes another line. That of addresses is the longest IPv4 address. */
const LEAST: { readonly [Column in PrintedColumn]?: number } = {
  ...{ localAddress: 15, remoteAddress: 15 },
  ...{ processName: 10, programPath: 24 },
};

/** Blanks between two columns that are not joined. */
const GAP = 2;

/** The column's heading. */
function labelOf(column: PrintedColumn): string {
  return isTableColumn(column) ? COLUMNS[column].label : ADDED_LABELS[column];
}

/** Columns that are joined to the one before them, and the sign between the two. */
const JOINTS: { readonly [Column in PrintedColumn]?: { readonly to: PrintedColumn; readonly sign: string } } = {
  localPort: { to: "localAddress", sign: ":" },
  remotePort: { to: "remoteAddress", sign: ":" },
  processName: { to: "owningPid", sign: "/" },
};

const WITH_NAMES: readonly PrintedColumn[] = ["processName", "programPath", "user", "userName"];

/** A column, and how it stands to its neighbours. */
interface Place {
  readonly column: PrintedColumn;
  /** Joined to the column before it. */
  readonly joined: boolean;
  /** Another column is joined to it. */
  readonly followed: boolean;
  /** Blanks before it. */
  readonly gap: number;
  /** Whether its texts end below one another. */
  readonly toTheRight: boolean;
  /** Whether its texts are names, of any characters. */
  readonly hasNames: boolean;
}

/** A column's texts. */
interface Printed {
  readonly place: Place;
  /** A text a row, the heading first. */
  readonly texts: string[];
  /** Cells of the longest text. */
  width: number;
}

/**
 * The rows as ss and netstat print them: addresses end and ports begin at one colon, and so do PIDs and programs at one
 * slash. A listener's remote end is `*:*`. Lines come without their ends, and without blanks at their ends.
 *
 * Where they must not be longer than a terminal's, long addresses are shortened in their middle and names at their end; columns
 * that do not fit even so go to further lines of each row, as ss does it.
 *
 * @param rows each is read once, before the next is asked for
 */
export function* tableLines(
  rows: Iterable<ConnectionRow>,
  columns: readonly PrintedColumn[],
  { header, colour, width, interfaces }: TableLook,
): Generator<string> {
  const printed = placesOf(columns).map((place): Printed => {
    const label = header ? headingOf(place) : "";
    return { place, texts: [label], width: label.length };
  });
  const length = addTexts(printed, rows, interfaces);
  const lines: readonly (readonly Printed[])[] = width === undefined ? [printed] : fitted(printed, width);
  if (header) {
    for (const [at, line] of lines.entries()) {
      const text = indented(lineOf(line, 0, false), at);
      yield colour ? bold(text) : text;
    }
  }
  for (let row = 1; row <= length; row++) {
    yield lineOf(lines[0] as readonly Printed[], row, colour);
    for (let at = 1; at < lines.length; at++) {
      const text = lineOf(lines[at] as Printed[], row, colour);
      // What is not there takes no line.
      if (text !== "") yield indented(text, at);
    }
  }
}

/** The columns of each line of a row. What is too long is shortened in place. */
function fitted(printed: readonly Printed[], room: number): Printed[][] {
  const columns = printed.map(({ place: { column, joined, gap }, width }) => ({
    ...{ joined, gap, width },
    least: LEAST[column] ?? width,
  }));
  const lines: Printed[][] = [];
  for (const [at, { line, width }] of fitColumns(columns, room).entries()) {
    const column = printed[at] as Printed;
    if (width < column.width) shorten(column, width);
    lines[line] ??= [];
    lines[line].push(column);
  }
  return lines;
}

function shorten(column: Printed, width: number): void {
  const cut = column.place.column === "processName" ? cutEnd : cutInside;
  for (const [row, text] of column.texts.entries())
    if (widthIn(column, text) > width) column.texts[row] = cut(text, width);
  column.width = width;
}

function indented(text: string, line: number): string {
  return line > 0 ? " ".repeat(INDENT) + text : text;
}

/** Only names have other characters than those of one cell. */
function widthIn({ place: { hasNames } }: Printed, text: string): number {
  return hasNames ? widthOf(text) : text.length;
}

/** Returns how many rows there were. A function of its own: Node runs a long loop in a generator at a fraction of the speed. */
function addTexts(
  printed: readonly Printed[],
  rows: Iterable<ConnectionRow>,
  interfaces: InterfaceNames | undefined,
): number {
  let length = 0;
  for (const row of rows) {
    for (let at = 0; at < printed.length; at++) {
      const column = printed[at] as Printed;
      const text = textOf(row, column.place, interfaces);
      column.texts.push(text);
      const width = widthIn(column, text);
      if (width > column.width) column.width = width;
    }
    length++;
  }
  return length;
}

/** An end of a connection: `127.0.0.1:80`, `[fe80::1%2]:443`. */
export function localEnd(row: ConnectionRow, interfaces?: InterfaceNames): string {
  return `${addressText(row.localAddress, row.localScopeId, true, interfaces)}:${row.localPort}`;
}

/** The other end; a listener's is `*:*`. */
export function remoteEnd(row: ConnectionRow, interfaces?: InterfaceNames): string {
  if (row.state === "LISTEN") return "*:*";
  return `${addressText(row.remoteAddress, row.remoteScopeId, true, interfaces)}:${row.remotePort}`;
}

function placesOf(columns: readonly PrintedColumn[]): Place[] {
  const isJoined = (at: number) => at > 0 && JOINTS[columns[at] as PrintedColumn]?.to === columns[at - 1];
  return columns.map((column, at): Place => {
    const joined = isJoined(at);
    const followed = isJoined(at + 1);
    const toTheRight = followed || (isNumber(column) && !joined);
    const hasNames = WITH_NAMES.includes(column);
    return { column, joined, followed, gap: at > 0 && !joined ? GAP : 0, toTheRight, hasNames };
  });
}

function headingOf({ column, joined }: Place): string {
  if (!joined) return labelOf(column);
  return `${JOINTS[column]?.sign}${column === "processName" ? labelOf(column) : "Port"}`;
}

function textOf(
  row: ConnectionRow,
  { column, joined, followed }: Place,
  interfaces: InterfaceNames | undefined,
): string {
  const listening = row.state === "LISTEN";
  const sign = joined ? JOINTS[column]?.sign : "";
  switch (column) {
    case "localAddress":
      return addressText(row.localAddress, row.localScopeId, followed, interfaces);
    case "remoteAddress":
      return listening ? "*" : addressText(row.remoteAddress, row.remoteScopeId, followed, interfaces);
    case "localPort":
      return `${sign}${row.localService ?? row.localPort}`;
    case "remotePort":
      return `${sign}${listening ? "*" : (row.remoteService ?? row.remotePort)}`;
    case "owningPid":
      return `${row.owningPid || "-"}${followed ? "" : otherOwners(row)}`; // 0 is nobody
    case "processName":
      if (joined && !row.owningPid) return "";
      return `${sign}${printable(row.processName ?? "-")}${joined ? otherOwners(row) : ""}`;
    case "programPath":
      return printable(row.programPath ?? "-");
    case "user":
      return printable(row.userName ?? String(row.user ?? "-"));
    case "userName":
      return printable(row.userName ?? "-");
    case "inode":
      return String(row.inode || "-"); // 0 is none
    case "socketCookie":
      return row.socketCookie === "0" ? "-" : (row.socketCookie ?? "-");
    default:
      return String(row[column] ?? "-");
  }
}

/** IPv6 stands in brackets where a port follows. A link-local address has its interface behind it. */
function addressText(
  address: string,
  scopeId: number | undefined,
  followed: boolean,
  interfaces: InterfaceNames | undefined,
): string {
  const text = scopeId ? `${address}%${interfaces?.interfaceName(scopeId) ?? scopeId}` : address;
  return followed && address.includes(":") ? `[${text}]` : text;
}

/** How many processes hold the socket beside the one that is told. */
export function otherOwners({ owningPids }: ConnectionRow): string {
  return owningPids && owningPids.length > 1 ? ` (+${owningPids.length - 1})` : "";
}

function isNumber(column: PrintedColumn): boolean {
  if (!isTableColumn(column)) return column === "family";
  const { kind } = COLUMNS[column];
  return kind === "port" || kind === "u32";
}

/** @param row 0 is the heading */
function lineOf(printed: readonly Printed[], row: number, colour: boolean): string {
  let line = "";
  let hasNames = false;
  // Blanks are added when a text follows: to cut them off again would copy each line.
  let blanks = 0;
  for (let at = 0; at < printed.length; at++) {
    const column = printed[at] as Printed;
    const { place, texts, width } = column;
    const text = texts[row] as string;
    const room = width - widthIn(column, text);
    if (at > 0) blanks += place.gap;
    if (place.hasNames) hasNames = true;
    if (place.toTheRight) blanks += room;
    line += blanksOf(blanks) + (colour && place.column === "state" ? coloured(text) : text);
    blanks = place.toTheRight ? 0 : room;
  }
  // What a process is called may end with blanks, and where there is none its text is empty.
  return hasNames ? line.trimEnd() : line;
}

/** By their number, each made once: most lines need the same few. */
const blankTexts: string[] = [];

function blanksOf(count: number): string {
  let text = blankTexts[count];
  if (text === undefined) {
    text = " ".repeat(count);
    blankTexts[count] = text;
  }
  return text;
}

function coloured(state: string): string {
  return colourState(state, parseState(state) ?? MIB_TCP_STATE.RESERVED);
}
