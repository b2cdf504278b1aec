import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { COLUMN_NAMES } from "../../src/format/columns.js";
import { LAYOUT_NAMES } from "../../src/format/layouts.js";
import type { Row } from "../data/checksum.js";
import type { Contestant, Preparation } from "./contestant.js";

/** As often as the engines. */
const REPEATS = 32;

/** What the kernel exports, as far as decoding takes it. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  reserve(byteLength: number, programLength: number): number;
  columnAt(column: number): number;
  decodeTable(layout: number, count: number, table: number): void;
}

const LAYOUT = LAYOUT_NAMES.indexOf("MIB_TCPTABLE");

/** What `decode` does at the least: the kernel's export, called for bytes that lie in its memory. No checks, no table object. */
export async function decodesByExport({ tables }: Preparation): Promise<Contestant> {
  const wasm = await readFile(fileURLToPath(import.meta.resolve("tcptable/decoder.wasm")));
  const module = await WebAssembly.compile(wasm);
  const places = await Promise.all(
    tables.map(async (bytes) => {
      const kernel = (await WebAssembly.instantiate(module)).exports as unknown as Exports;
      const at = kernel.reserve(bytes.length, 0) >>> 0;
      new Uint8Array(kernel.memory.buffer, at).set(bytes);
      return { kernel, at, count: new DataView(kernel.memory.buffer).getUint32(at, true) };
    }),
  );
  return {
    repeats: REPEATS,
    run() {
      let sink = 0;
      for (const { kernel, at, count } of places) {
        for (let turn = 0; turn < REPEATS; turn++) {
          kernel.decodeTable(LAYOUT, count, at);
          sink += count;
        }
      }
      return sink;
    },
    rows(number) {
      const { kernel, at, count } = places[number] as (typeof places)[number];
      kernel.decodeTable(LAYOUT, count, at);
      return rowsOf(kernel, count);
    },
  };
}

function* rowsOf({ memory, columnAt }: Exports, count: number): Generator<Row> {
  const at = (name: (typeof COLUMN_NAMES)[number]) => columnAt(COLUMN_NAMES.indexOf(name)) >>> 0;
  const state = new Uint8Array(memory.buffer, at("state"), count);
  const localAddress = new Uint32Array(memory.buffer, at("localAddress"), count);
  const localPort = new Uint16Array(memory.buffer, at("localPort"), count);
  const remoteAddress = new Uint32Array(memory.buffer, at("remoteAddress"), count);
  const remotePort = new Uint16Array(memory.buffer, at("remotePort"), count);
  for (let row = 0; row < count; row++) {
    yield {
      state: state[row] as number,
      localAddress: localAddress[row] as number,
      localPort: localPort[row] as number,
      remoteAddress: remoteAddress[row] as number,
      remotePort: remotePort[row] as number,
    };
  }
}
