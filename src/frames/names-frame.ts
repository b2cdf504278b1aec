import { shown } from "../format/options.js";
import { CorruptFrameError } from "./errors.js";
import type { FrameBuffer } from "./frame-buffer.js";
import { checkEnd } from "./frame-checks.js";
import { AT, type FrameClock, HEADER, mustBeClock, mustBeWord, NAMES } from "./header.js";
import type { FrameMemory } from "./memory.js";
import { textOf } from "./text.js";

/*
 * Names: a record of 16 bytes for each process, and behind them the text of all.
 *
 *  80                                                + names × 16
 *  | PID u32 | bytes of its name u32 | started f64 | … | UTF-8, one name behind the other | zeros
 */

/** What a process is called. */
export interface ProcessName {
  /** The process. */
  readonly pid: number;
  /** When it was started, milliseconds since 1970-01-01 UTC; 0 where that is not known. */
  readonly startTime: number;
  /** What it is called. */
  readonly name: string;
}

/** What processes are called, from this tick on. */
export interface NamesInput extends FrameClock {
  /** A name that is longer than 1,024 bytes of UTF-8 is cut. */
  readonly names: readonly ProcessName[];
}

const RECORD = 16;

/** Bytes of UTF-8 that a name may have. */
const NAME_BYTES = 1024;

/** Bytes that a reader spends on names at most, and on each beside its text. */
const ALL_BYTES = 8 * 2 ** 20;
const EACH_BYTES = 128;

/** @throws what `writeNames` of a FrameWriter does */
export function mustBeNames(input: NamesInput): void {
  mustBeClock(input);
  for (const { pid, startTime } of input.names) {
    mustBeWord("pid", pid);
    if (!Number.isFinite(startTime)) throw new RangeError(`startTime is milliseconds, not ${shown(startTime)}.`);
  }
}

export function writeNames(frame: FrameBuffer, stream: Uint32Array, sequence: number, input: NamesInput): Uint8Array {
  const { names } = input;
  const encoder = new TextEncoder();
  const text = new Uint8Array(NAME_BYTES);
  // Whole characters, as many as there is room for.
  const encoded = names.map(({ name }) => text.slice(0, encoder.encodeInto(name, text).written));
  const textBytes = encoded.reduce((sum, { length }) => sum + length, 0);
  let textAt = HEADER + names.length * RECORD;
  const { bytes, view } = frame.begin(textAt + textBytes - HEADER);
  for (const [index, name] of encoded.entries()) {
    const at = HEADER + index * RECORD;
    const { pid, startTime } = names[index] as ProcessName;
    view.setUint32(at, pid, true);
    view.setUint32(at + 4, name.length, true);
    view.setFloat64(at + 8, startTime, true);
    bytes.set(name, textAt);
    textAt += name.length;
  }
  return frame.finish(NAMES, undefined, stream, sequence, input, names.length, textBytes);
}

/**
 * Reads the body of a frame whose header has been checked.
 *
 * @throws {CorruptFrameError}
 */
export function readNames(memory: FrameMemory, at: number): ProcessName[] {
  const { view } = memory;
  const count = view.getUint32(at + AT.rows, true);
  const textBytes = view.getUint32(at + AT.runs, true);
  checkEnd(memory, at, HEADER + count * RECORD + textBytes, `${count} names`);
  const names: ProcessName[] = [];
  let left = textBytes;
  for (let index = 0; index < count; index++) {
    const record = at + HEADER + index * RECORD;
    const nameBytes = view.getUint32(record + 4, true);
    const startTime = view.getFloat64(record + 8, true);
    if (!Number.isFinite(startTime)) throw new CorruptFrameError("the start of a process is no number");
    if (nameBytes > NAME_BYTES || nameBytes > left)
      throw new CorruptFrameError(`a name of ${nameBytes} bytes has no room in it`);
    const textAt = at + HEADER + count * RECORD + textBytes - left;
    names.push({ pid: view.getUint32(record, true), startTime, name: textOf(view, textAt, nameBytes) });
    left -= nameBytes;
  }
  if (left !== 0) throw new CorruptFrameError(`${left} bytes of its text are no name's`);
  return names;
}

/** Names by PID. Of one PID the last that was told; where there are too many, those go that were told the longest ago. */
export class NameTable {
  readonly byPid = new Map<number, ProcessName>();
  readonly #limit: number;
  #byteLength = 0;

  /** @param limit bytes that they may take, by an estimate; at most 8 MiB */
  constructor(limit: number) {
    this.#limit = Math.min(limit, ALL_BYTES);
  }

  add(name: ProcessName): void {
    this.#drop(name.pid);
    this.byPid.set(name.pid, name);
    this.#byteLength += sizeOf(name);
    for (const pid of this.byPid.keys()) {
      if (this.#byteLength <= this.#limit) return;
      this.#drop(pid);
    }
  }

  clear(): void {
    this.byPid.clear();
    this.#byteLength = 0;
  }

  #drop(pid: number): void {
    const name = this.byPid.get(pid);
    if (!name) return;
    this.byPid.delete(pid);
    this.#byteLength -= sizeOf(name);
  }
}

function sizeOf({ name }: ProcessName): number {
  return EACH_BYTES + name.length * 2;
}
