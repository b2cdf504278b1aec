import type { TableFunctionName } from "../../src/system/windows/table-functions.js";
import { compileLibrary } from "./scripted-library.js";

/** In the order of the C file. */
const FUNCTIONS = ["GetTcpTable", "GetTcpTable2", "GetTcp6Table", "GetTcp6Table2", "GetExtendedTcpTable"] as const;

/** What the calls since `play` were. */
export interface Calls {
  readonly calls: number;
  readonly nullTables: number;
  readonly zeroSizes: number;
  /** Of the last call. */
  readonly order: number;
  /** Of the last call: the size that it was given, bytes. */
  readonly size: number;
  /** Of the last call. */
  readonly function: TableFunctionName;
  /** Of the last call of GetExtendedTcpTable: AF_INET or AF_INET6. */
  readonly family: number;
  /** Of the last call of GetExtendedTcpTable: the number of the TCP_TABLE_CLASS. */
  readonly tableClass: number;
}

/** A code (and, for ERROR_INSUFFICIENT_BUFFER, the bytes that it asks for beyond what it was given), or a table. */
export type Answer = { readonly code: number; readonly more?: number } | Uint8Array;

/** A library whose table functions answer from a script, compiled from `scripted-iphlpapi.c`. */
export class ScriptedIphlpapi {
  /** Its file, for the collector's `library`. */
  readonly path: string;
  /** Removes the file. */
  readonly remove: () => void;
  readonly #reset: () => unknown;
  readonly #answerCode: (code: number, more: number) => unknown;
  readonly #answerTable: (bytes: Uint8Array, length: number) => unknown;
  readonly #observe: (into: Uint32Array) => unknown;

  /** @param without functions that it lacks */
  constructor(...without: readonly TableFunctionName[]) {
    const library = compileLibrary("scripted-iphlpapi.c", without);
    this.path = library.path;
    this.remove = library.remove;
    this.#reset = library.function("reset", "void", []);
    this.#answerCode = library.function("answer_code", "void", ["uint32_t", "int32_t"]);
    this.#answerTable = library.function("answer_table", "void", ["void *", "uint32_t"]);
    this.#observe = library.function("observe", "void", ["void *"]);
  }

  /** What the calls from now on get, one after the other; the last answer stays. */
  play(...answers: readonly Answer[]): void {
    this.#reset();
    for (const answer of answers) {
      if ("code" in answer) this.#answerCode(answer.code, answer.more ?? 0);
      else this.#answerTable(answer, answer.length);
    }
  }

  get seen(): Calls {
    const values = new Uint32Array(8);
    this.#observe(values);
    const [calls = 0, nullTables = 0, zeroSizes = 0, order = 0, size = 0, number = 0, family = 0, tableClass = 0] =
      values;
    const name = FUNCTIONS[number] ?? "GetTcpTable";
    return { calls, nullTables, zeroSizes, order, size, function: name, family, tableClass };
  }
}
