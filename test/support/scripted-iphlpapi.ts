import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import koffi from "koffi";
import { program, type Requirement } from "./needs.js";

const WINDOWS = process.platform === "win32";

export const C_COMPILER: Requirement = program(
  WINDOWS ? "gcc.exe" : "gcc",
  WINDOWS ? "install MinGW-w64" : "apt-get install gcc libc6-dev",
);

/** What the calls of GetTcpTable since `play` were. */
export interface Calls {
  readonly calls: number;
  readonly nullTables: number;
  readonly zeroSizes: number;
  /** Of the last call. */
  readonly order: number;
  /** Of the last call: the size that it was given, bytes. */
  readonly size: number;
}

/** A code (and, for ERROR_INSUFFICIENT_BUFFER, the bytes that it asks for beyond what it was given), or a table. */
export type Answer = { readonly code: number; readonly more?: number } | Uint8Array;

/** A library with a GetTcpTable that answers from a script, compiled from `scripted-iphlpapi.c`. */
export class ScriptedIphlpapi {
  /** Its file, for the collector's `library`. */
  readonly path: string;
  readonly #reset: () => void;
  readonly #answerCode: (code: number, more: number) => void;
  readonly #answerTable: (bytes: Uint8Array, length: number) => void;
  readonly #observe: (into: Uint32Array) => void;

  constructor() {
    const source = fileURLToPath(new URL("../collector/scripted-iphlpapi.c", import.meta.url));
    const folder = fileURLToPath(new URL("../../build/scripted", import.meta.url));
    // A name of its own for each process: a library that is in use can't be overwritten everywhere.
    this.path = join(folder, `iphlpapi-${process.pid}.${WINDOWS ? "dll" : "so"}`);
    mkdirSync(folder, { recursive: true });
    const flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", ...(WINDOWS ? [] : ["-fPIC"])];
    execFileSync("gcc", [...flags, "-o", this.path, source]);
    const library = koffi.load(this.path);
    this.#reset = library.func("reset", "void", []);
    this.#answerCode = library.func("answer_code", "void", ["uint32_t", "int32_t"]);
    this.#answerTable = library.func("answer_table", "void", ["void *", "uint32_t"]);
    this.#observe = library.func("observe", "void", ["void *"]);
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
    const values = new Uint32Array(5);
    this.#observe(values);
    const [calls = 0, nullTables = 0, zeroSizes = 0, order = 0, size = 0] = values;
    return { calls, nullTables, zeroSizes, order, size };
  }
}
