import { exactInteger } from "./exact-integers.js";
import type { ExportColumn, Value } from "./export-columns.js";
import type { ExportFile } from "./export-file.js";
import type { CreateRows, ExportRows } from "./export-rows.js";
import { csvLines, ndjsonLines } from "./formats.js";

/** Characters that are held, to be written together. */
const BATCH = 1 << 20;

/** Comma-separated values, with the columns' names in front. */
export const createCsvRows: CreateRows = (file, columns) => {
  const names = columns.map(({ name }) => name);
  const look = { header: false, onTerminal: false };
  return new TextRows(file, columns, [names.join(",")], (record) =>
    csvLines([Object.fromEntries(Object.entries(record).map(([name, value]) => [name, cellOf(value)]))], names, look),
  );
};

/** A JSON object a line. What is not there is left out. */
export const createNdjsonRows: CreateRows = (file, columns) =>
  new TextRows(file, columns, [], (record) =>
    ndjsonLines([Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null))]),
  );

type TextRecord = Record<string, string | number | boolean | null>;

class TextRows implements ExportRows {
  length = 0;
  readonly #file: ExportFile;
  readonly #columns: readonly ExportColumn[];
  readonly #linesOf: (record: TextRecord) => Iterable<string>;
  #text: string;

  constructor(
    file: ExportFile,
    columns: readonly ExportColumn[],
    header: readonly string[],
    linesOf: (record: TextRecord) => Iterable<string>,
  ) {
    this.#file = file;
    this.#columns = columns;
    this.#linesOf = linesOf;
    this.#text = header.map((line) => `${line}\n`).join("");
  }

  add(values: readonly Value[]): void {
    const record: TextRecord = {};
    for (const [at, { name, type }] of this.#columns.entries()) record[name] = textOf(values[at] ?? null, type);
    for (const line of this.#linesOf(record)) this.#text += `${line}\n`;
    this.length++;
    if (this.#text.length >= BATCH) this.#flush();
  }

  finish(): void {
    this.#flush();
  }

  #flush(): void {
    this.#file.write(Buffer.from(this.#text));
    this.#text = "";
  }
}

/** CSV knows texts and numbers. */
function cellOf(value: TextRecord[string] | undefined): string | number | null {
  return typeof value === "boolean" ? String(value) : (value ?? null);
}

function textOf(value: Value, type: ExportColumn["type"]): string | number | boolean | null {
  if (type === "time" && typeof value === "number") return new Date(value).toISOString();
  if (typeof value === "bigint") return exactInteger(value);
  return value;
}
