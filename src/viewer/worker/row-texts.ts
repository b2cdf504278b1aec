import type { Life } from "../../capture/index.js";
import { COLUMN_NAMES } from "../../decoder/index.js";
import type { ExportFormat, ShownRow } from "../protocol.js";

/** Rows that become one piece of text. */
const PIECE = 2000;

export type ExportRecord = Readonly<Record<string, unknown>>;

/** What is exported of a row on the screen. */
export function recordOfRow({ row, processName, mark, stateBefore, pidBefore }: ShownRow, time: number): ExportRecord {
  return {
    time: timeText(time),
    ...row,
    ...(processName ? { processName } : undefined),
    ...(mark ? { mark } : undefined),
    ...(stateBefore ? { stateBefore } : undefined),
    ...(pidBefore === undefined ? undefined : { pidBefore }),
  };
}

/** What is exported of a life. */
export function recordOfLife({ row, states, bytesSent, bytesReceived, ...life }: Life): ExportRecord {
  return {
    firstSeen: timeText(life.firstSeen),
    lastSeen: timeText(life.lastSeen),
    isOlder: life.isOlder,
    isAlive: life.isAlive,
    ...row,
    ...(life.processName ? { processName: life.processName } : undefined),
    states: states.map(({ state, time }) => ({ state, time: timeText(time) })),
    samples: life.samples,
    matches: life.matches,
    sampled: life.sampled,
    endedAt: life.endedAt === null ? null : timeText(life.endedAt),
    bytesSent: integerOf(bytesSent),
    bytesReceived: integerOf(bytesReceived),
    retransmits: life.retransmits,
    rttMicroseconds: life.rttMicroseconds,
  };
}

/** The columns of CSV: the same for every row. */
export const ROW_COLUMNS: readonly string[] = [
  "time",
  ...COLUMN_NAMES,
  "owningPids",
  "processName",
  "mark",
  "stateBefore",
  "pidBefore",
];
export const LIFE_COLUMNS: readonly string[] = [
  ...["firstSeen", "lastSeen", "isOlder", "isAlive"],
  ...COLUMN_NAMES,
  ...["owningPids", "processName", "states", "samples", "matches", "sampled", "endedAt"],
  ...["bytesSent", "bytesReceived", "retransmits", "rttMicroseconds"],
];

const TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: "text/csv",
  json: "application/json",
  ndjson: "application/x-ndjson",
};

/** Records as a file. Columns that none of them has are left out of CSV. */
export function fileOf(
  format: ExportFormat,
  columns: readonly string[],
  length: number,
  recordAt: (at: number) => ExportRecord,
): Blob {
  const parts: string[] = [];
  const used = format === "csv" ? columnsUsed(columns, length, recordAt) : [];
  if (format === "csv") parts.push(`${used.join(",")}\r\n`);
  if (format === "json") parts.push("[");
  for (let from = 0; from < length; from += PIECE) {
    let text = "";
    for (let at = from; at < Math.min(length, from + PIECE); at++) {
      const record = recordAt(at);
      if (format === "csv") text += `${used.map((column) => csvField(record[column])).join(",")}\r\n`;
      else if (format === "ndjson") text += `${JSON.stringify(record)}\n`;
      else text += `${at === 0 ? "\n" : ",\n"}${JSON.stringify(record)}`;
    }
    parts.push(text);
  }
  if (format === "json") parts.push("\n]\n");
  return new Blob(parts, { type: TYPES[format] });
}

function columnsUsed(columns: readonly string[], length: number, recordAt: (at: number) => ExportRecord): string[] {
  const used = new Set<string>();
  for (let at = 0; at < length; at++) for (const name of Object.keys(recordAt(at))) used.add(name);
  return columns.filter((column) => used.has(column));
}

/** A field of RFC 4180. What a spreadsheet would take for a formula, as a process may call itself, gets a quote in front. */
export function csvField(value: unknown): string {
  if (value === null || value === undefined) return "";
  let text = typeof value === "object" ? statesText(value) : String(value);
  if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lists stand in one field: PIDs, and states with their times. */
function statesText(value: object): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value.map((one) => (typeof one === "object" && one ? `${one.state}@${one.time}` : String(one))).join(" ");
}

function timeText(time: number): string | null {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** JSON has no integers of 64 bits: beyond 2⁵³ it is a text of the digits, as `tcptable events` has it. */
function integerOf(value: bigint | null): number | string | null {
  if (value === null) return null;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
}
