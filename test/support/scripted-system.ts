import { compileLibrary } from "./scripted-library.js";

/** In the order of the C file. */
const FUNCTIONS = [
  "GetTcpStatistics",
  "GetTcpStatisticsEx",
  "GetTcpStatisticsEx2",
  "SetTcpEntry",
  "GetOwnerModuleFromTcpEntry",
  "GetOwnerModuleFromTcp6Entry",
] as const;

/** What the calls since `answer` were. */
export interface SystemCalls {
  readonly calls: number;
  /** Of the last call. */
  readonly function: string;
  /** Of the last call: the family (AF_INET, AF_INET6) or the class. */
  readonly argument: number;
}

/** What was done with processes since `forget`. */
export interface ProcessCalls {
  readonly opened: number;
  readonly closed: number;
  /** Paths that were asked for. */
  readonly images: number;
  /** The rights that the last OpenProcess asked for. */
  readonly access: number;
}

export interface ScriptedModule {
  readonly name: string;
  readonly path: string;
  /** Bytes that each call asks for beyond what it was given; then it never succeeds. */
  readonly excess?: number;
  /** Its pointers point elsewhere than into the buffer. */
  readonly wild?: boolean;
}

/** A library that has what Windows has beside the tables, compiled from `scripted-system.c`. */
export class ScriptedSystem {
  readonly path: string;
  readonly remove: () => void;
  readonly #code: (code: number) => unknown;
  readonly #observe: (into: Uint32Array) => unknown;
  readonly #observeRow: (into: Uint8Array, length: number) => unknown;
  readonly #module: (...values: unknown[]) => unknown;
  readonly #directory: (path: Uint16Array, length: number, told: number) => unknown;
  readonly #forget: () => unknown;
  readonly #process: (...values: unknown[]) => unknown;
  readonly #observeProcesses: (into: Uint32Array) => unknown;

  /** @param without functions that it lacks */
  constructor(...without: readonly string[]) {
    const library = compileLibrary("scripted-system.c", without);
    this.path = library.path;
    this.remove = library.remove;
    this.#code = library.function("script_code", "void", ["uint32_t"]);
    this.#observe = library.function("observe_system", "void", ["void *"]);
    this.#observeRow = library.function("observe_row", "void", ["void *", "uint32_t"]);
    const text = ["void *", "uint32_t"];
    this.#module = library.function("script_module", "void", [...text, ...text, "uint32_t", "uint32_t"]);
    this.#directory = library.function("script_directory", "void", [...text, "uint32_t"]);
    this.#forget = library.function("forget_processes", "void", []);
    this.#process = library.function("script_process", "void", ["uint32_t", "uint32_t", "uint32_t", ...text]);
    this.#observeProcesses = library.function("observe_processes", "void", ["void *"]);
  }

  /** What the calls from now on answer: statistics, SetTcpEntry, and modules. */
  answer(code: number): void {
    this.#code(code);
  }

  get seen(): SystemCalls {
    const values = new Uint32Array(4);
    this.#observe(values);
    const [, calls = 0, name = 0, argument = 0] = values;
    return { calls, function: FUNCTIONS[name] ?? "", argument };
  }

  /** The first bytes of the row that the last call was given. */
  row(length: number): Uint8Array {
    const row = new Uint8Array(length);
    this.#observeRow(row, length);
    return row;
  }

  /** The module of every row. */
  module({ name, path, excess = 0, wild = false }: ScriptedModule): void {
    this.answer(0);
    const texts = [name, path].flatMap((text) => [utf16(text), text.length]);
    this.#module(...texts, excess, wild ? 1 : 0);
  }

  /** The system's directory. @param told instead of its length: more than there is room for, where it does not fit */
  directory(path: string, told = 0): void {
    this.#directory(utf16(path), path.length, told);
  }

  /** The processes that there are: those from before have ended. A path of no length is one that nobody may know. */
  processes(...running: readonly { readonly pid: number; readonly created: bigint; readonly path: string }[]): void {
    this.#forget();
    for (const { pid, created, path } of running)
      this.#process(pid, Number(created & 0xffffffffn), Number(created >> 32n), utf16(path), path.length);
  }

  get processCalls(): ProcessCalls {
    const values = new Uint32Array(5);
    this.#observeProcesses(values);
    const [, opened = 0, closed = 0, images = 0, access = 0] = values;
    return { opened, closed, images, access };
  }
}

/** Ends with a 0, so that an empty text has an address too. */
function utf16(text: string): Uint16Array {
  return Uint16Array.from({ length: text.length + 1 }, (_, index) => text.charCodeAt(index) || 0);
}
