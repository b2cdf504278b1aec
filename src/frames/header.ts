import { LAYOUTS, type LayoutName } from "../format/layouts.js";
import { shown } from "../format/options.js";
import { lowerWord, upperWord } from "./checksum.js";

/** A frame's header: where its fields lie. format.md tells what they mean. All numbers are little-endian. */

/** "TCPF". */
export const MAGIC = 0x46504354;
export const VERSION = 1;
export const HEADER = 80;

/** Kinds of frames: of tables, and what is told beside them. */
export const KEY = 1;
export const DELTA = 2;
export const ENDS = 3;
export const GAP = 4;
export const NAMES = 5;

/** The flag of a complete table. */
export const COMPLETE = 1;
/** The flag of a table in a stream that also tells the ends of connections. */
export const ENDS_ARE_TOLD = 2;

/** Bytes from the start of the frame. */
export const AT = {
  magic: 0,
  version: 4,
  kind: 6,
  flags: 7,
  length: 8,
  layout: 12,
  rowSize: 14,
  stream: 16,
  sequence: 24,
  base: 28,
  tick: 32,
  attempts: 36,
  time: 40,
  monotonic: 48,
  rows: 56,
  /** Bytes of a delta's runs; of the text in gaps and names. */
  runs: 60,
  sharedOwners: 64,
  padding: 68,
  checksum: 72,
} as const;

/** Frames are padded with zeros to a multiple of 16 bytes. */
export function padded(byteLength: number): number {
  return Math.ceil(byteLength / 16) * 16;
}

/** When something was sampled. */
export interface FrameClock {
  /** Which sample of the clock it was, from 0 up: the frames of both families of one sample have the same. */
  readonly tick: number;
  /** Wall clock, milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** Monotonic clock, milliseconds since the stream began; 0 unless said otherwise. */
  readonly monotonic?: number | undefined;
}

/** @throws {RangeError} a number is none that a frame can hold */
export function mustBeClock({ tick, time, monotonic = 0 }: FrameClock): void {
  mustBeWord("tick", tick);
  if (!Number.isFinite(time) || !Number.isFinite(monotonic))
    throw new RangeError(`time and monotonic are milliseconds, not ${shown(time)} and ${shown(monotonic)}.`);
}

/** @throws {RangeError} it is no u32 */
export function mustBeWord(name: string, number: number): void {
  if (number >>> 0 !== number)
    throw new RangeError(`${name} is a whole number from 0 to 4294967295, not ${shown(number)}.`);
}

/**
 * Writes a header for which the kinds have yet to say: flags, base, attempts, rows, runs, shared owners and padding are 0, and the
 * checksum is.
 *
 * @param layout `undefined` for a frame that is of no family
 * @param stream its two words, the lower first
 */
export function writeHeader(
  view: DataView,
  at: number,
  kind: number,
  length: number,
  layout: LayoutName | undefined,
  stream: Uint32Array,
  sequence: number,
  clock: FrameClock,
): void {
  for (let word = 0; word < HEADER; word += 4) view.setUint32(at + word, 0, true);
  view.setUint32(at + AT.magic, MAGIC, true);
  view.setUint16(at + AT.version, VERSION, true);
  view.setUint8(at + AT.kind, kind);
  view.setUint32(at + AT.length, length, true);
  if (layout) {
    view.setUint16(at + AT.layout, LAYOUTS[layout].code, true);
    view.setUint16(at + AT.rowSize, LAYOUTS[layout].rowSize, true);
  }
  view.setUint32(at + AT.stream, stream[0] as number, true);
  view.setUint32(at + AT.stream + 4, stream[1] as number, true);
  view.setUint32(at + AT.sequence, sequence, true);
  view.setUint32(at + AT.base, sequence, true);
  view.setUint32(at + AT.tick, clock.tick, true);
  view.setFloat64(at + AT.time, clock.time, true);
  view.setFloat64(at + AT.monotonic, clock.monotonic ?? 0, true);
}

/** Puts the checksum into a frame. @param lanes of the frame with zeros in its place */
export function writeChecksum(view: DataView, at: number, length: number, lanes: Int32Array): void {
  view.setUint32(at + AT.checksum, lowerWord(lanes, length), true);
  view.setUint32(at + AT.checksum + 4, upperWord(lanes, length), true);
}

/** The random number that all frames of a stream share, as a reader remembers it. */
export class StreamId {
  #low = 0;
  #high = 0;
  /** Whether there is one. */
  isKnown = false;

  /** Whether the frame in a memory is of this stream. */
  isOf(view: DataView, at: number): boolean {
    return this.isKnown && view.getInt32(at + AT.stream, true) === this.#low && this.#highOf(view, at) === this.#high;
  }

  /** Remembers the stream of a frame. */
  replace(view: DataView, at: number): void {
    this.isKnown = true;
    this.#low = view.getInt32(at + AT.stream, true);
    this.#high = this.#highOf(view, at);
  }

  #highOf(view: DataView, at: number): number {
    return view.getInt32(at + AT.stream + 4, true);
  }
}
